//! The opt-out of a letter: a page with a button, and the one click of mail programs (RFC 8058, D2).

use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::get;
use axum::{Form, Router};
use minijinja::context;
use relance_shared::account::{ClientId, Mails};
use relance_shared::answer::store::{self, PageClient};
use relance_shared::contact::Channel;
use relance_shared::env::Env;
use relance_shared::token::Purpose;

use crate::web::{Fault, page};

pub(super) fn routes() -> Router<Env> {
    Router::new().route("/unsubscribe/{token}", get(show).post(act))
}

async fn client(env: &Env, token: &str) -> Result<PageClient, Fault> {
    let now = env.clock.now();
    let client = env
        .keys
        .read(Purpose::Unsubscribe, token, now)
        .map_err(|_| Fault::LinkOver)?;
    store::client(&env.db, ClientId::from(client))
        .await?
        .ok_or(Fault::LinkOver)
}

async fn show(State(env): State<Env>, Path(token): Path<String>) -> Result<Html<String>, Fault> {
    let client = client(&env, &token).await?;
    let done = (client.mails == Mails::None).then_some("unsubscribe_done");
    answer(&client, &token, done, client.mails)
}

/// The link is the whole authority: mail programs send neither cookies nor a mark of ours.
async fn act(
    State(env): State<Env>,
    Path(token): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Html<String>, Fault> {
    let client = client(&env, &token).await?;
    let is = |name, value| fields.iter().any(|(n, v)| n == name && v == value);
    let (mails, done) = if is("List-Unsubscribe", "One-Click") || is("choice", "none") {
        (Mails::None, "unsubscribe_done")
    } else if is("choice", "normal") {
        (Mails::Normal, "unsubscribe_undone")
    } else {
        return Err(Fault::FormRefused);
    };
    let now = env.clock.now();
    store::set_mails(&env.db, client.id, mails, Channel::Email, now).await?;
    answer(&client, &token, Some(done), mails)
}

fn answer(
    client: &PageClient,
    token: &str,
    done: Option<&str>,
    mails: Mails,
) -> Result<Html<String>, Fault> {
    page(
        client.locale,
        "unsubscribe.html",
        context! { token, done, is_off => mails == Mails::None },
    )
}
