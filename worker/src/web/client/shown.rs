//! What the client's page shows.

use axum::response::Html;
use chrono::{DateTime, Days, NaiveDate, Utc};
use minijinja::context;
use minijinja::value::Serde;
use relance_shared::account::Mails;
use relance_shared::answer::store::PageProject;
use relance_shared::answer::{Choice, LATER_DAYS_MAX, Mistake, leads_to_the_account};
use relance_shared::project::ProjectId;
use relance_shared::words;
use serde::Serialize;

use super::{Desk, field, said};
use crate::web::form::{self, Fields};
use crate::web::{Fault, page as render};

/// The answers that the page offers for one project, in order.
const CHOICES: [&str; 6] = [
    "still_searching",
    "comparing",
    "chosen_here",
    "chosen_elsewhere",
    "dropped",
    "postponed",
];
/// The answers for all projects at once: who was chosen differs from one to the other.
const CHOICES_FOR_ALL: [&str; 5] = [
    "still_searching",
    "comparing",
    "chosen_elsewhere",
    "dropped",
    "postponed",
];

/// What was filled in, to be shown again beside what is wrong with it.
type Again<'a> = Option<(&'a Fields, &'a [(String, Mistake)])>;

#[derive(Serialize)]
struct Provider<'a> {
    id: String,
    name: &'a str,
}

#[derive(Default, Serialize)]
struct Filled<'a> {
    choice: &'a str,
    with: &'a str,
    date: &'a str,
    error: Option<&'static str>,
}

impl<'a> Filled<'a> {
    fn of(field: &str, again: Again<'a>) -> Self {
        let Some((fields, mistakes)) = again else {
            return Self::default();
        };
        let said = said(fields, field);
        let mistake = mistakes.iter().find(|(of, _)| of == field);
        Self {
            choice: said.choice,
            with: said.with,
            date: said.date,
            error: mistake.map(|(_, mistake)| match mistake {
                Mistake::Day => "client_bad_day",
                Mistake::Unknown => "client_no_choice",
            }),
        }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    field: String,
    reference: &'a str,
    title: &'a str,
    online: String,
    word: Option<&'static str>,
    word_on: Option<String>,
    later: Option<String>,
    is_wish: bool,
    applicants: Vec<Provider<'a>>,
    #[serde(flatten)]
    filled: Filled<'a>,
}

/// The page itself.
pub(super) fn page<'a>(
    desk: &'a Desk,
    notice: Option<&str>,
    again: Option<(&'a Fields, &'a Vec<(String, Mistake)>)>,
) -> Result<Html<String>, Fault> {
    let again: Again<'a> = again.map(|(fields, mistakes)| (fields, mistakes.as_slice()));
    let error = again.map(|(_, mistakes)| {
        if mistakes.is_empty() {
            "client_no_choice"
        } else {
            "client_mistake"
        }
    });
    let projects: Vec<Shown<'_>> = desk
        .projects
        .iter()
        .map(|project| shown(desk, project, again))
        .collect();
    let today = desk.today();
    render(
        desk.client.locale,
        "client.html",
        context! {
            notice, error,
            token => desk.token.as_str(),
            form => form::mark(&desk.env, desk.client.id.uuid()),
            name => desk.client.name.as_str(),
            projects => Serde(&projects),
            all => Serde(Filled::of("all", again)),
            choices => Serde(CHOICES),
            choices_for_all => Serde(CHOICES_FOR_ALL),
            day_min => (today + Days::new(1)).to_string(),
            day_max => (today + Days::new(LATER_DAYS_MAX)).to_string(),
            has_email => desk.client.email.is_some(),
            account_url => desk.env.settings.platform.account_url.as_deref(),
            mails => match desk.client.mails {
                Mails::Normal => "normal",
                Mails::Fewer => "fewer",
                Mails::None => "none",
            },
        },
    )
}

fn shown<'a>(desk: &'a Desk, project: &'a PageProject, again: Again<'a>) -> Shown<'a> {
    let locale = desk.client.locale;
    let zone = desk.client.zone();
    let date = |at: DateTime<Utc>| words::time::date(locale, at, zone);
    let field = field(project.id);
    Shown {
        filled: Filled::of(&field, again),
        field,
        reference: &project.reference,
        title: &project.title,
        online: date(project.published_at),
        word: project
            .stage
            .map(|stage| words::client::word(locale, stage)),
        word_on: project.stage_at.map(date),
        later: project
            .ask_again_at
            .filter(|at| *at > desk.env.clock.now())
            .map(date),
        is_wish: project.stage.is_some_and(leads_to_the_account),
        applicants: desk
            .applicants_of(project.id)
            .map(|applicant| Provider {
                id: applicant.provider_id.to_string(),
                name: &applicant.name,
            })
            .collect(),
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    field: String,
    title: &'a str,
    choice: &'static str,
    with: Option<String>,
    with_name: Option<&'a str>,
    date: Option<String>,
    day: Option<String>,
}

/// "Is that what you mean?": nothing is recorded before the box is ticked.
pub(super) fn review(desk: &Desk, answers: &[(ProjectId, Choice)]) -> Result<Html<String>, Fault> {
    let shown: Vec<Answer<'_>> = answers
        .iter()
        .map(|&(project, choice)| reviewed(desk, project, choice))
        .collect();
    render(
        desk.client.locale,
        "review.html",
        context! {
            token => desk.token.as_str(),
            form => form::mark(&desk.env, desk.client.id.uuid()),
            answers => Serde(&shown),
        },
    )
}

fn reviewed(desk: &Desk, project: ProjectId, choice: Choice) -> Answer<'_> {
    let with = match choice {
        Choice::ChosenHere(with) => with,
        _ => None,
    };
    let date: Option<NaiveDate> = match choice {
        Choice::Later(day) => Some(day),
        _ => None,
    };
    let title = desk.projects.iter().find(|p| p.id == project);
    let name = desk
        .applicants_of(project)
        .find(|applicant| Some(applicant.provider_id) == with);
    Answer {
        field: field(project),
        title: title.map_or("", |p| p.title.as_str()),
        choice: choice.name(),
        with: with.map(|provider| provider.to_string()),
        with_name: name.map(|applicant| applicant.name.as_str()),
        date: date.map(|day| day.to_string()),
        day: choice
            .ask_again_at(desk.client.zone())
            .map(|at| words::time::date(desk.client.locale, at, desk.client.zone())),
    }
}
