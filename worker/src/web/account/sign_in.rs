//! The way in: a link by mail, used once, by a button on its page.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use chrono_tz::Tz;
use minijinja::context;
use relance_shared::account::ClientId;
use relance_shared::answer::store::PageClient;
use relance_shared::consent::store::{self, Link};
use relance_shared::consent::{SESSION_LIFE, SIGN_IN_LIFE, SignInId};
use relance_shared::env::Env;
use relance_shared::mail::{Composer, Letter, LetterKind};
use relance_shared::token::Purpose;
use serde_json::json;
use uuid::Uuid;

use super::session::{OwnAccount, cookie};
use crate::web::form::{self, Fields};
use crate::web::{Fault, Speaks, page};

/// Longest address (RFC 5321, 4.5.3.1, less the angle brackets).
const ADDRESS_BYTES_MAX: usize = 254;

pub(super) async fn ask(
    _: OwnAccount,
    State(env): State<Env>,
    Speaks(locale): Speaks,
) -> Result<Html<String>, Fault> {
    let form = form::mark(&env, Uuid::nil());
    page(locale, "sign_in.html", context! { form, sent => false })
}

/// Mails a link, if somebody has that address; the page says the same either way, and so does the clock: a letter is
/// written in both cases.
pub(super) async fn send(
    _: OwnAccount,
    State(env): State<Env>,
    Speaks(locale): Speaks,
    fields: Fields,
) -> Result<Html<String>, Fault> {
    fields.marked(&env, Uuid::nil())?;
    let address = fields.get("email").trim();
    if address.len() > ADDRESS_BYTES_MAX || !address.contains('@') {
        return Err(Fault::FormRefused);
    }
    let client = store::by_address(&env.db, address).await?;
    mail_link(&env, client.as_ref(), address).await?;
    let minutes = SIGN_IN_LIFE.num_minutes();
    page(
        locale,
        "sign_in.html",
        context! { sent => true, minutes, form => "" },
    )
}

/// Puts a letter with a sign-in link for `client` into the outbox, within the limits of `address`.
pub(in crate::web) async fn mail_link(
    env: &Env,
    client: Option<&PageClient>,
    address: &str,
) -> Result<(), Fault> {
    let now = env.clock.now();
    let composer =
        Composer::new(&env.settings, &env.keys).map_err(|error| Fault::Broken(error.into()))?;
    let id = SignInId::at(now);
    let token = env
        .keys
        .mint(Purpose::SignIn, id.uuid(), now + SIGN_IN_LIFE);
    let root = env.settings.web.public_url.trim_end_matches('/');
    let letter = Letter {
        kind: LetterKind::SignIn,
        client: Some(client.map_or(ClientId::from(Uuid::nil()), |client| client.id)),
        provider: None,
        name: client.map(|client| client.name.clone()).unwrap_or_default(),
        email: client
            .and_then(|client| client.email.clone())
            .unwrap_or_else(|| address.to_owned()),
        locale: client.map(|client| client.locale).unwrap_or_default(),
        zone: client.map_or(Tz::Europe__Paris, PageClient::zone),
        dedupe: format!("sign_in:{id}"),
        due_at: now,
        projects: Vec::new(),
        values: json!({
            "url": format!("{root}/account/enter/{token}"),
            "minutes": SIGN_IN_LIFE.num_minutes(),
        }),
    };
    let written = composer.compose(&letter, now).ok();
    let link = client.zip(written.as_ref()).map(|(client, letter)| Link {
        id,
        client: client.id,
        token: &token,
        letter,
    });
    store::ask(&env.db, address, link, now).await?;
    Ok(())
}

/// Mail scanners open links: this page only has a button.
pub(super) async fn show_enter(
    _: OwnAccount,
    State(env): State<Env>,
    Speaks(locale): Speaks,
    Path(token): Path<String>,
) -> Result<Html<String>, Fault> {
    let sign_in = env
        .keys
        .read(Purpose::SignIn, &token, env.clock.now())
        .map_err(|_| Fault::LinkOver)?;
    let form = form::mark(&env, sign_in);
    page(locale, "enter.html", context! { token, form })
}

pub(super) async fn enter(
    _: OwnAccount,
    State(env): State<Env>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Fault> {
    let now = env.clock.now();
    let sign_in = env
        .keys
        .read(Purpose::SignIn, &token, now)
        .map_err(|_| Fault::LinkOver)?;
    fields.marked(&env, sign_in)?;
    if fields.get("go") != "yes" {
        return Err(Fault::FormRefused);
    }
    let session = store::enter(&env.db, &env.keys, &token, now)
        .await?
        .ok_or(Fault::LinkOver)?;
    let cookie = cookie(&env, &session, SESSION_LIFE.num_seconds());
    Ok((cookie, Redirect::to("/account")).into_response())
}
