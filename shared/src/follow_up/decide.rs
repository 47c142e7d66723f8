//! What is done about one person now: one letter or one call for all their projects that are due, within the caps.

use chrono::{DateTime, TimeDelta, Utc};

use crate::contact::Channel;
use crate::follow_up::calendar::{Calendar, date_of};
use crate::follow_up::next::{Next, Reason, mails_in_row, next};
use crate::follow_up::{Person, Rhythm, Standing};
use crate::mail::PROJECTS_PER_LETTER_MAX;

/// The caps count in any so many days.
const CAP_DAYS: TimeDelta = TimeDelta::days(7);

/// When a person was last written to and called, or will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// When letters left or are to leave, of the last days and the next.
    pub letters: Vec<DateTime<Utc>>,
    /// When calls were opened, of the last days.
    pub calls: Vec<DateTime<Utc>>,
    /// Until when a call is open, if one is.
    pub call_open_until: Option<DateTime<Utc>>,
}

/// One project that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Which: place in the list that was given.
    pub project: usize,
    /// The step's number.
    pub step: i64,
    /// Mails in a row up to this step; 0 for a call.
    pub mails_in_row: i64,
    /// Why.
    pub reason: Reason,
    /// Since when it was due.
    pub due_at: DateTime<Utc>,
}

/// A letter or a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contacted {
    /// By mail or telephone.
    pub channel: Channel,
    /// When the letter is to leave, when the call may be made.
    pub at: DateTime<Utc>,
    /// About which projects, the one that was due first first.
    pub asks: Vec<Ask>,
}

/// What is done about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// They are asked.
    Contact(Contacted),
    /// Something is due, but they were disturbed enough; look again then.
    Later(DateTime<Utc>),
    /// Nothing is due.
    Nothing,
}

/// Decides about one person at `now`. `at` is when a letter could leave (the run spreads the late ones).
///
/// The project that was due first decides between letter and call; the others that are due, or will be within
/// [`Rhythm::together_days`], join it, so that nobody is asked twice where once is enough (N14).
#[must_use]
pub fn decide(
    rhythm: &Rhythm,
    person: &Person,
    projects: &[Standing],
    contacts: &Contacts,
    now: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Decision {
    let soon = now + TimeDelta::days(i64::from(rhythm.together_days));
    let mut asks: Vec<(Channel, Ask)> = (projects.iter().enumerate())
        .filter_map(|(project, of)| match next(rhythm, person, of) {
            Next::Ask {
                at,
                channel,
                reason,
            } if at <= soon => Some((
                channel,
                Ask {
                    project,
                    step: of.last_step.map_or(1, |step| step.number + 1),
                    mails_in_row: mails_in_row(of),
                    reason,
                    due_at: at,
                },
            )),
            Next::Ask { .. } | Next::Waiting { .. } | Next::NoWay => None,
        })
        .collect();
    asks.sort_by_key(|(_, ask)| (ask.due_at, ask.project));
    let Some(&(channel, first)) = asks.first() else {
        return Decision::Nothing;
    };
    if first.due_at > now {
        return Decision::Nothing;
    }
    if let Some(free_at) = contacts.free_from(rhythm, channel, at) {
        return Decision::Later(slot_from(free_at, rhythm, person));
    }
    let asks = asks
        .into_iter()
        .take(PROJECTS_PER_LETTER_MAX)
        .map(|(_, ask)| Ask {
            mails_in_row: if channel == Channel::Email {
                ask.mails_in_row + 1
            } else {
                0
            },
            ..ask
        });
    Decision::Contact(Contacted {
        channel,
        at,
        asks: asks.collect(),
    })
}

/// The person's first slot that is not before `free_at`.
fn slot_from(free_at: DateTime<Utc>, rhythm: &Rhythm, person: &Person) -> DateTime<Utc> {
    let calendar = Calendar::new(rhythm);
    let slot = calendar.slot(date_of(free_at, person.zone), person.zone, person.id);
    if slot >= free_at {
        slot
    } else {
        calendar.slot_after(free_at, person.zone, person.id)
    }
}

impl Contacts {
    /// When the cap allows one more by this channel, none when it does so at `at`. An open call lets nothing pass: what
    /// falls due meanwhile is asked after it.
    fn free_from(
        &self,
        rhythm: &Rhythm,
        channel: Channel,
        at: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if let Some(until) = self.call_open_until.filter(|until| *until > at) {
            return Some(until);
        }
        let (times, most) = if channel == Channel::Email {
            (&self.letters, rhythm.mails_per_week_max)
        } else {
            (&self.calls, rhythm.calls_per_week_max)
        };
        let mut near: Vec<_> = times
            .iter()
            .copied()
            .filter(|time| *time > at - CAP_DAYS)
            .collect();
        near.sort_unstable();
        let over = (near.len() + 1).checked_sub(most as usize)?;
        // With the one asked for there would be `over` too many: the week is free when those have left it.
        over.checked_sub(1)
            .and_then(|last| near.get(last))
            .map(|time| *time + CAP_DAYS)
    }
}
