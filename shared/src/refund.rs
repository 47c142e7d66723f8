//! Refund requests: a queue in which a person decides.

use crate::id::Id;

/// The id of a [`Request`].
pub type RequestId = Id<Request>;

/// What a provider asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Our id.
    pub id: RequestId,
}
