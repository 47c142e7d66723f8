//! Raw SQL against the tables of projects and their evidence: nothing moves a project but its own event, nothing cancels
//! but its own client's signed act (P1, P2, P4, P5).

mod seals;

use sqlx::AssertSqlSafe;

use super::*;
use crate::verify::store as verify;

/// P1 pending, P2 in progress, P3 cancelled, P4 cancelled and reopened; all but P2 of client C1.
async fn a_stage(db: &Db) -> anyhow::Result<()> {
    let mut events = a_market();
    for project in ["P2", "P3", "P4"] {
        let client = if project == "P2" { "C2" } else { "C1" };
        let data = json!({"project": project, "client": client, "title": "Un site"});
        events.push(event(
            &format!("pub{project}"),
            "project.published",
            1,
            &data,
        ));
    }
    events.push(event(
        "w2",
        "project.awarded",
        3,
        &json!({"project": "P2", "provider": "V1"}),
    ));
    for project in ["P3", "P4"] {
        let data = json!({"project": project, "client": "C1", "reason": "other"});
        events.push(event(
            &format!("x{project}"),
            "project.cancelled_by_client",
            4,
            &data,
        ));
    }
    events.push(event(
        "r4",
        "project.reopened_by_client",
        5,
        &json!({"project": "P4", "client": "C1"}),
    ));
    events.push(event(
        "spare",
        "project.praised",
        5,
        &json!({"project": "P1"}),
    ));
    take(db, &keys(), Source::File, &events, day(6)).await?;
    Ok(())
}

/// Everything that the attacks aim at, as text.
async fn guarded(db: &Db) -> Result<Vec<String>, StoreError> {
    let mut rows = whole(db).await?;
    for sql in [
        "SELECT 'event ' || seq || from_state || to_state || actor_kind || cause FROM project_events",
        "SELECT 'proof ' || evidence FROM client_proofs",
        "SELECT 'raw ' || seq || id || kind || COALESCE(subject, '') || body || COALESCE(signature, '')
            FROM platform_events",
        "SELECT 'rank ' || reference || rank_key FROM projects",
    ] {
        let found: Vec<String> = on_engine!(db.read(), pool => sqlx::query_scalar(sql).fetch_all(pool).await)?;
        rows.extend(found);
    }
    rows.sort();
    Ok(rows)
}

async fn run(db: &Db, sql: &str) -> Result<(), sqlx::Error> {
    on_engine!(db.write(), pool => sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.map(drop))
}

const PROJECT: &str = "(SELECT id FROM projects WHERE reference = 'P1')";
const OWNER: &str = "(SELECT client_id FROM projects WHERE reference = 'P1')";
const OTHER: &str = "(SELECT id FROM clients WHERE reference = 'C2')";
const VERA: &str = "(SELECT id FROM providers WHERE reference = 'V1')";

/// An event of P1 with these from, to, actor kind, actor, cause, proof, provider, reason; on the day of the cause.
fn forged(
    from: &str,
    to: &str,
    actor: (&str, &str),
    cause: &str,
    proof: &str,
    provider: &str,
) -> String {
    let (kind, actor) = actor;
    format!(
        "INSERT INTO project_events (project_id, from_state, to_state, actor_kind, actor_id, cause, proof, awarded_to,
            reason, at)
        SELECT {PROJECT}, '{from}', '{to}', '{kind}', {actor}, e.seq, {proof}, {provider}, 'other', e.at
        FROM platform_events e WHERE e.id = '{cause}'"
    )
}

fn proof_of(project: &str) -> String {
    format!(
        "(SELECT c.id FROM client_proofs c JOIN projects p ON p.id = c.project_id WHERE p.reference = '{project}')"
    )
}

const ON_BOTH: &[&str] = &[
    // States, without their event.
    "UPDATE projects SET state = 'cancelled', cancelled_by = client_id, cancelled_at = ranked_at WHERE reference = 'P1'",
    "UPDATE projects SET state = 'expired' WHERE reference = 'P1'",
    "UPDATE projects SET state = 'pending', cancelled_by = NULL, cancelled_at = NULL WHERE reference = 'P3'",
    "UPDATE projects SET state_event = (SELECT MAX(seq) FROM project_events) WHERE reference = 'P1'",
    "UPDATE projects SET state_event = NULL WHERE reference = 'P2'",
    "WITH gone AS (SELECT id FROM projects WHERE reference = 'P1') UPDATE projects SET state = 'cancelled',
        cancelled_by = client_id, cancelled_at = ranked_at WHERE id IN (SELECT id FROM gone)",
    "INSERT INTO projects SELECT * FROM projects WHERE reference = 'P1'
        ON CONFLICT (id) DO UPDATE SET state = 'cancelled', cancelled_by = projects.client_id,
            cancelled_at = projects.ranked_at",
    "INSERT INTO projects SELECT * FROM projects WHERE reference = 'P3' ON CONFLICT (id) DO NOTHING",
    // Shadow cancels: owner, age, name, rank of nowhere, deletion.
    "UPDATE projects SET published_at = ranked_at, rank_key = 0 WHERE reference = 'P1' AND published_at <> ranked_at",
    "UPDATE projects SET reference = 'P9' WHERE reference = 'P1'",
    "UPDATE projects SET rank_key = -1 WHERE reference = 'P1'",
    "UPDATE projects SET rank_key = 99999999999999 WHERE reference = 'P1'",
    "UPDATE projects SET rank_key = NULL WHERE reference = 'P1'",
    "DELETE FROM projects WHERE reference = 'P1'",
    "DELETE FROM projects",
    "DELETE FROM clients WHERE reference = 'C1'",
    "INSERT INTO past_projects (reference, client_reference, title, published_at, ended_at, evidence)
        SELECT p.reference, 'C1', '', p.published_at, p.ranked_at, 1 FROM projects p WHERE p.reference = 'P1'",
    // History, evidence and raw events are append-only.
    "UPDATE project_events SET to_state = 'cancelled'",
    "UPDATE project_events SET at = at, reason = 'other'",
    "DELETE FROM project_events",
    "UPDATE client_proofs SET expires_at = '2099-01-01T00:00:00+00:00'",
    "DELETE FROM client_proofs",
    "UPDATE platform_events SET kind = 'project.cancelled_by_client' WHERE id = 'spare'",
    "UPDATE platform_events SET signature = '{}' WHERE id = 'spare'",
    "UPDATE platform_events SET seal = (SELECT seal FROM platform_events WHERE id = 'w2')",
    "UPDATE platform_events SET subject = 'P1' WHERE id = 'xP3'",
    "UPDATE platform_events SET body = '{}'",
    "UPDATE platform_events SET erased_at = received_at WHERE id = 'xP3'",
    "UPDATE platform_events SET erased_at = received_at, body = '{}' WHERE id = 'c1'",
    "DELETE FROM platform_events",
];

fn on_both_engines() -> Vec<String> {
    let mut attacks: Vec<String> = ON_BOTH.iter().map(|sql| (*sql).to_owned()).collect();
    attacks.push(format!(
        "UPDATE projects SET client_id = {OTHER} WHERE reference = 'P1'"
    ));
    attacks.push(format!(
        "UPDATE projects SET state = 'in_progress', awarded_to = {VERA}, awarded_at = ranked_at WHERE reference = 'P1'"
    ));
    for (client, evidence) in [
        (OWNER, "spare"),
        (OWNER, "xP3"),
        (OTHER, "xP3"),
        (OWNER, "p1"),
        (OWNER, "w2"),
    ] {
        attacks.push(format!(
            "INSERT INTO client_proofs (id, client_id, project_id, evidence, made_at, expires_at)
            SELECT p.id, {client}, p.id, e.seq, e.at, p.ranked_at FROM projects p, platform_events e
            WHERE p.reference = 'P1' AND e.id = '{evidence}'"
        ));
    }
    let (used, of_reopened) = (proof_of("P3"), proof_of("P4"));
    let client = ("client", OWNER);
    attacks.extend([
        // No proof; another's proof; a proof used before; forged actors.
        forged("pending", "cancelled", client, "spare", "NULL", "NULL"),
        forged("pending", "cancelled", client, "spare", &used, "NULL"),
        forged("pending", "cancelled", client, "xP3", &used, "NULL"),
        forged("pending", "cancelled", client, "xP4", &of_reopened, "NULL"),
        forged(
            "pending",
            "cancelled",
            ("platform", "NULL"),
            "spare",
            &used,
            "NULL",
        ),
        forged(
            "pending",
            "cancelled",
            ("staff", "NULL"),
            "spare",
            &used,
            "NULL",
        ),
        forged(
            "pending",
            "cancelled",
            ("client", OTHER),
            "spare",
            &used,
            "NULL",
        ),
        forged(
            "pending",
            "cancelled",
            ("client", "NULL"),
            "spare",
            &used,
            "NULL",
        ),
        forged("in_progress", "cancelled", client, "xP3", &used, "NULL"),
        forged(
            "pending",
            "expired",
            ("platform", "NULL"),
            "spare",
            "NULL",
            "NULL",
        ),
        // False awards: about another project, of another kind of event, by a client, without a provider, at another time.
        forged(
            "pending",
            "in_progress",
            ("platform", "NULL"),
            "w2",
            "NULL",
            VERA,
        ),
        forged(
            "pending",
            "in_progress",
            ("platform", "NULL"),
            "spare",
            "NULL",
            VERA,
        ),
        forged("pending", "in_progress", client, "spare", "NULL", VERA),
        forged(
            "pending",
            "in_progress",
            ("platform", "NULL"),
            "w2",
            "NULL",
            "NULL",
        ),
        // The project of the proof again, after its client had put it back.
        forged("pending", "cancelled", client, "xP4", &of_reopened, "NULL").replace("'P1'", "'P4'"),
    ]);
    attacks
}

fn on_sqlite() -> Vec<String> {
    let replaced = "SELECT id, reference, client_id, title, description, category, budget_minor, currency, urgency,
        published_at, details_at, 'cancelled', state_event, NULL, NULL, client_id, ranked_at, rank_key, ranked_at
        FROM projects WHERE reference = 'P1'";
    let mut attacks = Vec::new();
    for pragma in [
        "recursive_triggers = OFF",
        "foreign_keys = OFF",
        "ignore_check_constraints = ON",
        "defer_foreign_keys = ON",
    ] {
        for sql in [
            format!("REPLACE INTO projects {replaced}"),
            format!("INSERT OR REPLACE INTO projects {replaced}"),
            "REPLACE INTO project_events SELECT seq, project_id, from_state, 'pending', actor_kind, actor_id, cause, NULL,
                NULL, reason, at FROM project_events WHERE to_state = 'cancelled'".to_owned(),
            "REPLACE INTO client_proofs SELECT * FROM client_proofs".to_owned(),
            "REPLACE INTO platform_events SELECT * FROM platform_events".to_owned(),
            "INSERT OR REPLACE INTO platform_events (id, source, kind, at, received_at, body, seal)
                SELECT 'xP3', 'file', 'x', '', '', '{}', seal FROM platform_events WHERE id = 'w2'".to_owned(),
            "UPDATE OR IGNORE projects SET state = 'cancelled', cancelled_by = client_id, cancelled_at = ranked_at".to_owned(),
            "UPDATE OR REPLACE projects SET id = (SELECT id FROM projects WHERE reference = 'P2') WHERE reference = 'P1'".to_owned(),
            "UPDATE OR REPLACE projects SET reference = 'P2' WHERE reference = 'P1'".to_owned(),
            "UPDATE OR IGNORE platform_events SET kind = 'x'".to_owned(),
            "UPDATE OR REPLACE platform_events SET seq = 1 WHERE seq = 2".to_owned(),
            "DELETE FROM projects WHERE reference = 'P1'".to_owned(),
            "INSERT INTO project_events (seq, project_id, from_state, to_state, actor_kind, cause, at)
                SELECT 0, id, 'in_progress', 'pending', 'platform', 1, ranked_at FROM projects WHERE reference = 'P2'".to_owned(),
        ] {
            attacks.push(format!("PRAGMA {pragma}; {sql}"));
        }
    }
    attacks
}

fn on_postgres() -> Vec<String> {
    let mut attacks: Vec<String> = [
        "MERGE INTO projects p USING (SELECT 'P1' AS r) s ON p.reference = s.r
            WHEN MATCHED THEN UPDATE SET state = 'cancelled', cancelled_by = client_id, cancelled_at = ranked_at",
        "MERGE INTO projects p USING (SELECT 'P1' AS r) s ON p.reference = s.r WHEN MATCHED THEN DELETE",
        "MERGE INTO project_events p USING (SELECT 1) s ON TRUE WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM projects WHERE reference = 'P1' RETURNING id) SELECT * FROM gone",
        "INSERT INTO project_events (seq, project_id, from_state, to_state, actor_kind, cause, at) OVERRIDING SYSTEM VALUE
            SELECT 0, id, 'in_progress', 'pending', 'platform', 1, ranked_at FROM projects WHERE reference = 'P2'",
        "SET CONSTRAINTS ALL DEFERRED; DELETE FROM projects WHERE reference = 'P1'",
    ]
    .map(str::to_owned)
    .into();
    for table in [
        "projects",
        "project_events",
        "client_proofs",
        "platform_events",
        "past_projects",
    ] {
        attacks.push(format!("TRUNCATE {table} CASCADE"));
        attacks.push(format!("DELETE FROM {table} WHERE TRUE"));
    }
    attacks
}

#[tokio::test]
async fn no_statement_moves_a_project_or_its_evidence() {
    each_engine(async |db| {
        a_stage(&db).await?;
        let before = guarded(&db).await?;
        assert_eq!(verify::chains(&db).await?, []);
        let mut attacks = on_both_engines();
        attacks.extend(if matches!(db.write(), Engine::Sqlite(_)) { on_sqlite() } else { on_postgres() });
        for attack in &attacks {
            // Refused or without effect; what counts is what is there afterwards.
            let answered = run(&db, attack).await;
            let said = answered.as_ref().err().map(ToString::to_string).unwrap_or_default();
            for mistake in ["syntax", "no such table", "no such column", "does not exist", "datatype", "type mismatch", "is of type"] {
                assert!(!said.contains(mistake), "no attack at all: {attack}\n{said}");
            }
            if matches!(db.write(), Engine::Sqlite(_)) {
                run(&db, "PRAGMA recursive_triggers = ON; PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF")
                    .await?;
            }
            assert_eq!(guarded(&db).await?, before, "{attack}\n{answered:?}");
        }
        assert_eq!(verify::chains(&db).await?, []);
        assert!(crate::listing::store::verify(&db).await?.is_whole());
        Ok(())
    })
    .await;
}

// P2: whoever may write can plant an event with a made-up signature; the audit finds it by checking it again.
#[tokio::test]
async fn a_planted_signature_is_found_by_checking_it_again() {
    each_engine(async |db| {
        a_stage(&db).await?;
        let keys = keys();
        assert_eq!(verify::evidence(&db, &secrets(), &keys).await?, []);
        run(
            &db,
            "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, signature, seal)
            SELECT 'planted', 'webhook', 'project.cancelled_by_client', at, received_at, 'P1',
                '{\"id\":\"planted\",\"type\":\"project.cancelled_by_client\",\"at\":\"2026-01-06T12:00:00Z\",\"data\":{\"project\":\"P1\",\"client\":\"C1\"}}',
                '{\"id\":\"m\",\"timestamp\":1767700800,\"signature\":\"v1,AAAA\"}', seal
            FROM platform_events WHERE id = 'r4'",
        )
        .await?;
        let plant = "INSERT INTO client_proofs (id, client_id, project_id, evidence, made_at, expires_at)
            SELECT p.id, p.client_id, p.id, e.seq, e.at, p.ranked_at FROM projects p, platform_events e
            WHERE p.reference = 'P1' AND e.id = 'planted'";
        run(&db, plant).await?;
        run(&db, &forged("pending", "cancelled", ("client", OWNER), "planted", &proof_of("P1"), "NULL")).await?;
        assert_eq!(state(&db, "P1").await?, "cancelled");
        let findings = verify::evidence(&db, &secrets(), &keys).await?;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].what.contains("P1"), "{findings:?}");
        assert_eq!(verify::events(&db, &keys).await?.broken, 1, "it was not taken either");
        Ok(())
    })
    .await;
}
