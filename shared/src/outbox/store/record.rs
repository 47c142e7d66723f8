//! SQL of sending: record what came of it, notice who died on the way.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::account::ClientId;
use crate::contact::{self, Channel, Line, LineKind};
use crate::db::{Db, StoreError, Tx, time_text};
use crate::mail::LetterId;
use crate::on_engine;
use crate::outbox::store::{Ids, twin};
use crate::outbox::{Outcome, State, Verdict, settle};
use crate::project::ProjectId;
use crate::queue::{self, JobName};

/// Letters of dead senders that one statement settles.
const EXPIRED_MAX: i64 = 500;

// The engines differ only in how they read the list of letters.
macro_rules! record {
    ($rows:literal) => {
        concat!(
            "UPDATE outbox SET state = v.state, due_at = COALESCE(v.due_at, outbox.due_at), attempts = v.attempts,
                parked_at = v.parked_at, reason = v.reason, holder = NULL, lease_until = NULL,
                settled_at = CASE v.state WHEN 'planned' THEN NULL ELSE $2 END
            FROM ",
            $rows,
            " WHERE outbox.id = v.id AND outbox.fence = v.fence AND outbox.state = 'sending'
            RETURNING outbox.id"
        )
    };
}
const RECORD_SQLITE: &str = record!(
    "(SELECT unhex(value ->> 'id') AS id, value ->> 'fence' AS fence, value ->> 'state' AS state,
        value ->> 'due_at' AS due_at, value ->> 'attempts' AS attempts, value ->> 'parked_at' AS parked_at,
        value ->> 'reason' AS reason FROM json_each($1)) AS v"
);
const RECORD_POSTGRES: &str = record!(
    "json_to_recordset($1::json) AS v(id UUID, fence BIGINT, state TEXT, due_at TIMESTAMPTZ, attempts BIGINT,
        parked_at TIMESTAMPTZ, reason TEXT)"
);

macro_rules! lines {
    ($rows:literal) => {
        concat!(
            "SELECT l.letter_id, l.project_id, o.client_id FROM ",
            $rows,
            " JOIN outbox_projects l ON l.letter_id = v.id JOIN outbox o ON o.id = v.id
            WHERE o.kind = 'follow_up' ORDER BY l.letter_id, l.line_number"
        )
    };
}
const LINES_SQLITE: &str = lines!("(SELECT unhex(value ->> 'id') AS id FROM json_each($1)) AS v");
const LINES_POSTGRES: &str = lines!("json_to_recordset($1::json) AS v(id UUID)");

macro_rules! dead {
    ($rows:literal) => {
        concat!(
            "UPDATE clients SET email_dead_at = $2 FROM ",
            $rows,
            " JOIN outbox o ON o.id = v.id
            WHERE clients.id = o.client_id AND LOWER(clients.email) = LOWER(o.recipient)
                AND clients.email_dead_at IS NULL"
        )
    };
}
const DEAD_SQLITE: &str = dead!("(SELECT unhex(value ->> 'id') AS id FROM json_each($1)) AS v");
const DEAD_POSTGRES: &str = dead!("json_to_recordset($1::json) AS v(id UUID)");

// A sender that died: nobody knows what arrived. Only a transport whose repeat changes nothing tries again by itself.
pub(super) const EXPIRED: &str = "SELECT id, fence, attempts FROM outbox
    WHERE state = 'sending' AND lease_until <= $1 ORDER BY id LIMIT $2";
/// What one letter of a claim came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Which.
    pub id: LetterId,
    /// Of the claim.
    pub fence: i64,
    /// Attempts, this one included.
    pub attempts: i64,
    /// What the relay said.
    pub verdict: Verdict,
    /// In place of the usual pause of a letter put off.
    pub due_at: Option<DateTime<Utc>>,
}

/// Records verdicts, the lines that they are on the timeline, and dead addresses, in one transaction. A letter that was
/// taken for dead meanwhile is left as it is. Gives how many were recorded.
///
/// # Errors
/// [`StoreError::Sql`]; nothing is recorded then, and the lease decides.
pub async fn record(db: &Db, settled: &[Settled], now: DateTime<Utc>) -> Result<usize, StoreError> {
    if settled.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let recorded = record_in(&mut tx, settled, now).await?;
    tx.commit().await?;
    Ok(recorded)
}

pub(super) async fn record_in(
    tx: &mut Tx,
    settled: &[Settled],
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    if settled.is_empty() {
        return Ok(0);
    }
    let ids = Ids::of(tx);
    let outcomes: Vec<(&Settled, Outcome)> = settled
        .iter()
        .map(|of| (of, settle(of.verdict.clone(), of.attempts, now)))
        .collect();
    let rows: Vec<_> = outcomes
        .iter()
        .map(|(of, outcome)| {
            json!({
                "id": ids.text(of.id.uuid()),
                "fence": of.fence,
                "state": outcome.state,
                "due_at": of.due_at.or(outcome.due_at).map(time_text),
                "attempts": outcome.attempts,
                "parked_at": outcome.is_parked.then(|| time_text(now)),
                "reason": outcome.reason,
            })
        })
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    let sql = twin(tx, RECORD_SQLITE, RECORD_POSTGRES);
    let kept: Vec<LetterId> = on_engine!(tx, tx => sqlx::query_scalar(sql).bind(&rows).bind(now)
        .fetch_all(&mut **tx).await)?;
    let kept: HashSet<LetterId> = kept.into_iter().collect();
    let of_state = |state: State| {
        outcomes
            .iter()
            .filter(move |(_, outcome)| outcome.state == state)
            .map(|(of, _)| of.id)
            .filter(|id| kept.contains(id))
    };
    tell(
        tx,
        LineKind::LetterSent,
        &of_state(State::Accepted).collect::<Vec<_>>(),
        now,
    )
    .await?;
    let failed: Vec<_> = of_state(State::Refused)
        .chain(of_state(State::Unknown))
        .collect();
    tell(tx, LineKind::LetterFailed, &failed, now).await?;
    let dead: Vec<_> = settled
        .iter()
        .filter(|of| matches!(of.verdict, Verdict::AddressRefused(_)) && kept.contains(&of.id))
        .map(|of| of.id)
        .collect();
    note_dead(tx, &dead, now).await?;
    Ok(kept.len())
}

/// Marks the addresses to which these letters went as dead; their people are planned for anew.
async fn note_dead(
    tx: &mut Tx,
    letters: &[LetterId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if letters.is_empty() {
        return Ok(());
    }
    let rows = Ids::of(tx).rows(letters);
    let sql = twin(tx, DEAD_SQLITE, DEAD_POSTGRES);
    on_engine!(&mut *tx, tx => sqlx::query(sql).bind(&rows).bind(now).execute(&mut **tx).await.map(drop))?;
    queue::hurry(tx, JobName::PlanFollowUps, now).await
}

/// Writes the lines of follow-ups on the timelines of their projects.
async fn tell(
    tx: &mut Tx,
    kind: LineKind,
    letters: &[LetterId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if letters.is_empty() {
        return Ok(());
    }
    let (sql, rows) = (
        twin(tx, LINES_SQLITE, LINES_POSTGRES),
        Ids::of(tx).rows(letters),
    );
    let asked: Vec<(LetterId, ProjectId, ClientId)> =
        on_engine!(tx, tx => sqlx::query_as(sql).bind(&rows).fetch_all(&mut **tx).await)?;
    let prefix = match kind {
        LineKind::LetterFailed => "outbox-failed",
        _ => "outbox",
    };
    let lines: Vec<Line> = asked
        .into_iter()
        .map(|(letter, project, client)| Line {
            client,
            project: Some(project),
            kind,
            channel: Channel::Email,
            stage: None,
            ask_again_at: None,
            note: None,
            source: format!("{prefix}:{letter}:{project}"),
            at: now,
        })
        .collect();
    contact::store::append(tx, &lines, now).await
}

/// Settles letters whose sender died in transmission: unknown, or planned again when `is_repeat_harmless`. Gives how many.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn expire(
    db: &Db,
    is_repeat_harmless: bool,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let dead: Vec<(LetterId, i64, i64)> = on_engine!(db.read(), pool => sqlx::query_as(EXPIRED).bind(now)
        .bind(EXPIRED_MAX).fetch_all(pool).await)?;
    if dead.is_empty() {
        return Ok(0);
    }
    let why = "the sender died in transmission".to_owned();
    let verdict = if is_repeat_harmless {
        Verdict::Later(why)
    } else {
        Verdict::Unknown(why)
    };
    let settled: Vec<Settled> = dead
        .into_iter()
        .map(|(id, fence, attempts)| Settled {
            id,
            fence,
            attempts,
            verdict: verdict.clone(),
            due_at: None,
        })
        .collect();
    record(db, &settled, now).await
}
