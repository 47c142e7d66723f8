//! A call that the client asked for.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::FromRow;

use crate::account::ClientId;
use crate::db::{StoreError, Tx};
use crate::follow_up::store::write::{self, By, NewCall, NewStep};
use crate::follow_up::{Calendar, CallId, Reason, Rhythm};
use crate::on_engine;
use crate::project::ProjectId;

/// Projects that one call is about at most. Source: our choice, as many as a letter asks about.
const PROJECTS_MAX: i64 = 50;

const PERSON: &str = "SELECT zone, phone IS NOT NULL AND phone_dead_at IS NULL AS takes_calls,
        EXISTS (SELECT 1 FROM call_tasks WHERE client_id = clients.id AND outcome IS NULL) AS is_called
    FROM clients WHERE id = $1";
const STEPS: &str =
    "SELECT p.id, CAST(1 + COALESCE(MAX(s.step), 0) AS BIGINT) AS step FROM projects p
    LEFT JOIN follow_ups s ON s.project_id = p.id
    WHERE p.client_id = $1 AND p.state = 'pending' GROUP BY p.id ORDER BY p.id LIMIT $2";

pub(super) const ALL_SQL: &[&str] = &[PERSON, STEPS];

#[derive(FromRow)]
struct Person {
    zone: String,
    takes_calls: bool,
    is_called: bool,
}

/// Opens the call that a client asked for, about those of `projects` that are pending: on the day they named, else as soon
/// as the office is open. Gives whether a call is open afterwards; nothing happens without a working number.
///
/// # Errors
/// [`StoreError::Sql`], also when the plan took the same step meanwhile; the caller's transaction rolls back.
pub async fn open_wished_call(
    tx: &mut Tx,
    rhythm: &Rhythm,
    client: ClientId,
    projects: &[ProjectId],
    day: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let person: Option<Person> = on_engine!(&mut *tx, tx => sqlx::query_as(PERSON).bind(client)
        .fetch_optional(&mut **tx).await)?;
    let Some(person) = person.filter(|person| person.takes_calls) else {
        return Ok(false);
    };
    if person.is_called {
        return Ok(true);
    }
    let mut steps: Vec<(ProjectId, i64)> = on_engine!(&mut *tx, tx => sqlx::query_as(STEPS).bind(client)
        .bind(PROJECTS_MAX).fetch_all(&mut **tx).await)?;
    steps.retain(|(project, _)| projects.contains(project));
    if steps.is_empty() {
        return Ok(false);
    }
    let zone: Tz = person.zone.parse().unwrap_or(Tz::Europe__Paris);
    let calendar = Calendar::new(rhythm);
    let named = day.map(|day| calendar.slot(day, zone, client));
    let due_at = named
        .filter(|at| *at > now)
        .unwrap_or_else(|| calendar.open_from(now, zone));
    let call = NewCall {
        id: CallId::at(now),
        client,
        due_at,
        expires_at: calendar.close_after_working_days(
            due_at,
            zone,
            rhythm.call_expires_working_days,
        ),
    };
    write::calls(tx, &[call], now).await?;
    let steps: Vec<NewStep> = steps
        .into_iter()
        .map(|(project, number)| NewStep {
            project,
            number,
            client,
            at: due_at,
            by: By::Call(call.id),
            mails_in_row: 0,
            reason: Reason::Wished,
        })
        .collect();
    write::steps(tx, &steps, now).await?;
    Ok(true)
}
