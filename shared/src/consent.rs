//! The client's own word that a project is over: the one way to cancel.

pub mod store;

use chrono::{DateTime, TimeDelta, Utc};

use crate::account::{Client, ClientId};
use crate::id::Id;
use crate::project::{Project, ProjectId};

/// How long a proof may wait to be signed, from the client's act. Source: operator's choice; an act is signed within
/// seconds, a late delivery of the platform's event within its retries. Counted to the signature, not to the arrival: what
/// an act comes to must not depend on how long it travelled.
pub const PROOF_LIFE: TimeDelta = TimeDelta::days(7);

/// How long a mailed sign-in link works. Source: operator's choice; mail arrives within minutes, some servers hold it
/// back for a quarter of an hour.
pub const SIGN_IN_LIFE: TimeDelta = TimeDelta::minutes(30);
/// How long a session of the account lasts. Source: OWASP ASVS 5 asks for a fixed end; nobody needs longer to cancel.
pub const SESSION_LIFE: TimeDelta = TimeDelta::hours(2);
/// How long the way back in the receipt of a cancellation works.
pub const WAY_BACK_LIFE: TimeDelta = TimeDelta::days(7);
/// Links that one address may ask for in an hour. Source: our choice; whoever needs more looks into the wrong mailbox.
pub const LINKS_PER_ADDRESS_HOUR_MAX: i64 = 5;
/// Pause after which one more link is given to an address that asked for [`LINKS_PER_ADDRESS_HOUR_MAX`]: a stranger who
/// asks in somebody's name delays them, and cannot keep them out. Source: our choice; half of [`SIGN_IN_LIFE`], so that
/// a link is always at hand.
pub const LINKS_PER_ADDRESS_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// Links mailed to all together in a minute: a flood would make us the sender of it. Addresses that nobody has cost no mail
/// and do not count.
pub const LINKS_PER_MINUTE_MAX: i64 = 60;

/// A link to the account that was asked for.
#[derive(Debug)]
pub struct SignIn;
/// The id of a [`SignIn`].
pub type SignInId = Id<SignIn>;
/// A client signed in to the account.
#[derive(Debug)]
pub struct Session;
/// The id of a [`Session`].
pub type SessionId = Id<Session>;

/// The id of a stored proof.
pub type ProofId = Id<OwnerConsent>;

/// Why a project is cancelled (S12); the client may leave it unsaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Somebody outside the platform does it.
    FoundElsewhere,
    /// It will not be done.
    FellThrough,
    /// Something else.
    Other,
    /// The client did not say.
    NotSaid,
}

/// Proof that the owner asked for this from their own account. The fields are private and [`verify`] is the only maker,
/// so no job, bot command or admin page can cancel.
#[derive(Debug)]
pub struct OwnerConsent {
    client: ClientId,
    project: ProjectId,
    until: DateTime<Utc>,
}

/// A client's act whose signature held: the platform's signed event, or the account page's own signed record.
#[derive(Debug, Clone)]
pub struct SignedAct {
    /// Who acted.
    pub client: ClientId,
    /// On what.
    pub project: ProjectId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the signature over the evidence was checked and held.
    pub signature_holds: bool,
}

/// Why an act is no consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoConsent {
    /// Unsigned, or signed by somebody else.
    #[error(
        "a cancellation must carry the signature of the platform or of the client's account page"
    )]
    Unsigned,
    /// The actor does not own the project.
    #[error("only the project's own client may cancel it")]
    NotTheOwner,
    /// The act was too old when it was signed.
    #[error("the client's act was signed more than {} days after it", PROOF_LIFE.num_days())]
    Expired,
}

/// Turns a signed act of the project's own client into the right to cancel.
///
/// # Errors
/// [`NoConsent`] when the signature does not hold, the actor is not the owner, or the act was too old at `signed_at`.
pub fn verify(
    act: &SignedAct,
    project: &Project,
    signed_at: DateTime<Utc>,
) -> Result<OwnerConsent, NoConsent> {
    if !act.signature_holds {
        return Err(NoConsent::Unsigned);
    }
    if act.client != project.client || act.project != project.id {
        return Err(NoConsent::NotTheOwner);
    }
    let until = act.at + PROOF_LIFE;
    if signed_at >= until {
        return Err(NoConsent::Expired);
    }
    Ok(OwnerConsent {
        client: act.client,
        project: act.project,
        until,
    })
}

impl OwnerConsent {
    /// Whose consent it is.
    #[must_use]
    pub const fn client(&self) -> Id<Client> {
        self.client
    }

    /// The project that may be cancelled.
    #[must_use]
    pub const fn project(&self) -> ProjectId {
        self.project
    }

    /// First instant at which it no longer counts.
    #[must_use]
    pub const fn until(&self) -> DateTime<Utc> {
        self.until
    }
}
