//! Working days, office hours, and how people are spread over them.

use chrono::{
    DateTime, Datelike as _, Days, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _,
    Utc, Weekday,
};
use chrono_tz::Tz;

use crate::account::ClientId;
use crate::follow_up::Rhythm;

/// Public holidays with a fixed date, as (month, day). Source: Code du travail, article L3133-1.
const FIXED_HOLIDAYS: [(u32, u32); 8] = [
    (1, 1),   // jour de l'an
    (5, 1),   // fête du Travail
    (5, 8),   // victoire de 1945
    (7, 14),  // fête nationale
    (8, 15),  // Assomption
    (11, 1),  // Toussaint
    (11, 11), // armistice de 1918
    (12, 25), // Noël
];
/// Public holidays counted in days from Easter Sunday: Easter Monday, Ascension, Whit Monday. Source: the same article.
const EASTER_HOLIDAYS: [u64; 3] = [1, 39, 50];
/// The last minutes of the office hours in which nothing is timed: a run that is late by a tick must not miss the day.
const LAST_MINUTES: u64 = 30;
/// Consecutive days on which nobody works are fewer than this anywhere in the table (Christmas or Easter with its weekend).
const CLOSED_DAYS_MAX: usize = 10;
const MINUTES_PER_HOUR: u64 = 60;

/// Whether `date` is one of the eleven public holidays of France, for the whole country: the two more of
/// Alsace-Moselle and those of the overseas departments are not in the table.
/// Source: Code du travail, article L3133-1.
#[must_use]
pub fn is_public_holiday(date: NaiveDate) -> bool {
    FIXED_HOLIDAYS.contains(&(date.month(), date.day()))
        || EASTER_HOLIDAYS
            .iter()
            .any(|&days| easter(date.year()).checked_add_days(Days::new(days)) == Some(date))
}

/// Easter Sunday of the Gregorian calendar. Source: the anonymous algorithm, as in Meeus, Astronomical Algorithms, ch. 8.
fn easter(year: i32) -> NaiveDate {
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let leap_skipped = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - leap_skipped + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let month_day = epact + weekday - 7 * correction + 114;
    let part = |n: i32| u32::try_from(n).unwrap_or(1);
    NaiveDate::from_ymd_opt(year, part(month_day / 31), part(month_day % 31 + 1))
        .expect("the algorithm gives a day between 22 March and 25 April")
}

/// When people may be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    from_hour: u32,
    until_hour: u32,
    spread_days: u64,
}

impl Calendar {
    /// The calendar of these settings.
    #[must_use]
    pub const fn new(rhythm: &Rhythm) -> Self {
        Self {
            from_hour: rhythm.office_from_hour,
            until_hour: rhythm.office_until_hour,
            spread_days: rhythm.spread_working_days as u64,
        }
    }

    /// Monday to Friday, public holidays excepted.
    #[must_use]
    pub fn is_working_day(date: NaiveDate) -> bool {
        !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !is_public_holiday(date)
    }

    /// Whether a person in `zone` may be disturbed at `at`.
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>, zone: Tz) -> bool {
        let local = at.with_timezone(&zone).naive_local();
        Self::is_working_day(local.date())
            && local >= self.opens(local.date())
            && local < self.closes(local.date())
    }

    /// `at` itself within office hours, otherwise the next opening.
    #[must_use]
    pub fn open_from(&self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let local = at.with_timezone(&zone).naive_local();
        let today = local.date();
        if Self::is_working_day(today) && local < self.closes(today) {
            return if local >= self.opens(today) {
                at
            } else {
                instant(zone, self.opens(today))
            };
        }
        instant(zone, self.opens(working_day_from(next_day(today))))
    }

    /// The instant that is `minutes` of office time after `at`.
    #[must_use]
    pub fn after_office_minutes(&self, at: DateTime<Utc>, zone: Tz, minutes: u64) -> DateTime<Utc> {
        let mut from = self.open_from(at, zone);
        let mut left = TimeDelta::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 60_000));
        let day = self.day_length();
        let whole_days = left.num_minutes() / day.num_minutes();
        for _ in 0..whole_days {
            let local = from.with_timezone(&zone).naive_local();
            from = instant(
                zone,
                working_day_from(next_day(local.date())).and_time(local.time()),
            );
            left -= day;
        }
        let local = from.with_timezone(&zone).naive_local();
        let closes = self.closes(local.date());
        if local + left < closes {
            return from + left;
        }
        let rest = left - (closes - local);
        instant(
            zone,
            self.opens(working_day_from(next_day(local.date()))) + rest,
        )
    }

    /// When a person is disturbed on `date` or soon after: what falls on a free day is spread over the working days
    /// after it, and people are spread over the hours. The same person and date always give the same instant.
    #[must_use]
    pub fn slot(&self, date: NaiveDate, zone: Tz, person: ClientId) -> DateTime<Utc> {
        let seed = mixed(person, date);
        let mut day = working_day_from(date);
        if day != date {
            for _ in 0..seed % self.spread_days {
                day = working_day_from(next_day(day));
            }
        }
        self.on(day, zone, seed)
    }

    /// The slot of a person on the first working day on which it is later than `at`.
    #[must_use]
    pub fn slot_after(&self, at: DateTime<Utc>, zone: Tz, person: ClientId) -> DateTime<Utc> {
        let mut date = at.with_timezone(&zone).date_naive();
        loop {
            let slot = self.slot(date, zone, person);
            if slot > at {
                return slot;
            }
            date = next_day(date);
        }
    }

    /// The closing time of the `days`-th working day after that of `at`.
    #[must_use]
    pub fn close_after_working_days(
        &self,
        at: DateTime<Utc>,
        zone: Tz,
        days: u32,
    ) -> DateTime<Utc> {
        let mut day = at.with_timezone(&zone).date_naive();
        for _ in 0..days {
            day = working_day_from(next_day(day));
        }
        instant(zone, self.closes(day))
    }

    fn on(&self, day: NaiveDate, zone: Tz, seed: u64) -> DateTime<Utc> {
        let minutes = u64::from(self.until_hour - self.from_hour) * MINUTES_PER_HOUR;
        // The low bits chose the day.
        let minute = (seed >> 16) % minutes.saturating_sub(LAST_MINUTES).max(1);
        instant(
            zone,
            self.opens(day) + TimeDelta::minutes(minute.cast_signed()),
        )
    }

    fn opens(&self, day: NaiveDate) -> NaiveDateTime {
        midnight(day) + TimeDelta::hours(i64::from(self.from_hour))
    }

    fn closes(&self, day: NaiveDate) -> NaiveDateTime {
        midnight(day) + TimeDelta::hours(i64::from(self.until_hour))
    }

    fn day_length(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.until_hour - self.from_hour))
    }
}

/// The date on which an instant falls where the person is.
pub(super) fn date_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

fn working_day_from(date: NaiveDate) -> NaiveDate {
    date.iter_days()
        .take(CLOSED_DAYS_MAX)
        .find(|day| Calendar::is_working_day(*day))
        .unwrap_or(date)
}

fn next_day(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(date)
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(chrono::NaiveTime::MIN)
}

/// The instant of a wall time in office hours: the first of two in a fold. Zones jump at night; should one jump over
/// an office hour, the time is read as if it had not.
fn instant(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => zone.from_utc_datetime(&wall).to_utc(),
    }
}

/// A number that depends on person and date only, evenly spread (the finaliser of `SplitMix64`).
fn mixed(person: ClientId, date: NaiveDate) -> u64 {
    let (high, low) = person.uuid().as_u64_pair();
    let mut z = high.rotate_left(23)
        ^ low
        ^ u64::from(date.num_days_from_ce().unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
