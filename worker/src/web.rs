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
mod unsubscribe;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use fault::Fault;
pub use layout::{Speaks, page};

use relance_shared::env::Env;

/// Bytes of a form; a route that takes more (webhooks, raw mail) sets its own `DefaultBodyLimit`.
const FORM_BYTES_MAX: usize = 32 * 1024;
/// How long a request may take, its body included, before it is answered with 503.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Requests worked on at once; more are asked to come back.
const REQUESTS_AT_ONCE_MAX: usize = 256;
/// How long open requests may go on after the signal to stop.
const STOP_GRACE: Duration = Duration::from_secs(10);

/// Every page and address of the worker.
pub fn router(env: Env) -> Router {
    dressed(routes(), env)
}

fn routes() -> Router<Env> {
    Router::new()
        .merge(health::routes())
        .merge(hooks::routes())
        .merge(layout::routes())
        .merge(lists::routes())
        .merge(api::routes())
        .merge(client::routes())
        .merge(unsubscribe::routes())
        .merge(account::routes())
}

fn dressed(routes: Router<Env>, env: Env) -> Router {
    let places = Arc::new(Semaphore::new(REQUESTS_AT_ONCE_MAX));
    routes
        .fallback(async || Fault::NotFound)
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(places, bounded))
        .layer(CatchPanicLayer::custom(fault::panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIMEOUT,
        ))
        .layer(middleware::from_fn_with_state(env.clone(), fault::dress))
        .layer(middleware::from_fn_with_state(env.clone(), headers::add))
        .layer(middleware::from_fn(health::count))
        .with_state(env)
}

/// Serves [`router`] on `listener` until `shutdown` is done, then lets open requests finish for ten seconds.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    env: Env,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (stop, mut stopped) = watch::channel(());
    let server = axum::serve(listener, router(env)).with_graceful_shutdown(async move {
        shutdown.await;
        drop(stop);
    });
    let grace_is_over = async move {
        // An error means that the sender is gone: the signal came.
        while stopped.changed().await.is_ok() {}
        tokio::time::sleep(STOP_GRACE).await;
    };
    tokio::select! {
        ended = server => ended?,
        () = grace_is_over => {}
    }
    Ok(())
}

async fn bounded(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Fault::Busy.into_response(),
    }
}

#[cfg(test)]
mod tests;
