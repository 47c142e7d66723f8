//! The people: clients, providers, their subscriptions, the staff, and which of them a Discord user is.

pub mod link;
pub mod store;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::id::Id;

/// The id of a [`Client`].
pub type ClientId = Id<Client>;
/// The id of a [`Provider`].
pub type ProviderId = Id<Provider>;
/// The id of a [`StaffMember`].
pub type StaffId = Id<StaffMember>;

/// The language in which a person is written to.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// French, the platform's own language.
    #[default]
    Fr,
    /// English.
    En,
}

impl Locale {
    /// The locale of a tag such as `fr`, `fr-FR`, `en_US`; other languages read English better than French.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        match tag.get(..2) {
            Some(two) if two.eq_ignore_ascii_case("fr") => Self::Fr,
            _ => Self::En,
        }
    }

    /// Its language tag, `fr` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.pick("fr", "en")
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'a>(self, fr: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }
}

/// How often a client wants mail; calls are another matter.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Mails {
    /// The usual rhythm.
    #[default]
    Normal,
    /// Twice the usual gaps.
    Fewer,
    /// None at all; the account's own receipts excepted.
    None,
}

/// Somebody who posts projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Our id.
    pub id: ClientId,
    /// The platform's id.
    pub reference: String,
    /// As the platform tells it.
    pub name: String,
    /// Address for letters, if the platform knows one.
    pub email: Option<String>,
    /// Telephone, if the platform knows one.
    pub phone: Option<String>,
    /// Language of letters and page.
    pub locale: Locale,
    /// Zone of office hours and dates.
    pub zone: Tz,
    /// Rhythm of mails that the client asked for.
    pub mails: Mails,
    /// Since when the address bounces.
    pub email_dead_at: Option<DateTime<Utc>>,
    /// Since when the telephone is known to be wrong.
    pub phone_dead_at: Option<DateTime<Utc>>,
    /// Last time on the platform.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// Somebody who spends credits to apply to projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Our id.
    pub id: ProviderId,
    /// The platform's id.
    pub reference: String,
    /// As the platform tells it.
    pub name: String,
    /// Address, if the platform knows one.
    pub email: Option<String>,
    /// Language of answers.
    pub locale: Locale,
}

/// What a provider subscribes to; only privilege opens the CRM window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Credits.
    Basic,
    /// Credits, and the CRM window on projects.
    Privilege,
}

/// What a member of the staff may do; everybody of the staff sees the desks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Calls, files mail, prepares.
    Support,
    /// Decides, too.
    Admin,
}

/// No role has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no role is called {0:?}; the roles are support and admin")]
pub struct UnknownRole(String);

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        match name {
            "support" => Ok(Self::Support),
            "admin" => Ok(Self::Admin),
            other => Err(UnknownRole(other.to_owned())),
        }
    }
}

/// Somebody of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Our id.
    pub id: StaffId,
    /// Short name, which the command line takes.
    pub reference: String,
    /// As colleagues and decisions show it.
    pub name: String,
    /// Address, lower case.
    pub email: String,
    /// Language of what is written to them.
    pub locale: Locale,
    /// What they may do.
    pub role: Role,
    /// The same person's account as a provider: nobody decides on their own request (L5).
    pub provider: Option<ProviderId>,
}

/// A Discord user, by the number that Discord gave (a snowflake; today's fit 60 bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DiscordUser(pub u64);

/// Who somebody is, as our data says at one instant: the base of every right (B1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Linked to no account, or to one that is closed.
    Nobody,
    /// A provider.
    Provider {
        /// Who.
        provider: Provider,
        /// The subscription at that instant; none when none runs.
        plan: Option<Plan>,
    },
    /// A client.
    Client {
        /// Who.
        id: ClientId,
        /// As the platform tells it.
        name: String,
        /// Language of answers.
        locale: Locale,
    },
    /// Somebody of the staff.
    Staff(StaffMember),
}

impl Identity {
    /// The account as a provider, the staff's own included.
    #[must_use]
    pub const fn provider(&self) -> Option<ProviderId> {
        match self {
            Self::Provider { provider, .. } => Some(provider.id),
            Self::Staff(member) => member.provider,
            Self::Client { .. } | Self::Nobody => None,
        }
    }

    /// The member of the staff.
    #[must_use]
    pub const fn staff(&self) -> Option<&StaffMember> {
        match self {
            Self::Staff(member) => Some(member),
            Self::Provider { .. } | Self::Client { .. } | Self::Nobody => None,
        }
    }
}
