//! Attacks on the sample rows with a console's own settings: checks, foreign keys and recursive triggers off on SQLite.

use sqlx::PgConnection;

use super::*;

/// What must succeed first, and what must be refused then.
const ATTACKS: &[(&str, &str)] = &[
    // P2: a signed act of the same client, used once, copied under another id after the project was put back.
    (
        REOPENED,
        "INSERT INTO client_proofs (id, client_id, project_id, evidence, made_at, expires_at)
            SELECT @23, @1, @11, seq, at, '2027-02-08T12:00:00+00:00' FROM platform_events WHERE id = 'x9'",
    ),
    // P1: an award that the event does not tell, tells of another provider, or tells under another id.
    (
        "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal) VALUES
            ('w9', 'webhook', 'project.awarded', '2026-01-20T12:00:00+00:00', '2026-01-20T12:00:00+00:00', 'R4', '{}', @seal)",
        FALSE_AWARD,
    ),
    (
        "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal) VALUES
            ('w9', 'webhook', 'project.awarded', '2026-01-20T12:00:00+00:00', '2026-01-20T12:00:00+00:00', 'R4',
            '{\"id\":\"w9\",\"type\":\"project.awarded\",\"at\":\"2026-01-20T12:00:00Z\",\"data\":{\"project\":\"R4\",\"provider\":\"V1\"}}', @seal)",
        FALSE_AWARD,
    ),
    (
        "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal) VALUES
            ('w9', 'webhook', 'project.awarded', '2026-01-20T12:00:00+00:00', '2026-01-20T12:00:00+00:00', 'R4',
            '{\"id\":\"w1\",\"type\":\"project.awarded\",\"at\":\"2026-01-20T12:00:00Z\",\"data\":{\"project\":\"R4\",\"provider\":\"V2\"}}', @seal)",
        FALSE_AWARD,
    ),
    // L4, L5, L6: a timer moves a request to approved; somebody of the staff who is the claimant by their address decides.
    (
        "",
        "INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, said, surface, at)
            VALUES (@101, 'warned', 'asked', 'approved', 'timer', '', 'timer', '2026-01-20T12:00:00+00:00')",
    ),
    (
        "INSERT INTO staff (id, reference, name, email, locale, role, provider_id, created_at) VALUES
            (@76, 'vera', 'Vera', 'vera@prestataires.example', 'fr', 'admin', NULL, '2026-01-01T12:00:00+00:00')",
        "INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, staff_id, said, surface, case_id, at)
            VALUES (@101, 'approved', 'asked', 'approved', 'staff', @76, 'oui', 'terminal', @103, '2026-01-20T12:00:00+00:00')",
    ),
    // L2: more than the book holds. L1: an amount of nothing, legs of no purpose.
    ("", "INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, project_id, idempotency_key, at,
            recorded_at, previous_hash, hash)
        SELECT @95, provider_id, kind, 3, 'spend', 'available', 'used', 90000, @15, 'z', at, at, hash, hash
        FROM transfers WHERE id = @93"),
    ("", "INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, idempotency_key, at,
            recorded_at, previous_hash, hash)
        SELECT @95, provider_id, kind, 3, 'grant', 'issued', 'available', 0, 'z', at, at, hash, hash
        FROM transfers WHERE id = @93"),
    ("", "INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, idempotency_key, at,
            recorded_at, previous_hash, hash)
        SELECT @95, provider_id, kind, 3, 'gift', 'issued', 'available', 5, 'z', at, at, hash, hash
        FROM transfers WHERE id = @93"),
    // D2: a complaint or a dead address cannot be forgotten. P5: no pending project can be forgotten by the plan.
    ("", "DELETE FROM suppressions"),
    ("", "UPDATE suppressions SET reason = 'opt_out'"),
    ("", "UPDATE suppressions SET address_hash = 'z' WHERE address_hash = 'b'"),
    ("", "DELETE FROM follow_up_due"),
    ("", "UPDATE follow_up_due SET client_id = @2 WHERE project_id = @14"),
    ("", "UPDATE follow_up_due SET project_id = @11 WHERE project_id = @14"),
    // P4: a project's client, and whoever is named by what was decided, stays.
    ("", "DELETE FROM clients"),
    ("", "DELETE FROM providers"),
    ("", "DELETE FROM staff"),
    ("", "UPDATE clients SET id = @9 WHERE id = @1"),
    ("", "UPDATE providers SET reference = 'V9' WHERE id = @3"),
    ("", "UPDATE staff SET reference = 'eve' WHERE id = @71"),
];

const REOPENED: &str = "INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, seal) VALUES
        ('r9', 'webhook', 'project.reopened_by_client', '2026-01-20T12:00:00+00:00', '2026-01-20T12:00:00+00:00', 'R1',
        '{\"id\":\"r9\",\"type\":\"project.reopened_by_client\",\"at\":\"2026-01-20T12:00:00Z\",\"data\":{\"project\":\"R1\"}}', @seal);
    INSERT INTO project_events (project_id, from_state, to_state, actor_kind, actor_id, cause, at)
        SELECT @11, 'cancelled', 'pending', 'client', @1, seq, at FROM platform_events WHERE id = 'r9';
    INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, signature, seal)
        SELECT 'x9', source, kind, '2027-02-01T12:00:00+00:00', '2027-02-01T12:00:00+00:00', subject, body, signature, seal
        FROM platform_events WHERE id = 'x1'";
const FALSE_AWARD: &str = "INSERT INTO project_events (project_id, from_state, to_state, actor_kind, cause, awarded_to, at)
    SELECT @14, 'pending', 'in_progress', 'platform', seq, @4, at FROM platform_events WHERE id = 'w9'";

/// An open console on either engine.
type Console = Engine<SqliteConnection, PgConnection>;

async fn run(console: &mut Console, sql: &str) -> Result<(), sqlx::Error> {
    let sql = spelled(sql, matches!(console, Engine::Postgres(_)));
    on_engine!(console, on => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *on).await.map(drop))
}

async fn attacked(mut console: Console) -> Result<Console, sqlx::Error> {
    run(&mut console, "BEGIN").await?;
    for (first, attack) in ATTACKS {
        run(&mut console, "SAVEPOINT attack").await?;
        run(&mut console, first).await?;
        let refused = run(&mut console, attack)
            .await
            .expect_err(attack)
            .to_string();
        for mistake in [
            "syntax",
            "no such",
            "does not exist",
            "datatype",
            "NOT NULL",
            "not-null",
            "is of type",
        ] {
            assert!(
                !refused.contains(mistake),
                "no attack at all: {attack}\n{refused}"
            );
        }
        run(&mut console, "ROLLBACK TO attack").await?;
    }
    run(&mut console, "ROLLBACK").await?;
    Ok(console)
}

#[tokio::test]
async fn no_console_talks_a_guard_over() -> anyhow::Result<()> {
    let mut sqlite = filled_sqlite().await;
    sqlx::raw_sql("PRAGMA ignore_check_constraints = ON")
        .execute(&mut sqlite)
        .await?;
    attacked(Engine::Sqlite(sqlite)).await?;
    if let Some(cluster) = environment(POSTGRES_VARIABLE) {
        let (name, connection) = filled_postgres(&cluster).await;
        drop(attacked(Engine::Postgres(connection)).await?);
        drop_postgres(&cluster, &name).await?;
    }
    Ok(())
}
