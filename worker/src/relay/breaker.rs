//! A relay that is away is left alone for a while instead of being asked for each letter (threats O7).

use chrono::{DateTime, TimeDelta, Utc};

/// Failures in a row, of the relay itself and not of a letter, after which it is left alone.
const FAILURES_MAX: u32 = 3;
/// The first pause; each further failure doubles it.
const PAUSE_FIRST: TimeDelta = TimeDelta::seconds(15);
/// The longest pause: a relay that is back serves again within so long.
const PAUSE_MAX: TimeDelta = TimeDelta::minutes(5);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    closed_until: Option<DateTime<Utc>>,
}

impl Breaker {
    /// The relay answered.
    pub fn worked(&mut self) {
        *self = Self::default();
    }

    /// The relay could not be reached, or broke off.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        self.failures += 1;
        if let Some(beyond) = self.failures.checked_sub(FAILURES_MAX) {
            let pause = (0..beyond.min(16)).fold(PAUSE_FIRST, |pause, _| PAUSE_MAX.min(pause * 2));
            self.closed_until = Some(now + pause);
        }
    }

    /// Whether letters should wait.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.closed_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use relance_shared::testing::day;

    use super::*;

    // O7: left alone after three failures, longer each time, tried again after each pause, trusted again at once.
    #[test]
    fn a_relay_that_is_away_is_left_alone_longer_each_time() {
        let (mut breaker, mut now) = (Breaker::default(), day(0));
        breaker.failed(now);
        breaker.failed(now);
        assert!(!breaker.is_open(now));
        for pause in [15, 30, 60, 120, 240, 300, 300] {
            breaker.failed(now);
            now += TimeDelta::seconds(pause - 1);
            assert!(breaker.is_open(now), "{pause}");
            now += TimeDelta::seconds(1);
            assert!(!breaker.is_open(now), "{pause}");
        }
        breaker.worked();
        breaker.failed(now);
        assert!(!breaker.is_open(now));
    }
}
