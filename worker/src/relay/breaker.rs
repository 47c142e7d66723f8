//! A relay that is away is left alone for a while instead of being asked for each letter (threats O7).

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::outbox::store::Away;

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
    news: News,
}

/// What happened to the relay since somebody asked last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct News {
    /// Failures after which it took nothing.
    pub trouble: Option<Away>,
    /// Whether it greeted.
    pub answered: bool,
    /// Whether it took or refused a letter.
    pub took: bool,
}

impl Breaker {
    /// The relay gave a verdict on a letter.
    pub fn worked(&mut self) {
        *self = Self::default();
        self.news.took = true;
    }

    /// The relay greeted.
    pub const fn answered(&mut self) {
        self.news.answered = true;
    }

    /// What happened since the last call.
    pub fn news(&mut self) -> News {
        std::mem::take(&mut self.news)
    }

    /// The relay could not be reached, or broke off.
    pub fn failed(&mut self, why: &str, now: DateTime<Utc>) {
        self.failures += 1;
        self.pause(now);
        let trouble = self.news.trouble.get_or_insert_with(|| Away {
            since_at: now,
            failed_at: now,
            again_at: now,
            failures: 0,
            why: String::new(),
        });
        trouble.failed_at = now;
        trouble.again_at = self.closed_until.map_or(now, |until| until.max(now));
        trouble.failures += 1;
        why.clone_into(&mut trouble.why);
    }

    fn pause(&mut self, now: DateTime<Utc>) {
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
        breaker.failed("connection refused", now);
        breaker.failed("connection refused", now);
        assert!(!breaker.is_open(now));
        for pause in [15, 30, 60, 120, 240, 300, 300] {
            breaker.failed("connection refused", now);
            now += TimeDelta::seconds(pause - 1);
            assert!(breaker.is_open(now), "{pause}");
            now += TimeDelta::seconds(1);
            assert!(!breaker.is_open(now), "{pause}");
        }
        breaker.worked();
        breaker.failed("connection refused", now);
        assert!(!breaker.is_open(now));
    }
    // O7: whoever asks hears of the trouble once, unless the relay worked after it.
    #[test]
    fn news_of_a_relay_are_told_once() {
        let (mut breaker, now) = (Breaker::default(), day(0));
        breaker.answered();
        for minutes in 0..3 {
            breaker.failed("no answer", now + TimeDelta::minutes(minutes));
        }
        let news = breaker.news();
        let trouble = news.trouble.unwrap();
        assert!(news.answered && !news.took);
        let last = now + TimeDelta::minutes(2);
        assert_eq!((trouble.since_at, trouble.failed_at), (now, last));
        assert_eq!(
            (trouble.failures, trouble.again_at),
            (3, last + TimeDelta::seconds(15))
        );
        assert_eq!(breaker.news(), News::default());
        breaker.failed("no answer", now);
        breaker.worked();
        let news = breaker.news();
        assert!(news.took && news.trouble.is_none());
    }
}
