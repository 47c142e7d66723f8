//! What a message is: a complaint, a bounce, an automatic answer, or somebody's words; in this order.

use super::automatic::{self, Automatic};
use super::bounce::{self, Bounce};
use super::complaint::{self, Complaint};
use super::message::Mail;

/// What a message is, with what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A person pressed "this is spam".
    Complaint(Complaint),
    /// A letter could not be delivered.
    Bounce(Bounce),
    /// Nobody wrote this.
    Automatic(Automatic),
    /// Somebody's words.
    Human,
}

impl Kind {
    /// The name in the protocol of `inbox explain`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Complaint(_) => "complaint",
            Self::Bounce(_) => "bounce",
            Self::Automatic(_) => "auto",
            Self::Human => "human",
        }
    }

    /// The header, part or words that decided.
    #[must_use]
    pub fn evidence(&self) -> &str {
        match self {
            Self::Complaint(complaint) => &complaint.evidence,
            Self::Bounce(bounce) => &bounce.evidence,
            Self::Automatic(automatic) => &automatic.evidence,
            Self::Human => "no header, part or words of a machine",
        }
    }
}

/// Decides. `words` is the text without the letter it answers.
#[must_use]
pub fn decide(mail: &Mail<'_>, words: &str) -> Kind {
    if let Some(complaint) = complaint::find(mail) {
        return Kind::Complaint(complaint);
    }
    if let Some(bounce) = bounce::find(mail) {
        return Kind::Bounce(bounce);
    }
    automatic::find(mail, words).map_or(Kind::Human, Kind::Automatic)
}
