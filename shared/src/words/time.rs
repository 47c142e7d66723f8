//! Dates and spans of time as people say them.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use chrono_tz::Tz;

use crate::account::Locale;

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days up to which a span is told in days.
const DAYS_TOLD_MAX: i64 = 59;
/// Days of a month on average, times ten thousand: 365.2425 / 12.
const MONTH_DAYS_E4: i64 = 304_369;
/// Months up to which a span is told in months.
const MONTHS_TOLD_MAX: i64 = 23;

/// The day of `at` in `zone`: "1er mars 2026", "1 March 2026".
#[must_use]
pub fn date(locale: Locale, at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let month = local.month0() as usize;
    match (locale, local.day()) {
        (Locale::Fr, 1) => format!("1er {} {}", MONTHS_FR[month], local.year()),
        (Locale::Fr, day) => format!("{day} {} {}", MONTHS_FR[month], local.year()),
        (Locale::En, day) => format!("{day} {} {}", MONTHS_EN[month], local.year()),
    }
}

/// Day and time of `at` in `zone`: "1er mars 2026 à 9 h 05", "1 March 2026 at 09:05".
#[must_use]
pub fn moment(locale: Locale, at: DateTime<Utc>, zone: Tz) -> String {
    let (day, local) = (date(locale, at, zone), at.with_timezone(&zone));
    let (hour, minute) = (local.hour(), local.minute());
    match locale {
        Locale::Fr => format!("{day} à {hour}\u{a0}h\u{a0}{minute:02}"),
        Locale::En => format!("{day} at {hour:02}:{minute:02}"),
    }
}

/// How long it is from `from` to `to`, in days, then months, then years; whole units, rounded down, but never to less
/// than two months or years: who counted 59 days is not told "1 month" the day after.
#[must_use]
pub fn span(locale: Locale, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let told = (to - from).num_days().max(0);
    let months = (told * 10_000 / MONTH_DAYS_E4).max(2);
    if told <= DAYS_TOLD_MAX {
        return days(locale, told);
    }
    match (locale, months) {
        (Locale::Fr, ..=MONTHS_TOLD_MAX) => format!("{months} mois"),
        (Locale::En, ..=MONTHS_TOLD_MAX) => format!("{months} months"),
        (Locale::Fr, _) => format!("{} ans", months / 12),
        (Locale::En, _) => format!("{} years", months / 12),
    }
}

/// "1 jour", "7 days"; "less than a day" for none.
#[must_use]
pub fn days(locale: Locale, days: i64) -> String {
    match (locale, days) {
        (Locale::Fr, 0) => "moins d’un jour".to_owned(),
        (Locale::En, 0) => "less than a day".to_owned(),
        (Locale::Fr, 1) => "1 jour".to_owned(),
        (Locale::En, 1) => "1 day".to_owned(),
        (Locale::Fr, _) => format!("{days} jours"),
        (Locale::En, _) => format!("{days} days"),
    }
}

/// `n` as a word up to ten, in the feminine when French asks for it ("une", "one").
#[must_use]
pub fn number(locale: Locale, n: i64, is_feminine: bool) -> String {
    const FR: [&str; 10] = [
        "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
    ];
    const EN: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let word = usize::try_from(n)
        .ok()
        .and_then(|n| n.checked_sub(1))
        .and_then(|at| match locale {
            Locale::Fr => FR.get(at),
            Locale::En => EN.get(at),
        });
    match word {
        Some(&"un") if is_feminine => "une".to_owned(),
        Some(word) => (*word).to_owned(),
        None => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    #[test]
    fn a_date_is_the_day_that_the_reader_lived() {
        let zone = Tz::Europe__Paris;
        let late = DateTime::parse_from_rfc3339("2026-02-28T23:30:00Z").unwrap();
        assert_eq!(date(Locale::Fr, late.to_utc(), zone), "1er mars 2026");
        assert_eq!(date(Locale::En, late.to_utc(), zone), "1 March 2026");
        assert_eq!(date(Locale::En, late.to_utc(), Tz::UTC), "28 February 2026");
    }

    #[test]
    fn a_moment_is_told_in_the_zone_of_the_reader() {
        let (zone, early) = (Tz::Europe__Paris, day(59) - chrono::TimeDelta::minutes(235));
        assert_eq!(
            moment(Locale::Fr, early, zone),
            "1er mars 2026 à 9\u{a0}h\u{a0}05"
        );
        assert_eq!(moment(Locale::En, early, zone), "1 March 2026 at 09:05");
    }

    #[test]
    fn a_span_is_told_in_the_unit_that_people_would_use() {
        for (days, fr, en) in [
            (0, "moins d’un jour", "less than a day"),
            (1, "1 jour", "1 day"),
            (59, "59 jours", "59 days"),
            (60, "2 mois", "2 months"),
            (61, "2 mois", "2 months"),
            (275, "9 mois", "9 months"),
            (700, "22 mois", "22 months"),
            (729, "23 mois", "23 months"),
            (730, "23 mois", "23 months"),
            (731, "2 ans", "2 years"),
        ] {
            assert_eq!(span(Locale::Fr, day(0), day(days)), fr);
            assert_eq!(span(Locale::En, day(0), day(days)), en);
        }
        assert_eq!(number(Locale::Fr, 1, true), "une");
        assert_eq!(number(Locale::En, 2, false), "two");
        assert_eq!(number(Locale::Fr, 11, false), "11");
    }
}
