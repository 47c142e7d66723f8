//! The client's page: a link in each letter opens it; it takes answers and the rhythm of the mails, and ends nothing.

mod shown;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use relance_shared::account::{ClientId, Mails, ProviderId};
use relance_shared::answer::store::{self, Applicant, PageClient, PageProject};
use relance_shared::answer::{Choice, Mistake, Said};
use relance_shared::contact::Channel;
use relance_shared::env::Env;
use relance_shared::project::ProjectId;
use relance_shared::token::Purpose;
use serde::Deserialize;

use crate::web::Fault;
use crate::web::account::{OwnAccount, mail_link};
use crate::web::form::Fields;

pub(super) fn routes() -> Router<Env> {
    Router::new()
        .route("/c/{token}", get(show).post(answer))
        .route("/c/{token}/mails", post(mails))
        .route("/c/{token}/sign-in", post(sign_in))
}

/// Everything that the page is made of.
struct Desk {
    env: Env,
    token: String,
    client: PageClient,
    projects: Vec<PageProject>,
    applicants: Vec<Applicant>,
}

impl Desk {
    async fn open(env: Env, token: String) -> Result<Self, Fault> {
        let client = client_of(&env, &token).await?;
        let projects = store::pending(&env.db, client.id).await?;
        let applicants = store::applicants(&env.db, client.id).await?;
        Ok(Self {
            env,
            token,
            client,
            projects,
            applicants,
        })
    }

    /// Today in the client's zone.
    fn today(&self) -> NaiveDate {
        let now = self.env.clock.now();
        now.with_timezone(&self.client.zone()).date_naive()
    }

    fn applicants_of(&self, project: ProjectId) -> impl Iterator<Item = &Applicant> {
        self.applicants
            .iter()
            .filter(move |applicant| applicant.project_id == project)
    }

    /// The answers of the form, one for each project that has one; what is wrong with the others, by field.
    fn read(&self, fields: &Fields) -> Read {
        let today = self.today();
        let mut read = Read::default();
        let for_all = match Choice::read(said(fields, "all"), &[], today) {
            Ok(choice) => choice,
            Err(mistake) => {
                read.mistakes.push(("all".to_owned(), mistake));
                None
            }
        };
        for project in &self.projects {
            let field = field(project.id);
            let applicants: Vec<ProviderId> = self
                .applicants_of(project.id)
                .map(|applicant| applicant.provider_id)
                .collect();
            match Choice::read(said(fields, &field), &applicants, today) {
                Ok(own) => read
                    .answers
                    .extend(own.or(for_all).map(|choice| (project.id, choice))),
                Err(mistake) => read.mistakes.push((field, mistake)),
            }
        }
        read
    }
}

#[derive(Default)]
struct Read {
    answers: Vec<(ProjectId, Choice)>,
    mistakes: Vec<(String, Mistake)>,
}

/// Name of the fields of a project.
fn field(project: ProjectId) -> String {
    format!("p{}", project.uuid().simple())
}

fn said<'a>(fields: &'a Fields, field: &str) -> Said<'a> {
    Said {
        choice: fields.get(field),
        with: fields.get(&format!("{field}_with")),
        date: fields.get(&format!("{field}_date")),
    }
}

/// Whose page the link opens.
async fn client_of(env: &Env, token: &str) -> Result<PageClient, Fault> {
    let client = env
        .keys
        .read(Purpose::ClientPage, token, env.clock.now())
        .map_err(|_| Fault::LinkOver)?;
    store::client(&env.db, ClientId::from(client))
        .await?
        .ok_or(Fault::LinkOver)
}

/// `?done=`: which thank-you to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

async fn show(
    State(env): State<Env>,
    Path(token): Path<String>,
    Query(done): Query<Done>,
) -> Result<Html<String>, Fault> {
    let notice = match done.done.as_str() {
        "answers" => Some("client_done_answers"),
        "mails" => Some("client_done_mails"),
        "link" => Some("client_done_link"),
        _ => None,
    };
    let desk = Desk::open(env, token).await?;
    shown::page(&desk, notice, None)
}

async fn answer(
    State(env): State<Env>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Fault> {
    let desk = Desk::open(env, token).await?;
    let mark = fields.marked(&desk.env, desk.client.id.uuid())?;
    let read = desk.read(&fields);
    if !read.mistakes.is_empty() || read.answers.is_empty() {
        let again = shown::page(&desk, None, Some((&fields, &read.mistakes)))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    let is_heavy = read.answers.iter().any(|(_, c)| c.needs_second_look());
    if is_heavy && fields.get("sure") != "yes" {
        return Ok(shown::review(&desk, &read.answers)?.into_response());
    }
    let now = desk.env.clock.now();
    store::record(&desk.env.db, &desk.client, &read.answers, mark, now).await?;
    Ok(back(&desk.token, "answers"))
}

async fn mails(
    State(env): State<Env>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Fault> {
    let client = client_of(&env, &token).await?;
    fields.marked(&env, client.id.uuid())?;
    let mails = match fields.get("mails") {
        "normal" => Mails::Normal,
        "fewer" => Mails::Fewer,
        "none" => Mails::None,
        _ => return Err(Fault::FormRefused),
    };
    store::set_mails(&env.db, client.id, mails, Channel::Page, env.clock.now()).await?;
    Ok(back(&token, "mails"))
}

/// Mails the link to the account, to the address that letters go to.
async fn sign_in(
    _: OwnAccount,
    State(env): State<Env>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Fault> {
    let client = client_of(&env, &token).await?;
    fields.marked(&env, client.id.uuid())?;
    let address = client.email.as_deref().ok_or(Fault::FormRefused)?;
    if fields.get("send") != "yes" {
        return Err(Fault::FormRefused);
    }
    mail_link(&env, Some(&client), address).await?;
    Ok(back(&token, "link"))
}

/// To the page again, so that reloading it sends nothing twice.
fn back(token: &str, done: &str) -> Response {
    Redirect::to(&format!("/c/{token}?done={done}")).into_response()
}
