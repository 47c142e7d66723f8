//! A person decides: the event, the ledger's transfer and what others must be told, in one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::movement::{give_back, refund_of, take_back};
use super::told::tell;
use super::{get, get_in, open_case, pass_the_gate};
use crate::account::store::staff_in;
use crate::account::{StaffId, StaffMember};
use crate::credit::TransferId;
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;
use crate::refund::decider::{self, Interests, NotYours};
use crate::refund::{ActorKind, CaseId, Decider, EventKind, Limits, Refused, Request, RequestId};
use crate::refund::{State, Surface, said};

/// The window of an admin's ceiling.
const ADMIN_WINDOW: TimeDelta = TimeDelta::hours(24);
/// The window of the platform's ceiling.
const PLATFORM_WINDOW: TimeDelta = TimeDelta::days(30);

const BY_INTERACTION: &str =
    "SELECT request_id, kind FROM refund_events WHERE interaction = $1 AND staff_id = $2";
const DECIDED_BY: &str =
    "SELECT s.name FROM refund_requests r JOIN refund_events e ON e.seq = r.state_event
        JOIN staff s ON s.id = e.staff_id WHERE r.id = $1";
// The person counts, not the row: the account that has a member's own address is the member's account.
const INTERESTS: &str = "WITH own AS (
        SELECT p.id FROM staff s JOIN providers p
            ON p.id = s.provider_id OR LOWER(TRIM(p.email)) = LOWER(TRIM(s.email))
        WHERE s.id = $3)
    SELECT EXISTS (SELECT 1 FROM own WHERE id = $2) AS claims_it,
    EXISTS (SELECT 1 FROM transfers t JOIN own ON own.id = t.provider_id WHERE t.project_id = $1) AS spent_on_it,
    EXISTS (SELECT 1 FROM projects p JOIN own ON own.id = p.awarded_to WHERE p.id = $1) AS awarded_it";
const COUNTS: &str = "SELECT
    (SELECT COUNT(*) FROM refund_events WHERE kind = 'approved' AND staff_id = $1 AND at > $2) AS by_admin,
    (SELECT COUNT(*) FROM refund_requests WHERE state = 'approved' AND state_at > $3) AS on_platform";
const ENDORSERS: &str = "SELECT DISTINCT e.staff_id FROM refund_events e
        JOIN staff s ON s.id = e.staff_id AND s.left_at IS NULL AND s.role = 'admin'
    WHERE e.request_id = $1 AND e.kind = 'endorsed' ORDER BY e.staff_id";
const LAST_CASE: &str = "SELECT id FROM refund_cases WHERE request_id = $1 AND (staff_id IS NULL OR staff_id = $2) ORDER BY gathered_at DESC, id DESC LIMIT 1";
const APPEND: &str = "INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, staff_id, seconded_by,
        said, surface, interaction, case_id, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[
    BY_INTERACTION,
    DECIDED_BY,
    INTERESTS,
    COUNTS,
    ENDORSERS,
    LAST_CASE,
    APPEND,
];

/// What somebody of the staff wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes: the credits come back.
    Approve,
    /// No.
    Decline,
    /// A question to the claimant.
    Ask,
    /// The yes was a mistake: the credits go back.
    Undo,
}

/// One command of the staff.
#[derive(Debug, Clone, Copy)]
pub struct Command<'a> {
    /// The request.
    pub request: RequestId,
    /// Who: the account of the person who speaks.
    pub staff: StaffId,
    /// What.
    pub verdict: Verdict,
    /// The reason, or the question.
    pub said: &'a str,
    /// Where.
    pub surface: Surface,
    /// The press, form or command: the same one again has the same answer and no second effect.
    pub interaction: Option<&'a str>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The request as it stands now.
    pub request: Request,
    /// What happened to it: an approval above a ceiling is [`EventKind::Endorsed`] until a second person comes.
    pub event: EventKind,
    /// The ledger's transfer.
    pub transfer: Option<TransferId>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Done now, or by the same press before.
    Done(Box<Done>),
    /// Not done; nothing was written.
    Refused {
        /// Why.
        refused: Refused,
        /// Who decided before.
        by: Option<String>,
    },
}

pub(super) struct Event<'a> {
    pub(super) kind: EventKind,
    pub(super) actor: ActorKind,
    pub(super) staff: Option<StaffId>,
    pub(super) seconded_by: Option<StaffId>,
    pub(super) case: Option<CaseId>,
    pub(super) said: &'a str,
    pub(super) surface: Surface,
    pub(super) interaction: Option<&'a str>,
}

/// Carries a command of the staff out: one decision, whoever else decides at the same time (L5, d12).
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Sql`]; a refusal is a value.
pub async fn decide(
    db: &Db,
    command: &Command<'_>,
    limits: &Limits,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Decided, StoreError> {
    let why = match said(command.said) {
        Ok(why) => why,
        Err(refused) => return Ok(Decided::Refused { refused, by: None }),
    };
    // Most late presses are answered without a place in the line.
    let request = get(db, command.request).await?;
    if event_of(command.verdict, request.state).is_none() && !is_known(db, command).await? {
        return refused_by_state(db, &request).await;
    }
    let case = match last_case(db, command).await? {
        Some(case) => case,
        // Somebody who is not of the staff is shown nothing.
        None if !is_staff(db, command.staff).await? => {
            let refused = NotYours::NotStaff.into();
            return Ok(Decided::Refused { refused, by: None });
        }
        None => open_case(db, request.id, Some(command.staff), now).await?.0,
    };
    let mut tx = db.begin().await?;
    pass_the_gate(&mut tx).await?;
    let request = get_in(&mut tx, command.request).await?;
    if let Some(done) = done_before(&mut tx, command, &request).await? {
        return Ok(Decided::Done(Box::new(done)));
    }
    if event_of(command.verdict, request.state).is_none() {
        drop(tx);
        return refused_by_state(db, &request).await;
    }
    match decide_in(&mut tx, command, why, case, &request, limits, now).await? {
        Ok((event, transfer)) => {
            let request = get_in(&mut tx, command.request).await?;
            tell(&mut tx, &request, event, why, limits, zone, now).await?;
            tx.commit().await?;
            Ok(Decided::Done(Box::new(Done {
                request,
                event,
                transfer,
            })))
        }
        Err(refused) => Ok(Decided::Refused { refused, by: None }),
    }
}

async fn decide_in(
    tx: &mut Tx,
    command: &Command<'_>,
    why: &str,
    case: CaseId,
    request: &Request,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Result<(EventKind, Option<TransferId>), Refused>, StoreError> {
    let member = staff_in(tx, command.staff).await?;
    let interests = interests(tx, request, command.staff).await?;
    if command.verdict == Verdict::Ask {
        return ask(tx, command, why, member.as_ref(), request, interests, now).await;
    }
    let decider = match Decider::of(member.as_ref(), request, interests) {
        Ok(decider) => decider,
        Err(not_yours) => return Ok(Err(not_yours.into())),
    };
    let mut event = Event {
        kind: EventKind::Declined,
        actor: ActorKind::Staff,
        staff: Some(decider.staff()),
        seconded_by: None,
        case: Some(case),
        said: why,
        surface: command.surface,
        interaction: command.interaction,
    };
    match command.verdict {
        Verdict::Ask | Verdict::Decline => {}
        Verdict::Undo => event.kind = EventKind::Undone,
        Verdict::Approve => {
            event.kind = EventKind::Approved;
            if needs_second(tx, &decider, request, limits, now).await? {
                let endorsers: Vec<StaffId> = on_engine!(&mut *tx, tx => sqlx::query_scalar(ENDORSERS)
                    .bind(decider.request()).fetch_all(&mut **tx).await)?;
                event.seconded_by = endorsers.iter().copied().find(|id| *id != decider.staff());
                if event.seconded_by.is_none() {
                    if endorsers.contains(&decider.staff()) {
                        return Ok(Err(Refused::SecondPersonNeeded));
                    }
                    event.kind = EventKind::Endorsed;
                }
            }
        }
    }
    append(tx, request, &event, now).await?;
    let moved = match event.kind {
        EventKind::Approved => give_back(tx, &decider, request, now).await?,
        EventKind::Undone => take_back(tx, request, why, now).await?,
        _ => return Ok(Ok((event.kind, None))),
    };
    Ok(moved.map(|transfer| (event.kind, Some(transfer.id))))
}

async fn ask(
    tx: &mut Tx,
    command: &Command<'_>,
    why: &str,
    member: Option<&StaffMember>,
    request: &Request,
    interests: Interests,
    now: DateTime<Utc>,
) -> Result<Result<(EventKind, Option<TransferId>), Refused>, StoreError> {
    let Some(member) = member else {
        return Ok(Err(NotYours::NotStaff.into()));
    };
    if let Err(not_yours) = decider::may_touch(interests) {
        return Ok(Err(not_yours.into()));
    }
    let event = Event {
        kind: EventKind::Asked,
        actor: ActorKind::Staff,
        staff: Some(member.id),
        seconded_by: None,
        case: None,
        said: why,
        surface: command.surface,
        interaction: command.interaction,
    };
    append(tx, request, &event, now).await?;
    Ok(Ok((EventKind::Asked, None)))
}

/// What a verdict would do where the request stands; none when it is too late.
const fn event_of(verdict: Verdict, state: State) -> Option<State> {
    let event = match verdict {
        Verdict::Approve => EventKind::Approved,
        Verdict::Decline => EventKind::Declined,
        Verdict::Ask => EventKind::Asked,
        Verdict::Undo => EventKind::Undone,
    };
    state.after(event, ActorKind::Staff)
}

pub(super) async fn refused_by_state(db: &Db, request: &Request) -> Result<Decided, StoreError> {
    let by = decided_by(db, request.id).await?;
    let refused = Refused::StandsElsewhere {
        state: request.state,
        since: request.state_at,
    };
    Ok(Decided::Refused { refused, by })
}

/// Who of the staff brought the request where it stands.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn decided_by(db: &Db, id: RequestId) -> Result<Option<String>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(DECIDED_BY).bind(id).fetch_optional(pool).await)?,
    )
}

/// The same press arrived before: its answer again.
async fn done_before(
    tx: &mut Tx,
    command: &Command<'_>,
    request: &Request,
) -> Result<Option<Done>, StoreError> {
    let Some(interaction) = command.interaction else {
        return Ok(None);
    };
    let known: Option<(RequestId, EventKind)> = on_engine!(&mut *tx, tx => sqlx::query_as(BY_INTERACTION)
        .bind(interaction).bind(command.staff).fetch_optional(&mut **tx).await)?;
    let Some((_, event)) = known.filter(|(id, _)| *id == request.id) else {
        return Ok(None);
    };
    let transfer = refund_of(tx, request).await?;
    Ok(Some(Done {
        request: request.clone(),
        event,
        transfer: transfer.filter(|_| event == EventKind::Approved),
    }))
}

async fn is_known(db: &Db, command: &Command<'_>) -> Result<bool, StoreError> {
    let known: Option<(RequestId, EventKind)> = on_engine!(db.read(), pool => sqlx::query_as(BY_INTERACTION)
        .bind(command.interaction).bind(command.staff).fetch_optional(pool).await)?;
    Ok(known.is_some())
}

async fn is_staff(db: &Db, staff: StaffId) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    Ok(staff_in(&mut tx, staff).await?.is_some())
}

/// What this person saw last: the card in the channel, or the file that they opened.
async fn last_case(db: &Db, command: &Command<'_>) -> Result<Option<CaseId>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(LAST_CASE).bind(command.request).bind(command.staff)
        .fetch_optional(pool).await)?,
    )
}

async fn interests(
    tx: &mut Tx,
    request: &Request,
    staff: StaffId,
) -> Result<Interests, StoreError> {
    let (claims_it, spent_on_it, awarded_it) = on_engine!(tx, tx => sqlx::query_as(INTERESTS)
        .bind(request.project_id).bind(request.provider_id).bind(staff).fetch_one(&mut **tx).await)?;
    Ok(Interests {
        claims_it,
        spent_on_it,
        awarded_it,
    })
}

/// Whether an approval now is above a ceiling (d11, d13).
async fn needs_second(
    tx: &mut Tx,
    decider: &Decider,
    request: &Request,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (by_admin, on_platform): (i64, i64) = on_engine!(tx, tx => sqlx::query_as(COUNTS).bind(decider.staff())
        .bind(now - ADMIN_WINDOW).bind(now - PLATFORM_WINDOW).fetch_one(&mut **tx).await)?;
    Ok(by_admin >= i64::from(limits.admin_per_day_max)
        || on_platform >= i64::from(limits.platform_per_30_days_max)
        || request.amount >= i64::from(limits.second_person_from_credits))
}

pub(super) async fn append(
    tx: &mut Tx,
    request: &Request,
    event: &Event<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let to = (request.state).after(event.kind, event.actor);
    on_engine!(tx, tx => sqlx::query(APPEND).bind(request.id).bind(event.kind).bind(request.state)
        .bind(to.unwrap_or(request.state)).bind(event.actor).bind(event.staff).bind(event.seconded_by)
        .bind(event.said).bind(event.surface).bind(event.interaction).bind(event.case).bind(now)
        .execute(&mut **tx).await.map(drop))?;
    Ok(())
}
