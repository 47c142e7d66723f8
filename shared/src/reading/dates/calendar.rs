//! Days of the calendar that words stand for.

use chrono::{Datelike as _, Duration, Months, NaiveDate, Weekday};

pub(super) fn month(name: &str) -> Option<u32> {
    let starts = [
        ("jan", 1),
        ("ene", 1),
        ("fev", 2),
        ("feb", 2),
        ("mars", 3),
        ("march", 3),
        ("marz", 3),
        ("maerz", 3),
        ("av", 4),
        ("ap", 4),
        ("abr", 4),
        ("mai", 5),
        ("may", 5),
        ("juin", 6),
        ("jun", 6),
        ("juil", 7),
        ("jul", 7),
        ("ao", 8),
        ("aug", 8),
        ("ago", 8),
        ("sep", 9),
        ("oc", 10),
        ("ok", 10),
        ("nov", 11),
        ("d", 12),
    ];
    starts
        .iter()
        .find(|(start, _)| name.starts_with(start))
        .map(|(_, number)| *number)
}

pub(super) fn weekday(name: &str) -> Option<Weekday> {
    let starts = [
        ("lu", Weekday::Mon),
        ("mon", Weekday::Mon),
        ("mar", Weekday::Tue),
        ("tue", Weekday::Tue),
        ("di", Weekday::Sun),
        ("mer", Weekday::Wed),
        ("wed", Weekday::Wed),
        ("mit", Weekday::Wed),
        ("mie", Weekday::Wed),
        ("j", Weekday::Thu),
        ("thu", Weekday::Thu),
        ("don", Weekday::Thu),
        ("v", Weekday::Fri),
        ("fr", Weekday::Fri),
        ("sa", Weekday::Sat),
        ("sun", Weekday::Sun),
    ];
    if name == "dienstag" {
        return Some(Weekday::Tue);
    }
    starts
        .iter()
        .find(|(start, _)| name.starts_with(start))
        .map(|(_, day)| *day)
}

pub(super) fn number(word: &str) -> i64 {
    let words = [
        ("deux", 2),
        ("two", 2),
        ("zwei", 2),
        ("dos", 2),
        ("un par de", 2),
        ("trois", 3),
        ("three", 3),
        ("drei", 3),
        ("tres", 3),
        ("quelques", 3),
        ("a few", 3),
        ("plusieurs", 4),
        ("quatre", 4),
        ("four", 4),
        ("vier", 4),
        ("cinq", 5),
        ("five", 5),
        ("six", 6),
        ("sept", 7),
        ("huit", 8),
        ("neuf", 9),
        ("dix", 10),
        ("douze", 12),
        ("quinze", 15),
        ("vingt", 20),
        ("trente", 30),
    ];
    word.parse().unwrap_or_else(|_| {
        words
            .iter()
            .find(|(name, _)| *name == word)
            .map_or(1, |(_, value)| *value)
    })
}

pub(super) fn after(arrived: NaiveDate, count: i64, unit: &str) -> Option<NaiveDate> {
    let months = |count: i64| {
        u32::try_from(count)
            .ok()
            .and_then(|count| arrived.checked_add_months(Months::new(count)))
    };
    if unit.starts_with("jour")
        || unit.starts_with("day")
        || unit.starts_with("tag")
        || unit.starts_with("dia")
    {
        return arrived.checked_add_signed(Duration::days(count));
    }
    if unit.starts_with("semaine")
        || unit.starts_with("week")
        || unit.starts_with("woche")
        || unit.starts_with("semana")
    {
        return arrived.checked_add_signed(Duration::weeks(count));
    }
    if unit.starts_with("an") || unit.starts_with("year") || unit.starts_with("jahr") {
        return months(count * 12);
    }
    if unit.starts_with("trimestre") {
        return months(count * 3);
    }
    months(count)
}

/// The day of a month, this year or the next, that is not over; an explicit year is taken as it is.
pub(super) fn ahead(
    arrived: NaiveDate,
    month: u32,
    day: u32,
    year: Option<i32>,
) -> Option<NaiveDate> {
    if let Some(year) = year {
        return NaiveDate::from_ymd_opt(year, month, day);
    }
    let this = NaiveDate::from_ymd_opt(arrived.year(), month, day)?;
    if this >= arrived {
        Some(this)
    } else {
        NaiveDate::from_ymd_opt(arrived.year() + 1, month, day)
    }
}

pub(super) fn next_day_of_month(arrived: NaiveDate, day: u32) -> Option<NaiveDate> {
    let this = arrived.with_day(day);
    match this {
        Some(date) if date >= arrived => Some(date),
        Some(_) | None => arrived
            .with_day(1)?
            .checked_add_months(Months::new(1))?
            .with_day(day),
    }
}

pub(super) fn in_month(c: &regex::Captures<'_>, arrived: NaiveDate) -> Option<NaiveDate> {
    let number = month(&c[2])?;
    let year = c.get(3).and_then(|y| y.as_str().parse::<i32>().ok());
    let part = c
        .get(1)
        .map_or("", |part| part.as_str())
        .trim_start_matches("la ");
    let day = match part {
        "mi" | "milieu" | "mid" | "mitte" | "mediados de" | "deuxieme quinzaine"
        | "seconde quinzaine" => 15,
        "fin" | "late" | "end of" | "ende" | "finales de" | "fines de" => 25,
        "debut" | "early" | "beginning of" | "anfang" | "principios de" | "premiere quinzaine" => 3,
        _ => 1,
    };
    if let Some(year) = year {
        return NaiveDate::from_ymd_opt(year, number, day);
    }
    // A month that has begun still counts while enough of it is left.
    let this = NaiveDate::from_ymd_opt(arrived.year(), number, day)?;
    if this >= arrived {
        return Some(this);
    }
    if number == arrived.month() && (day > 1 || arrived.day() < 20) {
        return Some(arrived);
    }
    NaiveDate::from_ymd_opt(arrived.year() + 1, number, day)
}

pub(super) fn part_of_year(c: &regex::Captures<'_>, arrived: NaiveDate) -> Option<NaiveDate> {
    let (part, months) = match (c.get(1), c.get(3)) {
        (Some(rank), _) => {
            let part = match rank.as_str() {
                "premier" | "1er" | "first" => 1,
                "second" | "deuxieme" | "2e" | "2eme" => 2,
                "troisieme" | "3e" | "3eme" | "third" => 3,
                _ => 4,
            };
            (
                part,
                if c[2].starts_with('s') || &c[2] == "half" {
                    6
                } else {
                    3
                },
            )
        }
        (None, Some(letter)) => (
            c[4].parse().ok()?,
            if letter.as_str() == "s" { 6 } else { 3 },
        ),
        (None, None) => return None,
    };
    let month: u32 = (part - 1) * months + 1;
    ahead(arrived, if month > 12 { 7 } else { month }, 1, None)
}

pub(super) fn phrase(c: &regex::Captures<'_>, arrived: NaiveDate) -> Option<NaiveDate> {
    let is = |name: &str| c.name(name).is_some();
    let monday = arrived + Duration::days(7 - i64::from(arrived.weekday().num_days_from_monday()));
    let next_month = arrived.with_day(1)?.checked_add_months(Months::new(1))?;
    let year = arrived.year();
    if is("tomorrow") {
        return Some(arrived + Duration::days(1));
    }
    if is("after_tomorrow") {
        return Some(arrived + Duration::days(2));
    }
    if is("next_week") {
        return Some(monday);
    }
    if is("end_week") {
        return Some(monday - Duration::days(3)).map(|day| day.max(arrived));
    }
    if is("next_month") || is("start_next_month") {
        return Some(next_month);
    }
    if is("end_month") {
        return Some((next_month - Duration::days(3)).max(arrived));
    }
    if is("end_year") {
        return NaiveDate::from_ymd_opt(year, 12, 20).map(|day| day.max(arrived));
    }
    if is("start_year") || is("next_year") {
        return NaiveDate::from_ymd_opt(year + 1, 1, 5);
    }
    season(c, arrived)
}

/// The next start of a season or end of a feast.
fn season(c: &regex::Captures<'_>, arrived: NaiveDate) -> Option<NaiveDate> {
    const STARTS: &[(&str, u32, u32)] = &[
        ("back_to_school", 9, 1),
        ("after_summer", 9, 1),
        ("after_feasts", 1, 5),
        ("before_christmas", 12, 15),
        ("toussaint", 11, 3),
        ("spring", 4, 1),
        ("summer", 7, 1),
        ("autumn", 10, 1),
        ("winter", 12, 21),
    ];
    if c.name("after_easter").is_some() {
        return [arrived.year(), arrived.year() + 1]
            .into_iter()
            .filter_map(easter)
            .map(|day| day + Duration::days(2))
            .find(|day| *day >= arrived);
    }
    let (_, month, day) = STARTS.iter().find(|(name, ..)| c.name(name).is_some())?;
    ahead(arrived, *month, *day, None)
}

/// Easter Sunday. Source: the anonymous Gregorian computus (Meeus, Jones, Butcher).
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the published rule"
)]
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(sum / 31).ok()?,
        u32::try_from(sum % 31 + 1).ok()?,
    )
}
