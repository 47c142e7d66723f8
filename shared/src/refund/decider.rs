//! The right to decide: made only by checking a person against our data (L5, d10, B1).

use crate::account::{Role, StaffId, StaffMember};

use super::{Request, RequestId};

/// Somebody of the staff who may decide one request. The fields are private and [`Decider::of`] is the only maker, so no
/// rule, timer or claimant can approve.
#[derive(Debug)]
pub struct Decider {
    staff: StaffId,
    request: RequestId,
}

/// What links a person's own provider accounts to the request: the one they are tied to, and any with their address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interests {
    /// Is the claimant.
    pub claims_it: bool,
    /// Spent credits on the same project.
    pub spent_on_it: bool,
    /// Was awarded it.
    pub awarded_it: bool,
}

/// Why somebody may not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotYours {
    /// Not of the staff, or not any more.
    #[error("only the staff decide on refund requests")]
    NotStaff,
    /// Support prepares and asks; admins decide.
    #[error("only an administrator decides on refund requests")]
    NotAdmin,
    /// The claimant, under another hat: the person counts, not the login.
    #[error("nobody decides on their own request")]
    OwnRequest,
    /// An applicant to the same project, or the one who got it.
    #[error("whoever has an interest in the project does not decide")]
    Interested,
}

impl Decider {
    /// The right of `member` (read from our data in the same transaction) to decide `request`.
    ///
    /// # Errors
    /// [`NotYours`]
    pub fn of(
        member: Option<&StaffMember>,
        request: &Request,
        interests: Interests,
    ) -> Result<Self, NotYours> {
        let member = member.ok_or(NotYours::NotStaff)?;
        if member.role != Role::Admin {
            return Err(NotYours::NotAdmin);
        }
        may_touch(interests)?;
        Ok(Self {
            staff: member.id,
            request: request.id,
        })
    }

    /// Who.
    #[must_use]
    pub const fn staff(&self) -> StaffId {
        self.staff
    }

    /// Which request.
    #[must_use]
    pub const fn request(&self) -> RequestId {
        self.request
    }
}

/// Whether somebody with these interests may touch the request at all, be it only to ask.
///
/// # Errors
/// [`NotYours::OwnRequest`], [`NotYours::Interested`]
pub const fn may_touch(interests: Interests) -> Result<(), NotYours> {
    if interests.claims_it {
        return Err(NotYours::OwnRequest);
    }
    if interests.spent_on_it || interests.awarded_it {
        return Err(NotYours::Interested);
    }
    Ok(())
}
