//! What is kept about a person: all of it on demand, and its end (D4).
//!
//! An erased person stays as a reference, so that money and event chains still add up. What the events kept said about
//! them is taken out by the database itself (`platform_events`), down to references, dates and figures; the four kinds
//! of event that move projects name references only and stay whole, they are evidence.

pub mod store;

use crate::account::{ClientId, ProviderId};

/// Whose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Somebody who posts projects.
    Client(ClientId),
    /// Somebody who applies.
    Provider(ProviderId),
}

impl Person {
    /// The column that names them in every table.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Client(_) => "client_id",
            Self::Provider(_) => "provider_id",
        }
    }

    /// Their id.
    #[must_use]
    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Client(id) => id.uuid(),
            Self::Provider(id) => id.uuid(),
        }
    }
}

/// What an erasure came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Rows that lost what they said, by table.
    pub rows: Vec<(&'static str, u64)>,
    /// Letters on their way at this moment: erase again when they have left.
    pub letters_leaving: u64,
}
