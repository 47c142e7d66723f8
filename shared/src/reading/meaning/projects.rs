//! Answers to a letter about several projects: who says what about which.
//!
//! Projects are named by rank ("le premier", "le 2"), by number, by words of their title, or together ("les trois",
//! "les autres", "tous sauf le parquet").

use std::sync::LazyLock;

use regex::Regex;
use rust_stemmers::{Algorithm, Stemmer};

use super::decide::{Meaning, judge};
use super::words::fold;
use super::{Label, cues, words::Words};
use crate::reading::dates;
use crate::reading::pattern::rx;

mod tally;

use tally::Tally;

/// A project our letter asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its place in the letter, from 1.
    pub rank: usize,
    /// Its reference, as the letter showed it.
    pub reference: String,
    /// Its title.
    pub title: String,
}

/// Pieces of an answer looked at.
const PIECES_MAX: usize = 40;

static CUT: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"[.!?;\n]+\s*|,\s+|\s[–—-]\s|\s(?:mais|et pour|en revanche|par contre|alors que|tandis que|quant a|et|but|and|while|aber|und|y|pero)\s",
    )
});
static RANKS: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:(?:le|la|l'|du|projet|n°|no|numero|#|au|pour le|the|el|das|dossier)\s?(\d)\b|^\s*(?:[-*•]\s*)?(\d)\s*(?:[.):/=-]|\s|$)|(premiere?|1er|1ere|first|erste\w*|primer[oa]?)|(deuxieme|seconde?|2e|2eme|2nd|second|zweite\w*|segund[oa])|(troisieme|3e|3eme|third|dritte\w*|tercer[oa]?)|(dernier|derniere|last|letzte\w*|ultim[oa]))\b",
    )
});
static FIRST_TWO: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:deux premiers?|2 premiers?|deux premieres|first two|ersten (?:beiden|zwei)|dos primeros)\b",
    )
});
static LAST_TWO: LazyLock<Regex> =
    LazyLock::new(|| rx(r"\b(?:deux derniers?|2 derniers?|deux dernieres|last two)\b"));
static ALL: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:les trois|les 3|tous(?: les trois)?|toutes(?: les trois)?|l'ensemble|tout\b|aucun des (?:trois|projets)|rien de tout|plus rien|tout (?:ca|cela)|pour tout|chacun|all(?: three)?|none of (?:them|the)|alle(?: drei)?|los tres|todos|sur les trois|ni l'un ni l'autre)\b",
    )
});
static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:(?:les?|pour les?|des) (?:deux )?(?:autres?|otres)|(?:le|du) reste|les deux autres|the (?:rest|others?|other two)|andere\w*|(?:los|las) (?:otros|demas|otras))\b",
    )
});
static OPENS: LazyLock<Regex> =
    LazyLock::new(|| rx(r"(?i)\b(?:les? (?:deux )?(?:autres|otres)|le reste)\b"));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)\s([1-9])\s?[:=)-]?\s?(oui|non|ok|toujours|abandon|annul|trouv|fini|fait|plus|pas|encore|yes|no)",
    )
});
static EXCEPT: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"\b(?:sauf|hormis|excepte|a part|mis a part|seul(?:ement)?|juste|uniquement|except|only|ausser|menos)\b|(?:^|\b(?:y a|reste\w*|gard\w+|cherch\w+|veux|veut) (?:plus )?)que (?:le|la|les|l'|du)\b",
    )
});

/// The meaning of each project, in the letter's order; `None` for those that are not spoken of.
#[must_use]
pub fn read(text: &str, asked: &[Asked], whole: &Meaning) -> Vec<(String, Label)> {
    let titles = distinctive(asked);
    let labels = one_line_each(text, asked, &titles).unwrap_or_else(|| {
        let mut tally = Tally::new(asked.len());
        for piece in pieces(text) {
            tally.take(&piece, asked, &titles);
        }
        tally.close(about_all(text, whole).then(|| whole.main()))
    });
    asked
        .iter()
        .zip(labels)
        .map(|(project, label)| (project.reference.clone(), label))
        .collect()
}

/// A sentence that names no project may speak of all; a bare yes or no to three questions does not.
fn about_all(text: &str, whole: &Meaning) -> bool {
    let count = text.split_whitespace().count();
    !whole.is_contradicted()
        && (whole.main().is_state() || whole.main() == Label::WantsCancel)
        && count > 3
}

/// As many lines as projects, none of which names a project: answers in the letter's order.
fn one_line_each(text: &str, asked: &[Asked], titles: &[Vec<String>]) -> Option<Vec<Label>> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let named = |line: &&str| !spoken_of(&fold(line), asked, titles).is_empty();
    if lines.len() != asked.len() || lines.iter().any(named) {
        return None;
    }
    let labels: Vec<Option<Label>> = lines.iter().map(|line| meaning_of(line)).collect();
    labels
        .iter()
        .all(Option::is_some)
        .then(|| labels.into_iter().flatten().collect())
}

fn pieces(text: &str) -> Vec<String> {
    // "juste le 1er les autres c'est mort", "1 oui 2 non": the others, and each number, open a piece of their own.
    let spaced = OPENS
        .replace_all(&text.replace(" - ", " – "), ". $0")
        .into_owned();
    let spaced = NUMBERED.replace_all(&spaced, ". $1 $2").into_owned();
    let mut all = Vec::new();
    let mut start = 0;
    let folded_mark = spaced.as_str();
    for cut in CUT.find_iter(folded_mark) {
        // "2.5", "n° 3," inside numbers are rare enough; an empty piece is only a list's mark.
        let piece = folded_mark[start..cut.start()].trim();
        if !piece.is_empty() {
            all.push(piece.to_owned());
        }
        start = cut.end();
        if all.len() >= PIECES_MAX {
            return all;
        }
    }
    let rest = folded_mark[start..].trim();
    if !rest.is_empty() {
        all.push(rest.to_owned());
    }
    joined(all)
}

/// A list's number alone belongs to what follows it ("1" "oui").
fn joined(pieces: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut carried: Option<String> = None;
    for piece in pieces {
        let alone = piece.chars().filter(|c| c.is_alphanumeric()).count() <= 1
            && piece.chars().any(|c| c.is_ascii_digit());
        match carried.take() {
            _ if alone => carried = Some(piece),
            Some(mark) => out.push(format!("{mark}: {piece}")),
            None => out.push(piece),
        }
    }
    out.extend(carried);
    out
}

/// What one piece says; none when it says nothing about a state.
fn meaning_of(piece: &str) -> Option<Label> {
    let words = Words::new(piece);
    let hits = cues::find(&words);
    if !hits.iter().any(|hit| STATES.contains(&hit.cue)) {
        let times = hits.iter().any(|hit| hit.cue == "time");
        return in_a_word(&words)
            .or_else(|| (times && names_a_day(piece)).then_some(Label::Postponed));
    }
    let judged = judge(&words, &hits);
    let main = judged.labels.first().copied()?;
    if judged.confidence < 0.25 || judged.is_contradicted {
        return None;
    }
    (main.is_state() || matches!(main, Label::WantsCancel)).then_some(main)
}

/// Cues that say something about a project.
const STATES: &[&str] = &[
    "still", "keep", "nobody", "found", "done", "drop", "later", "compare", "cancel", "outside",
    "here", "alive",
];

/// A piece that says it in a word: "oui", "Parquet : toujours", "il reste la peinture", "non".
fn in_a_word(words: &Words) -> Option<Label> {
    let marks = |word: &&str| !matches!(*word, "." | "," | "!" | "?");
    let bare: Vec<&str> = words.text.split(' ').filter(marks).collect();
    let says = |word: &str| bare.contains(&word);
    let ends = |words: &[&str]| bare.ends_with(words);
    let stands = says("oui")
        || says("ok")
        || bare.starts_with(&["il", "reste"])
        || ends(&["a", "pourvoir"])
        || ends(&["a", "trouver"])
        || ends(&["toujours"])
        || ends(&["encore"]);
    if stands {
        return Some(Label::StillSearching);
    }
    says("non").then_some(Label::Dropped)
}

/// Whether it names a day, whichever.
fn names_a_day(piece: &str) -> bool {
    let long_ago = chrono::NaiveDate::MIN + chrono::Duration::days(400_000);
    !dates::named(piece, long_ago).is_empty()
}

/// Words of each title that no other title has, stemmed.
fn distinctive(asked: &[Asked]) -> Vec<Vec<String>> {
    let all: Vec<Vec<String>> = asked.iter().map(|project| stems(&project.title)).collect();
    all.iter()
        .enumerate()
        .map(|(at, mine)| {
            mine.iter()
                .filter(|stem| {
                    all.iter()
                        .enumerate()
                        .all(|(other, stems)| other == at || !stems.contains(stem))
                })
                .cloned()
                .collect()
        })
        .collect()
}

fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::French);
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| {
            word.len() > 2
                && !matches!(
                    *word,
                    "pour"
                        | "une"
                        | "des"
                        | "les"
                        | "aux"
                        | "sur"
                        | "avec"
                        | "dans"
                        | "deux"
                        | "trois"
                        | "the"
                        | "and"
                        | "for"
                        | "mon"
                        | "notre"
                        | "par"
                        | "son"
                        | "ses"
                        | "est"
                        | "projet"
                        | "petit"
                        | "petite"
                        | "ligne"
                        | "pas"
                        | "plus"
                        | "toujours"
                )
        })
        .map(|word| stemmer.stem(word).into_owned())
        .collect()
}

/// Projects that a piece names.
fn spoken_of(folded: &str, asked: &[Asked], titles: &[Vec<String>]) -> Vec<usize> {
    let mut named: Vec<usize> = Vec::new();
    let mut add = |at: usize| {
        if at < asked.len() && !named.contains(&at) {
            named.push(at);
        }
    };
    if FIRST_TWO.is_match(folded) {
        add(0);
        add(1);
    } else if LAST_TWO.is_match(folded) {
        add(asked.len().saturating_sub(2));
        add(asked.len() - 1);
    } else {
        for found in RANKS.captures_iter(folded) {
            let digit = found
                .get(1)
                .or(found.get(2))
                .and_then(|digit| digit.as_str().parse::<usize>().ok());
            if let Some(digit) = digit.filter(|digit| *digit >= 1) {
                add(digit - 1);
            } else if found.get(3).is_some() {
                add(0);
            } else if found.get(4).is_some() {
                add(1);
            } else if found.get(5).is_some() {
                add(2);
            } else if found.get(6).is_some() {
                add(asked.len() - 1);
            }
        }
    }
    for (at, project) in asked.iter().enumerate() {
        if !project.reference.is_empty() && folded.contains(&project.reference.to_lowercase()) {
            add(at);
        }
    }
    let stems = stems(folded);
    for (at, title) in titles.iter().enumerate() {
        let hit = title
            .iter()
            .any(|word| stems.iter().any(|stem| same(word, stem)));
        if hit {
            add(at);
        }
    }
    named
}

/// Same stem, or one an abbreviation of the other ("appli", "application"; "trad", "traduction").
fn same(word: &str, stem: &str) -> bool {
    word == stem
        || (stem.len() >= 4 || stem.len() == 3 && word.len() >= 6) && word.starts_with(stem)
        || word.len() >= 5 && stem.starts_with(word)
}
