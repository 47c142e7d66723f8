//! What is said, whatever the surface: Discord and the terminal draw the same replies from the same requests.

mod actions;
mod commands;
mod desk;
mod limits;
pub mod register;
pub mod reply;
pub mod table;
mod usage;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use relance_shared::account::{DiscordUser, Identity, Locale};
use relance_shared::id::Id;

pub use desk::{Desk, Trouble};
pub use reply::{Form, Reply};

/// Where the conversation takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A stranger until our data says who it is.
    Discord,
    /// The operator's own machine: whoever sits there chose the account.
    Terminal,
}

/// Somebody who asks, before our data was looked at.
#[derive(Debug, Clone)]
pub struct Caller {
    /// On Discord, the user; in the terminal nobody.
    pub user: Option<DiscordUser>,
    /// The account that the operator chose in the terminal; never set on Discord.
    pub chosen: Option<String>,
    /// The language of their program.
    pub locale: Locale,
    /// Where.
    pub surface: Surface,
    /// Discord's number of the command, press or form; in the terminal none.
    pub interaction: Option<String>,
}

/// Somebody who asks, as our data says at this interaction (B1).
#[derive(Debug, Clone)]
pub struct Asker {
    /// On Discord, the user; in the terminal nobody.
    pub user: Option<DiscordUser>,
    /// Who it is.
    pub identity: Identity,
    /// The language of the answers.
    pub locale: Locale,
    /// Where.
    pub surface: Surface,
    /// Discord's number of the command, press or form: the same one again has the same effect once.
    pub interaction: Option<String>,
}

impl Asker {
    /// A key under which this interaction acts once; in the terminal every line is another one.
    #[must_use]
    pub fn key(&self, now: DateTime<Utc>) -> String {
        match &self.interaction {
            Some(interaction) => format!("discord:{interaction}"),
            None => format!("terminal:{}", Id::<Self>::at(now)),
        }
    }
}

impl Surface {
    /// As requests and decisions remember it.
    #[must_use]
    pub const fn of_requests(self) -> relance_shared::refund::Surface {
        match self {
            Self::Discord => relance_shared::refund::Surface::Discord,
            Self::Terminal => relance_shared::refund::Surface::Terminal,
        }
    }
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A command by its English name (`link code` for a command of a group), with its options.
    Command {
        /// The name.
        name: String,
        /// By their English names.
        options: Options,
    },
    /// A button with this id was pressed.
    Button(String),
    /// A form with this id was sent.
    Form {
        /// The id.
        id: String,
        /// The fields, by their ids.
        fields: BTreeMap<String, String>,
    },
}

/// Values of a command's options, by their English names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(pub BTreeMap<String, String>);

impl Options {
    /// The text of an option; empty when it was not given.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// The number of an option, if it was given and is one.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.text(name).parse().ok()
    }
}

#[cfg(test)]
mod tests;
