//! The platform's own past: what was posted and what happened, cut at an instant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::evidence::{Event, Evidence};
use super::known::Known;

pub use super::import::{HistoryError, read};

/// How an installation's own evidence bears on the chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Can only raise it.
    Raises,
    /// Can only lower it.
    Lowers,
    /// Whatever the past says.
    Free,
}

/// A kind of evidence that the installation declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Its place in [`Event::Declared`] and in the folded state, below [`EXTRA_KINDS_MAX`](super::EXTRA_KINDS_MAX).
    pub slot: u8,
    /// Its name in the log.
    pub name: String,
    /// Days after which it weighs half; `None`: it never fades.
    pub half_life_days: Option<f64>,
    /// Which way it may bear.
    pub sign: Sign,
}

/// A project as the log knows it. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The platform's name for it.
    pub id: String,
    /// When it was posted.
    pub created_at: i64,
    /// Facts known at creation.
    pub facts: Facts,
    /// When it left the pending list, if it did.
    pub left: Option<Left>,
}

/// How a project left the pending list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// When.
    pub at: i64,
    /// Awarded on the platform; otherwise its client cancelled.
    pub awarded: bool,
}

/// What is known of a project when it is posted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// A short name; empty when unknown.
    pub category: String,
    /// Euros.
    pub budget_eur: Option<f64>,
    /// Length of the description in characters.
    pub description_chars: f64,
    /// `asap`, `month`, `flexible`; others count as unknown.
    pub urgency: String,
    /// A phone number was given.
    pub has_phone: bool,
    /// The number was proved.
    pub phone_verified: bool,
    /// The client is a company.
    pub is_company: bool,
    /// Where the client came from: `organic`, `ads`, `partner`.
    pub source: String,
    /// Projects this client had posted before.
    pub prior_projects: f64,
    /// Of these, awarded.
    pub prior_awards: f64,
}

/// Projects and events up to an instant, events grouped by project and sorted by time.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    entries: Vec<Entry>,
    events: Vec<(i64, Event)>,
    /// Where each entry's events start; one more at the end.
    starts: Vec<usize>,
    kinds: Vec<Kind>,
}

impl History {
    /// Puts a log in order; events of unknown entries (an index out of range) are a caller's mistake and panic.
    ///
    /// The order of what is given does not matter, save between events of one project at one instant.
    #[must_use]
    pub fn new(entries: Vec<Entry>, mut events: Vec<(u32, i64, Event)>, kinds: Vec<Kind>) -> Self {
        let mut by_age: Vec<u32> = (0..index(entries.len())).collect();
        by_age.sort_by(|&a, &b| {
            let (a, b) = (&entries[a as usize], &entries[b as usize]);
            (a.created_at, &a.id).cmp(&(b.created_at, &b.id))
        });
        let mut place = vec![0_u32; entries.len()];
        for (to, &from) in by_age.iter().enumerate() {
            place[from as usize] = index(to);
        }
        for event in &mut events {
            event.0 = place[event.0 as usize];
        }
        events.sort_by_key(|&(entry, at, _)| (entry, at));
        let mut slots: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
        let mut sorted: Vec<Entry> = by_age
            .iter()
            .filter_map(|&from| slots[from as usize].take())
            .collect();
        let mut starts = vec![0_usize; sorted.len() + 1];
        for &(entry, at, event) in &events {
            starts[entry as usize + 1] += 1;
            leave(&mut sorted[entry as usize], at, event);
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let events = events.into_iter().map(|(_, at, e)| (at, e)).collect();
        Self {
            entries: sorted,
            events,
            starts,
            kinds,
        }
    }

    /// Every project, oldest first, then by id.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The installation's own kinds of evidence.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// One project's events, sorted by time.
    #[must_use]
    pub fn events_of(&self, entry: usize) -> &[(i64, Event)] {
        &self.events[self.starts[entry]..self.starts[entry + 1]]
    }

    /// What is known of one project at an instant.
    #[must_use]
    pub fn evidence(&self, entry: usize, at: i64) -> Evidence {
        let mut evidence = Evidence::none();
        for &(when, event) in self
            .events_of(entry)
            .iter()
            .take_while(|(when, _)| *when <= at)
        {
            evidence.take(event, when);
        }
        evidence
    }

    /// All that the score of one project follows from, at an instant.
    #[must_use]
    pub fn known(&self, entry: usize, at: i64) -> Known {
        Known {
            created_at: self.entries[entry].created_at,
            facts: self.entries[entry].facts.clone(),
            evidence: self.evidence(entry, at),
        }
    }

    /// Projects pending at an instant: posted, neither awarded nor cancelled by then. Oldest first.
    #[must_use]
    pub fn pending(&self, at: i64) -> Vec<usize> {
        let pending = |(i, e): (usize, &Entry)| e.is_pending(at).then_some(i);
        self.entries
            .iter()
            .enumerate()
            .filter_map(pending)
            .collect()
    }

    /// Awards seen by an instant.
    #[must_use]
    pub fn awards(&self, at: i64) -> usize {
        let awarded = |e: &&Entry| e.left.is_some_and(|left| left.awarded && left.at <= at);
        self.entries.iter().filter(awarded).count()
    }

    /// The most frequent categories among projects posted by an instant, by name.
    #[must_use]
    pub fn categories(&self, at: i64, most: usize) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in self.entries.iter().take_while(|e| e.created_at <= at) {
            if !entry.facts.category.is_empty() {
                *counts.entry(&entry.facts.category).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
        let mut names: Vec<String> = counts
            .into_iter()
            .take(most)
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort();
        names
    }
}

impl Entry {
    /// Posted by then, and neither awarded nor cancelled by then.
    #[must_use]
    pub fn is_pending(&self, at: i64) -> bool {
        self.created_at <= at && self.left.is_none_or(|left| left.at > at)
    }
}

fn leave(entry: &mut Entry, at: i64, event: Event) {
    let awarded = event == Event::Awarded;
    if entry.left.is_none() && (awarded || event == Event::Cancelled) {
        entry.left = Some(Left { at, awarded });
    }
}

/// An entry's index as the events carry it.
fn index(at: usize) -> u32 {
    u32::try_from(at).expect("the number of projects is limited far below this")
}
