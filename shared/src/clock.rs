//! The only reader of the wall clock. Everything else is told the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Digits of a second that are kept: `PostgreSQL` stores microseconds, `SQLite` would keep nanoseconds, and equal
/// instants must stay equal on both.
const SECOND_DIGITS: u16 = 6;

/// Where "now" comes from; cheap to clone, clones share one time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System { ahead: TimeDelta },
    Moved { micros: Arc<AtomicI64> },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System {
            ahead: TimeDelta::zero(),
        })
    }

    /// A clock that shows `at` now and runs on at the machine's pace (setting `clock.at`).
    #[must_use]
    pub fn starting(at: DateTime<Utc>) -> Self {
        Self(Source::System {
            ahead: at - read_system(),
        })
    }

    /// A clock that stands still at `at` until [`Clock::set`] moves it: tests and the demo.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Source::Moved {
            micros: Arc::new(AtomicI64::new(at.timestamp_micros())),
        })
    }

    /// The time, cut to microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System { ahead } => (read_system() + *ahead).trunc_subsecs(SECOND_DIGITS),
            Source::Moved { micros } => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst))
                    .expect("a fixed clock was set from a valid instant")
            }
        }
    }

    /// Moves a fixed clock; a clock of the machine cannot be moved and stays as it is.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Source::Moved { micros } = &self.0 {
            micros.store(at.timestamp_micros(), Ordering::SeqCst);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn read_system() -> DateTime<Utc> {
    Utc::now()
}
