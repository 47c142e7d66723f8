//! The privilege window: what a subscriber reads of a project's timeline (N12, D3). Checked and noted at each reading.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::{Plan, ProviderId, store::plan_in};
use crate::contact::{Channel, LineKind, Stage, clean_note};
use crate::db::{Db, StoreError};
use crate::id::Id;
use crate::on_engine;
use crate::project::ProjectId;

/// Lines that one reading shows; the newest.
pub const LINES_MAX: usize = 20;

// Reports, applications and remarks of the staff are nobody's to read (N11); a log-in concerns all projects of the client.
const LINES: &str = "SELECT at, channel, kind, stage, note FROM (
        SELECT k.seq, k.at, k.channel, k.kind, k.stage, k.note FROM contacts k
        WHERE k.project_id = $1 AND k.kind IN ('letter_sent', 'letter_failed', 'bounce', 'auto_reply', 'answer',
            'call_no_answer', 'call_left_message', 'call_wrong_number', 'call_refused', 'award', 'award_revoked',
            'cancelled', 'reopened')
        UNION ALL
        SELECT k.seq, k.at, k.channel, k.kind, k.stage, NULL FROM contacts k JOIN projects p ON p.client_id = k.client_id
        WHERE p.id = $1 AND k.project_id IS NULL AND k.kind = 'login' AND k.at >= p.published_at) AS line
    ORDER BY at DESC, seq DESC LIMIT $2";
const NOTE_READING: &str = "INSERT INTO crm_readings (id, provider_id, project_id, surface, lines, at) VALUES ($1, $2, $3, $4, $5, $6)";
const READINGS: &str =
    "SELECT COUNT(*) FROM crm_readings WHERE provider_id = $1 AND project_id = $2";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[LINES, NOTE_READING, READINGS];

/// A line as an outsider reads it: no address, no number, no raw mail.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WindowLine {
    /// When.
    pub at: DateTime<Utc>,
    /// By which way.
    pub channel: Channel,
    /// What.
    pub kind: LineKind,
    /// What the client said.
    pub stage: Option<Stage>,
    /// Free text, cleaned again on its way out.
    pub note: Option<String>,
}

/// Names a reading.
struct Reading;

/// The last lines of `project`, the newest first, for `provider` at `now`; none when no privilege subscription runs. The
/// check, the lines and the note of the reading are one transaction.
///
/// # Errors
/// [`StoreError::Sql`]; nothing is shown that is not noted.
pub async fn read(
    db: &Db,
    provider: ProviderId,
    project: ProjectId,
    surface: &str,
    now: DateTime<Utc>,
) -> Result<Option<Vec<WindowLine>>, StoreError> {
    let mut tx = db.begin().await?;
    if plan_in(&mut tx, provider, now).await? != Some(Plan::Privilege) {
        return Ok(None);
    }
    let rows = i64::try_from(LINES_MAX).unwrap_or(i64::MAX);
    let mut lines: Vec<WindowLine> = on_engine!(&mut tx, tx => sqlx::query_as(LINES).bind(project).bind(rows)
        .fetch_all(&mut **tx).await)?;
    for line in &mut lines {
        line.note = line.note.take().and_then(|note| clean_note(&note));
    }
    let shown = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    on_engine!(&mut tx, tx => sqlx::query(NOTE_READING).bind(Id::<Reading>::at(now)).bind(provider).bind(project)
        .bind(surface).bind(shown).bind(now).execute(&mut **tx).await.map(drop))?;
    tx.commit().await?;
    Ok(Some(lines))
}

/// How often `provider` read the window of `project`.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn readings(
    db: &Db,
    provider: ProviderId,
    project: ProjectId,
) -> Result<i64, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(READINGS).bind(provider).bind(project)
        .fetch_one(pool).await)?,
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::contact::{Line, store::append};

    use crate::testing::store::{a_client, a_pending_project, a_provider, each_prepares};
    use crate::testing::{day, each_engine};

    const SUBSCRIBE: &str =
        "INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at)
        VALUES ($1, 'privilege', $2, $3, $2)";

    #[tokio::test]
    async fn every_statement_prepares() {
        each_prepares(
            &[ALL_SQL, crate::contact::store::timeline::ALL_SQL].concat(),
            &[],
        )
        .await;
    }

    // S10, N11, N12, D3, a26, a27: gone the second it lapses, each reading noted, no contact data, no report.
    #[tokio::test]
    async fn the_window_closes_the_second_the_subscription_lapses() {
        each_engine(async |db| {
            let client = a_client(&db, "C1", day(0)).await?;
            let project = a_pending_project(&db, client, "P1", day(0)).await?;
            let provider = a_provider(&db, "V1", day(0)).await?;
            let line = |kind, stage, note: Option<&str>| Line {
                client,
                project: (kind != LineKind::Login).then_some(project),
                kind,
                channel: Channel::Email,
                stage,
                ask_again_at: None,
                note: note.map(str::to_owned),
                source: format!("{kind:?}"),
                at: day(3),
            };
            let told = "Rappeler au 06 39 98 12 34 ou jean@exemple.fr en mai";
            let lines = [
                line(LineKind::Answer, Some(Stage::Searching), Some(told)),
                line(LineKind::Report, None, None),
                line(LineKind::Note, None, Some("interne")),
                line(LineKind::Login, None, None),
            ];
            let mut tx = db.begin().await?;
            append(&mut tx, &lines, day(3)).await?;
            tx.commit().await?;
            on_engine!(db.write(), pool => sqlx::query(SUBSCRIBE).bind(provider).bind(day(1)).bind(day(31))
                .execute(pool).await.map(drop))?;
            let last = day(31) - TimeDelta::seconds(1);
            let shown = read(&db, provider, project, "discord", last).await?.unwrap();
            let kinds: Vec<LineKind> = shown.iter().map(|line| line.kind).collect();
            assert_eq!(kinds, [LineKind::Login, LineKind::Answer]);
            let note = shown[1].note.as_deref().unwrap();
            assert!(note.contains("en mai") && !note.contains("39") && !note.contains('@'), "{note}");
            assert_eq!(read(&db, provider, project, "discord", day(31)).await?, None);
            assert_eq!(readings(&db, provider, project).await?, 1);
            Ok(())
        })
        .await;
    }

    // N12: the audit of readings cannot be edited.
    #[tokio::test]
    async fn raw_sql_cannot_forget_a_reading() {
        each_engine(async |db| {
            let client = a_client(&db, "C1", day(0)).await?;
            let project = a_pending_project(&db, client, "P1", day(0)).await?;
            let provider = a_provider(&db, "V1", day(0)).await?;
            on_engine!(db.write(), pool => sqlx::query(SUBSCRIBE).bind(provider).bind(day(1)).bind(day(31))
                .execute(pool).await.map(drop))?;
            read(&db, provider, project, "web", day(2)).await?;
            for attack in ["DELETE FROM crm_readings", "UPDATE crm_readings SET lines = 0"] {
                let done = on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
                assert!(done.is_err(), "{attack}");
            }
            Ok(())
        })
        .await;
    }
}
