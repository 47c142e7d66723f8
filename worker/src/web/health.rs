//! What an operator's machines ask: alive, ready, figures. No personal data (D5): figures carry routes, never addresses.

use std::path::Path;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use relance_shared::env::Env;
use relance_shared::figures;
use relance_shared::outbox::store::{standing_away, waiting};

/// How far the clock may be behind the last thing that was recorded before it counts as wrong.
const CLOCK_BEHIND_MAX: TimeDelta = TimeDelta::minutes(5);
/// First and last year that a clock can plausibly show: none before this program was written.
const CLOCK_YEARS: std::ops::Range<i32> = 2026..2100;
/// The file that readiness writes and removes, and its size: one block of common file systems.
const PROBE: &str = ".ready";
const PROBE_BYTES: usize = 4_096;
pub(super) fn routes() -> Router<Env> {
    figures::begin();
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(exposition))
}

/// Whether work can be done: the database answers, its tables are those of this program, the clock is plausible, the disk
/// takes something (O1).
async fn ready(State(env): State<Env>) -> Response {
    let database = env.db.fits().await;
    let schema = database.as_ref().is_ok_and(|fits| fits.migrated);
    let last = database
        .as_ref()
        .ok()
        .and_then(|fits| fits.last_recorded_at);
    let clock = is_plausible(env.clock.now(), last);
    let data = env.settings.data.clone();
    let disk = tokio::task::spawn_blocking(move || can_write(&data))
        .await
        .unwrap_or(false);
    let is_ready = database.is_ok() && schema && clock && disk;
    // Told, and no reason to be taken out of service: everything but letters goes on, and they wait.
    let relay = standing_away(&env.db).await.map(|away| away.is_none());
    let body = json!({ "ready": is_ready, "database": database.is_ok(), "schema": schema, "clock": clock, "disk": disk,
        "relay": relay.ok() });
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(body)).into_response()
}

/// Whether the data folder takes a small file; true where there is none, because nothing is written there then.
fn can_write(data: &Path) -> bool {
    if !data.is_dir() {
        return true;
    }
    let probe = data.join(PROBE);
    let written = std::fs::write(&probe, [b'x'; PROBE_BYTES]).is_ok();
    // Also when it was not written whole.
    let removed = std::fs::remove_file(&probe).is_ok();
    written && removed
}

fn is_plausible(now: DateTime<Utc>, last_recorded_at: Option<DateTime<Utc>>) -> bool {
    use chrono::Datelike as _;
    CLOCK_YEARS.contains(&now.year())
        && last_recorded_at.is_none_or(|last| now + CLOCK_BEHIND_MAX >= last)
}

async fn exposition(State(env): State<Env>) -> Response {
    // Whichever process drains: the rows say it. A database that does not answer leaves the figures as they were.
    if let Ok(away) = standing_away(&env.db).await {
        metrics::gauge!("relance_relay_away").set(f64::from(u8::from(away.is_some())));
    }
    if let Ok(letters) = waiting(&env.db, env.clock.now()).await {
        // More than fits exactly is no figure that anybody tells from its neighbour.
        let letters = u32::try_from(letters).unwrap_or(u32::MAX);
        metrics::gauge!("relance_letters_waiting").set(f64::from(letters));
    }
    (
        [(CONTENT_TYPE, figures::CONTENT_TYPE)],
        figures::exposition(),
    )
        .into_response()
}

/// Counts each request under its route's pattern: a path would put tokens into the figures.
pub(super) async fn count(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let method = match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "other",
    };
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("relance_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("relance_http_request_seconds", "route" => route)
        .record(began.elapsed().as_secs_f64());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    // O1: a disk that takes nothing is not ready; the probe leaves nothing behind.
    #[test]
    fn a_folder_that_cannot_be_written_to_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        assert!(can_write(folder.path()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(can_write(&folder.path().join("none")));
        // A folder in the probe's place takes no file, whoever runs the test.
        std::fs::create_dir(folder.path().join(PROBE)).unwrap();
        assert!(!can_write(folder.path()));
    }
}
