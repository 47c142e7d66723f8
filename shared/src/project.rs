//! A project and its life: pending, in progress, cancelled. Age is no state.

use chrono::{DateTime, Utc};

use crate::account::{ClientId, ProviderId};
use crate::consent::OwnerConsent;
use crate::id::Id;

/// The id of a [`Project`].
pub type ProjectId = Id<Project>;

/// Projects on a page of the list. Source: `corpora/ranking`, 20 listings a page.
pub const PAGE_SIZE: u32 = 20;

/// Where a project stands. There is no `Expired`: age lowers a project's rank, never its state, because an old project
/// sometimes goes ahead after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// On the list.
    Pending,
    /// Awarded on the platform.
    InProgress {
        /// The provider chosen.
        awarded_to: ProviderId,
        /// When.
        awarded_at: DateTime<Utc>,
    },
    /// Ended by its own client.
    Cancelled {
        /// When.
        cancelled_at: DateTime<Utc>,
    },
}

/// What a client posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Our id.
    pub id: ProjectId,
    /// The platform's id, which people see.
    pub reference: String,
    /// The owner; never changes.
    pub client: ClientId,
    /// One line.
    pub title: String,
    /// When it was first on the list; never changes, an award revoked restores the old age.
    pub published_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
}

/// Why a change of state is refused; for the caller to read, not an error to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// An award or a cancellation that came later stands: of two that race the later one counts.
    #[error("project {0} was awarded or cancelled later than that")]
    Overtaken(ProjectId),
    /// It was not awarded.
    #[error("project {0} is not in progress")]
    NotInProgress(ProjectId),
    /// It was not cancelled.
    #[error("project {0} is not cancelled")]
    NotCancelled(ProjectId),
    /// Somebody else's consent.
    #[error("project {0} belongs to another client")]
    NotTheOwner(ProjectId),
}

impl Project {
    /// To in progress (S16); the platform's event says so, and it came after whatever stands.
    ///
    /// # Errors
    /// [`Refused::Overtaken`]
    pub fn award(self, to: ProviderId, at: DateTime<Utc>) -> Result<Self, Refused> {
        if self.since().is_some_and(|since| at < since) {
            return Err(Refused::Overtaken(self.id));
        }
        Ok(Self {
            state: State::InProgress {
                awarded_to: to,
                awarded_at: at,
            },
            ..self
        })
    }

    /// Back to pending with its old age (b12, N18).
    ///
    /// # Errors
    /// [`Refused::NotInProgress`]; [`Refused::Overtaken`] when it was awarded after that.
    pub fn revoke_award(self, at: DateTime<Utc>) -> Result<Self, Refused> {
        match self.state {
            State::InProgress { awarded_at, .. } if at < awarded_at => {
                Err(Refused::Overtaken(self.id))
            }
            State::InProgress { .. } => Ok(Self {
                state: State::Pending,
                ..self
            }),
            State::Pending | State::Cancelled { .. } => Err(Refused::NotInProgress(self.id)),
        }
    }

    /// Ended by its own client (P2); without an [`OwnerConsent`] nobody can call this.
    ///
    /// # Errors
    /// [`Refused::NotTheOwner`], [`Refused::Overtaken`]
    pub fn cancel(self, by: &OwnerConsent, at: DateTime<Utc>) -> Result<Self, Refused> {
        if by.client() != self.client || by.project() != self.id {
            return Err(Refused::NotTheOwner(self.id));
        }
        if self.since().is_some_and(|since| at < since) {
            return Err(Refused::Overtaken(self.id));
        }
        Ok(Self {
            state: State::Cancelled { cancelled_at: at },
            ..self
        })
    }

    /// Back on the list by its client, with its old age (b19).
    ///
    /// # Errors
    /// [`Refused::NotCancelled`]; [`Refused::Overtaken`] when it was cancelled after that.
    pub fn reopen(self, at: DateTime<Utc>) -> Result<Self, Refused> {
        match self.state {
            State::Cancelled { cancelled_at } if at < cancelled_at => {
                Err(Refused::Overtaken(self.id))
            }
            State::Cancelled { .. } => Ok(Self {
                state: State::Pending,
                ..self
            }),
            State::Pending | State::InProgress { .. } => Err(Refused::NotCancelled(self.id)),
        }
    }

    /// When the award or cancellation that stands was made.
    const fn since(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Pending => None,
            State::InProgress { awarded_at, .. } => Some(awarded_at),
            State::Cancelled { cancelled_at } => Some(cancelled_at),
        }
    }
}
/// Where a project stands, by name: as its row says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// On the list.
    Pending,
    /// Awarded on the platform.
    InProgress,
    /// Ended by its own client.
    Cancelled,
}
