//! Re-ranking: reads the evidence of many projects in one pass and writes only the keys that differ.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use serde_json::json;
use uuid::Uuid;

use crate::account::ClientId;
use crate::contact::{Line, LineKind, Stage};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::listing::{Evidence, rank_key};
use crate::project::ProjectId;
use crate::ranking;

use super::unreachable_at;

/// Keys written by one statement: the write lock of the embedded database is free again after some tens of milliseconds,
/// and memory does not grow with the table.
const MOVES_PER_WRITE_MAX: usize = 10_000;

// Instants travel as seconds: that is what the order counts in, and reading them as text costs three times as much.
// The engines spell it differently, hence the twins.
macro_rules! evidence_sqlite {
    ($tail:literal) => {
        concat!(
            "SELECT p.id, p.rank_key, unixepoch(p.published_at), unixepoch(f.last_sign_at), f.last_sign_kind,
                unixepoch(f.stage_at), f.stage, COALESCE(f.mails_unanswered, 0), COALESCE(f.calls_unanswered, 0),
                unixepoch(", unreachable_at!(), ")
            FROM projects p JOIN clients c ON c.id = p.client_id LEFT JOIN project_facts f ON f.project_id = p.id ",
            $tail
        )
    };
}
macro_rules! evidence_postgres {
    ($tail:literal) => {
        concat!(
            "SELECT p.id, p.rank_key, FLOOR(EXTRACT(EPOCH FROM p.published_at))::BIGINT,
                FLOOR(EXTRACT(EPOCH FROM f.last_sign_at))::BIGINT, f.last_sign_kind,
                FLOOR(EXTRACT(EPOCH FROM f.stage_at))::BIGINT, f.stage,
                COALESCE(f.mails_unanswered, 0), COALESCE(f.calls_unanswered, 0),
                FLOOR(EXTRACT(EPOCH FROM ", unreachable_at!(), "))::BIGINT
            FROM projects p JOIN clients c ON c.id = p.client_id LEFT JOIN project_facts f ON f.project_id = p.id ",
            $tail
        )
    };
}

const ALL_SQLITE: &str = evidence_sqlite!("WHERE p.state = 'pending'");
const ALL_POSTGRES: &str = evidence_postgres!("WHERE p.state = 'pending'");
// Of any state: an award that is revoked finds its place as it would have been.
const SOME_SQLITE: &str = evidence_sqlite!(
    "WHERE p.id IN (SELECT unhex(value) FROM json_each($1)
        UNION SELECT q.id FROM json_each($2) j JOIN projects q ON q.client_id = unhex(j.value))"
);
const SOME_POSTGRES: &str = evidence_postgres!("WHERE p.id = ANY($1) OR p.client_id = ANY($2)");
// In the order of ids, so that two holders of several projects queue instead of blocking each other.
const HOLD_POSTGRES: &str = "SELECT id FROM projects WHERE id = ANY($1) OR client_id = ANY($2)
    ORDER BY id FOR NO KEY UPDATE";

// A key that changed since it was read is left alone: whoever changed it knew more. PostgreSQL also passes by rows that
// somebody else holds, so that the whole-table pass can neither block nor be blocked.
const MOVE_SQLITE: &str = "UPDATE projects SET rank_key = m.value ->> 2, ranked_at = $2
    FROM json_each($1) AS m
    WHERE projects.id = unhex(m.value ->> 0) AND projects.rank_key = m.value ->> 1";
const MOVE_POSTGRES: &str = "WITH free AS (
        SELECT p.id, m.new_key FROM UNNEST($1::UUID[], $2::BIGINT[], $3::BIGINT[]) AS m(id, old_key, new_key)
            JOIN projects p ON p.id = m.id AND p.rank_key = m.old_key
        FOR NO KEY UPDATE OF p SKIP LOCKED)
    UPDATE projects SET rank_key = free.new_key, ranked_at = $4 FROM free WHERE projects.id = free.id";

const FOLD_COUNTS_POSTGRES: &str = "WITH gone AS (DELETE FROM listing_counts RETURNING state, change)
    INSERT INTO listing_counts (state, change) SELECT state, SUM(change)::BIGINT FROM gone GROUP BY state";

/// id, key, published, last sign and kind, word's instant and stage, letters and calls unanswered, unreachable since.
type EvidenceRow = (
    ProjectId,
    i64,
    i64,
    Option<i64>,
    Option<LineKind>,
    Option<i64>,
    Option<Stage>,
    i64,
    i64,
    Option<i64>,
);

/// What a re-rank did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reranked {
    /// Pending projects looked at.
    pub projects: u64,
    /// Projects whose key was written.
    pub moved: u64,
}

/// A key to write, if it is still the old one.
pub(crate) struct Move {
    pub(crate) project: Uuid,
    pub(crate) old_key: i64,
    pub(crate) new_key: i64,
}

/// Orders the whole pending list by the stated rules in one pass, writing only what differs. Safe to run twice, at once, anywhere: a key
/// that somebody wrote meanwhile is left alone, the next pass looks at it again.
///
/// # Errors
/// [`StoreError::Sql`]; what was written until then stays, it is right by itself.
pub async fn rerank_by_rules(db: &Db, now: DateTime<Utc>) -> Result<Reranked, StoreError> {
    let mut rows = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_as::<_, EvidenceRow>(ALL_SQLITE).fetch(pool),
        Engine::Postgres(pool) => sqlx::query_as::<_, EvidenceRow>(ALL_POSTGRES).fetch(pool),
    };
    let mut done = Reranked::default();
    let mut moves = Vec::new();
    while let Some(row) = rows.try_next().await? {
        done.projects += 1;
        moves.extend(misplaced(&row, now));
        if moves.len() == MOVES_PER_WRITE_MAX {
            done.moved += write_moves(db, &moves, now).await?;
            moves.clear();
        }
    }
    drop(rows);
    done.moved += write_moves(db, &moves, now).await?;
    if let Engine::Postgres(pool) = db.write() {
        sqlx::query(FOLD_COUNTS_POSTGRES).execute(pool).await?;
    }
    Ok(done)
}

/// Re-ranks `projects` at once, in the transaction that changed their evidence; gives how many moved. Lines of the
/// timeline do it by themselves ([`crate::contact::store::append`]); call it after changing something else.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn rerank_some(
    tx: &mut Tx,
    projects: &[ProjectId],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let whose = Whose {
        projects: projects.to_vec(),
        clients: Vec::new(),
    };
    hold(tx, &whose).await?;
    rerank_whose(tx, &whose, now).await
}

/// Re-ranks all projects of `clients` at once, for example after an address was found dead.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn rerank_clients(
    tx: &mut Tx,
    clients: &[ClientId],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let whose = Whose {
        projects: Vec::new(),
        clients: clients.to_vec(),
    };
    hold(tx, &whose).await?;
    rerank_whose(tx, &whose, now).await
}

/// Projects named by themselves and by their client.
#[derive(Debug, Default)]
pub(crate) struct Whose {
    pub(crate) projects: Vec<ProjectId>,
    pub(crate) clients: Vec<ClientId>,
}

impl Whose {
    /// Of the timeline lines just written.
    pub(crate) fn lines(lines: &[Line]) -> Self {
        let of_projects = lines.iter().filter_map(|line| line.project);
        let of_clients = lines.iter().filter(|line| line.project.is_none());
        Self {
            projects: of_projects.collect(),
            clients: of_clients.map(|line| line.client).collect(),
        }
    }

    pub(crate) fn uuids(&self) -> (Vec<Uuid>, Vec<Uuid>) {
        (
            self.projects.iter().map(|id| id.uuid()).collect(),
            self.clients.iter().map(|id| id.uuid()).collect(),
        )
    }

    pub(crate) fn as_json(&self) -> (String, String) {
        let (projects, clients) = self.uuids();
        let text = |ids: Vec<Uuid>| {
            let ids: Vec<_> = ids.into_iter().map(hex).collect();
            json!(ids).to_string()
        };
        (text(projects), text(clients))
    }
}

/// Makes other changes of the evidence of the same projects wait for this transaction, so that neither computes from
/// what the other has not written yet. The embedded database has one writer anyway.
pub(crate) async fn hold(tx: &mut Tx, whose: &Whose) -> Result<(), StoreError> {
    if let Engine::Postgres(tx) = tx {
        let (projects, clients) = whose.uuids();
        sqlx::query(HOLD_POSTGRES)
            .bind(projects)
            .bind(clients)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Re-ranks projects that this transaction [`hold`]s.
pub(crate) async fn rerank_whose(
    tx: &mut Tx,
    whose: &Whose,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let known = ranking::store::fold(tx, whose).await?;
    if let Some(moved) = ranking::store::place(tx, &known, now).await? {
        return Ok(moved);
    }
    let rows: Vec<EvidenceRow> = match tx {
        Engine::Sqlite(tx) => {
            let (projects, clients) = whose.as_json();
            sqlx::query_as(SOME_SQLITE)
                .bind(projects)
                .bind(clients)
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            let (projects, clients) = whose.uuids();
            sqlx::query_as(SOME_POSTGRES)
                .bind(projects)
                .bind(clients)
                .fetch_all(&mut **tx)
                .await?
        }
    };
    let moves: Vec<_> = rows.iter().filter_map(|row| misplaced(row, now)).collect();
    write(tx, &moves, now).await
}

fn misplaced(row: &EvidenceRow, now: DateTime<Utc>) -> Option<Move> {
    let instant = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let evidence = Evidence {
        published_at: instant(row.2),
        last_sign: row.3.map(instant).zip(row.4),
        word: row.5.map(instant).zip(row.6),
        mails_unanswered: row.7,
        calls_unanswered: row.8,
        unreachable_at: row.9.map(instant),
    };
    let new_key = rank_key(&evidence, now);
    (new_key != row.1).then(|| Move {
        project: row.0.uuid(),
        old_key: row.1,
        new_key,
    })
}

/// Writes keys in a transaction of their own.
pub(crate) async fn write_moves(
    db: &Db,
    moves: &[Move],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    if moves.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let written = write(&mut tx, moves, now).await?;
    tx.commit().await?;
    Ok(written)
}

async fn write(tx: &mut Tx, moves: &[Move], now: DateTime<Utc>) -> Result<u64, StoreError> {
    if moves.is_empty() {
        return Ok(0);
    }
    Ok(match tx {
        Engine::Sqlite(tx) => {
            let rows: Vec<_> = moves
                .iter()
                .map(|m| json!([hex(m.project), m.old_key, m.new_key]))
                .collect();
            sqlx::query(MOVE_SQLITE)
                .bind(json!(rows).to_string())
                .bind(now)
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
        Engine::Postgres(tx) => {
            let ids: Vec<Uuid> = moves.iter().map(|m| m.project).collect();
            let old_keys: Vec<i64> = moves.iter().map(|m| m.old_key).collect();
            let new_keys: Vec<i64> = moves.iter().map(|m| m.new_key).collect();
            sqlx::query(MOVE_POSTGRES)
                .bind(ids)
                .bind(old_keys)
                .bind(new_keys)
                .bind(now)
                .execute(&mut **tx)
                .await?
                .rows_affected()
        }
    })
}

fn hex(id: Uuid) -> String {
    id.simple().to_string()
}
