//! One request to Discord with a retry of our own: serenity never repeats after a server error or a cut line.

use std::future::Future;
use std::time::Duration;

use serenity::http::HttpError;

/// Tries of one request.
const TRIES_MAX: u32 = 4;
/// Pause before the second try; it doubles. The first answer is due after 3 s, so all pauses together stay under 1 s.
const PAUSE: Duration = Duration::from_millis(120);
/// A try that has no verdict by then is taken for a cut line.
const TRY_WITHIN: Duration = Duration::from_millis(1_500);

/// "Interaction has already been acknowledged": on a repeated try, our first one arrived. Source: Discord's error codes.
pub const ALREADY_ANSWERED: isize = 40_060;
/// "Unknown message".
pub const UNKNOWN_MESSAGE: isize = 10_008;
/// "Unknown channel".
pub const UNKNOWN_CHANNEL: isize = 10_003;
/// "Cannot send messages to this user".
pub const DOOR_CLOSED: isize = 50_007;

/// How a request ended, as far as the caller must decide about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<T> {
    /// It arrived.
    Done(T),
    /// Somebody had answered this interaction before our first try: a delivery that came twice.
    Before,
    /// Refused for good, with Discord's code.
    Refused {
        /// HTTP status.
        status: u16,
        /// Discord's own code, 0 without.
        code: isize,
    },
    /// Not now: too much was sent, the server has trouble, the line is cut.
    Later(String),
}

/// Sends until it arrives, is refused, or was tried [`TRIES_MAX`] times.
pub async fn say<T, F>(mut send: impl FnMut() -> F) -> Said<T>
where
    F: Future<Output = serenity::Result<T>>,
{
    let mut pause = PAUSE;
    let mut last = String::new();
    for attempt in 1..=TRIES_MAX {
        match tokio::time::timeout(TRY_WITHIN, send()).await {
            Ok(Ok(done)) => return Said::Done(done),
            Ok(Err(error)) => {
                if let serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) = &error {
                    let (status, code) = (response.status_code.as_u16(), response.error.code);
                    if code == ALREADY_ANSWERED {
                        return if attempt == 1 {
                            Said::Before
                        } else {
                            Said::Refused { status, code }
                        };
                    }
                    if status < 500 && status != 429 {
                        return Said::Refused { status, code };
                    }
                }
                last = super::connect::kind(&error);
            }
            Err(_) => "timed out".clone_into(&mut last),
        }
        if attempt < TRIES_MAX {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    Said::Later(last)
}
