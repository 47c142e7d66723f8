//! Whoever may merely write cannot approve, move or rewrite a request.

use sqlx::AssertSqlSafe;

use super::*;

const EVENT: &str = "INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, staff_id, seconded_by,
    said, surface, interaction, case_id, at) SELECT r.id, ";

fn events_forged() -> Vec<String> {
    let from = "FROM refund_requests r JOIN refund_cases c ON c.request_id = r.id JOIN staff s ON s.reference = ";
    let forged =
        |values: &str, staff: &str| format!("{EVENT} {values} {from} '{staff}' WHERE r.number = 1");
    vec![
        // An approval by a timer, by the claimant, by nobody, by support, by the claimant's own staff account.
        forged(
            "'approved', 'open', 'approved', 'timer', NULL, NULL, 'x', 'timer', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'approved', 'open', 'approved', 'provider', NULL, NULL, 'x', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'approved', 'open', 'approved', 'staff', NULL, NULL, 'x', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'approved', 'open', 'approved', 'staff', s.id, NULL, 'x', 'discord', NULL, c.id, r.opened_at",
            "support",
        ),
        forged(
            "'approved', 'open', 'approved', 'staff', s.id, NULL, 'x', 'discord', NULL, c.id, r.opened_at",
            "own",
        ),
        // Without a reason, without a case, with a second person who never said so, twice the same person.
        forged(
            "'approved', 'open', 'approved', 'staff', s.id, NULL, '  ', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'approved', 'open', 'approved', 'staff', s.id, NULL, 'x', 'discord', NULL, NULL, r.opened_at",
            "anne",
        ),
        forged(
            "'approved', 'open', 'approved', 'staff', s.id, (SELECT id FROM staff WHERE reference = 'bilal'), 'x', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'approved', 'open', 'approved', 'staff', s.id, s.id, 'x', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        // From where it does not stand; closed without a question or a warning; to a state that is none.
        forged(
            "'approved', 'asked', 'approved', 'staff', s.id, NULL, 'x', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'undone', 'approved', 'undone', 'staff', s.id, NULL, 'x', 'discord', NULL, c.id, r.opened_at",
            "anne",
        ),
        forged(
            "'closed_silent', 'open', 'closed_silent', 'timer', NULL, NULL, '', 'timer', NULL, NULL, r.opened_at",
            "anne",
        ),
        forged(
            "'closed_silent', 'asked', 'closed_silent', 'timer', NULL, NULL, '', 'timer', NULL, NULL, r.opened_at",
            "anne",
        ),
        forged(
            "'answered', 'open', 'approved', 'provider', NULL, NULL, 'x', 'discord', NULL, NULL, r.opened_at",
            "anne",
        ),
        // All at once.
        format!(
            "{EVENT} 'approved', r.state, 'approved', 'timer', NULL, NULL, 'x', 'timer', NULL, c.id, r.opened_at FROM refund_requests r JOIN refund_cases c ON c.request_id = r.id"
        ),
    ]
}

fn others(sqlite: bool) -> Vec<String> {
    let new_id = if sqlite {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    let request = |columns: &str| {
        format!(
            "INSERT INTO refund_requests (id, number, spend, provider_id, project_id, kind, amount, plan, reason, story, proof,
                locale, surface, idempotency_key, opened_at, state, state_event, state_at)
            SELECT {new_id}, {columns} FROM refund_requests WHERE number = 1"
        )
    };
    let mut attacks = vec![
        "UPDATE refund_requests SET state = 'approved'".to_owned(),
        "UPDATE refund_requests SET amount = 20".to_owned(),
        "UPDATE refund_requests SET story = 'autre chose'".to_owned(),
        "DELETE FROM refund_requests".to_owned(),
        "UPDATE refund_cases SET file = '{}'".to_owned(),
        "DELETE FROM refund_cases".to_owned(),
        "UPDATE refund_notes SET text = 'autre chose'".to_owned(),
        "DELETE FROM refund_notes".to_owned(),
        "DELETE FROM refund_gate".to_owned(),
        "UPDATE refund_gate SET last_number = 0".to_owned(),
        "INSERT INTO refund_gate (one, last_number) VALUES (2, 0)".to_owned(),
        // A second request for the spend, one of another amount, one that is born approved.
        request("2, spend, provider_id, project_id, kind, amount, plan, reason, story, proof, locale, surface, 'x', opened_at, 'open', NULL, opened_at"),
        request("2, spend, provider_id, project_id, kind, 20, plan, reason, story, proof, locale, surface, 'x', opened_at, 'open', NULL, opened_at"),
        request("2, spend, provider_id, project_id, kind, amount, plan, reason, story, proof, locale, surface, 'x', opened_at, 'approved', NULL, opened_at"),
        request("1, spend, provider_id, project_id, kind, amount, plan, reason, story, proof, locale, surface, 'x', opened_at, 'open', NULL, opened_at"),
        // A refund in the ledger for a request that nobody approved.
        format!("INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, refunds, request, idempotency_key, at, recorded_at, previous_hash, hash)
            SELECT {new_id}, s.provider_id, s.kind, s.n + 1, 'refund', 'used', 'available', s.amount, s.id, r.id, 'x', s.at, s.at, s.hash, s.hash
            FROM transfers s JOIN refund_requests r ON r.spend = s.id"),
    ];
    if sqlite {
        attacks.push(
            "INSERT OR REPLACE INTO refund_requests SELECT * FROM refund_requests".to_owned(),
        );
        attacks.push(
            "UPDATE OR REPLACE refund_requests SET state = 'approved', state_event = 1".to_owned(),
        );
    } else {
        attacks.push("TRUNCATE refund_events".to_owned());
        attacks.push("TRUNCATE refund_requests CASCADE".to_owned());
    }
    attacks
}

async fn attack(db: &Db, sql: &str) -> Result<u64, sqlx::Error> {
    on_engine!(db.write(), pool => sqlx::query(AssertSqlSafe(sql.to_owned())).execute(pool).await
        .map(|done| done.rows_affected()))
}

/// Whether a constraint or a trigger refused it, not a slip in the attack.
fn is_a_rule(error: &sqlx::Error) -> bool {
    let code = (error.as_database_error())
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    let code = code.unwrap_or_default();
    let sqlite = code
        .parse::<u32>()
        .is_ok_and(|n| n < 20_000 && n & 0xff == 19);
    sqlite || (code.len() == 5 && code.starts_with("23"))
}

// L4, L5, S26, d9, d14: raw SQL cannot say yes, decide twice, or change what was decided.
#[tokio::test]
async fn raw_sql_cannot_decide() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        a_staff(&db, "support", Role::Support, None).await?;
        a_staff(&db, "own", Role::Admin, Some(ground.provider)).await?;
        let request = opened(&db, &ground, "form").await?;
        open_case(&db, request.id, None, day(2)).await?;
        note(&db, request.id, ground.admin, "à rappeler", day(2)).await?;
        let mut undone = Vec::new();
        let sqlite = matches!(db.write(), Engine::Sqlite(_));
        for sql in events_forged().into_iter().chain(others(sqlite)) {
            let attacked = attack(&db, &sql).await;
            if !attacked.as_ref().is_err_and(is_a_rule) {
                undone.push(format!("{sql}: {attacked:?}"));
            }
        }
        assert!(undone.is_empty(), "{undone:#?}");
        assert_eq!(get(&db, request.id).await?, request);
        decided(&db, &command(&request, ground.admin, Verdict::Approve), 3).await?;
        for sql in [
            "UPDATE refund_events SET said = 'autre chose'",
            "UPDATE refund_events SET staff_id = NULL",
            "DELETE FROM refund_events",
            "UPDATE refund_requests SET state = 'open', state_event = NULL",
        ] {
            assert!(attack(&db, sql).await.is_err(), "{sql}");
        }
        assert_eq!(left(&db, &ground).await?, 20);
        Ok(())
    })
    .await;
}
