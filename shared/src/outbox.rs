//! Letters on their way: planned, sending, accepted, refused, unknown, withdrawn.

pub mod store;

use serde::{Deserialize, Serialize};

/// Where a letter stands. What the relay said is final only when it was said: a transmission that began and got no
/// verdict is [`State::Unknown`], is shown, and is never repeated by itself (threats E3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time, or for a person when its attempts are used up.
    Planned,
    /// Committed before the first byte leaves.
    Sending,
    /// The relay took it over.
    Accepted,
    /// The relay refused it for good.
    Refused,
    /// Transmission began and no verdict came: it may have arrived.
    Unknown,
    /// No longer right to send when its turn came.
    Withdrawn,
}
