//! The client's account on this installation: a mailed link opens it, and only here a project is cancelled (P2, S11).
//! With `platform.account_url` none of it is served: pages and letters lead there.

mod acts;
mod session;
mod sign_in;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use minijinja::context;
use minijinja::value::Serde;
use relance_shared::consent::store::{self, AccountProject};
use relance_shared::env::Env;
use relance_shared::listing::store::StateName;
use relance_shared::words;
use serde::{Deserialize, Serialize};

pub(super) use session::OwnAccount;
pub(super) use sign_in::mail_link;

use crate::web::form::{self, Fields};
use crate::web::{Fault, page};
use session::SignedIn;

pub(super) fn routes() -> Router<Env> {
    Router::new()
        .route("/account", get(show))
        .route("/account/sign-in", get(sign_in::ask).post(sign_in::send))
        .route(
            "/account/enter/{token}",
            get(sign_in::show_enter).post(sign_in::enter),
        )
        .route("/account/sign-out", post(sign_out))
        .route(
            "/account/projects/{id}/cancel",
            get(acts::show_cancel).post(acts::cancel),
        )
        .route(
            "/account/projects/{id}/reopen",
            get(acts::show_reopen).post(acts::reopen),
        )
        .route(
            "/account/back/{token}",
            get(acts::show_back).post(acts::back),
        )
}

/// `?done=`: what has just happened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Happened {
    done: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    reference: &'a str,
    title: &'a str,
    since: String,
    word: Option<&'static str>,
    word_on: String,
}

#[derive(Serialize)]
struct Group<'a> {
    title: &'static str,
    act: Option<&'static str>,
    projects: Vec<Shown<'a>>,
}

async fn show(
    signed_in: SignedIn,
    State(env): State<Env>,
    Query(happened): Query<Happened>,
) -> Result<Html<String>, Fault> {
    let notice = match happened.done.as_str() {
        "cancelled" => Some("account_done_cancelled"),
        "reopened" => Some("account_done_reopened"),
        "not_now" => Some("account_done_not_now"),
        _ => None,
    };
    let projects = store::projects(&env.db, signed_in.client.id).await?;
    let date =
        |at: DateTime<Utc>| words::time::date(signed_in.client.locale, at, signed_in.client.zone());
    let group = |state: StateName, title, act| Group {
        title,
        act,
        projects: projects
            .iter()
            .filter(|project| project.state == state)
            .map(|project| Shown {
                id: project.id.to_string(),
                reference: &project.reference,
                title: &project.title,
                since: date(since(project)),
                word: project
                    .stage
                    .filter(|_| state == StateName::Pending)
                    .map(|stage| words::client::word(signed_in.client.locale, stage)),
                word_on: project.stage_at.map(date).unwrap_or_default(),
            })
            .collect(),
    };
    let groups: Vec<Group<'_>> = [
        group(StateName::Pending, "account_pending", Some("cancel")),
        group(StateName::InProgress, "account_in_progress", None),
        group(StateName::Cancelled, "account_cancelled", Some("reopen")),
    ]
    .into_iter()
    .filter(|group| !group.projects.is_empty())
    .collect();
    page(
        signed_in.client.locale,
        "account.html",
        context! {
            notice,
            name => signed_in.client.name.as_str(),
            form => form::mark(&env, signed_in.session.uuid()),
            groups => Serde(&groups),
        },
    )
}

/// Since when the project is in its present state.
fn since(project: &AccountProject) -> DateTime<Utc> {
    project
        .awarded_at
        .or(project.cancelled_at)
        .unwrap_or(project.published_at)
}

async fn sign_out(
    signed_in: SignedIn,
    State(env): State<Env>,
    fields: Fields,
) -> Result<Response, Fault> {
    fields.marked(&env, signed_in.session.uuid())?;
    if fields.get("end") != "yes" {
        return Err(Fault::FormRefused);
    }
    store::end(&env.db, signed_in.session, env.clock.now()).await?;
    let gone = session::cookie(&env, "", 0);
    Ok((gone, Redirect::to("/account/sign-in")).into_response())
}
