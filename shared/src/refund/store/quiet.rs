//! What the passing of time does: it reminds the reviewers, warns a silent claimant, and closes. It never approves.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::told::{remind, tell};
use super::{announce, get_in, pass_the_gate};
use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::refund::{ActorKind, EventKind, Limits, RequestId, State, Surface};

/// Requests that one run warns, closes or reminds of; the next run takes the rest.
const ROWS_PER_RUN_MAX: i64 = 500;

// Asked, not warned since the question: the question is the last event that moved it there.
const TO_WARN: &str = "SELECT r.id FROM refund_requests r
    WHERE r.state = 'asked' AND r.state_at <= $1
        AND (SELECT e.kind FROM refund_events e WHERE e.seq = r.state_event) <> 'warned'
    ORDER BY r.opened_at, r.number LIMIT $2";
const TO_CLOSE: &str = "SELECT r.id FROM refund_requests r
    WHERE r.state = 'asked' AND r.state_at <= $1
        AND (SELECT e.kind FROM refund_events e WHERE e.seq = r.state_event) = 'warned'
    ORDER BY r.opened_at, r.number LIMIT $2";
const APPEND: &str = "INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, said, surface, at)
    VALUES ($1, $2, 'asked', $3, $4, '', $5, $6)";
// Opened, and nobody was shown the card: the process that took it died in between.
const CARDLESS: &str = "SELECT r.id FROM refund_requests r
    WHERE r.state IN ('open', 'asked')
        AND NOT EXISTS (SELECT 1 FROM refund_cases c WHERE c.request_id = r.id AND c.staff_id IS NULL)
    ORDER BY r.opened_at, r.number LIMIT $1";
// Open for long, and not reminded of as recently.
const REMIND: &str = "INSERT INTO refund_reminders (request_id, n, at)
    SELECT r.id, 1 + COALESCE((SELECT MAX(m.n) FROM refund_reminders m WHERE m.request_id = r.id), 0), $2
    FROM refund_requests r
    WHERE r.state = 'open' AND r.state_at <= $1
        AND NOT EXISTS (SELECT 1 FROM refund_reminders m WHERE m.request_id = r.id AND m.at > $1)
    ORDER BY r.opened_at, r.number LIMIT $3
    RETURNING request_id";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[TO_WARN, TO_CLOSE, APPEND, CARDLESS, REMIND];

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Requests whose claimant is to be warned.
    pub warned: Vec<RequestId>,
    /// Requests closed for silence.
    pub closed: Vec<RequestId>,
    /// Requests of which the reviewers are to be reminded, the oldest first.
    pub reminded: Vec<RequestId>,
}

/// Closes what was warned in vain, warns who is silent, reminds of what waits; each in its own transaction, safe to run
/// twice and at once.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn keep(
    db: &Db,
    limits: &Limits,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Kept, StoreError> {
    let before = |days: u32| now - TimeDelta::days(i64::from(days));
    let cardless: Vec<RequestId> = on_engine!(db.read(), pool => sqlx::query_scalar(CARDLESS).bind(ROWS_PER_RUN_MAX)
        .fetch_all(pool).await)?;
    for id in cardless {
        announce(db, id, zone, now).await?;
    }
    let closed = move_all(db, EventKind::ClosedSilent, limits, zone, now).await?;
    let warned = move_all(db, EventKind::Warned, limits, zone, now).await?;
    let mut tx = db.begin().await?;
    pass_the_gate(&mut tx).await?;
    let reminded: Vec<RequestId> = on_engine!(&mut tx, tx => sqlx::query_scalar(REMIND)
        .bind(before(limits.remind_after_days)).bind(now).bind(ROWS_PER_RUN_MAX).fetch_all(&mut **tx).await)?;
    if !reminded.is_empty() {
        remind(&mut tx, zone, now).await?;
    }
    tx.commit().await?;
    Ok(Kept {
        warned,
        closed,
        reminded,
    })
}

async fn move_all(
    db: &Db,
    event: EventKind,
    limits: &Limits,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Vec<RequestId>, StoreError> {
    let (due, days) = match event {
        EventKind::Warned => (TO_WARN, limits.warn_after_days),
        _ => (TO_CLOSE, limits.close_after_days),
    };
    let Some(to) = State::Asked.after(event, ActorKind::Timer) else {
        return Ok(Vec::new());
    };
    let before = now - TimeDelta::days(i64::from(days));
    let mut tx = db.begin().await?;
    pass_the_gate(&mut tx).await?;
    let ids: Vec<RequestId> = on_engine!(&mut tx, tx => sqlx::query_scalar(due).bind(before).bind(ROWS_PER_RUN_MAX)
        .fetch_all(&mut **tx).await)?;
    for id in &ids {
        on_engine!(&mut tx, tx => sqlx::query(APPEND).bind(id).bind(event).bind(to).bind(ActorKind::Timer)
            .bind(Surface::Timer).bind(now).execute(&mut **tx).await.map(drop))?;
        let request = get_in(&mut tx, *id).await?;
        tell(&mut tx, &request, event, "", limits, zone, now).await?;
    }
    tx.commit().await?;
    Ok(ids)
}
