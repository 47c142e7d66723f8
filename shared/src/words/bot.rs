//! Sentences of the bot, on Discord and in the terminal. Each stands in both languages side by side.

mod answers;
mod commands;

use crate::account::Locale;
pub use crate::words::QUOTED;
use crate::words::{cut, filled, refund, typeset};

/// Key, French, English of every sentence that [`say`] finds.
fn sentences() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    [commands::SENTENCES, answers::SENTENCES, refund::SENTENCES]
        .into_iter()
        .flatten()
}

/// The sentence named `key` in `locale`, set as print is, with its `{name}`s filled in. `{/link email}` is that command
/// as the reader finds it: `/lier mail` in French.
///
/// # Panics
/// Never in a built program: a test asks for every key that the programs use.
#[must_use]
pub fn say(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    let text = typeset(locale, find(locale, key).unwrap_or(key));
    let commands: Vec<(&str, String)> = commands_named(&text)
        .map(|named| (named, command(locale, &named[1..])))
        .collect();
    let mut all: Vec<(&str, &str)> = values.to_vec();
    all.extend(commands.iter().map(|(named, told)| (*named, told.as_str())));
    filled(&text, &all)
}

/// The command with these English names as Discord shows it: `/link code` is `/lier code` in French.
#[must_use]
pub fn command(locale: Locale, names: &str) -> String {
    let shown = |name: &str| find(locale, &format!("name_{name}")).map(str::to_owned);
    let names: Vec<String> = names
        .split(' ')
        .map(|name| shown(name).unwrap_or_else(|| name.to_owned()))
        .collect();
    format!("/{}", names.join(" "))
}

/// The commands that a sentence names: `/link email` of `{/link email}`.
fn commands_named(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .filter(|name| name.starts_with('/'))
}

/// The sentence named `key`, as it is written here; none when there is no such sentence.
#[must_use]
pub fn find(locale: Locale, key: &str) -> Option<&'static str> {
    let (_, fr, en) = sentences().find(|(name, ..)| *name == key)?;
    Some(locale.pick(fr, en))
}

/// Text that a person wrote, on one line, cut after `chars_max` characters and marked for the surface to escape.
#[must_use]
pub fn quoted(text: &str, chars_max: usize) -> String {
    let (open, close) = QUOTED;
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{e000}' | '\u{e001}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .take(chars_max + 1)
        .collect();
    format!("{open}{}{close}", cut(&clean, chars_max).trim())
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    sentences()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_sentence_is_there_once_and_asks_for_the_same_values_in_both_languages() {
        let mut seen = BTreeSet::new();
        for (key, fr, en) in sentences() {
            assert!(seen.insert(key), "{key} is there twice");
            assert!(
                !fr.trim().is_empty() && !en.trim().is_empty(),
                "{key} is empty"
            );
            assert_eq!(values(fr), values(en), "{key}");
            if key.starts_with("about_") {
                assert!(
                    fr.chars().count() <= 100 && en.chars().count() <= 100,
                    "{key} is too long"
                );
            }
        }
    }

    // S17, S26, N24: nothing promises a refund or claims certainty.
    #[test]
    fn no_sentence_promises_or_is_certain() {
        const NEVER: [&str; 8] = [
            "sera remboursé",
            "serez remboursé",
            "will be refunded",
            "certain",
            "guarantee",
            "garanti",
            "malhonnête",
            "dishonest",
        ];
        for (key, fr, en) in sentences() {
            for word in NEVER {
                assert!(
                    !fr.contains(word) && !en.contains(word),
                    "{key} says {word:?}"
                );
            }
        }
    }

    // M5: marks cannot be forged, and hidden direction marks do not survive.
    #[test]
    fn quoted_text_keeps_to_one_line_and_its_marks() {
        assert_eq!(
            quoted("a\nb\u{e001}c\u{202e}d", 50),
            "\u{e000}a bcd\u{e001}"
        );
        assert_eq!(quoted("abcdef", 4), "\u{e000}abc…\u{e001}");
    }

    fn values(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect()
    }
}
