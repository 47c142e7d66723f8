//! An entry made into an answer: its fixed wording, the asker's own facts through approved sentences, and buttons as data.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::account::Locale;
use crate::faq::entry::{Action, Audience, Entry};
use crate::faq::index::Index;
use crate::words::faq::say;
use crate::words::{time, typeset};

/// Pages of the list that providers are advised to apply on. Source: the platform's FAQ, “the first and the second page”.
pub const PAGES_ADVISED: u32 = 2;
/// Related entries that are offered under an answer.
pub const RELATED_MAX: usize = 3;

/// What is known about the asker and the project they ask about; what is unknown is not said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// Credits on the asker's balance.
    pub credits_left: Option<i64>,
    /// The project that is talked about.
    pub project: Option<ProjectFacts<'a>>,
}

/// Facts of one pending project.
#[derive(Debug, Clone, Copy)]
pub struct ProjectFacts<'a> {
    /// As people name it.
    pub reference: &'a str,
    /// When it was posted.
    pub published_at: DateTime<Utc>,
    /// The page of the list on which it stands, counted from 1.
    pub page: u32,
    /// The last sign of its client; none: never heard.
    pub last_sign_at: Option<DateTime<Utc>>,
}

/// Who asks, when, and in what language.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// Language of the answer.
    pub locale: Locale,
    /// What the asker is, if known.
    pub audience: Option<Audience>,
    /// Now, the instant at which the facts were read.
    pub now: DateTime<Utc>,
    /// The asker's zone, for dates.
    pub zone: Tz,
}

/// A button under an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Another entry, by id.
    Entry(String),
    /// What the entry opens.
    Act(Action),
}

/// Ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Id of the entry (c10).
    pub entry: String,
    /// The entry's question.
    pub heading: String,
    /// The warning, the advice, dated facts, then the rest of the fixed wording.
    pub paragraphs: Vec<String>,
    /// Says which entry this is.
    pub source: String,
    /// Buttons with their labels.
    pub offers: Vec<(Offer, String)>,
}

/// Makes the answer.
#[must_use]
pub fn compose(index: &Index, entry: &Entry, reader: &Reader, facts: &Facts<'_>) -> Answer {
    let locale = reader.locale;
    let text = entry.text(locale);
    let meant = |audience: Audience| reader.audience.is_none_or(|asker| audience.suits(asker));
    let (mut advice, mut rest) = (Vec::new(), Vec::new());
    for paragraph in text.answer.split("\n\n") {
        match marked(paragraph) {
            (Some(audience), said) if rest.is_empty() && meant(audience) => {
                advice.push(typeset(locale, said));
            }
            (Some(audience), said) if meant(audience) => rest.push(typeset(locale, said)),
            (Some(_), _) => {}
            (None, said) => rest.push(typeset(locale, said)),
        }
    }
    let (mut paragraphs, mut known) = (Vec::new(), Vec::new());
    if reader.audience != Some(Audience::Client) {
        (paragraphs, known) = own_facts(entry, reader, facts);
    }
    paragraphs.extend(advice);
    paragraphs.append(&mut known);
    paragraphs.extend(rest);
    Answer {
        entry: entry.id.clone(),
        heading: typeset(locale, &text.question),
        paragraphs,
        source: say(locale, "source", &[("entry", &entry.id)]),
        offers: offers(index, entry, reader),
    }
}

/// The audience that a paragraph is marked for, and the rest of it: `[provider] …`.
#[must_use]
pub fn marked(paragraph: &str) -> (Option<Audience>, &str) {
    (paragraph
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] ")))
    .and_then(|(name, said)| Some((Some(Audience::named(name)?), said)))
    .unwrap_or((None, paragraph))
}

/// Facts that belong to the entry's subject: the warning, which comes before all else, and the rest.
fn own_facts(entry: &Entry, reader: &Reader, facts: &Facts<'_>) -> (Vec<String>, Vec<String>) {
    let (locale, now) = (reader.locale, reader.now);
    let date = |at| time::date(locale, at, reader.zone);
    let (mut warning, mut said) = (Vec::new(), Vec::new());
    let about_projects = ["projects", "credits", "follow-up"].contains(&entry.section.as_str());
    if let Some(project) = facts.project.filter(|_| about_projects) {
        let reference = ("reference", project.reference);
        if project.page > PAGES_ADVISED {
            let page = project.page.to_string();
            let values = [reference, ("page", page.as_str()), ("at", &date(now))];
            warning.push(say(locale, "project_far", &values));
        }
        let age = time::span(locale, project.published_at, now);
        let published = date(project.published_at);
        let mut line = say(
            locale,
            "project_age",
            &[reference, ("age", &age), ("published", &published)],
        );
        line.push(' ');
        line.push_str(&match project.last_sign_at {
            Some(at) => say(locale, "project_sign", &[("sign", &date(at))]),
            None => say(locale, "project_no_sign", &[("at", &date(now))]),
        });
        said.push(line);
    }
    if let Some(credits) = facts.credits_left.filter(|_| entry.section == "credits") {
        let credits = time::number(locale, credits, false);
        said.push(say(
            locale,
            "credits_left",
            &[("credits", &credits), ("at", &date(now))],
        ));
    }
    (warning, said)
}

fn offers(index: &Index, entry: &Entry, reader: &Reader) -> Vec<(Offer, String)> {
    let locale = reader.locale;
    let action = entry.action.filter(|action| match action {
        Action::RefundRequest => reader.audience != Some(Audience::Client),
        Action::Handover => true,
    });
    let act = action.map(|action| {
        let label = match action {
            Action::RefundRequest => "refund_request",
            Action::Handover => "person",
        };
        (Offer::Act(action), say(locale, label, &[]))
    });
    let related = (entry.related.iter().filter_map(|id| index.entry(id)))
        .filter(|other| {
            reader
                .audience
                .is_none_or(|asker| other.audience.suits(asker))
        })
        .take(RELATED_MAX)
        .map(|other| {
            (
                Offer::Entry(other.id.clone()),
                typeset(locale, &other.text(locale).question),
            )
        });
    act.into_iter().chain(related).collect()
}
