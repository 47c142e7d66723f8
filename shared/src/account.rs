//! The people: clients, providers, their subscriptions.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::id::Id;

/// The id of a [`Client`].
pub type ClientId = Id<Client>;
/// The id of a [`Provider`].
pub type ProviderId = Id<Provider>;

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
