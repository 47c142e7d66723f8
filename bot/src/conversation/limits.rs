//! How much one person may ask (c15). In this process only: a limit that protects us needs no database.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::account::DiscordUser;

/// Requests that a person may make in [`WINDOW`]. Source: our choice; paging through a list takes one a second.
const REQUESTS_MAX: usize = 20;
/// The window of [`REQUESTS_MAX`].
const WINDOW: TimeDelta = TimeDelta::seconds(30);
/// People remembered at once; beyond it those who have been quiet for a window are forgotten.
const PEOPLE_MAX: usize = 10_000;

/// When each person asked lately.
#[derive(Debug, Default)]
pub struct Limits(Mutex<HashMap<DiscordUser, Vec<DateTime<Utc>>>>);

impl Limits {
    /// Counts a request of `user`.
    ///
    /// # Errors
    /// The seconds to wait, from 1, when it is one too many; it is not counted then.
    pub fn count(&self, user: DiscordUser, now: DateTime<Utc>) -> Result<(), i64> {
        let mut people = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if people.len() >= PEOPLE_MAX {
            people.retain(|_, asked| asked.last().is_some_and(|last| now - *last < WINDOW));
        }
        let asked = people.entry(user).or_default();
        asked.retain(|at| now - *at < WINDOW);
        match asked.first() {
            Some(first) if asked.len() >= REQUESTS_MAX => {
                Err((*first + WINDOW - now).num_seconds().max(0) + 1)
            }
            _ => {
                asked.push(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // c15: one person's haste delays nobody else.
    #[test]
    fn a_hasty_person_waits_and_the_others_do_not() {
        let (limits, now) = (
            Limits::default(),
            DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        );
        for _ in 0..REQUESTS_MAX {
            assert_eq!(limits.count(DiscordUser(1), now), Ok(()));
        }
        assert_eq!(limits.count(DiscordUser(1), now), Err(31));
        assert_eq!(limits.count(DiscordUser(2), now), Ok(()));
        assert_eq!(limits.count(DiscordUser(1), now + WINDOW), Ok(()));
    }
}
