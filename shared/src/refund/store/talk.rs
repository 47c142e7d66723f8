//! What is said beside a decision: the claimant's answer, the staff's notes.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::decide::{Event, append, refused_by_state};
use super::told::tell;
use super::{Decided, Done, get_in, missing, pass_the_gate};
use crate::account::store::staff_in;
use crate::account::{ProviderId, StaffId};
use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::refund::{ActorKind, EventKind, Limits, RequestId, Surface, said};

/// Notes of one request that are listed.
const NOTES_MAX: i64 = 100;

const NOTE: &str =
    "INSERT INTO refund_notes (request_id, staff_id, text, at) VALUES ($1, $2, $3, $4)";
const NOTES: &str =
    "SELECT s.name, n.text, n.at FROM refund_notes n JOIN staff s ON s.id = n.staff_id
    WHERE n.request_id = $1 ORDER BY n.seq DESC LIMIT $2";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[NOTE, NOTES];

/// The claimant answers the staff's question; the request waits for the staff again.
///
/// # Errors
/// [`StoreError::Missing`] also for somebody else's request, [`StoreError::Sql`]; a refusal is a value.
pub async fn answer(
    db: &Db,
    id: RequestId,
    claimant: ProviderId,
    text: &str,
    surface: Surface,
    rules: (&Limits, Tz),
    now: DateTime<Utc>,
) -> Result<Decided, StoreError> {
    let text = match said(text) {
        Ok(text) => text,
        Err(refused) => return Ok(Decided::Refused { refused, by: None }),
    };
    let mut tx = db.begin().await?;
    pass_the_gate(&mut tx).await?;
    let request = get_in(&mut tx, id).await?;
    if request.provider_id != claimant {
        return Err(missing(id));
    }
    if (request.state)
        .after(EventKind::Answered, ActorKind::Provider)
        .is_none()
    {
        drop(tx);
        return refused_by_state(db, &request).await;
    }
    let event = Event {
        kind: EventKind::Answered,
        actor: ActorKind::Provider,
        staff: None,
        seconded_by: None,
        case: None,
        said: text,
        surface,
        interaction: None,
    };
    append(&mut tx, &request, &event, now).await?;
    let request = get_in(&mut tx, id).await?;
    let (limits, zone) = rules;
    tell(
        &mut tx,
        &request,
        EventKind::Answered,
        text,
        limits,
        zone,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(Decided::Done(Box::new(Done {
        request,
        event: EventKind::Answered,
        transfer: None,
    })))
}

/// A note among the staff (d19); false when `staff` is nobody of the staff, or the note says nothing.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn note(
    db: &Db,
    request: RequestId,
    staff: StaffId,
    text: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Ok(text) = said(text) else {
        return Ok(false);
    };
    let mut tx = db.begin().await?;
    if staff_in(&mut tx, staff).await?.is_none() {
        return Ok(false);
    }
    on_engine!(&mut tx, tx => sqlx::query(NOTE).bind(request).bind(staff).bind(text).bind(now)
        .execute(&mut **tx).await.map(drop))?;
    tx.commit().await?;
    Ok(true)
}

/// The staff's notes, the newest first: name, text, when. Not for the claimant.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn notes(
    db: &Db,
    request: RequestId,
) -> Result<Vec<(String, String, DateTime<Utc>)>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(NOTES).bind(request).bind(NOTES_MAX)
        .fetch_all(pool).await)?,
    )
}
