//! How good the answers are, on messages whose right entries are known.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::account::Locale;
use crate::faq::{Band, Index, Question, Verdict};

/// A message and the entries that are right for it; `None` among them: handing over is right too.
#[derive(Debug, Clone, Deserialize)]
pub struct Example {
    /// Names it.
    pub id: String,
    /// As written.
    pub text: String,
    /// `fr`, `en`, or `mix`.
    #[serde(default)]
    pub lang: String,
    /// The entry that is meant; none: no entry answers it.
    pub expect: Option<String>,
    /// Everything that is right.
    pub accept: Vec<Option<String>>,
}

impl Example {
    /// Whether an entry is right.
    #[must_use]
    pub fn accepts(&self, entry: &str) -> bool {
        self.accept.iter().flatten().any(|id| id == entry)
    }
}

/// Reads examples, one JSON object a line.
///
/// # Errors
/// The number of the first bad line, and what is wrong with it.
pub fn read(text: &str) -> Result<Vec<Example>, (usize, serde_json::Error)> {
    (text.lines().enumerate())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| serde_json::from_str(line).map_err(|error| (n + 1, error)))
        .collect()
}

/// Shares of a set of examples (0 to 1); see `protocols.md` for the words.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measures {
    /// Examples, and those that an entry answers.
    pub examples: usize,
    /// Those that an entry answers.
    pub answerable: usize,
    /// The first entry is right.
    pub top1: f64,
    /// One of the first three is right.
    pub top3: f64,
    /// Answered, and right.
    pub right: f64,
    /// Answered, and wrong.
    pub wrong: f64,
    /// Answered right, or offered among the buttons.
    pub helped: f64,
    /// Of those that no entry answers: rightly held back.
    pub held_back: f64,
    /// Of what was said: right.
    pub precision: f64,
    /// One for a right answer or rightly holding back, minus one for a wrong answer, per example.
    pub net: f64,
    /// The language of the answer is the message's.
    pub language: f64,
}

/// Asks all examples.
#[must_use]
pub fn ask_all(index: &Index, examples: &[Example]) -> Vec<Verdict> {
    (examples.iter())
        .map(|example| {
            index.ask(&Question {
                text: &example.text,
                locale: None,
                audience: None,
            })
        })
        .collect()
}

/// How many examples were so.
#[derive(Default)]
struct Counts(BTreeMap<&'static str, u32>);

impl Counts {
    fn add(&mut self, name: &'static str, holds: bool) {
        *self.0.entry(name).or_default() += u32::from(holds);
    }

    fn get(&self, name: &str) -> f64 {
        f64::from(self.0.get(name).copied().unwrap_or(0))
    }

    /// 0 when there is nothing to divide.
    fn share(&self, part: &str, whole: &str) -> f64 {
        if self.get(whole) > 0.0 {
            self.get(part) / self.get(whole)
        } else {
            0.0
        }
    }

    fn note(&mut self, example: &Example, verdict: &Verdict) {
        let answerable = example.expect.is_some();
        let top = |n: usize| (verdict.ranked.iter().take(n)).any(|(id, _)| example.accepts(id));
        let (said, right) = match &verdict.band {
            Band::Answer(id) => (true, example.accepts(id)),
            Band::Suggest(_) | Band::HandOver(_) => (false, example.accept.contains(&None)),
        };
        let offered = match &verdict.band {
            Band::Suggest(ids) => ids.iter().any(|id| example.accepts(id)),
            Band::Answer(_) | Band::HandOver(_) => false,
        };
        self.add("all", true);
        self.add("said", said);
        self.add("said_right", said && right);
        self.add("good", right && (said || !answerable));
        if answerable {
            self.add("in", true);
            self.add("top1", top(1));
            self.add("top3", top(3));
            self.add("right", said && right);
            self.add("wrong", said && !right);
            self.add("helped", (said && right) || offered);
            let own = if verdict.language == Locale::Fr {
                "fr"
            } else {
                "en"
            };
            self.add("one_language", example.lang != "mix");
            self.add("language", example.lang == own);
        } else {
            self.add("out", true);
            self.add("held", right);
        }
    }
}

/// Measures verdicts.
#[must_use]
pub fn measure(examples: &[Example], verdicts: &[Verdict]) -> Measures {
    let mut counts = Counts::default();
    for (example, verdict) in examples.iter().zip(verdicts) {
        counts.note(example, verdict);
    }
    let share = |part: &str, whole: &str| counts.share(part, whole);
    Measures {
        examples: examples.len(),
        answerable: examples
            .iter()
            .filter(|example| example.expect.is_some())
            .count(),
        top1: share("top1", "in"),
        top3: share("top3", "in"),
        right: share("right", "in"),
        wrong: share("wrong", "in"),
        helped: share("helped", "in"),
        held_back: share("held", "out"),
        precision: share("said_right", "said"),
        net: share("good", "all") - (share("said", "all") - share("said_right", "all")),
        language: share("language", "one_language"),
    }
}
