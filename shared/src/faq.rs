//! Answers from a FAQ that people wrote: the same question gets the same words, in French or English, and the bot says so
//! when it does not know. No model, no network; the same content and message give the same verdict to the bit.

pub mod answer;
pub mod author;
pub mod classifier;
pub mod clauses;
pub mod content;
pub mod decide;
pub mod entry;
pub mod eval;
pub mod fit;
pub mod guard;
pub mod handover;
pub mod index;
pub mod lexicon;
pub mod live;
pub mod load;
pub mod log;
pub mod normalise;
pub mod space;
pub mod spelling;
pub mod store;
pub mod views;
pub mod weights;

pub use crate::faq::entry::{Action, Audience, Entry};
pub use crate::faq::index::Index;

use crate::account::Locale;

/// A message and what is known about its sender.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The message as written.
    pub text: &'a str,
    /// The sender's own language, if known: decides when the message does not.
    pub locale: Option<Locale>,
    /// What the sender is, if known: entries for the other side stand a little back.
    pub audience: Option<Audience>,
}

/// Why a message is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No entry is near enough.
    Unknown,
    /// A single case: a number, a named person, an account.
    Case,
    /// Another company's service.
    OtherService,
    /// The message tells the bot what to be or do.
    Instruction,
    /// Thanks or a greeting: nothing is asked.
    Courtesy,
    /// An insult.
    Insult,
    /// About our trade, but not in the FAQ.
    NotInFaq,
    /// About something else altogether.
    OffTopic,
    /// No word in it.
    Nothing,
}

impl Reason {
    /// The reason behind a kind of `elsewhere.txt`.
    #[must_use]
    pub fn of_kind(kind: &str) -> Option<Self> {
        match kind {
            "case" => Some(Self::Case),
            "other_service" => Some(Self::OtherService),
            "instruction" => Some(Self::Instruction),
            "courtesy" => Some(Self::Courtesy),
            "insult" => Some(Self::Insult),
            "not_in_faq" => Some(Self::NotInFaq),
            "off_topic" => Some(Self::OffTopic),
            "nothing" => Some(Self::Nothing),
            _ => None,
        }
    }
}

/// What is done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Band {
    /// The entry's fixed wording.
    Answer(String),
    /// “Did you mean” with one to three entries, best first.
    Suggest(Vec<String>),
    /// “I do not know”, and the way to a person.
    HandOver(Reason),
}

/// The decision about a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What is done.
    pub band: Band,
    /// Language of the answer.
    pub language: Locale,
    /// Probability that the first entry is right (0 to 1).
    pub score: f32,
    /// Probability that one of the first three is (0 to 1).
    pub among: f32,
    /// Best entries with their scores, best first.
    pub ranked: Vec<(String, f32)>,
}

impl Index {
    /// Decides about a message: as a whole, and by its clauses when the whole is unsure.
    #[must_use]
    pub fn ask(&self, question: &Question<'_>) -> Verdict {
        clauses::refine(self, question, decide::decide(self, question))
    }

    /// The entry of that id.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.id.as_str().cmp(id))
            .ok()?;
        Some(&self.entries[at])
    }
}

#[cfg(test)]
mod tests;
