//! Patterns: compiled once, searched in time linear in the text.

use regex::{Regex, RegexBuilder};

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
