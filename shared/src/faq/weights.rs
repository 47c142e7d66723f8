//! The learned numbers of ranking and deciding, kept in a file that `faq fit` writes.

use std::fmt::Write as _;

use crate::faq::load::{File, Problem};

/// What speaks for an entry: best and mean likeness of its questions in each view, its answer, the classifier.
pub const FOR_ENTRY: [&str; 10] = [
    "chars_best",
    "chars_mean",
    "stems_best",
    "stems_mean",
    "sounds_best",
    "sounds_mean",
    "concepts_best",
    "concepts_mean",
    "answer",
    "classifier",
];
/// What speaks for the first entry being right.
pub const FOR_RIGHT: [&str; 16] = [
    "bias",
    "top",
    "margin",
    "share",
    "class_share",
    "elsewhere",
    "elsewhere_gap",
    "chars",
    "stems",
    "concepts",
    "known_chars",
    "known_stems",
    "unknown",
    "length",
    "guarded",
    "concept_count",
];

/// Learned weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// By [`FOR_ENTRY`]; none is negative.
    pub rank: [f32; FOR_ENTRY.len()],
    /// By [`FOR_RIGHT`]: that the first entry is right.
    pub right: [f32; FOR_RIGHT.len()],
    /// By [`FOR_RIGHT`]: that one of the first three is right.
    pub among: [f32; FOR_RIGHT.len()],
    /// Answer from this probability on.
    pub answer_from: f32,
    /// Offer up to three from this probability on.
    pub suggest_from: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            rank: [2.4, 0.7, 1.1, 0.2, 1.6, 0.5, 3.2, 3.0, 1.0, 1.0],
            right: [0.0; FOR_RIGHT.len()],
            among: [0.0; FOR_RIGHT.len()],
            answer_from: 0.5,
            suggest_from: 0.45,
        }
    }
}

impl Weights {
    /// Reads `group name number` lines; every number must be there once.
    ///
    /// # Errors
    /// Unknown or missing names, numbers that are none.
    pub fn read(file: &File) -> Result<Self, Vec<Problem>> {
        let (mut weights, mut problems) = (Self::default(), Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        for (n, line) in file.lines_said() {
            let parts: Vec<&str> = line.split_whitespace().collect();
            let [group, name, number] = parts[..] else {
                problems.push(file.problem(n, "a line is “group name number”"));
                continue;
            };
            let Some(slot) = weights.slot(group, name) else {
                problems.push(file.problem(n, format!("unknown weight {group} {name}")));
                continue;
            };
            match number.parse::<f32>() {
                Ok(number) if number.is_finite() => *slot = number,
                _ => problems.push(file.problem(n, format!("“{number}” is no number"))),
            }
            seen.insert(format!("{group} {name}"));
        }
        let all = FOR_ENTRY.len() + 2 * FOR_RIGHT.len() + 2;
        if problems.is_empty() && seen.len() != all {
            let what = format!("{} numbers of {all}; `faq fit` writes them all", seen.len());
            problems.push(file.problem(1, what));
        }
        if problems.is_empty() {
            Ok(weights)
        } else {
            Err(problems)
        }
    }

    fn slot(&mut self, group: &str, name: &str) -> Option<&mut f32> {
        let right = FOR_RIGHT.iter().position(|known| *known == name);
        match (group, name) {
            ("rank", _) => Some(&mut self.rank[FOR_ENTRY.iter().position(|known| *known == name)?]),
            ("right", _) => Some(&mut self.right[right?]),
            ("among", _) => Some(&mut self.among[right?]),
            ("from", "answer") => Some(&mut self.answer_from),
            ("from", "suggest") => Some(&mut self.suggest_from),
            _ => None,
        }
    }

    /// The file's text.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = "# Written by `relance-bot faq fit`. Weights of ranking, of deciding, and the two thresholds.\n".to_owned();
        let mut line = |group: &str, name: &str, number: f32| {
            writeln!(text, "{group} {name} {number:.4}").expect("a text takes any line");
        };
        let named = FOR_ENTRY.iter().zip(self.rank);
        named.for_each(|(name, number)| line("rank", name, number));
        for (group, numbers) in [("right", self.right), ("among", self.among)] {
            let named = FOR_RIGHT.iter().zip(numbers);
            named.for_each(|(name, number)| line(group, name, number));
        }
        line("from", "answer", self.answer_from);
        line("from", "suggest", self.suggest_from);
        text
    }
}
