//! Connections: how many, how long they may take to say what they want, and who goes first when there are too many.
//!
//! A stranger who opens connections and never finishes a request must not keep others away (threats O1): a half-sent head
//! ends by time, a half-sent body holds no place among the requests worked on, and beyond [`Limits::connections`] the oldest
//! connection that nobody works for makes room.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tower::ServiceExt as _;

use super::{Limits, STOP_GRACE};

/// Pause after the operating system gave no connection, so that the loop does not spin (threats O2).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Whether a request of this connection is being worked on; then the connection is not the one to make room.
#[derive(Debug, Clone, Default)]
pub(super) struct AtWork(Arc<AtomicBool>);

impl AtWork {
    pub(super) fn set(&self, works: bool) {
        self.0.store(works, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The connections that are open, oldest first.
#[derive(Debug, Default)]
struct Open {
    next: u64,
    all: BTreeMap<u64, (AtWork, Option<AbortHandle>)>,
}

type Shared = Arc<Mutex<Open>>;

fn lock(open: &Shared) -> std::sync::MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a connection off the list, also when its task is ended from outside.
struct Listed {
    open: Shared,
    number: u64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.open).all.remove(&self.number);
    }
}

/// Ends the oldest connection that nobody works for; false when all are at work.
fn make_room(open: &Shared) -> bool {
    let mut open = lock(open);
    let oldest = open
        .all
        .iter()
        .find(|(_, (at_work, task))| !at_work.get() && task.is_some())
        .map(|(number, _)| *number);
    let Some((_, Some(task))) = oldest.and_then(|number| open.all.remove(&number)) else {
        return false;
    };
    task.abort();
    true
}

/// Serves `router` until `shutdown` is done, then lets open requests finish within the grace.
pub(super) async fn serve(
    listener: &TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let open = Shared::default();
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            () = &mut shutdown => break,
            taken = listener.accept() => match taken {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    make_room(&open);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        if lock(&open).all.len() >= limits.connections && !make_room(&open) {
            metrics::counter!("relance_http_connections_refused_total").increment(1);
            continue;
        }
        begin(stream, &router, limits, &open, &graceful);
    }
    // Not finished in time: the connections end with the program.
    let _ = tokio::time::timeout(STOP_GRACE, graceful.shutdown()).await;
}

fn begin(
    stream: TcpStream,
    router: &Router,
    limits: Limits,
    open: &Shared,
    graceful: &GracefulShutdown,
) {
    let at_work = AtWork::default();
    let (service, mark) = (router.clone(), at_work.clone());
    let service = service.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(mark.clone());
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection);
    let number = {
        let mut open = lock(open);
        open.next += 1;
        let number = open.next;
        open.all.insert(number, (at_work, None));
        number
    };
    let listed = Listed {
        open: Arc::clone(open),
        number,
    };
    let task = tokio::spawn(async move {
        let _listed = listed;
        // A caller that went away or never finished its request is no fault of ours.
        let _ended = connection.await;
    });
    if let Some((_, handle)) = lock(open).all.get_mut(&number) {
        *handle = Some(task.abort_handle());
    }
}
