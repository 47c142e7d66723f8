//! SQL of the proofs.

mod events;
mod schema;

pub use events::{Seals, events};
pub use schema::{guarded, schema};

use futures_util::TryStreamExt as _;
use sqlx::FromRow;

use crate::db::{Db, Engine, StoreError};
use crate::on_engine;
use crate::platform::webhook::Secrets;
use crate::platform::{Kept, is_cancellation};
use crate::token::Keys;
use crate::verify::Finding;

/// Findings of one kind that are told; more mean the same.
const FINDINGS_MAX: i64 = 20;
/// Findings about evidence that are told.
const EVIDENCE_FINDINGS_MAX: usize = 20;

// The state of a project is what its last event made it, or pending as born.
const STATE_WITHOUT_EVENT: &str = "SELECT p.reference FROM projects p
    LEFT JOIN (SELECT project_id, MAX(seq) AS seq FROM project_events GROUP BY project_id) l ON l.project_id = p.id
    LEFT JOIN project_events e ON e.seq = l.seq
    WHERE p.state <> COALESCE(e.to_state, 'pending') OR COALESCE(p.state_event, 0) <> COALESCE(e.seq, 0)
    ORDER BY p.reference LIMIT $1";
const EVENT_OUT_OF_CHAIN: &str = "SELECT p.reference FROM (
        SELECT project_id, from_state,
            LAG(to_state, 1, 'pending') OVER (PARTITION BY project_id ORDER BY seq) AS before_state
        FROM project_events) c
    JOIN projects p ON p.id = c.project_id
    WHERE c.from_state <> c.before_state ORDER BY p.reference LIMIT $1";
const CANCELLED_WITHOUT_EVIDENCE: &str = "SELECT p.reference FROM project_events e
    JOIN projects p ON p.id = e.project_id
    LEFT JOIN client_proofs c ON c.id = e.proof AND c.project_id = e.project_id AND c.client_id = p.client_id
    LEFT JOIN platform_events v ON v.seq = c.evidence AND v.signature IS NOT NULL
    WHERE e.to_state = 'cancelled' AND (v.seq IS NULL OR e.at < c.made_at OR e.at >= c.expires_at)
    ORDER BY p.reference LIMIT $1";
const EVIDENCE: &str =
    "SELECT p.reference, k.reference AS client, v.id, v.at, v.source, v.body, v.signature FROM project_events e
    JOIN projects p ON p.id = e.project_id JOIN clients k ON k.id = p.client_id
    JOIN client_proofs c ON c.id = e.proof JOIN platform_events v ON v.seq = c.evidence
    WHERE e.to_state = 'cancelled'";
// What was published and took effect is a project still, pending, ended, or over before we knew it.
const PUBLISHED_AND_LOST: &str = "SELECT DISTINCT v.subject FROM platform_events v
    LEFT JOIN platform_outcomes o ON o.event_seq = v.seq
    WHERE v.kind = 'project.published' AND COALESCE(o.outcome, 'applied') IN ('applied', 'late')
        AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.reference = v.subject)
        AND NOT EXISTS (SELECT 1 FROM past_projects p WHERE p.reference = v.subject)
    ORDER BY v.subject LIMIT $1";
const PENDING_AND_FORGOTTEN: &str = "SELECT p.reference FROM projects p
    LEFT JOIN follow_up_due d ON d.project_id = p.id AND d.client_id = p.client_id
    WHERE (p.state = 'pending') <> (d.project_id IS NOT NULL) ORDER BY p.reference LIMIT $1";
const REFUNDED_WITHOUT_APPROVAL: &str = "SELECT v.reference FROM transfers t JOIN providers v ON v.id = t.provider_id
    WHERE t.purpose = 'refund' AND NOT EXISTS (
        SELECT 1 FROM refund_requests r JOIN refund_events e ON e.request_id = r.id
            JOIN staff s ON s.id = e.staff_id JOIN refund_cases c ON c.id = e.case_id AND c.request_id = r.id
        WHERE r.id = t.request AND r.spend = t.refunds AND r.provider_id = t.provider_id
            AND e.kind = 'approved' AND e.to_state = 'approved' AND e.actor_kind = 'staff')
    ORDER BY v.reference LIMIT $1";
const CONTRADICTIONS: &str =
    "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok' LIMIT $1";
const DANGLING: &str = "SELECT \"table\" || ' names a row of ' || parent || ' that is gone'
    FROM pragma_foreign_key_check GROUP BY \"table\", parent LIMIT $1";

const SQLITE_ONLY_SQL: [&str; 2] = [CONTRADICTIONS, DANGLING];

/// Statements that run on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[
    STATE_WITHOUT_EVENT,
    EVENT_OUT_OF_CHAIN,
    CANCELLED_WITHOUT_EVIDENCE,
    EVIDENCE,
    PUBLISHED_AND_LOST,
    PENDING_AND_FORGOTTEN,
    REFUNDED_WITHOUT_APPROVAL,
];

/// Whether states follow from events, every cancellation has its client's signed act and every refund its approval, and
/// nothing that must be there is gone.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn chains(db: &Db) -> Result<Vec<Finding>, StoreError> {
    let checks = [
        (
            "P1",
            STATE_WITHOUT_EVENT,
            "project {} is not in the state that its last event says",
        ),
        (
            "P1",
            EVENT_OUT_OF_CHAIN,
            "project {} has an event that does not start where the one before ended",
        ),
        (
            "P2",
            CANCELLED_WITHOUT_EVIDENCE,
            "project {} was cancelled without its client's signed act",
        ),
        (
            "P4",
            PUBLISHED_AND_LOST,
            "project {} was published and is gone: restore a backup",
        ),
        (
            "P5",
            PENDING_AND_FORGOTTEN,
            "project {} is pending and the plan does not know it, or the other way round",
        ),
        (
            "L4",
            REFUNDED_WITHOUT_APPROVAL,
            "provider {} got credits back without a person's approval of that request",
        ),
    ];
    let mut findings = Vec::new();
    for (rule, sql, what) in checks {
        let found: Vec<String> = on_engine!(db.read(), pool => sqlx::query_scalar(sql).bind(FINDINGS_MAX).fetch_all(pool).await)?;
        findings.extend(found.into_iter().map(|reference| Finding {
            rule,
            what: what.replace("{}", &reference),
        }));
    }
    Ok(findings)
}

/// Whether the embedded database holds rows that its own checks and foreign keys refuse: a console may switch both off.
/// Reads the whole file. Nothing on `PostgreSQL`, where no ordinary login can.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn contradictions(db: &Db) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    if let Engine::Sqlite(pool) = db.read() {
        for sql in SQLITE_ONLY_SQL {
            let found: Vec<String> = sqlx::query_scalar(sql)
                .bind(FINDINGS_MAX)
                .fetch_all(pool)
                .await?;
            findings.extend(found.into_iter().map(|what| Finding { rule: "O6", what }));
        }
    }
    Ok(findings)
}

/// Whether the signature of every cancellation's evidence still holds and still says that this client ended this project.
/// One row in memory at a time.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn evidence(db: &Db, secrets: &Secrets, keys: &Keys) -> Result<Vec<Finding>, StoreError> {
    let mut rows = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_as::<_, EvidenceRow>(EVIDENCE).fetch(pool),
        Engine::Postgres(pool) => sqlx::query_as::<_, EvidenceRow>(EVIDENCE).fetch(pool),
    };
    let mut findings = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let (project, about) = (
            &row.reference,
            (row.reference.as_str(), row.client.as_str()),
        );
        if findings.len() < EVIDENCE_FINDINGS_MAX
            && !is_cancellation(&row.kept, about, secrets, keys)
        {
            findings.push(Finding {
                rule: "P2",
                what: format!(
                    "project {project} was cancelled by an act whose signature holds under no key of today: give the \
                     keys of then in platform.secret and web.key_previous, or put it back"
                ),
            });
        }
    }
    Ok(findings)
}

#[derive(FromRow)]
struct EvidenceRow {
    /// Of the project.
    reference: String,
    /// Reference of its client.
    client: String,
    #[sqlx(flatten)]
    kept: Kept,
}

#[cfg(test)]
mod tests;
