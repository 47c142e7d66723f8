//! Messages to people and channels on Discord: rows that the bot's job `tell-discord` delivers, shows anew when their
//! text changes, and hands to the mail when a person's door is closed.

pub mod store;

use serde::{Deserialize, Serialize};

use crate::account::{DiscordUser, ProviderId};
use crate::id::Id;

/// The id of a message.
pub type MessageId = Id<Message>;

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The likely one.
    Primary,
    /// Any other.
    Secondary,
    /// Agrees to something.
    Success,
    /// Refuses something.
    Danger,
}

/// A button. Its id carries a version, an action and a row id, never an amount or a right (B1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// `v1:<action>:<row id>`, at most 100 characters.
    pub id: String,
    /// At most 80 characters.
    pub label: String,
    /// How it looks.
    pub style: Style,
}

impl Button {
    /// A button of secondary look.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            style: Style::Secondary,
        }
    }

    /// The same in another look.
    #[must_use]
    pub fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

/// What a message shows: text with Discord's marks, text of people between [`crate::words::bot::QUOTED`], buttons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// At most 4,000 characters.
    pub text: String,
    /// Rows of buttons, at most 5 of at most 5.
    #[serde(default)]
    pub buttons: Vec<Vec<Button>>,
}

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A provider, if a Discord user is linked; else the mail at once.
    Provider(ProviderId),
    /// A Discord user.
    User(DiscordUser),
    /// The channel of `discord.review_channel`.
    Review,
    /// The channel of `discord.log_channel`.
    Log,
}

/// A message to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: To,
    /// Unique name of the cause, for example `refund:<id>:card`: the same cause is one message.
    pub dedupe: String,
    /// What it shows.
    pub body: Body,
    /// The letter that says the same when Discord cannot: kind and values as in [`crate::mail::Letter`]. None: the
    /// message is only a courtesy, or the letter leaves anyway.
    pub letter: Option<(crate::mail::LetterKind, serde_json::Value)>,
}
