//! Free text of a member of the staff or a client, before it goes onto the timeline: one paragraph, without contact data.
//!
//! Providers with privilege read the timeline's notes (D3): no telephone number, no address, whatever was typed.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Longest note, in characters; the rest is cut. Source: our choice, about half a page.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// A run of digits is a telephone number from so many on: French ones have ten, or nine after +33; a date has eight.
const NUMBER_DIGITS_MIN: usize = 9;
/// What stands in the place of what was removed; the same in both languages but for the words.
const REMOVED: &str = "[…]";

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:mailto:)?[^\s@<>()\[\]{},;:]+",
        // "at" and "dot" spelt out, in brackets or between spaces, as people do to get past filters.
        r"(?:\s?@\s?|\s?[\[({]\s?(?:at|arobase|chez)\s?[\])}]\s?|\s(?:arobase)\s)",
        r"[\w-]+(?:(?:\.|\s?[\[({]\s?(?:dot|point)\s?[\])}]\s?|\s(?:point)\s)[\w-]+)+",
    ))
});
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:https?://|www\.)[^\s<>]+"));
static DIGITS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:\+|\(\+?|00)?\d(?:[\s.\-()_\u{2010}-\u{2015}\u{a0}\u{202f}]{0,2}\d){7,20}")
});
static DATE_FIRST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:19|20)\d\d-\d\d-\d\d|^\d\d[.\-]\d\d[.\-](?:19|20)\d\d"));

/// The note without telephone numbers, addresses and links, on one line, cut to [`NOTE_CHARS_MAX`]; none when nothing is
/// left. Dates and amounts stay.
#[must_use]
pub fn clean_note(note: &str) -> Option<String> {
    let visible: String = note
        .chars()
        .take(2 * NOTE_CHARS_MAX)
        .filter(|c| !is_hidden(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = LINK.replace_all(&visible, REMOVED);
    let text = ADDRESS.replace_all(&text, REMOVED);
    let text = DIGITS.replace_all(&text, |found: &Captures<'_>| {
        let run = &found[0];
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let is_number = digits >= NUMBER_DIGITS_MIN && !DATE_FIRST.is_match(run);
        if is_number { REMOVED } else { run }.to_owned()
    });
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(NOTE_CHARS_MAX).collect();
    (!line.is_empty()).then_some(line)
}

/// Characters without a shape of their own that could hide or turn text: zero width, direction marks (UAX 9), the BOM.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a built-in pattern can be read")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // D3: whatever way a number or an address is written, it does not reach the timeline.
    #[test]
    fn numbers_addresses_and_links_are_removed() {
        for (note, cleaned) in [
            (
                "rappeler au 06 39 98 12 34 le soir",
                "rappeler au […] le soir",
            ),
            ("son fixe : 01.99.00.12.34.", "son fixe : […]."),
            ("+33 (0)6 39 98 12 34", "[…]"),
            ("0033639981234 ou 06-39-98-12-34", "[…] ou […]"),
            (
                "écrire à lea.perrot@courrier.example svp",
                "écrire à […] svp",
            ),
            ("lea (at) courrier (point) example", "[…]"),
            ("lea arobase courrier point example", "[…]"),
            (
                "voir https://clients.example/lea?x=1 demain",
                "voir […] demain",
            ),
            ("06\u{200b}39\u{200b}98\u{200b}12\u{200b}34", "[…]"),
            ("06\n39 98 12 34", "[…]"),
        ] {
            assert_eq!(clean_note(note).as_deref(), Some(cleaned), "{note}");
        }
    }

    #[test]
    fn dates_amounts_and_references_stay() {
        for note in [
            "rappeler le 12/09/2026 à 14h30",
            "rappeler le 2026-09-12 10h",
            "le 12.09.2026, budget 12 500 €",
            "projet 31204, devis de 3 000 à 4 000 euros",
            "deux prestataires vus, décide en septembre",
        ] {
            assert_eq!(clean_note(note).as_deref(), Some(note));
        }
    }

    #[test]
    fn an_empty_note_is_none_and_a_long_one_is_cut() {
        assert_eq!(clean_note(" \n\t "), None);
        let long = "é".repeat(3 * NOTE_CHARS_MAX);
        assert_eq!(
            clean_note(&long).map(|note| note.chars().count()),
            Some(NOTE_CHARS_MAX)
        );
    }

    proptest! {
        // D3, C1: any text is taken, and cleaning it again changes nothing.
        #[test]
        fn cleaning_is_final(note in "\\PC{0,200}") {
            let once = clean_note(&note);
            prop_assert_eq!(once.as_deref().and_then(clean_note), once);
        }
    }
}
