//! Patterns: compiled once, searched in time linear in the text.

use regex::{Captures, Regex, RegexBuilder};

/// Memory that one pattern may use to remember its states, in bytes. Source: measured; with the library's 2 MB the larger
/// patterns forget what they learned within a message, and a third of the time went into learning it again.
const STATES_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A constant pattern.
pub(super) fn rx(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .dfa_size_limit(STATES_BYTES_MAX)
        .build()
        .expect("a constant pattern, compiled by every test")
}

/// A pattern with the edges of words, for texts with accents.
///
/// The library looks for the edge of a word with its slow engine once a text holds a letter beyond ASCII, which every
/// French text does. The same pattern without edges finds whatever the exact one finds, at full speed: it is asked first.
#[derive(Debug)]
pub(super) struct Edged {
    loose: Regex,
    exact: Regex,
}

impl Edged {
    /// A constant pattern.
    pub(super) fn new(pattern: &str) -> Self {
        Self {
            loose: rx(&pattern.replace(r"\b", "(?:)")),
            exact: rx(pattern),
        }
    }

    /// Whether the text holds it.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.loose.is_match(text) && self.exact.is_match(text)
    }

    /// The first place, with its groups.
    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        if !self.loose.is_match(text) {
            return None;
        }
        self.exact.captures(text)
    }

    /// The exact pattern.
    pub(super) const fn exact(&self) -> &Regex {
        &self.exact
    }
}
