//! Letters on their way: planned, sending, accepted, refused, unknown, withdrawn.

pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Where a letter stands. What the relay said is final only when it was said: a transmission that began and got no
/// verdict is [`State::Unknown`], is shown, and is never repeated by itself (threats E3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time, or for a person when its attempts are used up.
    Planned,
    /// Committed before the first byte leaves.
    Sending,
    /// The relay took it over.
    Accepted,
    /// The relay refused it for good.
    Refused,
    /// Transmission began and no verdict came: it may have arrived.
    Unknown,
    /// No longer right to send when its turn came.
    Withdrawn,
}

impl State {
    /// Every state, those that a person should look at first.
    pub const ALL: [Self; 6] = [
        Self::Unknown,
        Self::Refused,
        Self::Planned,
        Self::Sending,
        Self::Accepted,
        Self::Withdrawn,
    ];

    /// Its name in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// No state has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a letter is {list}; not {0:?}", list = State::ALL.map(State::as_str).join(", "))]
pub struct UnknownState(String);

impl std::str::FromStr for State {
    type Err = UnknownState;

    fn from_str(name: &str) -> Result<Self, UnknownState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == name);
        found.ok_or_else(|| UnknownState(name.to_owned()))
    }
}

/// What came of handing one letter to the relay. The texts hold codes, never an address or a word of the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The relay answered the final dot with yes.
    Accepted,
    /// No such mailbox (5xx to RCPT): the address is dead, other letters to it are useless.
    AddressRefused(String),
    /// Refused for good for another reason: our sender, our address's reputation, the text. Says nothing about the address.
    Refused(String),
    /// Not now (4xx, a time-out before the text began): the same bytes again later.
    Later(String),
    /// Nothing was tried: no relay, no time left, the program stops. Does not count as an attempt.
    NotTried(String),
    /// The text began to travel and no verdict came.
    Unknown(String),
}

/// What a row becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The new state.
    pub state: State,
    /// Not before; only for [`State::Planned`].
    pub due_at: Option<DateTime<Utc>>,
    /// Attempts that count.
    pub attempts: i64,
    /// Whether a person must look before it is tried again.
    pub is_parked: bool,
    /// Codes, or what happened.
    pub reason: Option<String>,
}

/// Pauses after the first, second, … attempt in vain; after the last one the letter is parked (threats E7). Source:
/// `guides`, a day altogether: the relay itself repeats for days what it took over.
const BACK_OFF_SECS: [i64; 6] = [30, 120, 600, 3_600, 21_600, 86_400];
/// Pause after a letter that was not tried at all.
const NOT_TRIED_PAUSE: TimeDelta = TimeDelta::seconds(10);
/// Characters of a reason that are kept.
const REASON_CHARS_MAX: usize = 200;

/// What `verdict` makes of a letter in its `attempts`-th attempt.
#[must_use]
pub fn settle(verdict: Verdict, attempts: i64, now: DateTime<Utc>) -> Outcome {
    let cut = |why: String| Some(cut(&why, REASON_CHARS_MAX));
    let settled = |state, reason| Outcome {
        state,
        due_at: None,
        attempts,
        is_parked: false,
        reason,
    };
    match verdict {
        Verdict::Accepted => settled(State::Accepted, None),
        Verdict::AddressRefused(why) | Verdict::Refused(why) => settled(State::Refused, cut(why)),
        Verdict::Unknown(why) => settled(State::Unknown, cut(why)),
        Verdict::NotTried(why) => Outcome {
            due_at: Some(now + NOT_TRIED_PAUSE),
            attempts: attempts - 1,
            ..settled(State::Planned, cut(why))
        },
        Verdict::Later(why) => {
            let nth = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
            let pause = BACK_OFF_SECS.get(nth).copied();
            Outcome {
                due_at: Some(now + TimeDelta::seconds(pause.unwrap_or_default())),
                is_parked: pause.is_none(),
                ..settled(State::Planned, cut(why))
            }
        }
    }
}

/// At most so many characters of a text.
fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    // E7: attempts are bounded; then the letter waits for a person.
    #[test]
    fn a_letter_that_the_relay_puts_off_again_and_again_is_parked() {
        let (mut at, mut attempts) = (day(0), 0);
        loop {
            attempts += 1;
            let outcome = settle(Verdict::Later("451".to_owned()), attempts, at);
            assert_eq!(outcome.state, State::Planned);
            if outcome.is_parked {
                break;
            }
            let due_at = outcome.due_at.unwrap();
            assert!(due_at > at, "never at once again");
            at = due_at;
        }
        assert_eq!(attempts, 7);
        assert!(at < day(2), "a person hears of it within two days");
    }

    #[test]
    fn a_letter_that_was_not_tried_loses_no_attempt() {
        let outcome = settle(Verdict::NotTried("no relay".to_owned()), 3, day(0));
        assert_eq!((outcome.state, outcome.attempts), (State::Planned, 2));
        assert!(!outcome.is_parked);
    }

    #[test]
    fn a_state_is_known_by_its_name_only() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!(
            "sent"
                .parse::<State>()
                .unwrap_err()
                .to_string()
                .contains("unknown")
        );
    }
}
