//! Trouble as an answer: a page in the reader's language, or `application/problem+json` on machine addresses (RFC 9457).

use std::any::Any;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, RequestExt as _};
use minijinja::context;
use relance_shared::account::Locale;
use relance_shared::db::StoreError;
use relance_shared::id::Id;
use relance_shared::words::pages::sentence;
use serde_json::json;

use crate::web::{Speaks, page};
use relance_shared::env::Env;

/// Addresses that machines talk to.
const MACHINE_PATHS: [&str; 3] = ["/api/", "/hooks/", "/metrics"];
/// Seconds after which a caller may come back when we are busy.
const RETRY_AFTER_SECS: &str = "60";

/// Why a request is not answered as asked. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No such page.
    #[error("no such page")]
    NotFound,
    /// The token of the link is altered, expired, used, or for something else; people are not told which.
    #[error("the link is not valid")]
    LinkOver,
    /// The form does not come from our page, is too old, or an answer is missing.
    #[error("the form was not accepted")]
    FormRefused,
    /// Too many requests at once from everybody.
    #[error("busy")]
    Busy,
    /// Our own trouble; logged once, under the reference that the page shows.
    #[error("internal")]
    Broken(#[from] anyhow::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

/// What [`dress`] has to tell beside the status.
#[derive(Debug, Clone)]
struct Trouble(&'static str);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, key) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "problem_not_found"),
            Self::LinkOver => (StatusCode::GONE, "problem_link_over"),
            Self::FormRefused => (StatusCode::BAD_REQUEST, "problem_form"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "problem_busy"),
            Self::Broken(error) => {
                return (
                    Extension(Cause(error.into())),
                    StatusCode::INTERNAL_SERVER_ERROR,
                )
                    .into_response();
            }
        };
        (Extension(Trouble(key)), status).into_response()
    }
}

/// The error behind a 500, for the log.
#[derive(Debug, Clone)]
struct Cause(std::sync::Arc<anyhow::Error>);

/// The answer to a panic. What it said is not repeated: it may quote what a person sent (D5).
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Fault::Broken(anyhow::anyhow!("a handler panicked")).into_response()
}

/// Gives every refusal its page or its problem document, whoever refused: a handler, an extractor, a limit.
pub(super) async fn dress(State(env): State<Env>, mut request: Request, next: Next) -> Response {
    let speaks = match request.extract_parts::<Speaks>().await {
        Ok(Speaks(locale)) => locale,
        Err(never) => match never {},
    };
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_dressed(&response) {
        return response;
    }
    let reference = response.extensions().get::<Cause>().map(|Cause(error)| {
        let reference = Id::<Fault>::at(env.clock.now());
        tracing::error!(%reference, error = format!("{error:#}"), "a request failed");
        reference.to_string()
    });
    let key = response
        .extensions()
        .get::<Trouble>()
        .map_or_else(|| by_status(status), |t| t.0);
    let mut dressed = if MACHINE_PATHS.iter().any(|prefix| path.starts_with(prefix)) {
        problem(status, key, reference.as_deref())
    } else {
        problem_page(speaks, status, key, reference.as_deref())
    };
    if let Some(allow) = response.headers().get(ALLOW) {
        dressed.headers_mut().insert(ALLOW, allow.clone());
    }
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        dressed
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECS));
    }
    dressed
}

/// Whether a handler wrote its own page or document.
fn is_dressed(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html") || kind.contains("json"))
}

fn by_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "problem_not_found",
        StatusCode::PAYLOAD_TOO_LARGE => "problem_too_large",
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "problem_form",
        StatusCode::SERVICE_UNAVAILABLE => "problem_busy",
        other if other.is_server_error() => "problem_broken",
        _ => "problem_refused",
    }
}

fn problem(status: StatusCode, key: &str, reference: Option<&str>) -> Response {
    let mut body = json!({
        "type": "about:blank",
        "title": sentence(Locale::En, key),
        "status": status.as_u16(),
    });
    if let Some(reference) = reference {
        body["instance"] = format!("urn:uuid:{reference}").into();
    }
    (
        status,
        [(CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}

fn problem_page(
    locale: Locale,
    status: StatusCode,
    key: &str,
    reference: Option<&str>,
) -> Response {
    let title = sentence(locale, key).unwrap_or_default();
    let detail = sentence(locale, &format!("{key}_detail")).unwrap_or_default();
    match page(
        locale,
        "problem.html",
        context! { title, detail, reference },
    ) {
        Ok(html) => (status, html).into_response(),
        // The tests render it; a bare answer is better than a loop.
        Err(_) => status.into_response(),
    }
}
