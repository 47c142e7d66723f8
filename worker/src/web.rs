//! The web face: one router, and what every answer of it has in common (headers, limits, error pages, counters).
//!
//! A room adds its pages in one file of `web/` with `pub fn routes() -> Router<Env>` and one `.merge(…)` line in `routes` below.
//! A handler gets `State<Env>` and [`Speaks`], renders with [`page`] and answers trouble with [`Fault`].

mod account;
pub mod api;
mod client;
mod fault;
mod form;
mod headers;
mod health;
mod hooks;
mod layout;
mod lists;
mod serve;
mod unsubscribe;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use futures_util::StreamExt as _;
use serve::AtWork;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use fault::Fault;
pub use layout::{Speaks, page};

use relance_shared::env::Env;

/// Bytes of a form; a route that takes more (webhooks, raw mail) sets its own `DefaultBodyLimit`.
const FORM_BYTES_MAX: usize = 32 * 1024;
/// How long a request may be worked on before it is answered with 503.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Requests worked on at once; more are asked to come back.
const REQUESTS_AT_ONCE_MAX: usize = 256;
/// Bytes of bodies in memory at once, of all requests together: eight of the largest messages.
const BODY_BYTES_AT_ONCE_MAX: usize = 256 * 1024 * 1024;
/// Connections open at once, where the operating system gives that many files.
const CONNECTIONS_MAX: usize = 512;
/// Open files of a process where the operating system does not say. Source: the usual soft limit of Linux.
const OPEN_FILES_DEFAULT: usize = 1_024;
/// How long open requests may go on after the signal to stop.
const STOP_GRACE: Duration = Duration::from_secs(10);

/// Every page and address of the worker.
pub fn router(env: Env) -> Router {
    dressed(routes(), env, Limits::default())
}

fn routes() -> Router<Env> {
    Router::new()
        .merge(hooks::routes())
        .merge(layout::routes())
        .merge(lists::routes())
        .merge(api::routes())
        .merge(client::routes())
        .merge(unsubscribe::routes())
        .merge(account::routes())
}

/// What strangers may use of us.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Connections open at once.
    connections: usize,
    /// How long a request's head may take to come, and a connection may wait for its next request.
    head: Duration,
    /// How long a request's body may take to come.
    body: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX.min(open_files_max() / 2),
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
        }
    }
}

/// Files that this process may have open: each connection is one, and the database, mail and queue need theirs.
fn open_files_max() -> usize {
    std::fs::read_to_string("/proc/self/limits")
        .ok()
        .and_then(|limits| {
            let line = limits
                .lines()
                .find_map(|line| line.strip_prefix("Max open files"))?;
            line.split_whitespace().next()?.parse().ok()
        })
        .unwrap_or(OPEN_FILES_DEFAULT)
}

/// What the requests of one router share.
#[derive(Debug, Clone)]
struct Places {
    work: Arc<Semaphore>,
    body_bytes: Arc<Semaphore>,
    body_time: Duration,
}

fn dressed(routes: Router<Env>, env: Env, limits: Limits) -> Router {
    let places = Places {
        work: Arc::new(Semaphore::new(REQUESTS_AT_ONCE_MAX)),
        body_bytes: Arc::new(Semaphore::new(BODY_BYTES_AT_ONCE_MAX)),
        body_time: limits.body,
    };
    routes
        .fallback(async || Fault::NotFound)
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIMEOUT,
        ))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(places, bounded))
        // Outside the limit: who looks after us must see us when all places are taken.
        .merge(health::routes().layer(DefaultBodyLimit::max(FORM_BYTES_MAX)))
        .layer(CatchPanicLayer::custom(fault::panicked))
        .layer(middleware::from_fn_with_state(env.clone(), fault::dress))
        .layer(middleware::from_fn_with_state(env.clone(), headers::add))
        .layer(middleware::from_fn(health::count))
        .with_state(env)
}

/// Serves [`router`] on `listener` until `shutdown` is done, then lets open requests finish for ten seconds.
pub async fn serve(
    env: Env,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let limits = Limits::default();
    serve::serve(&listener, dressed(routes(), env, limits), limits, shutdown).await;
}

/// Takes a request's body, then a place to work on it: who sends half a body holds no place.
async fn bounded(
    State(places): State<Places>,
    connection: Option<Extension<AtWork>>,
    request: Request,
    next: Next,
) -> Response {
    let largest = hooks::body_bytes_max(request.uri().path()).unwrap_or(FORM_BYTES_MAX);
    let (head, body) = request.into_parts();
    let whole = tokio::time::timeout(places.body_time, whole(body, largest, &places.body_bytes));
    let (body, _bytes) = match whole.await {
        Ok(Ok(whole)) => whole,
        Ok(Err(refused)) => return refused,
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let Ok(_place) = places.work.try_acquire() else {
        return Fault::Busy.into_response();
    };
    let connection = connection.map(|Extension(at_work)| at_work);
    if let Some(at_work) = &connection {
        at_work.set(true);
    }
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if let Some(at_work) = &connection {
        at_work.set(false);
    }
    response
}

/// A body, read no further than just over `largest` bytes (its route refuses it then), and its share of the memory.
async fn whole(
    body: Body,
    largest: usize,
    memory: &Arc<Semaphore>,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Response> {
    let mut stream = body.into_data_stream();
    let (mut taken, mut share): (Vec<u8>, Option<OwnedSemaphorePermit>) = (Vec::new(), None);
    while let Some(bytes) = stream.next().await {
        let bytes = bytes.map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        let room = (largest + 1).saturating_sub(taken.len()).min(bytes.len());
        let permits = u32::try_from(room).map_err(|_| Fault::Busy.into_response())?;
        let more = Arc::clone(memory)
            .try_acquire_many_owned(permits)
            .map_err(|_| Fault::Busy.into_response())?;
        match &mut share {
            Some(share) => share.merge(more),
            None => share = Some(more),
        }
        taken.extend_from_slice(&bytes[..room]);
        if taken.len() > largest {
            break;
        }
    }
    Ok((taken, share))
}

#[cfg(test)]
mod tests;
