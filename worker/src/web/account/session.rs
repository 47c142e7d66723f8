//! Who is signed in: a cookie that scripts cannot read and other sites cannot use, looked up at each request.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use relance_shared::answer::store::{self as clients, PageClient};
use relance_shared::consent::SessionId;
use relance_shared::consent::store;
use relance_shared::env::Env;

use crate::web::Fault;

/// Name of the cookie over HTTPS; the prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis).
const NAME_HTTPS: &str = "__Host-relance";
/// Its name without HTTPS, for trying it out on one machine.
const NAME_HTTP: &str = "relance";

/// Taken by every page of the account: this installation has its own. Else reading leads to the platform's, and nothing
/// can be sent here.
pub(in crate::web) struct OwnAccount;

impl FromRequestParts<Env> for OwnAccount {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, Response> {
        match &env.settings.platform.account_url {
            None => Ok(Self),
            Some(url) if parts.method == Method::GET || parts.method == Method::HEAD => {
                Err(Redirect::to(url).into_response())
            }
            Some(_) => Err(Fault::NotFound.into_response()),
        }
    }
}

/// A signed-in client; anybody else is shown how to sign in.
pub(super) struct SignedIn {
    /// The cookie, for the transaction that acts on it.
    pub cookie: String,
    /// The session.
    pub session: SessionId,
    /// Who.
    pub client: PageClient,
}

impl FromRequestParts<Env> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, Response> {
        OwnAccount::from_request_parts(parts, env).await?;
        match signed_in(&parts.headers, env).await {
            Ok(Some(signed_in)) => Ok(signed_in),
            Ok(None) => Err(Redirect::to("/account/sign-in").into_response()),
            Err(fault) => Err(fault.into_response()),
        }
    }
}

async fn signed_in(headers: &HeaderMap, env: &Env) -> Result<Option<SignedIn>, Fault> {
    let Some(cookie) = cookie_of(headers, name(env)) else {
        return Ok(None);
    };
    let session = store::session(&env.db, &env.keys, cookie, env.clock.now()).await?;
    let Some(session) = session else {
        return Ok(None);
    };
    let client = clients::client(&env.db, session.client).await?;
    Ok(client.map(|client| SignedIn {
        cookie: cookie.to_owned(),
        session: session.session,
        client,
    }))
}

fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(own, value)| (own == name).then_some(value))
}

fn is_https(env: &Env) -> bool {
    env.settings.web.public_url.starts_with("https://")
}

fn name(env: &Env) -> &'static str {
    if is_https(env) { NAME_HTTPS } else { NAME_HTTP }
}

/// The header that sets the cookie for `seconds`, 0 to take it back.
pub(super) fn cookie(
    env: &Env,
    value: &str,
    seconds: i64,
) -> AppendHeaders<[(HeaderName, String); 1]> {
    let secure = if is_https(env) { "; Secure" } else { "" };
    let cookie = format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}",
        name(env)
    );
    AppendHeaders([(SET_COOKIE, cookie)])
}
