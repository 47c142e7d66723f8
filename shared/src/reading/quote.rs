//! Which lines of a body quote the letter answered, and which are the person's own.
//!
//! Every pattern is anchored to a line or to a few joined lines, so the work is linear in the body.

use std::sync::LazyLock;

use regex::Regex;

use super::html::{CUT, INTRODUCTION, SIGNATURE_BEGINS, SIGNATURE_ENDS};
use super::pattern::rx;

/// Lines an attribution may be wrapped over. Source: Gmail wraps long names and addresses over up to four.
const ATTRIBUTION_LINES_MAX: usize = 5;
/// Longest attribution, in bytes.
const ATTRIBUTION_BYTES_MAX: usize = 420;
/// Lines after the first in which the other fields of a header block are looked for.
const HEADER_BLOCK_LINES: usize = 8;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// White space only.
    Empty,
    /// The person's own, as far as known.
    Text,
    /// Marked as a quote (`>`).
    Quote,
    /// Introduces a quote: "Le … a écrit :".
    Introduction,
    /// From here on it is the letter answered: a separator, a block of copied headers, Outlook's marker.
    Cut,
    /// Inside a signature that HTML marks as one.
    Signature,
}

/// Verbs of attributions, as mail programs write them in each language.
const WROTE: &str = r"a\s+[ée]crit|ha\s+escrit|wrote|writes|schrieb|escribi[óo]|escribe|ha\s+scritto|scrisse|skrev|escreveu|napisa[łl](?:\(a\))?|(?:heeft\s.*)?geschreven|schreef|kirjoitti|написал(?:\(а\))?|пишет|yazdı|schreibt|a\s+scris|írta|napsal(?:\(a\))?|που\s+έγραψε|έγραψε|kirjoitti|đã\s+viết|เขียน|写道|书いた|さんは書きました|のメッセージ|作成|כתב|كتب|بواسطة|geschreven|het\s+volgende\s+geschreven|følgende|envió|sendte|dixo|va\s+escriure";

static WROTE_AT_END: LazyLock<Regex> = LazyLock::new(|| {
    rx(&format!(
        r"(?i)(?:^|[\s>\)\],،])(?:{WROTE})(?:[\s,(].*)?\s*[:：]?\s*[*_]*$"
    ))
});
static WROTE_COLON: LazyLock<Regex> = LazyLock::new(|| {
    rx(&format!(
        r"(?i)(?:^|[\s>\)\],،])(?:{WROTE})(?:[\s,(].*)?\s*[:：]\s*[*_]*$"
    ))
});
static STARTS_DATED: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^[\s*_\-]{0,6}(?:(?:on|le|am|el|il|op|den|em|dnia|w\s+dniu|at|pe|fra|in|dne|på|la|vào|в|il\s+giorno|a\s+las|tor|man|tir|ons|fre|lør|søn|ma|ti|ke|to|pe|la|su|em|no\s+dia|från|från:|în|في|ב-?|στις|\p{L}{2,4}\.?|mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim)\b[,.]?\s.*\d|\d{1,4}\s?[-./年月]\s?\d{1,2})",
    )
});
/// "2014-03-20 8:48 GMT+01:00 Name <a@b>:" and the like, without a verb.
static DATE_AND_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"^\s*(?:\p{L}{2,12}[,.]?\s)?\d{1,4}[-./年\s].*\d{1,2}[:.h]\d{2}.*<\s?[^<>\s]+@[^<>\s]+>\s*(?:\S{1,8}\s?)?[:：]\s*$",
    )
});
/// "2013/7/20 Name <a@b>" alone on its line: an introduction when a quote follows.
static DATE_AND_ADDRESS_BARE: LazyLock<Regex> = LazyLock::new(|| {
    rx(r"^\s*\d{4}[-./]\s?\d{1,2}[-./]\s?\d{1,2}\s.*<[^<>\s]+@[^<>\s]+>\s*[:：]?\s*$")
});
/// "2016-03-03 17:21 GMT+01:00 Name" alone on its line.
static DATE_ZONE_NAME: LazyLock<Regex> = LazyLock::new(|| {
    rx(r"^\s*\d{4}-\d{2}-\d{2}\s\d{1,2}:\d{2}\s(?:GMT|UTC)[+-]\d{2}:\d{2}\s[^.!?]{2,60}$")
});
static SOMEBODY_WROTE: LazyLock<Regex> =
    LazyLock::new(|| rx(&format!(r"(?i)^\s*[^!?]{{1,160}}(?:{WROTE})\s*[:：]\s*$")));
/// Mailbox, date and time in any order, as some programs introduce without a verb ("Le 12/03/2024 10:11, Nom <a@b> :").
static DATED_COLON: LazyLock<Regex> =
    LazyLock::new(|| rx(r"(?i)^\s*(?:on|le|am|el|il)\s.{0,40}\d{1,2}[:h]\d{2}.*[@<].*[:：]\s*$"));

static TIME: LazyLock<Regex> = LazyLock::new(|| rx(r"\d{1,2}[:h]\d{2}"));

static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^[\s>]*(?:[-_=*—]{2,}\s*|begin\s+|début\s+du\s+)(?:original(?:nachricht)?|message|mail|e-?mail|courriel|forwarded|begin|reply|ursprüngliche|oorspronkelijk|doorgestuurd|mensaje|messaggio|mensagem|opprinnelig|oprindelig|videresendt|vidarebefordrat|ursprungligt|weitergeleitete|antwort|исходное|пересылаемое|переадресован|wiadomo|alkuperäinen|original|réponse|courrier|письмо|replied)\b.*(?:[-_=*—]{2,}|message:?|transféré\s*:?)\s*:?\s*$|(?i)^[\s>]*-{3,}.{6,200}(?:wrote|a\s+écrit|schrieb|escribió)\s*:?\s*-{3,}\s*$",
    )
});
static REPLY_ABOVE: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^[\s\-#=*_~>]*.{0,30}(?:r[ée]pon(?:dre|dez|ds)|[ée]crivez|reply|respond|type your (?:reply|response))\s.{0,40}(?:au[- ]dessus|above)\s.{0,20}(?:ligne|line).{0,40}$|(?i)^reply to this email directly or|(?i)^\s*you (?:are receiving|received?) this (?:message|email|notification) because|(?i)^\s*vous recevez ce (?:message|mail|courriel) (?:car|parce)",
    )
});
static RULE: LazyLock<Regex> = LazyLock::new(|| rx(r"^[\s>]*[-_=*~—#]{4,}\s*$"));
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^[\s*_>]*(?:(?P<from>from|de la part de|de|von|da|van|från|fra|od|от|lähettäjä|mittente|exp[ée]diteur|feladó|kimden|desde|message du|mailed by|från|od)|(?P<date>sent(?: on)?|date|envoy[ée]e?(?: le)?|gesendet(?: am)?|datum|inviato|data|verzonden|skickat|sendt|enviado(?: el| em)?|fecha|wysłano|дата|отправлено|lähetetty|dato|received|le)|(?P<to>to|à|a|an|aan|till|til|para|do|komu|кому|vastaanottaja|pour|destinataire|copie à|cc|kopie|reply-to|répondre à|kopia)|(?P<subject>subject|objet|sujet|betreff|betr|oggetto|onderwerp|ämne|emne|asunto|assunto|temat|тема|aihe|risposta|re))\s*[*_]*\s?[:：][*_]*(?:\s|$)",
    )
});

/// Names each line of a body.
#[must_use]
pub fn label(lines: &[&str]) -> Vec<Line> {
    let mut labels: Vec<Line> = lines.iter().map(|line| first_look(line)).collect();
    close_signatures(lines, &mut labels);
    mark_pipes(lines, &mut labels);
    let mut at = 0;
    while at < lines.len() {
        if labels[at] != Line::Text {
            at += 1;
            continue;
        }
        if let Some(taken) = introduction(lines, &labels, at) {
            for label in &mut labels[at..at + taken] {
                *label = Line::Introduction;
            }
            at += taken;
            continue;
        }
        if is_separator(lines[at]) || header_block(lines, &labels, at) {
            labels[at] = Line::Cut;
            // Under the first cut stands the letter answered; it matters only to those who write below it.
            if labels[..at].contains(&Line::Text) {
                break;
            }
        }
        at += 1;
    }
    labels
}

/// A separator, or our own "write above this line". Looked at only where one can be, for speed.
fn is_separator(line: &str) -> bool {
    let trimmed = line.trim_start();
    let drawn = trimmed.starts_with(['-', '_', '=', '*', '—']);
    let begins = trimmed
        .get(..1)
        .is_some_and(|first| matches!(first, "b" | "B" | "d" | "D"));
    line.len() < 300
        && ((drawn || begins) && SEPARATOR.is_match(line) || REPLY_ABOVE.is_match(line))
}

/// Whether a line is only a rule of dashes, underscores or the like.
#[must_use]
pub fn is_rule(line: &str) -> bool {
    RULE.is_match(line)
}

fn first_look(line: &str) -> Line {
    let trimmed = line.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{200e}' | '\u{200f}')
    });
    match trimmed.chars().next() {
        None => Line::Empty,
        Some('>' | '›' | '»') => Line::Quote,
        Some(CUT) => Line::Cut,
        Some(INTRODUCTION) => Line::Introduction,
        Some(SIGNATURE_BEGINS | SIGNATURE_ENDS) => Line::Signature,
        Some(_) => Line::Text,
    }
}

/// Two lines or more that start with "|" quote, as some old programs do.
fn mark_pipes(lines: &[&str], labels: &mut [Line]) {
    let piped = |at: usize| {
        lines.get(at).is_some_and(|line| {
            line.trim_start().starts_with('|') && line.matches('|').count() == 1
        })
    };
    for (at, label) in labels.iter_mut().enumerate() {
        if *label == Line::Text && piped(at) && (piped(at + 1) || at > 0 && piped(at - 1)) {
            *label = Line::Quote;
        }
    }
}

fn close_signatures(lines: &[&str], labels: &mut [Line]) {
    let mut inside = false;
    for (line, label) in lines.iter().zip(labels) {
        let first = line.trim_start_matches(['>', ' ']).chars().next();
        if first == Some(SIGNATURE_BEGINS) {
            inside = true;
        } else if first == Some(SIGNATURE_ENDS) {
            inside = false;
        }
        if inside && *label == Line::Text {
            *label = Line::Signature;
        }
    }
}

/// How many lines from here introduce a quote; none when they do not.
fn introduction(lines: &[&str], labels: &[Line], at: usize) -> Option<usize> {
    let mut joined = String::new();
    let first = lines[at].trim();
    if first.len() > ATTRIBUTION_BYTES_MAX {
        return None;
    }
    // Cheap first: an introduction has a colon at an end of line, or starts with a date.
    let dated = first.bytes().any(|byte| byte.is_ascii_digit()) && STARTS_DATED.is_match(first);
    let colon_near = lines[at..].iter().take(ATTRIBUTION_LINES_MAX).any(|line| {
        line.trim_end_matches(['*', '_', ' ', '\u{a0}'])
            .ends_with([':', '：'])
    });
    if !dated && !colon_near {
        return None;
    }
    for taken in 1..=ATTRIBUTION_LINES_MAX {
        let index = at + taken - 1;
        // The last line of a wrapped attribution is sometimes quoted by a careless program ("> wrote:").
        if index >= lines.len()
            || matches!(
                labels[index],
                Line::Cut | Line::Signature | Line::Introduction
            )
        {
            return None;
        }
        if labels[index] == Line::Empty {
            if dated && !joined.ends_with(['.', '!', '?', ':']) && TIME.is_match(first) {
                continue;
            }
            return None;
        }
        let piece = lines[index].trim().trim_start_matches('>').trim();
        // A whole attribution starts on this line: what stands above it is the person's.
        if taken > 1 && is_attribution(piece) {
            return None;
        }
        if joined.len() + piece.len() > ATTRIBUTION_BYTES_MAX {
            return None;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(piece);
        if labels[index] == Line::Quote && !WROTE_COLON.is_match(&joined) {
            return None;
        }
        let alone = taken == 1 || !first.ends_with(['.', '!', '?']);
        if is_whole(&joined, dated, alone && next_is_quote(labels, index + 1)) {
            return Some(taken);
        }
        if !dated && taken >= 2 && !joined.contains('@') {
            return None;
        }
    }
    None
}

fn is_attribution(line: &str) -> bool {
    STARTS_DATED.is_match(line)
        && (line.contains('@')
            || WROTE_AT_END.is_match(line)
            || line.contains('"') && TIME.is_match(line))
}

/// Whether these joined lines are an introduction, whole.
fn is_whole(joined: &str, dated: bool, quote_follows: bool) -> bool {
    let colon = joined
        .trim_end_matches(['*', '_', ' '])
        .ends_with([':', '：']);
    if !colon && !dated {
        return false;
    }
    let mailbox = joined.contains('@')
        || joined.contains('<') && joined.bytes().any(|byte| byte.is_ascii_digit());
    DATE_AND_ADDRESS.is_match(joined)
        || DATED_COLON.is_match(joined)
        || DATE_ZONE_NAME.is_match(joined)
        || quote_follows
            && (DATE_AND_ADDRESS_BARE.is_match(joined) || SOMEBODY_WROTE.is_match(joined))
        || dated && WROTE_AT_END.is_match(joined) && tail_is_short(joined)
        || mailbox && WROTE_COLON.is_match(joined)
}

/// An attribution without its colon must end right after its verb or its sender: a sentence of the person goes on.
fn tail_is_short(joined: &str) -> bool {
    let colon = joined
        .trim_end_matches(['*', '_', ' '])
        .ends_with([':', '：']);
    colon
        || joined.contains('@')
        || joined.len() < 90 && joined.bytes().filter(u8::is_ascii_digit).count() >= 6
}

fn next_is_quote(labels: &[Line], from: usize) -> bool {
    labels[from.min(labels.len())..]
        .iter()
        .find(|label| **label != Line::Empty)
        == Some(&Line::Quote)
}

/// Copied headers: at least two different fields in a few lines, the first of them From, or three of any.
fn header_block(lines: &[&str], labels: &[Line], at: usize) -> bool {
    let colon = lines[at].find([':', '：']);
    if colon.is_none_or(|at| at > 60) {
        return false;
    }
    let Some(first) = HEADER.captures(lines[at]) else {
        return false;
    };
    let mut seen = [false; 4];
    let names = ["from", "date", "to", "subject"];
    let starts_with_sender = first.name("from").is_some();
    let end = (at + HEADER_BLOCK_LINES).min(lines.len());
    let mut blanks = 0;
    for index in at..end {
        match labels[index] {
            Line::Empty if blanks < 2 => blanks += 1,
            Line::Text => {
                if let Some(found) = HEADER.captures(lines[index]) {
                    for (slot, name) in seen.iter_mut().zip(names) {
                        *slot |= found.name(name).is_some();
                    }
                }
            }
            Line::Empty | Line::Quote | Line::Introduction | Line::Cut | Line::Signature => break,
        }
    }
    let count = seen.iter().filter(|field| **field).count();
    count >= 3
        || count == 2 && starts_with_sender && (lines[at].contains('@') || seen[3] || seen[1])
}
