//! Where a text names days: the patterns, from the most exact to the vaguest.

use std::sync::LazyLock;

use chrono::{Datelike as _, Duration, NaiveDate};
use regex::Regex;

use super::calendar::{
    after, ahead, in_month, month, next_day_of_month, number, part_of_year, phrase, weekday,
};
use crate::reading::pattern::rx;

const MONTH: &str = r"janvier|janv|fevrier|fevr|mars|avril|avr|mai|juin|juillet|juil|aout|septembre|sept|octobre|oct|novembre|nov|decembre|dec|january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|marz|maerz|juni|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre";

const NUMBER: &str = r"\d{1,3}|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|quelques|plusieurs|one|two|three|four|five|six|a few|ein(?:em?|er?|en)?|zwei|drei|vier|dos|tres|un par de";

static FULL: LazyLock<Regex> = LazyLock::new(|| {
    rx(&format!(
        r"\b(\d{{1,2}})(?:er|st|nd|rd|th|\.)?\s?(?:de\s|of\s)?({MONTH})\b\.?(?:\s(?:de\s)?(\d{{4}}))?"
    ))
});
static FULL_ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(january|february|march|april|may|june|july|august|september|october|november|december)\s(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s(\d{4}))?",
    )
});
static NUMERIC: LazyLock<Regex> =
    LazyLock::new(|| rx(r"\b(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?\b"));
static ISO: LazyLock<Regex> = LazyLock::new(|| rx(r"\b(20\d{2})-(\d{2})-(\d{2})\b"));
static MONTH_ONLY: LazyLock<Regex> = LazyLock::new(|| {
    rx(&format!(
        r"\b(?:(mi|debut|fin|milieu|courant|(?:la )?deuxieme quinzaine|(?:la )?seconde quinzaine|(?:la )?premiere quinzaine|early|mid|late|end of|beginning of|anfang|mitte|ende|principios de|mediados de|finales de|fines de)[\s-]+(?:du mois )?(?:d['e]?\s?)?(?:of\s)?)?({MONTH})\b(?:\s(?:de\s)?(\d{{4}}))?"
    ))
});
static IN_A_WHILE: LazyLock<Regex> = LazyLock::new(|| {
    rx(&format!(
        r"\b(?:dans|d'ici|sous|d'ici a|in|within|innerhalb von|dentro de|en|apres|pendant|encore|attendre|avant|au moins)\s(?:environ\s|a peu pres\s|au moins\s|les\s)?({NUMBER})\s?(?:petite?s?\s|bonne?s?\s|grosse?s?\s|prochaine?s?\s)?(jours?|semaines?|mois|trimestres?|ans?|annees?|days?|weeks?|months?|years?|tagen?|wochen?|monaten?|jahren?|dias|semanas?|meses|anos?)\b"
    ))
});
static FORTNIGHT: LazyLock<Regex> =
    LazyLock::new(|| rx(r"\b(?:dans|sous|d'ici)\s(?:une\s)?(quinzaine|huitaine|dizaine)\b"));
static HALF_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(premier|1er|second|deuxieme|2e|2eme|troisieme|3e|3eme|quatrieme|4e|dernier|first|second|third|fourth)\s(semestre|trimestre|quarter|half)\b|\b([tqs])([1-4])\b",
    )
});
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|montag|dienstag|mittwoch|donnerstag|freitag|lunes|martes|miercoles|jueves|viernes)\b(?:\s(\d{1,2})\b)?(\sen huit)?",
    )
});
static BARE_DAY: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:le|du|au|des le|apres le|jusqu'au|avant le)\s(\d{1,2})(?:er)?\b(?:\s?([a-z/:%€h°]\S*))?",
    )
});
static PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:(?P<tomorrow>demain|tomorrow|morgen|manana)|(?P<after_tomorrow>apres[- ]demain)|(?P<next_week>(?:la )?semaine prochaine|semaine suivante|next week|nachste woche|la semana que viene|proxima semana)|(?P<end_week>(?:fin de (?:la )?semaine|ce week[- ]?end|cette semaine|end of the week))|(?P<next_month>(?:le )?mois prochain|next month|nachsten? monat|(?:el )?(?:mes que viene|proximo mes))|(?P<end_month>fin (?:du|de) mois|fin du mois|end of (?:the )?month|monatsende)|(?P<start_next_month>debut du mois prochain|1er du mois)|(?P<end_year>(?:a la )?fin (?:de l'|d')annee|end of (?:the )?year|jahresende)|(?P<start_year>debut (?:de l'annee prochaine|d'annee|de l'an prochain)|(?:early|beginning of) next year|anfang nachsten jahres)|(?P<next_year>(?:l'|d'ici l'|pour l'|en )?(?:an|annee) prochaine?|prochaine annee|annee d'apres|(?:prochain )exercice|next year|nachstes jahr|(?:el )?(?:proximo ano|ano que viene))|(?P<back_to_school>(?:la |cette )?rentree)|(?P<after_summer>apres (?:les (?:grandes )?vacances(?: d'ete)?|l'ete|aout)|(?:fin|la fin) de l'ete|after (?:the )?summer|nach dem sommer|despues del verano)|(?P<after_feasts>apres (?:les )?(?:fetes|noel|le nouvel an|les vacances de noel)|after (?:christmas|the holidays)|nach weihnachten|despues de navidad)|(?P<before_christmas>avant noel)|(?P<after_easter>apres paques|after easter)|(?P<toussaint>apres la toussaint|vacances de la toussaint)|(?P<spring>(?:au |le |du |ce |a ce )?printemps(?: prochain)?|beaux jours|spring|fruhling|primavera)|(?P<summer>(?:cet|l'|en|d'|cet )\s?ete\b|summer|sommer|verano)|(?P<autumn>(?:a l'|l'|cet |d')?automne|autumn|fall\b|herbst|otono)|(?P<winter>(?:cet|l'|en|d'|apres l')\s?hiver|winter|invierno))",
    )
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| rx(r"\b(?:en|pour|in|debut|courant|a l'annee|annee)\s(20[2-4]\d)\b"));

/// Where the words start and end, and the day they name.
type Found = Vec<(usize, usize, NaiveDate)>;

/// Every day named in a folded text, first words first; words name one day at most.
pub(super) fn all(text: &str, arrived: NaiveDate) -> Found {
    let mut found = Found::new();
    whole_dates(text, arrived, &mut found);
    spans(text, arrived, &mut found);
    weekdays(text, arrived, &mut found);
    bare_days(text, arrived, &mut found);
    found.sort_by_key(|(start, _, _)| *start);
    found
}

fn taken(found: &[(usize, usize, NaiveDate)], start: usize, end: usize) -> bool {
    found.iter().any(|(s, e, _)| start < *e && *s < end)
}

fn whole_dates(text: &str, arrived: NaiveDate, found: &mut Found) {
    for c in ISO.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        if let (Ok(y), Ok(m), Ok(d)) = (c[1].parse(), c[2].parse(), c[3].parse()) {
            found.extend(NaiveDate::from_ymd_opt(y, m, d).map(|day| (all.start(), all.end(), day)));
        }
    }
    for c in FULL.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        let day = c[1].parse().ok().and_then(|d| {
            ahead(
                arrived,
                month(&c[2])?,
                d,
                c.get(3).and_then(|y| y.as_str().parse().ok()),
            )
        });
        found.extend(day.map(|day| (all.start(), all.end(), day)));
    }
    for c in FULL_ENGLISH.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        let day = c[2].parse().ok().and_then(|d| {
            ahead(
                arrived,
                month(&c[1])?,
                d,
                c.get(3).and_then(|y| y.as_str().parse().ok()),
            )
        });
        found.extend(day.map(|day| (all.start(), all.end(), day)));
    }
    for c in NUMERIC.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        if found
            .iter()
            .any(|(s, e, _)| all.start() < *e && *s < all.end())
            || text[all.end()..].starts_with(['.', '/', '-'])
                && text[all.end() + 1..].starts_with(|x: char| x.is_ascii_digit())
        {
            continue;
        }
        let before = text[..all.start()].chars().next_back();
        if matches!(before, Some('.' | '-' | '+' | '/'))
            || c.get(3).is_none() && !text[all.start()..all.end()].contains('/')
        {
            continue;
        }
        let year = c
            .get(3)
            .and_then(|y| y.as_str().parse::<i32>().ok())
            .map(|y| if y < 100 { y + 2000 } else { y });
        let day = c[1]
            .parse()
            .ok()
            .and_then(|d| ahead(arrived, c[2].parse().ok()?, d, year));
        found.extend(day.map(|day| (all.start(), all.end(), day)));
    }
}

fn spans(text: &str, arrived: NaiveDate, found: &mut Found) {
    for c in IN_A_WHILE.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        if taken(found, all.start(), all.end()) {
            continue;
        }
        found.extend(after(arrived, number(&c[1]), &c[2]).map(|day| (all.start(), all.end(), day)));
    }
    for c in FORTNIGHT.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        let days = match &c[1] {
            "quinzaine" => 15,
            "huitaine" => 8,
            _ => 10,
        };
        found.push((all.start(), all.end(), arrived + Duration::days(days)));
    }
    for c in HALF_YEAR.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        found.extend(part_of_year(&c, arrived).map(|day| (all.start(), all.end(), day)));
    }
    for c in PHRASE.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        if taken(found, all.start(), all.end()) {
            continue;
        }
        found.extend(phrase(&c, arrived).map(|day| (all.start(), all.end(), day)));
    }
    for c in MONTH_ONLY.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        if taken(found, all.start(), all.end()) || !stands_for_month(text, &c) {
            continue;
        }
        found.extend(in_month(&c, arrived).map(|day| (all.start(), all.end(), day)));
    }
    for c in YEAR.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        let year: Option<i32> = c[1].parse().ok();
        if let (false, Some(year)) = (taken(found, all.start(), all.end()), year)
            && year > arrived.year()
        {
            found.extend(
                NaiveDate::from_ymd_opt(year, 1, 2).map(|day| (all.start(), all.end(), day)),
            );
        }
    }
}

fn weekdays(text: &str, arrived: NaiveDate, found: &mut Found) {
    for c in WEEKDAY.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        let after = &text[all.end()..];
        // "vendredi 1er aout": the date decides, the weekday only leads to it.
        let leads =
            |start: usize| matches!(text.get(all.end()..start), Some(" " | " le " | " the "));
        if let Some((start, ..)) = found.iter_mut().find(|(start, ..)| leads(*start)) {
            *start = all.start();
            continue;
        }
        if taken(found, all.start(), all.end())
            || after.starts_with(" dernier")
            || after.starts_with(" passe")
        {
            continue;
        }
        // "jeudi 15": the day of the month decides; "mardi 14h" is an hour.
        let hour = c.get(2).is_some_and(|_| {
            after.starts_with('h') || after.starts_with(" h") || after.starts_with(':')
        });
        let day = match c
            .get(2)
            .and_then(|d| d.as_str().parse().ok())
            .filter(|_| !hour)
        {
            Some(number) => next_day_of_month(arrived, number),
            None => weekday(&c[1]).map(|wanted| {
                let days = (7 + i64::from(wanted.num_days_from_monday())
                    - i64::from(arrived.weekday().num_days_from_monday()))
                    % 7;
                arrived
                    + Duration::days(
                        if days == 0 { 7 } else { days } + if c.get(3).is_some() { 7 } else { 0 },
                    )
            }),
        };
        found.extend(day.map(|day| (all.start(), all.end(), day)));
    }
}

/// "le 15", without a month: the next such day.
fn bare_days(text: &str, arrived: NaiveDate, found: &mut Found) {
    for c in BARE_DAY.captures_iter(text) {
        let all = c.get(0).expect("group 0 always takes part");
        let unit = c.get(2).map_or("", |unit| unit.as_str());
        // "le 2 et le 3" are projects, "le 15h", "le 1 000 €": only a number that ends its words is a day.
        if taken(found, all.start(), all.end())
            || !matches!(
                unit,
                "" | "inclus"
                    | "au"
                    | "a"
                    | "pour"
                    | "prochain"
                    | "dans"
                    | "et"
                    | "matin"
                    | "pas"
                    | "je"
            )
        {
            continue;
        }
        let day = c[1]
            .parse()
            .ok()
            .filter(|day| *day > 3 && !c[1].starts_with('0'))
            .and_then(|day| next_day_of_month(arrived, day));
        found.extend(day.map(|day| (all.start(), all.end(), day)));
    }
}

/// "mars", "may", "sept", "nov", "dec" are also words or parts of words: alone they need a word of time before them.
fn stands_for_month(text: &str, c: &regex::Captures<'_>) -> bool {
    let word = &c[2];
    if !matches!(
        word,
        "sept" | "may" | "oct" | "nov" | "dec" | "avr" | "juil" | "janv" | "mai" | "fevr"
    ) || c.get(1).is_some()
        || c.get(3).is_some()
    {
        return true;
    }
    let before = text[..c.get(0).map_or(0, |all| all.start())].trim_end();
    before.is_empty()
        || [
            "en",
            "in",
            "de",
            "avant",
            "apres",
            "pour",
            "des",
            "vers",
            "au mois de",
            "jusqu'en",
            "d'ici",
            "juin",
            "a",
            "fin",
            "until",
            "mois de",
        ]
        .iter()
        .any(|word| before.ends_with(word))
        || word == "mai"
}
