//! How fast letters leave: all together, and to one recipient domain (threats O7).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Domains that are remembered; beyond it those that are free again are forgotten.
const DOMAINS_MAX: usize = 10_000;

/// The two limits. They are kept in memory: one process sends at a time (one run of the job, whatever the number of
/// workers), and a restart at worst spends one burst again.
#[derive(Debug)]
pub struct Limits {
    all: DefaultDirectRateLimiter,
    domain: DefaultKeyedRateLimiter<String>,
    domain_pause: TimeDelta,
    /// Where the queue of letters put off for a domain ends, so that they come back one by one and not all at once.
    put_off: Mutex<HashMap<String, DateTime<Utc>>>,
    clock: DefaultClock,
}

impl Limits {
    /// At most `per_second` letters altogether, `per_domain_minute` to one domain; both at least 1.
    #[must_use]
    pub fn new(per_second: u32, per_domain_minute: u32) -> Self {
        let count = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let domain = count(per_domain_minute);
        Self {
            all: RateLimiter::direct(Quota::per_second(count(per_second))),
            domain: RateLimiter::keyed(Quota::per_minute(domain)),
            domain_pause: TimeDelta::milliseconds(60_000 / i64::from(domain.get())),
            put_off: Mutex::default(),
            clock: DefaultClock::default(),
        }
    }

    /// Leave for up to `wanted` letters; none: the pause until there is some. Asked before letters are claimed, so that
    /// nobody waits with letters in hand.
    ///
    /// # Errors
    /// The pause, when there is leave for no letter now.
    pub fn take(&self, wanted: usize) -> Result<usize, Duration> {
        for taken in 0..wanted {
            if let Err(not_until) = self.all.check() {
                return match taken {
                    0 => Err(not_until.wait_time_from(self.clock.now())),
                    some => Ok(some),
                };
            }
        }
        Ok(wanted)
    }

    /// Whether a letter to `recipient` may leave at `now`; else the time when its turn comes.
    ///
    /// # Errors
    /// When to try again.
    pub fn take_domain(&self, recipient: &str, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let (_, domain) = recipient.rsplit_once('@').unwrap_or(("", recipient));
        let domain = domain.to_lowercase();
        let Err(not_until) = self.domain.check_key(&domain) else {
            return Ok(());
        };
        let wait = TimeDelta::from_std(not_until.wait_time_from(self.clock.now()));
        let earliest = now + wait.unwrap_or(self.domain_pause);
        let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        if put_off.len() >= DOMAINS_MAX {
            put_off.retain(|_, end| *end > now);
            self.domain.retain_recent();
        }
        let end = put_off.entry(domain).or_insert(earliest);
        *end = earliest.max(*end + self.domain_pause);
        Err(*end)
    }
}

#[cfg(test)]
mod tests {
    use relance_shared::testing::day;

    use super::*;

    // O7: letters to one domain wait in a queue of their own; others pass.
    #[test]
    fn letters_beyond_a_domains_limit_come_back_one_by_one() {
        let limits = Limits::new(1_000, 6);
        for _ in 0..6 {
            assert_eq!(limits.take_domain("a@Slow.example", day(0)), Ok(()));
        }
        let turns: Vec<_> = (0..5)
            .map(|_| limits.take_domain("b@slow.example", day(0)).unwrap_err())
            .collect();
        for pair in turns.windows(2) {
            assert_eq!(pair[1] - pair[0], TimeDelta::seconds(10));
        }
        assert_eq!(limits.take_domain("c@other.example", day(0)), Ok(()));
    }

    #[test]
    fn leave_is_given_for_as_many_letters_as_the_second_has() {
        let limits = Limits::new(3, 100);
        assert_eq!(limits.take(2), Ok(2));
        assert_eq!(limits.take(2), Ok(1));
        assert!(limits.take(2).is_err());
    }
}
