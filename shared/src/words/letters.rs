//! Words of the letters that no template can hold: ages and days.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

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
/// Days from which an age is told in months, and the length of a month then.
const MONTH_DAYS: i64 = 30;
/// Days from which an age is told in weeks.
const WEEKS_FROM_DAYS: i64 = 14;
/// Days of a year.
const YEAR_DAYS: i64 = 365;

/// How long ago something was, `days` whole days: "3 jours", "2 semaines", "5 months", "2 years".
#[must_use]
pub fn age(locale: Locale, days: i64) -> String {
    let days = days.max(0);
    let (count, fr, en) = if days < WEEKS_FROM_DAYS {
        (days, ["jour", "jours"], ["day", "days"])
    } else if days < 2 * MONTH_DAYS {
        (days / 7, ["semaine", "semaines"], ["week", "weeks"])
    } else if days < YEAR_DAYS {
        (days / MONTH_DAYS, ["mois", "mois"], ["month", "months"])
    } else {
        (days / YEAR_DAYS, ["an", "ans"], ["year", "years"])
    };
    // French says "0 jour", English "0 days".
    let unit = match locale {
        Locale::Fr => fr[usize::from(count > 1)],
        Locale::En => en[usize::from(count != 1)],
    };
    format!("{count}\u{a0}{unit}")
}

/// "1er mars 2026", "1 March 2026".
#[must_use]
pub fn day(locale: Locale, date: NaiveDate) -> String {
    let month = date.month0() as usize;
    match (locale, date.day()) {
        (Locale::Fr, 1) => format!("1er {} {}", MONTHS_FR[month], date.year()),
        (Locale::Fr, day) => format!("{day} {} {}", MONTHS_FR[month], date.year()),
        (Locale::En, day) => format!("{day} {} {}", MONTHS_EN[month], date.year()),
    }
}

/// "1er mars 2026 à 9 h 05", "1 March 2026 at 09:05".
#[must_use]
pub fn moment(locale: Locale, at: NaiveDateTime) -> String {
    let (day, hour, minute) = (day(locale, at.date()), at.hour(), at.minute());
    match locale {
        Locale::Fr => format!("{day} à {hour}\u{a0}h\u{a0}{minute:02}"),
        Locale::En => format!("{day} at {hour:02}:{minute:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_unit_that_people_would_use() {
        let told = |days| (age(Locale::Fr, days), age(Locale::En, days));
        let pair = |fr: &str, en: &str| (fr.replace(' ', "\u{a0}"), en.replace(' ', "\u{a0}"));
        assert_eq!(told(0), pair("0 jour", "0 days"));
        assert_eq!(told(1), pair("1 jour", "1 day"));
        assert_eq!(told(13), pair("13 jours", "13 days"));
        assert_eq!(told(14), pair("2 semaines", "2 weeks"));
        assert_eq!(told(60), pair("2 mois", "2 months"));
        assert_eq!(told(364), pair("12 mois", "12 months"));
        assert_eq!(told(365), pair("1 an", "1 year"));
        assert_eq!(told(800), pair("2 ans", "2 years"));
    }

    #[test]
    fn a_moment_is_told_as_people_write_it() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let at = date.and_hms_opt(9, 5, 0).unwrap();
        assert_eq!(moment(Locale::Fr, at), "1er mars 2026 à 9\u{a0}h\u{a0}05");
        assert_eq!(moment(Locale::En, at), "1 March 2026 at 09:05");
    }
}
