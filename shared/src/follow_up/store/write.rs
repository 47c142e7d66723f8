//! Writing what a run decided: many rows in one statement. Rows travel as one JSON text on `SQLite` and as arrays on
//! `PostgreSQL`: binding each value costs ten times as much.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::account::ClientId;
use crate::contact::{self, Channel, Line};
use crate::db::{Engine, StoreError, Tx, time_text};
use crate::follow_up::store::standing::{as_json, hex};
use crate::follow_up::{CallId, Reason};
use crate::mail::LetterId;
use crate::on_engine;
use crate::project::ProjectId;

// By comparison: whoever learned something or planned the step meanwhile changed the instant.
const MOVE_SQLITE: &str = "UPDATE follow_up_due SET due_at = m.value ->> 2 FROM json_each($1) AS m
    WHERE follow_up_due.project_id = unhex(m.value ->> 0) AND +follow_up_due.due_at = m.value ->> 1";
const MOVE_POSTGRES: &str = "WITH held AS (
        SELECT d.project_id, m.new_at FROM UNNEST($1::UUID[], $2::TIMESTAMPTZ[], $3::TIMESTAMPTZ[]) AS m(id, old_at, new_at)
            JOIN follow_up_due d ON d.project_id = m.id AND d.due_at = m.old_at
        ORDER BY d.project_id FOR UPDATE OF d)
    UPDATE follow_up_due SET due_at = held.new_at FROM held WHERE follow_up_due.project_id = held.project_id";
const STEP_SQLITE: &str = "INSERT INTO follow_ups
    (project_id, step, client_id, channel, at, letter_id, call_id, mails_in_row, reason, planned_at)
    SELECT unhex(value ->> 0), value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4, unhex(value ->> 5),
        unhex(value ->> 6), value ->> 7, value ->> 8, $2
    FROM json_each($1)";
const STEP_POSTGRES: &str = "INSERT INTO follow_ups
    (project_id, step, client_id, channel, at, letter_id, call_id, mails_in_row, reason, planned_at)
    SELECT project, step, client, channel, at, letter, call, mails_in_row, reason, $10
    FROM UNNEST($1::UUID[], $2::BIGINT[], $3::UUID[], $4::TEXT[], $5::TIMESTAMPTZ[], $6::UUID[], $7::UUID[],
        $8::BIGINT[], $9::TEXT[]) AS m(project, step, client, channel, at, letter, call, mails_in_row, reason)";
const CALL_SQLITE: &str = "INSERT INTO call_tasks (id, client_id, opened_at, due_at, expires_at)
    SELECT unhex(value ->> 0), unhex(value ->> 1), $2, value ->> 2, value ->> 3 FROM json_each($1)";
const CALL_POSTGRES: &str = "INSERT INTO call_tasks (id, client_id, opened_at, due_at, expires_at)
    SELECT id, client, $5, due_at, expires_at
    FROM UNNEST($1::UUID[], $2::UUID[], $3::TIMESTAMPTZ[], $4::TIMESTAMPTZ[]) AS m(id, client, due_at, expires_at)";
const LABEL_SQLITE: &str = "INSERT INTO follow_up_unreachable (client_id, since)
    SELECT unhex(value), $2 FROM json_each($1) WHERE TRUE ON CONFLICT (client_id) DO NOTHING";
const LABEL_POSTGRES: &str = "INSERT INTO follow_up_unreachable (client_id, since)
    SELECT id, $2 FROM UNNEST($1::UUID[]) AS m(id) ON CONFLICT (client_id) DO NOTHING";
const LIFT_SQLITE: &str =
    "DELETE FROM follow_up_unreachable WHERE client_id IN (SELECT unhex(value) FROM json_each($1))";
const LIFT_POSTGRES: &str = "DELETE FROM follow_up_unreachable WHERE client_id = ANY($1)";
const STOP: &str = "INSERT INTO follow_up_stop (only_row, people, people_max, since) VALUES (1, $1, $2, $3)
    ON CONFLICT (only_row) DO UPDATE SET people = excluded.people, people_max = excluded.people_max";
const GO_ON: &str = "DELETE FROM follow_up_stop WHERE only_row = 1";

pub(super) const ALL_SQL: &[&str] = &[STOP, GO_ON];

/// An instant of a plan to write, and what it was when the decision was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) project: ProjectId,
    pub(super) old_at: DateTime<Utc>,
    pub(super) new_at: DateTime<Utc>,
}

/// The letter or the call of a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Letter(LetterId),
    Call(CallId),
}

/// A step to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewStep {
    pub(super) project: ProjectId,
    pub(super) number: i64,
    pub(super) client: ClientId,
    pub(super) at: DateTime<Utc>,
    pub(super) by: By,
    pub(super) mails_in_row: i64,
    pub(super) reason: Reason,
}

impl NewStep {
    const fn channel(&self) -> Channel {
        match self.by {
            By::Letter(_) => Channel::Email,
            By::Call(_) => Channel::Phone,
        }
    }

    const fn letter(&self) -> Option<Uuid> {
        match self.by {
            By::Letter(id) => Some(id.uuid()),
            By::Call(_) => None,
        }
    }

    const fn call(&self) -> Option<Uuid> {
        match self.by {
            By::Letter(_) => None,
            By::Call(id) => Some(id.uuid()),
        }
    }
}

/// A call to open.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewCall {
    pub(super) id: CallId,
    pub(super) client: ClientId,
    pub(super) due_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// Moves instants; gives how many were still what they were.
pub(super) async fn moves(tx: &mut Tx, moves: &[Move]) -> Result<usize, StoreError> {
    let written = match tx {
        Engine::Sqlite(tx) => {
            let row = |m: &Move| {
                json!([
                    hex(m.project.uuid()),
                    time_text(m.old_at),
                    time_text(m.new_at)
                ])
            };
            let rows: Vec<_> = moves.iter().map(row).collect();
            sqlx::query(MOVE_SQLITE)
                .bind(json!(rows).to_string())
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
        Engine::Postgres(tx) => {
            let ids: Vec<Uuid> = moves.iter().map(|m| m.project.uuid()).collect();
            let old: Vec<DateTime<Utc>> = moves.iter().map(|m| m.old_at).collect();
            let new: Vec<DateTime<Utc>> = moves.iter().map(|m| m.new_at).collect();
            sqlx::query(MOVE_POSTGRES)
                .bind(ids)
                .bind(old)
                .bind(new)
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
    };
    Ok(usize::try_from(written).unwrap_or(usize::MAX))
}

/// Appends steps; a step that is there already is an error, and the caller's transaction rolls back.
pub(super) async fn steps(
    tx: &mut Tx,
    steps: &[NewStep],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match tx {
        Engine::Sqlite(tx) => {
            let row = |s: &NewStep| {
                json!([
                    hex(s.project.uuid()),
                    s.number,
                    hex(s.client.uuid()),
                    s.channel(),
                    time_text(s.at),
                    s.letter().map(hex),
                    s.call().map(hex),
                    s.mails_in_row,
                    s.reason
                ])
            };
            let rows: Vec<_> = steps.iter().map(row).collect();
            sqlx::query(STEP_SQLITE)
                .bind(json!(rows).to_string())
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
        Engine::Postgres(tx) => {
            sqlx::query(STEP_POSTGRES)
                .bind(steps.iter().map(|s| s.project.uuid()).collect::<Vec<_>>())
                .bind(steps.iter().map(|s| s.number).collect::<Vec<_>>())
                .bind(steps.iter().map(|s| s.client.uuid()).collect::<Vec<_>>())
                .bind(steps.iter().map(|s| word(&s.channel())).collect::<Vec<_>>())
                .bind(steps.iter().map(|s| s.at).collect::<Vec<_>>())
                .bind(steps.iter().map(NewStep::letter).collect::<Vec<_>>())
                .bind(steps.iter().map(NewStep::call).collect::<Vec<_>>())
                .bind(steps.iter().map(|s| s.mails_in_row).collect::<Vec<_>>())
                .bind(steps.iter().map(|s| word(&s.reason)).collect::<Vec<_>>())
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// Opens calls; a second open call to one client is an error.
pub(super) async fn calls(
    tx: &mut Tx,
    calls: &[NewCall],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match tx {
        Engine::Sqlite(tx) => {
            let row = |c: &NewCall| {
                json!([
                    hex(c.id.uuid()),
                    hex(c.client.uuid()),
                    time_text(c.due_at),
                    time_text(c.expires_at)
                ])
            };
            let rows: Vec<_> = calls.iter().map(row).collect();
            sqlx::query(CALL_SQLITE)
                .bind(json!(rows).to_string())
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
        Engine::Postgres(tx) => {
            sqlx::query(CALL_POSTGRES)
                .bind(calls.iter().map(|c| c.id.uuid()).collect::<Vec<_>>())
                .bind(calls.iter().map(|c| c.client.uuid()).collect::<Vec<_>>())
                .bind(calls.iter().map(|c| c.due_at).collect::<Vec<_>>())
                .bind(calls.iter().map(|c| c.expires_at).collect::<Vec<_>>())
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// Remembers who carries the label that `lines` set or lift.
pub(super) async fn labelled(tx: &mut Tx, lines: &[Line]) -> Result<(), StoreError> {
    let of = |note: &str| -> Vec<Uuid> {
        let with = lines
            .iter()
            .filter(|line| line.note.as_deref() == Some(note));
        with.map(|line| line.client.uuid()).collect()
    };
    let (set, lifted) = (of(contact::UNREACHABLE), of(contact::REACHABLE));
    let Some(at) = lines.first().map(|line| line.at) else {
        return Ok(());
    };
    match tx {
        Engine::Sqlite(tx) => {
            sqlx::query(LABEL_SQLITE)
                .bind(as_json(set.into_iter()))
                .bind(at)
                .execute(&mut **tx)
                .await?;
            sqlx::query(LIFT_SQLITE)
                .bind(as_json(lifted.into_iter()))
                .execute(&mut **tx)
                .await?;
        }
        Engine::Postgres(tx) => {
            sqlx::query(LABEL_POSTGRES)
                .bind(set)
                .bind(at)
                .execute(&mut **tx)
                .await?;
            sqlx::query(LIFT_POSTGRES)
                .bind(lifted)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// Remembers that a run stopped, or that the stop is over.
pub(super) async fn stop(
    tx: &mut Tx,
    at: Option<(i64, i64)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some((people, people_max)) = at {
        on_engine!(tx, tx => sqlx::query(STOP).bind(people).bind(people_max).bind(now)
            .execute(&mut **tx).await.map(drop))?;
    } else {
        on_engine!(tx, tx => sqlx::query(GO_ON).execute(&mut **tx).await.map(drop))?;
    }
    Ok(())
}

/// A small enum as its column holds it.
fn word(of: &impl serde::Serialize) -> String {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
