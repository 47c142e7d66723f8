//! The timeline as the staff read it: of a project, or of a client with all projects.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::ClientId;
use crate::contact::{Channel, LineKind, Stage};
use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::project::ProjectId;

const PROJECT: &str = "SELECT client_id, id FROM projects WHERE reference = $1";
const CLIENT: &str = "SELECT id FROM clients WHERE reference = $1";
// What is about the client altogether is about each project too.
const OF_PROJECT: &str = "SELECT line.at, line.channel, line.kind, line.stage, line.ask_again_at, line.note, p.reference AS project
    FROM (
        SELECT seq, at, channel, kind, stage, ask_again_at, note, project_id FROM contacts WHERE project_id = $2
        UNION ALL
        SELECT seq, at, channel, kind, stage, ask_again_at, note, project_id FROM contacts
        WHERE client_id = $1 AND project_id IS NULL) AS line
    LEFT JOIN projects p ON p.id = line.project_id ORDER BY line.at DESC, line.seq DESC LIMIT $3";
const OF_CLIENT: &str = "SELECT line.at, line.channel, line.kind, line.stage, line.ask_again_at, line.note, line.project
    FROM (
        SELECT k.seq, k.at, k.channel, k.kind, k.stage, k.ask_again_at, k.note, p.reference AS project
        FROM projects p JOIN contacts k ON k.project_id = p.id WHERE p.client_id = $1
        UNION ALL
        SELECT seq, at, channel, kind, stage, ask_again_at, note, NULL FROM contacts
        WHERE client_id = $1 AND project_id IS NULL) AS line
    ORDER BY line.at DESC, line.seq DESC LIMIT $2";

/// Every statement of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[PROJECT, CLIENT, OF_PROJECT, OF_CLIENT];

/// A line as the staff read it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct TimelineLine {
    /// When.
    pub at: DateTime<Utc>,
    /// By which way.
    pub channel: Channel,
    /// What.
    pub kind: LineKind,
    /// What the client said.
    pub stage: Option<Stage>,
    /// When to ask again, if the client said so.
    pub ask_again_at: Option<DateTime<Utc>>,
    /// A remark, or the client's sentence.
    pub note: Option<String>,
    /// The platform's id of the project; none when the line is about the client altogether.
    pub project: Option<String>,
}

/// The newest lines of the project or client that the platform calls `reference`, at most `rows_max`; none when nobody has
/// that reference.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn timeline(
    db: &Db,
    reference: &str,
    rows_max: u32,
) -> Result<Option<Vec<TimelineLine>>, StoreError> {
    let rows = i64::from(rows_max);
    let project: Option<(ClientId, ProjectId)> = on_engine!(db.read(), pool => sqlx::query_as(PROJECT).bind(reference)
        .fetch_optional(pool).await)?;
    if let Some((client, project)) = project {
        return Ok(Some(
            on_engine!(db.read(), pool => sqlx::query_as(OF_PROJECT)
            .bind(client).bind(project).bind(rows).fetch_all(pool).await)?,
        ));
    }
    let client: Option<ClientId> = on_engine!(db.read(), pool => sqlx::query_scalar(CLIENT).bind(reference)
        .fetch_optional(pool).await)?;
    let Some(client) = client else {
        return Ok(None);
    };
    Ok(Some(
        on_engine!(db.read(), pool => sqlx::query_as(OF_CLIENT).bind(client).bind(rows).fetch_all(pool).await)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{self, Line};
    use crate::testing::store::{a_client, a_pending_project};
    use crate::testing::{day, each_engine};

    // a16: the staff read what is known of a project, and of a client with all projects, the newest first.
    #[tokio::test]
    async fn the_staff_read_a_timeline_by_project_or_client() {
        each_engine(async |db| {
            let client = a_client(&db, "C1", day(0)).await?;
            let one = a_pending_project(&db, client, "P1", day(0)).await?;
            let two = a_pending_project(&db, client, "P2", day(0)).await?;
            let line = |n: i64, project, kind, stage| Line {
                client,
                project,
                kind,
                channel: Channel::Email,
                stage,
                ask_again_at: None,
                note: Some(format!("line {n}")),
                source: format!("test:{n}"),
                at: day(n),
            };
            let lines = [
                line(1, Some(one), LineKind::LetterSent, None),
                line(2, Some(two), LineKind::Answer, Some(Stage::Comparing)),
                line(3, None, LineKind::Login, None),
            ];
            let mut tx = db.begin().await?;
            contact::store::append(&mut tx, &lines, day(3)).await?;
            tx.commit().await?;
            let read =
                async |reference: &'static str| -> Result<Option<Vec<LineKind>>, StoreError> {
                    let lines = timeline(&db, reference, 10).await?;
                    Ok(lines.map(|lines| lines.iter().map(|line| line.kind).collect()))
                };
            let (sent, answer, login) = (LineKind::LetterSent, LineKind::Answer, LineKind::Login);
            assert_eq!(read("P1").await?, Some(vec![login, sent]));
            assert_eq!(read("C1").await?, Some(vec![login, answer, sent]));
            assert_eq!(read("P9").await?, None);
            let newest = timeline(&db, "C1", 1).await?.unwrap_or_default();
            assert_eq!((newest.len(), newest[0].project.as_deref()), (1, None));
            Ok(())
        })
        .await;
    }
}
