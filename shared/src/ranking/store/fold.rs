//! Folds the timeline of projects into their states, in the transaction that wrote to it.

use std::collections::HashMap;

use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use super::event_of;
use crate::contact::{LineKind, Stage};
use crate::db::{Engine, StoreError, Tx};
use crate::listing::store::Whose;
use crate::ranking::evidence::{Event, Evidence};
use crate::ranking::history::Facts;
use crate::ranking::known::Known;

// Instants travel as seconds, and lists of ids as each engine takes them best: hence the twins.
macro_rules! described {
    ($epoch:literal, $whose:literal) => {
        concat!(
            "SELECT p.id, p.reference, p.rank_key, ",
            $epoch,
            " AS created_at, p.category, p.budget_minor, p.currency, CAST(LENGTH(p.description) AS BIGINT) AS chars, p.urgency,
                p.source, p.phone_verified, p.is_company, c.phone IS NOT NULL AS has_phone,
                (SELECT COUNT(*) FROM projects q
                    WHERE q.client_id = p.client_id AND q.published_at < p.published_at) AS prior_projects,
                (SELECT COUNT(*) FROM projects q
                    WHERE q.client_id = p.client_id AND q.awarded_at < p.published_at) AS prior_awards
            FROM projects p JOIN clients c ON c.id = p.client_id ",
            $whose
        )
    };
}
const DESCRIBED_SQLITE: &str = described!(
    "unixepoch(p.published_at)",
    "WHERE p.id IN (SELECT unhex(value) FROM json_each($1)
        UNION SELECT q.id FROM json_each($2) j JOIN projects q ON q.client_id = unhex(j.value))"
);
const DESCRIBED_POSTGRES: &str = described!(
    "FLOOR(EXTRACT(EPOCH FROM p.published_at))::BIGINT",
    "WHERE p.id = ANY($1) OR p.client_id = ANY($2)"
);

macro_rules! happened {
    ($epoch:literal, $ids:literal) => {
        concat!(
            "SELECT p.id, k.kind, k.stage, ",
            $epoch,
            " AS at, k.seq, CASE WHEN k.kind = 'report' THEN (SELECT MAX(r.weight) FROM reports r
                WHERE r.project_id = p.id AND r.at = k.at) END AS report_weight FROM ",
            $ids,
            " JOIN contacts k ON k.project_id = p.id
            UNION ALL SELECT p.id, k.kind, k.stage, ",
            $epoch,
            " AS at, k.seq, CAST(NULL AS BIGINT) FROM ",
            $ids,
            " JOIN contacts k ON k.client_id = p.client_id AND k.project_id IS NULL AND k.at >= p.published_at
            ORDER BY 1, 4, 5"
        )
    };
}
pub(super) const HAPPENED_SQLITE: &str = happened!(
    "unixepoch(k.at)",
    "json_each($1) j JOIN projects p ON p.id = unhex(j.value)"
);
pub(super) const HAPPENED_POSTGRES: &str = happened!(
    "FLOOR(EXTRACT(EPOCH FROM k.at))::BIGINT",
    "UNNEST($1::UUID[]) AS j(id) JOIN projects p ON p.id = j.id"
);

// What was seen of the declared kinds, each event or the newest of each project and kind.
macro_rules! seen {
    ($slot_and_time:literal, $ids:literal, $name:literal, $tail:literal) => {
        concat!(
            "SELECT p.id, k.slot, ",
            $slot_and_time,
            " AS at FROM ",
            $ids,
            " JOIN platform_events e ON e.subject = p.reference AND e.kind = 'project.evidence'
            JOIN evidence_kinds k ON k.name = ",
            $name,
            $tail
        )
    };
}
const SEEN_LAST_SQLITE: &str = seen!(
    "MAX(unixepoch(e.at))",
    "json_each($1) j JOIN projects p ON p.id = unhex(j.value)",
    "e.body ->> '$.data.kind'",
    " GROUP BY p.id, k.slot"
);
const SEEN_LAST_POSTGRES: &str = seen!(
    "MAX(FLOOR(EXTRACT(EPOCH FROM e.at))::BIGINT)",
    "UNNEST($1::UUID[]) AS j(id) JOIN projects p ON p.id = j.id",
    "e.body::json -> 'data' ->> 'kind'",
    " GROUP BY p.id, k.slot"
);
pub(super) const SEEN_SQLITE: &str = seen!(
    "unixepoch(e.at)",
    "json_each($1) j JOIN projects p ON p.id = unhex(j.value)",
    "e.body ->> '$.data.kind'",
    ""
);
pub(super) const SEEN_POSTGRES: &str = seen!(
    "FLOOR(EXTRACT(EPOCH FROM e.at))::BIGINT",
    "UNNEST($1::UUID[]) AS j(id) JOIN projects p ON p.id = j.id",
    "e.body::json -> 'data' ->> 'kind'",
    ""
);

const KEEP_SQLITE: &str = "INSERT INTO rank_states (project_id, state)
    SELECT unhex(value ->> 0), unhex(value ->> 1) FROM json_each($1) WHERE TRUE
    ON CONFLICT (project_id) DO UPDATE SET state = excluded.state";
const KEEP_POSTGRES: &str = "INSERT INTO rank_states (project_id, state)
    SELECT * FROM UNNEST($1::UUID[], $2::BYTEA[])
    ON CONFLICT (project_id) DO UPDATE SET state = excluded.state";

#[derive(FromRow)]
struct Described {
    id: Uuid,
    reference: String,
    rank_key: i64,
    created_at: i64,
    category: Option<String>,
    budget_minor: Option<i64>,
    currency: Option<String>,
    chars: i64,
    urgency: Option<String>,
    source: Option<String>,
    phone_verified: Option<i64>,
    is_company: Option<i64>,
    has_phone: bool,
    prior_projects: i64,
    prior_awards: i64,
}

/// A project as folded.
pub(crate) struct Folded {
    /// The platform's id, which breaks ties.
    pub(super) reference: String,
    /// Its place as it was read.
    pub(super) key: i64,
    /// What its score follows from.
    pub(super) known: Known,
}

/// Project, what, the client's stage, when, number, weight of a report.
pub(super) type Happened = (Uuid, LineKind, Option<Stage>, i64, i64, Option<i64>);
/// Project, slot of the declared kind, when.
pub(super) type Seen = (Uuid, i64, i64);

/// A declared kind of evidence as the fold takes it.
pub(super) fn declared(slot: i64) -> Event {
    Event::Declared(u8::try_from(slot).unwrap_or(u8::MAX))
}

/// Folds the projects named again and gives what is known of each, in no order. Call it in the transaction that changed
/// their timeline or their row.
///
/// # Errors
/// [`StoreError::Sql`]
pub(crate) async fn fold(tx: &mut Tx, whose: &Whose) -> Result<HashMap<Uuid, Folded>, StoreError> {
    let described = described(tx, whose).await?;
    let ids: Vec<Uuid> = described.iter().map(|row| row.id).collect();
    let mut folded: HashMap<Uuid, Folded> = described.into_iter().map(begun).collect();
    for (id, kind, stage, at, _, weight) in happened(tx, &ids).await? {
        if let (Some(folded), Some(event)) = (folded.get_mut(&id), event_of(kind, stage, weight)) {
            folded.known.evidence.take(event, at);
        }
    }
    if !super::kinds(tx).await?.is_empty() {
        for (id, slot, at) in seen_last(tx, &ids).await? {
            if let Some(folded) = folded.get_mut(&id) {
                folded.known.evidence.take(declared(slot), at);
            }
        }
    }
    keep(tx, &folded).await?;
    Ok(folded)
}

fn begun(row: Described) -> (Uuid, Folded) {
    let in_euros = row.currency.as_deref().is_none_or(|code| code == "EUR");
    let facts = Facts {
        category: row.category.unwrap_or_default(),
        budget_eur: row
            .budget_minor
            .filter(|_| in_euros)
            .map(|minor| number(minor) / 100.0),
        description_chars: number(row.chars),
        urgency: row.urgency.unwrap_or_default(),
        has_phone: row.has_phone,
        prior_projects: number(row.prior_projects),
        prior_awards: number(row.prior_awards),
        phone_verified: row.phone_verified == Some(1),
        is_company: row.is_company == Some(1),
        source: row.source.unwrap_or_default(),
    };
    let known = Known {
        created_at: row.created_at,
        facts,
        evidence: Evidence::none(),
    };
    let folded = Folded {
        reference: row.reference,
        key: row.rank_key,
        known,
    };
    (row.id, folded)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and cents fit a double exactly"
)]
fn number(n: i64) -> f64 {
    n as f64
}

async fn described(tx: &mut Tx, whose: &Whose) -> Result<Vec<Described>, StoreError> {
    Ok(match tx {
        Engine::Sqlite(tx) => {
            let (projects, clients) = whose.as_json();
            sqlx::query_as(DESCRIBED_SQLITE)
                .bind(projects)
                .bind(clients)
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            let (projects, clients) = whose.uuids();
            sqlx::query_as(DESCRIBED_POSTGRES)
                .bind(projects)
                .bind(clients)
                .fetch_all(&mut **tx)
                .await?
        }
    })
}

async fn happened(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Happened>, StoreError> {
    Ok(match tx {
        Engine::Sqlite(tx) => {
            let ids: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
            sqlx::query_as(HAPPENED_SQLITE)
                .bind(json!(ids).to_string())
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            sqlx::query_as(HAPPENED_POSTGRES)
                .bind(ids)
                .fetch_all(&mut **tx)
                .await?
        }
    })
}

async fn seen_last(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Seen>, StoreError> {
    Ok(match tx {
        Engine::Sqlite(tx) => {
            let ids: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
            sqlx::query_as(SEEN_LAST_SQLITE)
                .bind(json!(ids).to_string())
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            sqlx::query_as(SEEN_LAST_POSTGRES)
                .bind(ids)
                .fetch_all(&mut **tx)
                .await?
        }
    })
}

async fn keep(tx: &mut Tx, folded: &HashMap<Uuid, Folded>) -> Result<(), StoreError> {
    match tx {
        Engine::Sqlite(tx) => {
            let rows: Vec<_> = folded
                .iter()
                .map(|(id, one)| json!([id.simple().to_string(), hex(&one.known.to_bytes())]))
                .collect();
            sqlx::query(KEEP_SQLITE)
                .bind(json!(rows).to_string())
                .execute(&mut **tx)
                .await?;
        }
        Engine::Postgres(tx) => {
            let (ids, states): (Vec<Uuid>, Vec<Vec<u8>>) = folded
                .iter()
                .map(|(id, one)| (*id, one.known.to_bytes()))
                .unzip();
            sqlx::query(KEEP_POSTGRES)
                .bind(ids)
                .bind(states)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
            hex
        })
}
