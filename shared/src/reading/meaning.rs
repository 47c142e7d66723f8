//! What somebody means by an answer: a proposal with the sentence that says so and a confidence, never an act.
//!
//! Rules find cues; a small linear model trained from committed examples weighs them; safety rules withhold a verdict
//! that its own text contradicts. "Still searching" is never acted on as "over", nor the reverse.

pub mod cues;
pub mod model;
pub mod projects;
pub mod words;

mod decide;
mod safety;

pub use decide::{Facts, Meaning, THRESHOLD, read};

/// What a client may mean. The names are the protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The project stands, nobody was found.
    StillSearching,
    /// Talking with providers, nothing decided.
    Comparing,
    /// Decided for somebody found through us.
    ChosenHere,
    /// Decided for somebody else, or done in-house.
    ChosenElsewhere,
    /// It will not be done.
    Dropped,
    /// Later.
    Postponed,
    /// Wants to be telephoned.
    WantsCall,
    /// Asks us to cancel: recorded as a wish, never done.
    WantsCancel,
    /// No more messages.
    OptOut,
    /// Asks about the service.
    Question,
    /// Complains about the service.
    ComplaintAboutUs,
    /// Never posted it, left, somebody else's mailbox.
    WrongPerson,
    /// Nothing to conclude.
    None,
}

/// Every label, in the model's order.
pub const LABELS: [Label; 13] = [
    Label::StillSearching,
    Label::Comparing,
    Label::ChosenHere,
    Label::ChosenElsewhere,
    Label::Dropped,
    Label::Postponed,
    Label::WantsCall,
    Label::WantsCancel,
    Label::OptOut,
    Label::Question,
    Label::ComplaintAboutUs,
    Label::WrongPerson,
    Label::None,
];

impl Label {
    /// The protocol's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StillSearching => "still_searching",
            Self::Comparing => "comparing",
            Self::ChosenHere => "chosen_here",
            Self::ChosenElsewhere => "chosen_elsewhere",
            Self::Dropped => "dropped",
            Self::Postponed => "postponed",
            Self::WantsCall => "wants_call",
            Self::WantsCancel => "wants_cancel",
            Self::OptOut => "opt_out",
            Self::Question => "question",
            Self::ComplaintAboutUs => "complaint_about_us",
            Self::WrongPerson => "wrong_person",
            Self::None => "none",
        }
    }

    /// The label of a protocol's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        LABELS.into_iter().find(|label| label.name() == name)
    }

    /// Its place in [`LABELS`].
    #[must_use]
    pub fn place(self) -> usize {
        LABELS
            .iter()
            .position(|label| *label == self)
            .unwrap_or(LABELS.len() - 1)
    }

    /// Whether it says that the project is over for us.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Dropped | Self::ChosenElsewhere)
    }

    /// Whether it says something about the state of the project.
    #[must_use]
    pub const fn is_state(self) -> bool {
        matches!(
            self,
            Self::StillSearching
                | Self::Comparing
                | Self::ChosenHere
                | Self::ChosenElsewhere
                | Self::Dropped
                | Self::Postponed
        )
    }
}
