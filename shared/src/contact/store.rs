//! SQL of the timeline.

pub mod timeline;
pub mod window;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::contact::Line;
use crate::db::{Engine, StoreError, Tx, time_text};
use crate::listing::{self, store::Whose};

/// Lines that one call may append.
pub const LINES_PER_CALL_MAX: usize = 10_000;

// Rows travel as one JSON text: binding each value costs ten times as much. The engines read JSON differently.
const APPEND_SQLITE: &str = "INSERT INTO contacts
    (client_id, project_id, kind, channel, stage, ask_again_at, note, source, at, known_at)
    SELECT unhex(value ->> 'client'), unhex(value ->> 'project'), value ->> 'kind', value ->> 'channel',
        value ->> 'stage', value ->> 'ask_again_at', value ->> 'note', value ->> 'source', value ->> 'at', $2
    FROM json_each($1) WHERE TRUE
    ON CONFLICT (source) DO NOTHING";
const APPEND_POSTGRES: &str = "INSERT INTO contacts
    (client_id, project_id, kind, channel, stage, ask_again_at, note, source, at, known_at)
    SELECT client, project, kind, channel, stage, ask_again_at, note, source, at, $2
    FROM json_to_recordset($1::json) AS line(client UUID, project UUID, kind TEXT, channel TEXT, stage TEXT,
        ask_again_at TIMESTAMPTZ, note TEXT, source TEXT, at TIMESTAMPTZ)
    ON CONFLICT (source) DO NOTHING";

// Facts follow from the timeline alone, so the order in which lines arrive does not matter. The engines differ only in
// how they read the list of projects and clients that the new lines touch.
const REFRESH_SQLITE: &str = concat!(
    "WITH touched AS (
        SELECT unhex(value ->> 'project') AS id FROM json_each($1) WHERE value ->> 'project' IS NOT NULL
        UNION
        SELECT p.id FROM json_each($1) JOIN projects p ON p.client_id = unhex(value ->> 'client')
        WHERE value ->> 'project' IS NULL)",
    include_str!("refresh.sql")
);
const REFRESH_POSTGRES: &str = concat!(
    "WITH line AS (SELECT * FROM json_to_recordset($1::json) AS line(client UUID, project UUID)), touched AS (
        SELECT project AS id FROM line WHERE project IS NOT NULL
        UNION
        SELECT p.id FROM line JOIN projects p ON p.client_id = line.client WHERE line.project IS NULL)",
    include_str!("refresh.sql")
);

/// Appends lines and brings the facts and the places of the projects they touch up to date, in the caller's
/// transaction: what is learned counts at once. A line whose `source` is there already changes nothing.
///
/// # Errors
/// [`StoreError::Sql`]; a line that contradicts itself (a stage on something that is no answer) is refused there.
pub async fn append(tx: &mut Tx, lines: &[Line], now: DateTime<Utc>) -> Result<(), StoreError> {
    for lines in lines.chunks(LINES_PER_CALL_MAX) {
        let rows = as_json(lines, matches!(tx, Engine::Sqlite(_)));
        let touched = Whose::lines(lines);
        listing::store::hold(tx, &touched).await?;
        match tx {
            Engine::Sqlite(tx) => {
                sqlx::query(APPEND_SQLITE)
                    .bind(&rows)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                sqlx::query(REFRESH_SQLITE)
                    .bind(&rows)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
            }
            Engine::Postgres(tx) => {
                sqlx::query(APPEND_POSTGRES)
                    .bind(&rows)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                sqlx::query(REFRESH_POSTGRES)
                    .bind(&rows)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
            }
        }
        listing::store::rerank_whose(tx, &touched, now).await?;
    }
    Ok(())
}

fn as_json(lines: &[Line], hexadecimal: bool) -> String {
    let id = |uuid: uuid::Uuid| {
        if hexadecimal {
            uuid.simple().to_string()
        } else {
            uuid.to_string()
        }
    };
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({
                "client": id(line.client.uuid()),
                "project": line.project.map(|project| id(project.uuid())),
                "kind": line.kind,
                "channel": line.channel,
                "stage": line.stage,
                "ask_again_at": line.ask_again_at.map(time_text),
                "note": line.note,
                "source": line.source,
                "at": time_text(line.at),
            })
        })
        .collect();
    serde_json::Value::Array(rows).to_string()
}
