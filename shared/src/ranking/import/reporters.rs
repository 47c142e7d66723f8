//! Weighs the reports of a log by the rule of [`crate::report`]: the reporter's stake and record, as far as the log had
//! come then.

use std::collections::{HashMap, HashSet};

use crate::ranking::evidence::{Event, Said};
use crate::ranking::reports;
use crate::report::{Record, Stake, WINDOW, weight};

/// Reports of one provider that make its record, the latest ones: a log cannot make the reading slow.
const RECORD_REPORTS_MAX: usize = 200;

/// What the log said so far of who applied, who reported, and what became of it. Lines must come in their order of time.
#[derive(Default)]
pub(super) struct Reporters {
    ids: HashMap<String, u32>,
    applied: HashSet<(u32, u32)>,
    /// By provider: project and instant of each report.
    made: HashMap<u32, Vec<(u32, i64)>>,
    /// By project: whether it was over by its client's last clear word, and when that came.
    over: HashMap<u32, (bool, i64)>,
}

impl Reporters {
    /// Takes a line of the log; gives what the fold is to take, none for a report that its provider had made before.
    pub(super) fn take(
        &mut self,
        event: Event,
        project: u32,
        actor: &str,
        at: i64,
    ) -> Option<Event> {
        match event {
            Event::Applied => {
                let provider = self.provider(actor);
                self.applied.insert((project, provider));
            }
            Event::StaleReport(_) => return self.report(project, actor, at),
            Event::Cancelled | Event::Said(Said::FoundElsewhere | Said::Abandoned) => {
                self.over.insert(project, (true, at));
            }
            Event::Awarded | Event::Said(Said::StillLooking) => {
                self.over.insert(project, (false, at));
            }
            Event::Said(Said::Paused | Said::Unclear)
            | Event::LetterSent
            | Event::Bounced
            | Event::CallUnanswered
            | Event::WrongNumber
            | Event::CallRefused
            | Event::SeenOnSite
            | Event::Declared(_) => {}
        }
        Some(event)
    }

    fn report(&mut self, project: u32, actor: &str, at: i64) -> Option<Event> {
        let provider = self.provider(actor);
        let made = self.made.entry(provider).or_default();
        if made.iter().any(|(reported, _)| *reported == project) {
            return None;
        }
        let mut record = Record::default();
        for (reported, when) in made.iter().rev().take(RECORD_REPORTS_MAX) {
            match self.over.get(reported) {
                Some((true, later)) if later > when => record.borne_out += 1,
                Some((false, later)) if later > when => record.contradicted += 1,
                Some(_) | None => {}
            }
            record.lately += i64::from(at - when < WINDOW.num_seconds());
        }
        let stake = if self.applied.contains(&(project, provider)) {
            Stake::Applied
        } else {
            Stake::None
        };
        made.push((project, at));
        Some(Event::StaleReport(reports::weight(weight(stake, record))))
    }

    fn provider(&mut self, actor: &str) -> u32 {
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        if let Some(id) = self.ids.get(actor) {
            return *id;
        }
        self.ids.insert(actor.to_owned(), next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::DAY_SECS;

    fn reported(log: &[(u32, &str, Event, i64)]) -> Vec<Option<Event>> {
        let mut reporters = Reporters::default();
        log.iter()
            .map(|&(project, actor, event, day)| {
                reporters.take(event, project, actor, day * DAY_SECS)
            })
            .filter(|taken| matches!(taken, None | Some(Event::StaleReport(_))))
            .collect()
    }

    // b16, S22: stake and record weigh, and one provider is one voice.
    #[test]
    fn a_report_weighs_by_stake_and_record_and_one_provider_is_one_voice() {
        let report = Event::StaleReport(0);
        let told = reported(&[
            (1, "P1", Event::Applied, 1),
            (1, "P1", report, 2),
            (1, "P1", report, 3),
            (1, "P2", report, 3),
            (1, "", Event::Cancelled, 4),
            (2, "P1", report, 20),
            (2, "", Event::Said(Said::Abandoned), 21),
            (3, "P1", report, 40),
        ]);
        let weights = [Some(3), None, Some(2), Some(2), Some(4)];
        assert_eq!(told, weights.map(|weight| weight.map(Event::StaleReport)));
    }

    // S22: who reports many at once weighs nothing.
    #[test]
    fn who_reports_many_projects_in_a_week_weighs_nothing() {
        let log: Vec<_> = (0..6)
            .map(|project| (project, "P1", Event::StaleReport(0), 1))
            .collect();
        assert_eq!(reported(&log).last(), Some(&Some(Event::StaleReport(0))));
    }
}
