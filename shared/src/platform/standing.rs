//! Where a project stands after any set of events, whatever the order in which they arrived.
//!
//! Of all awards and cancellations the latest (`at`, then id) counts; a later award revoked takes an award back, a later
//! reopening a cancellation. That is a function of the set alone, so an award and a cancellation that race end one way,
//! and a duplicate or late event is harmless. Each event that counts makes at most one change, the moment it is taken.

use chrono::{DateTime, Utc};

/// What orders events: when, then the platform's id.
pub type Key = (DateTime<Utc>, String);

/// The four events that may move a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The platform awards it.
    Award,
    /// The platform takes the award back.
    Revoke,
    /// Its client ends it.
    Cancel,
    /// Its client puts it back.
    Reopen,
}

impl Move {
    /// The move that an event of this type makes.
    #[must_use]
    pub fn of(kind: &str) -> Option<Self> {
        match kind {
            "project.awarded" => Some(Self::Award),
            "project.award_revoked" => Some(Self::Revoke),
            "project.cancelled_by_client" => Some(Self::Cancel),
            "project.reopened_by_client" => Some(Self::Reopen),
            _ => None,
        }
    }
}

/// The state by its name, without its data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// On the list.
    #[default]
    Pending,
    /// Awarded.
    InProgress,
    /// Ended by its client.
    Cancelled,
}

impl Stands {
    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What the events so far come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    stands: Stands,
    award: Option<Key>,
    cancel: Option<Key>,
    revoke: Option<Key>,
    reopen: Option<Key>,
}

/// One change of state, caused by the event with this key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// From where.
    pub from: Stands,
    /// To where.
    pub to: Stands,
    /// The event that makes it.
    pub by: Key,
}

impl Standing {
    /// Where the project stands.
    #[must_use]
    pub const fn stands(&self) -> Stands {
        self.stands
    }

    /// Takes one more event and gives the changes that follow: none when something later had been taken already, two
    /// when its own taking back had arrived before it while the project stood elsewhere.
    pub fn take(&mut self, what: Move, key: Key) -> Vec<Step> {
        let mut steps = Vec::new();
        let latest = self.award.as_ref().max(self.cancel.as_ref()).cloned();
        match what {
            Move::Award | Move::Cancel => {
                let (to, back) = if what == Move::Award {
                    (Stands::InProgress, self.revoke.clone())
                } else {
                    (Stands::Cancelled, self.reopen.clone())
                };
                let counts = latest.is_none_or(|latest| latest < key);
                let back = back.filter(|back| *back > key);
                // Taken back before it was known: a project that is on the list stays there.
                if counts && (back.is_none() || self.stands != Stands::Pending) {
                    self.step(to, &key, &mut steps);
                    if let Some(back) = back {
                        self.step(Stands::Pending, &back, &mut steps);
                    }
                }
                let last = if what == Move::Award {
                    &mut self.award
                } else {
                    &mut self.cancel
                };
                *last = last.take().max(Some(key));
            }
            Move::Revoke | Move::Reopen => {
                let (taken_back, stood) = if what == Move::Revoke {
                    (&self.award, Stands::InProgress)
                } else {
                    (&self.cancel, Stands::Cancelled)
                };
                if self.stands == stood && *taken_back == latest && latest.is_some_and(|l| l < key)
                {
                    self.step(Stands::Pending, &key, &mut steps);
                }
                let last = if what == Move::Revoke {
                    &mut self.revoke
                } else {
                    &mut self.reopen
                };
                *last = last.take().max(Some(key));
            }
        }
        steps
    }

    /// Notes an event that was taken before; [`Standing::stand`] then says where that led.
    pub fn remember(&mut self, what: Move, key: Key) {
        let last = match what {
            Move::Award => &mut self.award,
            Move::Cancel => &mut self.cancel,
            Move::Revoke => &mut self.revoke,
            Move::Reopen => &mut self.reopen,
        };
        *last = last.take().max(Some(key));
    }

    /// Says where the project stands, from its row.
    pub const fn stand(&mut self, stands: Stands) {
        self.stands = stands;
    }

    fn step(&mut self, to: Stands, by: &Key, steps: &mut Vec<Step>) {
        let from = std::mem::replace(&mut self.stands, to);
        steps.push(Step {
            from,
            to,
            by: by.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;
    use proptest::prelude::*;

    fn moves() -> impl Strategy<Value = Vec<(Move, i64)>> {
        let one = prop_oneof![
            Just(Move::Award),
            Just(Move::Revoke),
            Just(Move::Cancel),
            Just(Move::Reopen)
        ];
        prop::collection::vec((one, 0..6_i64), 0..9)
    }

    fn after(events: &[(usize, Move, i64)]) -> (Standing, Vec<Step>) {
        let mut standing = Standing::default();
        let mut steps = Vec::new();
        for (n, what, on) in events {
            steps.extend(standing.take(*what, (day(*on), format!("e{n}"))));
        }
        (standing, steps)
    }

    proptest! {
        // P6: the state does not depend on the order of arrival; no cancellation or award makes two changes.
        #[test]
        fn any_order_of_arrival_ends_in_the_same_state(
            (events, shuffled) in moves().prop_flat_map(|moves| {
                let numbered: Vec<_> = moves.into_iter().enumerate().map(|(n, (m, on))| (n, m, on)).collect();
                (Just(numbered.clone()), Just(numbered).prop_shuffle())
            })
        ) {
            let (one, _) = after(&events);
            let (other, steps) = after(&shuffled);
            prop_assert_eq!(&one, &other);
            let mut stood = Stands::Pending;
            for step in &steps {
                prop_assert_eq!(step.from, stood);
                stood = step.to;
            }
            prop_assert_eq!(stood, other.stands());
            let mut caused: Vec<_> = steps.iter().filter(|s| s.to != Stands::Pending).map(|s| &s.by).collect();
            let all = caused.len();
            caused.sort();
            caused.dedup();
            prop_assert_eq!(caused.len(), all);
        }
    }

    // P6, N18: a race ends one way, a late award revoked changes nothing.
    #[test]
    fn the_later_of_award_and_cancellation_counts() {
        let (standing, _) = after(&[(0, Move::Cancel, 3), (1, Move::Award, 2)]);
        assert_eq!(standing.stands(), Stands::Cancelled);
        let (standing, _) = after(&[
            (0, Move::Award, 2),
            (1, Move::Cancel, 3),
            (2, Move::Revoke, 4),
        ]);
        assert_eq!(standing.stands(), Stands::Cancelled);
        let (standing, _) = after(&[
            (0, Move::Award, 2),
            (1, Move::Revoke, 4),
            (2, Move::Award, 3),
        ]);
        assert_eq!(standing.stands(), Stands::Pending);
    }
}
