//! SQL of the outbox.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::db::{Engine, StoreError, Tx, time_text};
use crate::mail::{Composed, address_hash};
use crate::on_engine;
use crate::queue::{self, JobName};

/// Letters that one statement inserts; each travels as some 20 kB of text.
const LETTERS_PER_INSERT: usize = 100;

// Rows travel as one JSON text: binding each value costs ten times as much. The engines read JSON differently.
const PUT_SQLITE: &str = "INSERT INTO outbox (id, kind, state, client_id, provider_id, dedupe, message_id, recipient,
        address_hash, return_path, raw, composed_at, due_at, attempts, fence)
    SELECT unhex(value ->> 'id'), value ->> 'kind', 'planned', unhex(value ->> 'client'), unhex(value ->> 'provider'),
        value ->> 'dedupe', value ->> 'message_id', value ->> 'recipient', value ->> 'address_hash',
        value ->> 'return_path', unhex(value ->> 'raw'), $2, value ->> 'due_at', 0, 0
    FROM json_each($1) WHERE TRUE
    ON CONFLICT (dedupe) DO NOTHING";
const PUT_POSTGRES: &str = "INSERT INTO outbox (id, kind, state, client_id, provider_id, dedupe, message_id, recipient,
        address_hash, return_path, raw, composed_at, due_at, attempts, fence)
    SELECT id, kind, 'planned', client, provider, dedupe, message_id, recipient, address_hash, return_path,
        decode(raw, 'hex'), $2, due_at, 0, 0
    FROM json_to_recordset($1::json) AS letter(id UUID, kind TEXT, client UUID, provider UUID, dedupe TEXT,
        message_id TEXT, recipient TEXT, address_hash TEXT, return_path TEXT, raw TEXT, due_at TIMESTAMPTZ)
    ON CONFLICT (dedupe) DO NOTHING";
// A letter whose cause was there already was not inserted, and gets no lines.
const LINES_SQLITE: &str = "INSERT INTO outbox_projects (letter_id, line_number, project_id)
    SELECT o.id, line.key + 1, unhex(line.value)
    FROM json_each($1) letter JOIN outbox o ON o.id = unhex(letter.value ->> 'id')
        JOIN json_each(letter.value -> 'projects') line";
const LINES_POSTGRES: &str = "INSERT INTO outbox_projects (letter_id, line_number, project_id)
    SELECT o.id, line.number, line.project::UUID
    FROM json_to_recordset($1::json) AS letter(id UUID, projects JSON) JOIN outbox o ON o.id = letter.id
        CROSS JOIN LATERAL json_array_elements_text(letter.projects) WITH ORDINALITY AS line(project, number)";

/// Puts letters into the outbox in the caller's transaction and wakes the drain; gives how many are new. A letter whose
/// `dedupe` is there already changes nothing.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn put(tx: &mut Tx, letters: &[Composed], now: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut put = 0;
    for letters in letters.chunks(LETTERS_PER_INSERT) {
        let rows = as_json(letters, matches!(tx, Engine::Sqlite(_)));
        let (insert, lines) = match tx {
            Engine::Sqlite(_) => (PUT_SQLITE, LINES_SQLITE),
            Engine::Postgres(_) => (PUT_POSTGRES, LINES_POSTGRES),
        };
        put += on_engine!(tx, tx => sqlx::query(insert).bind(&rows).bind(now).execute(&mut **tx).await
            .map(|done| done.rows_affected()))?;
        on_engine!(tx, tx => sqlx::query(lines).bind(&rows).execute(&mut **tx).await.map(drop))?;
    }
    if put > 0 {
        queue::hurry(tx, JobName::DrainOutbox, now).await?;
    }
    Ok(put)
}

fn as_json(letters: &[Composed], hexadecimal: bool) -> String {
    let id = |uuid: Uuid| {
        if hexadecimal {
            uuid.simple().to_string()
        } else {
            uuid.to_string()
        }
    };
    let rows: Vec<_> = letters
        .iter()
        .map(|letter| {
            json!({
                "id": id(letter.id.uuid()),
                "kind": letter.kind,
                "client": letter.client.map(|client| id(client.uuid())),
                "provider": letter.provider.map(|provider| id(provider.uuid())),
                "dedupe": letter.dedupe,
                "message_id": letter.message_id,
                "recipient": letter.recipient,
                "address_hash": address_hash(&letter.recipient),
                "return_path": letter.return_path,
                "raw": hex(&letter.raw),
                "due_at": time_text(letter.due_at),
                "projects": letter.projects.iter().map(|project| id(project.uuid())).collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::Value::Array(rows).to_string()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests;
