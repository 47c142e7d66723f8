//! `POST /hooks/platform`: the platform's events, one by one; `POST /hooks/mail`: raw messages. Both signed (Standard
//! Webhooks).

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use relance_shared::env::Env;
use relance_shared::platform::store::take;
use relance_shared::platform::webhook::{Secrets, is_timely};
use relance_shared::platform::{EVENT_BYTES_MAX, RawEvent, Reject, Signature, Source, Taken};
use relance_shared::reading::message::MESSAGE_BYTES_MAX;
use relance_shared::reading::store::receive;
use serde_json::json;

use crate::web::Fault;

/// Characters of a header that are looked at: an id, seconds, a few signatures.
const HEADER_CHARS_MAX: usize = 1_000;

pub(super) fn routes() -> Router<Env> {
    let platform = post(platform).layer(DefaultBodyLimit::max(EVENT_BYTES_MAX));
    let mail = post(mail).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX));
    Router::new()
        .route("/hooks/platform", platform)
        .route("/hooks/mail", mail)
}

/// Bytes that the body of a hook may have; none when the path is no hook.
pub(super) fn body_bytes_max(path: &str) -> Option<usize> {
    match path {
        "/hooks/platform" => Some(EVENT_BYTES_MAX),
        "/hooks/mail" => Some(MESSAGE_BYTES_MAX),
        _ => None,
    }
}

/// Takes one event. The signature is checked over the body as it came, before anything of it is read.
async fn platform(
    State(env): State<Env>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let secrets =
        Secrets::new(env.settings.platform.secret.as_ref()).map_err(anyhow::Error::from)?;
    if secrets.is_empty() {
        return Ok(problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "no platform.secret is set here: nothing can be believed",
        ));
    }
    let Some(signature) = signature(&headers) else {
        return Ok(problem(
            StatusCode::UNAUTHORIZED,
            "send webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks)",
        ));
    };
    let now = env.clock.now();
    let Ok(body) = std::str::from_utf8(&body) else {
        return Ok(problem(StatusCode::BAD_REQUEST, "the body is no UTF-8"));
    };
    let is_timely = is_timely(signature.timestamp, now);
    let event = match RawEvent::signed(body, signature, &secrets) {
        Err(Reject::Signature) => {
            return Ok(problem(
                StatusCode::UNAUTHORIZED,
                "the signature does not hold",
            ));
        }
        _ if !is_timely => {
            return Ok(problem(
                StatusCode::UNAUTHORIZED,
                "webhook-timestamp is more than five minutes off; sign again",
            ));
        }
        Err(why) => return Ok(problem(StatusCode::UNPROCESSABLE_ENTITY, &why.to_string())),
        Ok(event) => event,
    };
    let taken = take(&env.db, &env.keys, Source::Webhook, &[event], now).await?;
    let taken = taken.into_iter().next().unwrap_or(Taken::Duplicate);
    let (outcome, reason) = match &taken {
        Taken::Rejected(why) => return Ok(problem(StatusCode::CONFLICT, why)),
        Taken::Duplicate => ("duplicate", None),
        Taken::Waiting(on) => ("waiting", Some(on)),
        Taken::Kept(why) => ("kept", Some(why)),
        Taken::Refused(why) => ("refused", Some(why)),
        Taken::Applied => ("applied", None),
        Taken::Late => ("late", None),
    };
    metrics::counter!("relance_platform_events_total", "source" => "webhook", "outcome" => outcome)
        .increment(1);
    let answer = json!({"outcome": outcome, "reason": reason});
    Ok(([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response())
}

/// Stores one raw message as it came; the job reads it. That it is signed says who brought it, not who wrote it.
async fn mail(State(env): State<Env>, headers: HeaderMap, body: Bytes) -> Result<Response, Fault> {
    let secrets =
        Secrets::new(env.settings.platform.secret.as_ref()).map_err(anyhow::Error::from)?;
    if secrets.is_empty() {
        return Ok(problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "no platform.secret is set here: nothing can be believed",
        ));
    }
    let now = env.clock.now();
    let refused = match signature(&headers) {
        None => {
            Some("send webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks)")
        }
        Some(signature) if !secrets.holds(&signature, &body) => Some("the signature does not hold"),
        Some(signature) if !is_timely(signature.timestamp, now) => {
            Some("webhook-timestamp is more than five minutes off; sign again")
        }
        Some(_) => None,
    };
    if let Some(why) = refused {
        return Ok(problem(StatusCode::UNAUTHORIZED, why));
    }
    if body.is_empty() {
        return Ok(problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the body is empty: send the raw message",
        ));
    }
    let outcome = match receive(&env.db, &body, now).await? {
        Some(_) => "stored",
        None => "duplicate",
    };
    let answer = json!({"outcome": outcome}).to_string();
    Ok((
        StatusCode::ACCEPTED,
        [(CONTENT_TYPE, "application/json")],
        answer,
    )
        .into_response())
}

fn signature(headers: &HeaderMap) -> Option<Signature> {
    let header = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let one = all.next().filter(|_| all.next().is_none())?;
        one.to_str()
            .ok()
            .filter(|text| text.len() <= HEADER_CHARS_MAX && !text.is_empty())
    };
    Some(Signature {
        id: header("webhook-id")?.to_owned(),
        timestamp: header("webhook-timestamp")?.parse().ok()?,
        signature: header("webhook-signature")?.to_owned(),
    })
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail,
    });
    (
        status,
        [(CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}
