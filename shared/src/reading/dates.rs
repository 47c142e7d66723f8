//! Days that people name: "mi-septembre", "après les vacances", "dans 15 jours", "de retour le 25".
//!
//! Everything is read relative to the day of arrival, in the future of it. French first; English, German and Spanish months.

use std::sync::LazyLock;

use chrono::{Datelike as _, Duration, NaiveDate};
use regex::Regex;

use super::meaning::words::fold;
use super::pattern::rx;

mod calendar;
mod find;

/// Longest text in which days are looked for, in bytes.
const TEXT_BYTES_MAX: usize = 6_000;
/// Furthest day believed, in years from the day of arrival: beyond it is a joke or a fault.
const YEARS_AHEAD_MAX: i32 = 6;

/// A day named in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The day, or the first sensible day of the span named.
    pub day: NaiveDate,
    /// The words that name it, folded.
    pub words: String,
    /// How well these words fit "from then on": a return, an appointment, "not before".
    pub weight: i32,
}

/// Words before a day that make it the day from which on something happens.
static FROM_THEN: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?:pas avant|avant|a partir (?:du|de|d')|des|apres|retour\w*|reprise|reprend\w*|reouvert\w*|reouvr\w*|rouvr\w*|revien\w*|reviens|compter du|report\w+ (?:a|au|en|pour)|repouss\w+ (?:a|au|en)|decal\w+ (?:a|au|en|d)|remis\w* (?:a|au|en)|recontact\w* (?:moi|nous)?|rappel\w* (?:moi|nous)?|relanc\w* (?:moi|nous)?|revenez\w*|revene|vers (?:moi|nous)|rendez[- ]vous|rdv|revoyez|reprenez|voyez|attend\w*|disponible|back|from|after|until|again|ab|wieder|zuruck|a partir de|vuelv\w*|plutot|verra|voir|reparl\w*|recommen\w*)\W*(?:\w+\W+){0,3}$",
    )
});
/// Words before a day that is over or about something else.
static PAST: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?:depuis|since|seit|desde|en date du|votre (?:mail|message|courriel|lettre) du|(?:avais|avait|avions|repondu|vu|ete|contacte|poste|publie|decede\w*|vendu|signe|cesse\w*|ferme|trouve)\W+(?:\w+\W+){0,3}(?:en|le|au|du)?)\W*(?:\w+\W+){0,1}$|(?:message|mail|courriel|lettre|rappel|relance) du\W*$",
    )
});
static UNTIL: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?:jusqu'?\s?(?:au|a|en)|until|till|bis|hasta|through|thru|inclus)\W*(?:(?:le|la|el|einschliesslich|and including|including|\p{L}{3,9}|zum)\W+){0,3}$",
    )
});

/// Every day named in a text, in the order of the text.
#[must_use]
pub fn named(text: &str, arrived: NaiveDate) -> Vec<Named> {
    let mut cut = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let text: String = fold(&text[..cut])
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut last_end = 0;
    find::all(&text, arrived)
        .into_iter()
        .filter(|(_, _, day)| {
            *day >= arrived - Duration::days(1) && day.year() <= arrived.year() + YEARS_AHEAD_MAX
        })
        .filter_map(|(start, end, day)| {
            let before = &text[..start];
            // Words that belong to a day named before this one say nothing about it.
            let from = last_end.max(before.len().saturating_sub(60));
            last_end = end;
            let near = &before[floor(before, from)..];
            if PAST.is_match(near) && !FROM_THEN.is_match(near) && !UNTIL.is_match(near) {
                return None;
            }
            let until = UNTIL.is_match(near);
            let weight = match (FROM_THEN.is_match(near), until) {
                (true, _) => 2,
                (false, true) => 0,
                (false, false) => 1,
            };
            Some(Named {
                day,
                words: text[start..end].to_owned(),
                weight,
            })
        })
        .collect()
}

/// The day from which on to write again, of all those named.
#[must_use]
pub fn chosen(text: &str, arrived: NaiveDate) -> Option<Named> {
    let all = named(text, arrived);
    let top = all.iter().map(|named| named.weight).max()?;
    // Of several that fit equally, the last one said: "pas avant mars, disons fin mars".
    all.into_iter().rev().find(|named| named.weight == top)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
