//! Schedules: local rules with a zone, executed by slot, whatever daylight saving, restarts and clock steps do.

pub mod store;

use std::str::FromStr;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer};

use crate::queue::JobName;

/// Shortest interval of an `every` rule. Source: the ticker looks every few seconds.
const EVERY_MIN: TimeDelta = TimeDelta::seconds(10);
/// Longest interval of an `every` rule; longer ones are better said as a time of day.
const EVERY_MAX: TimeDelta = TimeDelta::hours(24);
/// Width of the widest gap that a zone's clocks have jumped over (whole days were skipped in the Pacific).
const GAP_MAX: TimeDelta = TimeDelta::hours(25);
/// How far back a missed slot is looked for; an older one is not caught up, the next one comes anyway.
const LOOK_BACK: TimeDelta = TimeDelta::days(8);

/// Before a schedule's first slot, slots of this last moment count as due: an interval starts at once, a nightly rule waits.
pub const FIRST_LOOK_BACK: TimeDelta = TimeDelta::hours(1);

/// When a job runs by itself.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Every so often, aligned to the epoch, blind to local time: `every 1m`.
    Every(TimeDelta),
    /// At local wall times, as six cron fields (second to day of week): `0 30 2 * * *`.
    Local(Box<cron::Schedule>),
}

/// `schedule.*`: when each job runs by itself; an event only makes it run sooner.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedules {
    /// Zone of the rules that name a time of day.
    pub zone: Tz,
    /// Plans follow-ups. Letters leave at their own time, so how often is a matter of freshness only.
    pub plan_follow_ups: Rule,
    /// Looks for due letters.
    pub drain_outbox: Rule,
    /// Orders the whole list, at night when nobody reads it.
    pub rerank: Rule,
    /// Asks the platform's feed.
    pub poll_feed: Rule,
    /// Delivers our events.
    pub deliver_events: Rule,
    /// Fetches answers from the mailbox.
    pub read_inbox: Rule,
    /// Reminds reviewers of refund requests.
    pub remind_reviewers: Rule,
    /// Tells people on Discord what was decided.
    pub tell_discord: Rule,
    /// Forgets what is past its time, checks the chains.
    pub housekeep: Rule,
}

impl Default for Schedules {
    fn default() -> Self {
        let rule = |text: &str| text.parse().expect("a built-in rule can be read");
        Self {
            zone: Tz::Europe__Paris,
            plan_follow_ups: rule("every 15m"),
            drain_outbox: rule("every 1m"),
            rerank: rule("0 30 2 * * *"),
            poll_feed: rule("every 1m"),
            deliver_events: rule("every 1m"),
            read_inbox: rule("every 1m"),
            remind_reviewers: rule("0 0 9 * * *"),
            tell_discord: rule("every 1m"),
            housekeep: rule("0 15 3 * * *"),
        }
    }
}

impl Schedules {
    /// The rule of `job`.
    #[must_use]
    pub const fn rule(&self, job: JobName) -> &Rule {
        match job {
            JobName::PlanFollowUps => &self.plan_follow_ups,
            JobName::DrainOutbox => &self.drain_outbox,
            JobName::Rerank => &self.rerank,
            JobName::PollFeed => &self.poll_feed,
            JobName::DeliverEvents => &self.deliver_events,
            JobName::ReadInbox => &self.read_inbox,
            JobName::RemindReviewers => &self.remind_reviewers,
            JobName::TellDiscord => &self.tell_discord,
            JobName::Housekeep => &self.housekeep,
        }
    }
}

/// One execution that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name, the same in every process.
    pub name: String,
    /// Its instant: in a gap of local time the first valid instant after it, in a fold the first of the two.
    pub at: DateTime<Utc>,
}

/// A rule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no schedule: write \"every 1m\" (10s to 24h) or six cron fields such as \"0 30 2 * * *\""
)]
pub struct BadRule {
    text: String,
}

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let bad = || BadRule {
            text: text.to_owned(),
        };
        let Some(interval) = text.strip_prefix("every ") else {
            return cron::Schedule::from_str(text)
                .map(|rule| Self::Local(Box::new(rule)))
                .map_err(|_| bad());
        };
        let unit_at = interval
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(bad)?;
        let (count, unit) = interval.split_at(unit_at);
        let count: i64 = count.parse().map_err(|_| bad())?;
        let every = match unit {
            "s" => TimeDelta::try_seconds(count),
            "m" => TimeDelta::try_minutes(count),
            "h" => TimeDelta::try_hours(count),
            _ => None,
        };
        every
            .filter(|every| (EVERY_MIN..=EVERY_MAX).contains(every))
            .map(Self::Every)
            .ok_or_else(bad)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Rule {
    /// The last slot after `after` and not after `now`: what is due. Slots missed before it are skipped, so that
    /// catching up after days of downtime is one run.
    #[must_use]
    pub fn due(&self, zone: Tz, after: DateTime<Utc>, now: DateTime<Utc>) -> Option<Slot> {
        let slot = match self {
            Self::Every(every) => interval_slot(*every, now),
            Self::Local(rule) => {
                let from = after.max(now - LOOK_BACK);
                local_slots(rule, zone, from)
                    .take_while(|slot| slot.at <= now)
                    .last()?
            }
        };
        (slot.at > after).then_some(slot)
    }

    /// The first slot after `now`.
    #[must_use]
    pub fn next(&self, zone: Tz, now: DateTime<Utc>) -> Option<Slot> {
        match self {
            Self::Every(every) => Some(interval_slot(*every, now + *every)),
            Self::Local(rule) => local_slots(rule, zone, now).next(),
        }
    }
}

fn interval_slot(every: TimeDelta, now: DateTime<Utc>) -> Slot {
    let seconds = now.timestamp() - now.timestamp().rem_euclid(every.num_seconds());
    let at = DateTime::from_timestamp(seconds, 0).expect("an instant before a valid one is valid");
    Slot {
        name: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        at,
    }
}

/// Slots of a local rule after `after`. Local times are enumerated as if there were no zone and then placed in it, so a
/// fold cannot repeat one and a gap cannot lose one.
fn local_slots(
    rule: &cron::Schedule,
    zone: Tz,
    after: DateTime<Utc>,
) -> impl Iterator<Item = Slot> {
    let local = after.with_timezone(&zone).naive_local() - GAP_MAX;
    rule.after(&local.and_utc())
        .map(move |wall| Slot {
            name: wall.naive_utc().format("%Y-%m-%dT%H:%M:%S").to_string(),
            at: first_instant(zone, wall.naive_utc()),
        })
        .filter(move |slot| slot.at > after)
}

/// The instant of a wall time: the first of two in a fold, the first after a gap.
fn first_instant(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            let before = (1..=GAP_MAX.num_minutes()).find_map(|minutes| {
                zone.from_local_datetime(&(wall - TimeDelta::minutes(minutes)))
                    .latest()
            });
            let after = (1..=GAP_MAX.num_minutes()).find_map(|minutes| {
                zone.from_local_datetime(&(wall + TimeDelta::minutes(minutes)))
                    .earliest()
            });
            // Both sides lie within the same minute grid; the gap ends where the later offset begins.
            match (before, after) {
                (Some(before), Some(after)) => gap_end(zone, before.to_utc(), after.to_utc()),
                _ => wall.and_utc(),
            }
        }
    }
}

/// The instant between `before` and `after` at which the zone's offset changes, by bisection to the second.
fn gap_end(zone: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    use chrono::Offset as _;
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let (mut low, mut high) = (before, after);
    while high - low > TimeDelta::seconds(1) {
        let middle = low + (high - low) / 2;
        if offset(middle) == offset(before) {
            low = middle;
        } else {
            high = middle;
        }
    }
    DateTime::from_timestamp(high.timestamp(), 0)
        .expect("a valid instant without its fraction is valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Paris;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn runs(rule: &str, from: &str, to: &str) -> Vec<String> {
        let rule: Rule = rule.parse().unwrap();
        let (mut last, to) = (at(from), at(to));
        let mut runs = Vec::new();
        let mut now = last;
        while now < to {
            now += TimeDelta::seconds(30);
            if let Some(slot) = rule.due(Paris, last, now) {
                runs.push(format!("{} {}", slot.name, slot.at.format("%dT%H:%MZ")));
                last = slot.at;
            }
        }
        runs
    }

    // E6: cron 0.17 alone fires twice on 25 October 2026 and not at all on 28 March 2027.
    #[test]
    fn a_nightly_rule_runs_once_on_both_daylight_saving_days() {
        let autumn = runs(
            "0 30 2 * * *",
            "2026-10-24T12:00:00Z",
            "2026-10-26T12:00:00Z",
        );
        assert_eq!(
            autumn,
            [
                "2026-10-25T02:30:00 25T00:30Z",
                "2026-10-26T02:30:00 26T01:30Z"
            ]
        );
        let spring = runs(
            "0 30 2 * * *",
            "2027-03-27T12:00:00Z",
            "2027-03-29T12:00:00Z",
        );
        assert_eq!(
            spring,
            [
                "2027-03-28T02:30:00 28T01:00Z",
                "2027-03-29T02:30:00 29T00:30Z"
            ]
        );
    }

    // E6: an interval does not pause in the hour that comes twice.
    #[test]
    fn an_interval_is_blind_to_daylight_saving() {
        assert_eq!(
            runs("every 30m", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z").len(),
            6
        );
    }

    // E6, o3: a clock that steps back repeats nothing; days of downtime are one run.
    #[test]
    fn a_step_back_repeats_nothing_and_downtime_is_caught_up_once() {
        let rule: Rule = "0 0 9 * * *".parse().unwrap();
        let last = rule
            .due(
                Paris,
                at("2026-06-01T00:00:00Z"),
                at("2026-06-06T12:00:00Z"),
            )
            .unwrap();
        assert_eq!(last.name, "2026-06-06T09:00:00");
        assert_eq!(rule.due(Paris, last.at, at("2026-06-05T12:00:00Z")), None);
        assert_eq!(rule.due(Paris, last.at, at("2026-06-06T12:00:00Z")), None);
    }

    #[test]
    fn a_rule_that_cannot_be_read_says_how_to_write_one() {
        for text in [
            "every 5s",
            "every 25h",
            "every m",
            "every 3x",
            "nightly",
            "0 99 2 * * *",
        ] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.to_string().contains("every 1m"), "{text}");
        }
    }
}
