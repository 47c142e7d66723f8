//! What the FAQ's author writes: one entry per subject, in both languages.

use crate::account::Locale;

/// For whom an entry is filed (S27).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Those who apply with credits.
    Provider,
    /// Those who post projects.
    Client,
    /// Both; the wording must suit both eyes.
    Common,
}

impl Audience {
    /// The audience named in a file.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "provider" => Some(Self::Provider),
            "client" => Some(Self::Client),
            "common" => Some(Self::Common),
            _ => None,
        }
    }

    /// Whether someone who is `asker` is meant by an entry of this audience.
    #[must_use]
    pub fn suits(self, asker: Self) -> bool {
        self == asker || self == Self::Common || asker == Self::Common
    }
}

/// What a button under an answer may open. Nothing in a message can trigger it: a person presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The form that puts a refund request into the review queue.
    RefundRequest,
    /// A person of the team.
    Handover,
}

impl Action {
    /// The action named in a file.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "refund_request" => Some(Self::RefundRequest),
            "handover" => Some(Self::Handover),
            _ => None,
        }
    }
}

/// An entry in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The heading.
    pub question: String,
    /// Other ways to ask it: cleaned, one kind of wording each.
    pub variants: Vec<String>,
    /// The fixed wording (c19); paragraphs are set apart by a blank line.
    pub answer: String,
}

impl Text {
    /// The heading, then the variants.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.question.as_str()).chain(self.variants.iter().map(String::as_str))
    }
}

/// One subject of the FAQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name everywhere; kept for good.
    pub id: String,
    /// The folder it stands in.
    pub section: String,
    /// Path of its file, from the content's root.
    pub file: String,
    /// For whom.
    pub audience: Audience,
    /// Loose words for search.
    pub tags: Vec<String>,
    /// Ids of what the asker may want next.
    pub related: Vec<String>,
    /// A button under the answer.
    pub action: Option<Action>,
    /// In French.
    pub fr: Text,
    /// In English.
    pub en: Text,
}

impl Entry {
    /// The entry in a language.
    #[must_use]
    pub const fn text(&self, locale: Locale) -> &Text {
        match locale {
            Locale::Fr => &self.fr,
            Locale::En => &self.en,
        }
    }
}
