//! Attacks on the ledger by somebody who may write to the database.

use super::*;

/// Attacks that need nothing but the right to write; each must fail or change nothing.
const EDITS: &[&str] = &[
    "UPDATE transfers SET amount = 1",
    "UPDATE entries SET after = after + 1000",
    "UPDATE entries SET delta = 1000, after = 1000 WHERE account = 'available'",
    "UPDATE credit_books SET kind = 'view'",
    "DELETE FROM entries",
    "DELETE FROM transfers",
    "DELETE FROM credit_books",
    "DELETE FROM unpaid_spends",
    "UPDATE unpaid_spends SET amount = 1",
    "UPDATE unpaid_spends SET paid_by = (SELECT id FROM transfers WHERE purpose = 'grant')",
    // Entries without a transfer, twice, of another sum, of another account.
    "INSERT INTO entries SELECT provider_id, kind, account, n + 1, transfer_id, delta, after + delta FROM entries WHERE account = 'available' AND n = 1",
    "INSERT INTO entries SELECT provider_id, kind, 'issued', 2, transfer_id, delta, -1 FROM entries WHERE account = 'used'",
    "WITH chosen AS (SELECT id FROM transfers) UPDATE transfers SET amount = 1 WHERE id IN (SELECT id FROM chosen)",
];
const EDITS_SQLITE: &[&str] = &[
    "INSERT OR REPLACE INTO transfers SELECT * FROM transfers WHERE purpose = 'spend'",
    "INSERT OR REPLACE INTO entries SELECT provider_id, kind, account, n, transfer_id, delta, 1000 FROM entries WHERE account = 'available'",
    "REPLACE INTO credit_books SELECT * FROM credit_books",
    "UPDATE OR REPLACE entries SET after = 1000 WHERE account = 'available'",
    "REPLACE INTO unpaid_spends SELECT idempotency_key, provider_id, kind, project_id, 1, at, noted_at, NULL FROM unpaid_spends",
];
const EDITS_POSTGRES: &[&str] = &[
    "TRUNCATE entries",
    "TRUNCATE transfers CASCADE",
    "TRUNCATE credit_books CASCADE",
    "WITH gone AS (DELETE FROM entries RETURNING *) SELECT COUNT(*) FROM gone",
    "MERGE INTO entries e USING transfers t ON e.transfer_id = t.id WHEN MATCHED THEN DELETE",
];

/// Columns of a transfer, for those made up.
const INTO_TRANSFERS: &str =
    "INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, project_id,
    refunds, request, corrects, reason, idempotency_key, at, recorded_at, previous_hash, hash)";
/// The honest spend that the made-up ones copy.
const SPENT: &str = "transfers WHERE idempotency_key = 'spend'";
/// Transfers and entries made up; the words in capitals stand for the texts of the constants and for a fresh id.
const FORGERIES: &[&str] = &[
    // A negative or empty amount, and one that is too large.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'grant', 'issued', 'available', -5, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'grant', 'issued', 'available', 0, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'grant', 'issued', 'available', 1000001, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    // A spend in the other direction, a grant out of the used ones.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'spend', 'used', 'available', 1, project_id, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'grant', 'used', 'available', 1, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    // An overdraft.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'spend', 'available', 'used', 100, (SELECT id FROM projects ORDER BY id DESC LIMIT 1), NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    // A second spend on the same project, one on none.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'spend', 'available', 'used', 1, project_id, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'spend', 'available', 'used', 1, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    // A refund without a request, of another amount, of a grant.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'refund', 'used', 'available', amount, NULL, id, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'refund', 'used', 'available', 1, NULL, id, id, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'refund', 'used', 'available', 10, NULL, (SELECT id FROM transfers WHERE purpose = 'grant'), id, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    // A correction that gives a spend back, and one without a reason.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'correction', 'used', 'available', amount, NULL, NULL, NULL, id, 'y', 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'correction', 'available', 'used', amount, NULL, NULL, NULL, id, 'y', 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'correction', 'available', 'issued', 10, NULL, NULL, NULL, (SELECT id FROM transfers WHERE purpose = 'grant'), NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    // In the middle of the book, past its end, off its chain, in a book that is not there.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 1, 'grant', 'issued', 'available', 5, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 9, 'grant', 'issued', 'available', 5, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, hash, hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'grant', 'issued', 'available', 5, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, '', hash FROM SPENT",
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, 'view', 1, 'grant', 'issued', 'available', 5, NULL, NULL, NULL, NULL, NULL, 'x', at, recorded_at, '', hash FROM SPENT",
    // A key that was used.
    "INTO_TRANSFERS SELECT NEW_ID, provider_id, kind, 3, 'grant', 'issued', 'available', 5, NULL, NULL, NULL, NULL, NULL, 'spend', at, recorded_at, hash, hash FROM SPENT",
    "INSERT INTO entries SELECT provider_id, kind, account, n + 1, NEW_ID, 5, after + 5 FROM entries WHERE account = 'used'",
    // Through an upsert, and hidden in a query.
    "INTO_TRANSFERS SELECT id, provider_id, kind, n, purpose, debit, credit, amount, project_id, refunds, request, corrects, reason, idempotency_key, at, recorded_at, previous_hash, hash FROM SPENT ON CONFLICT (id) DO UPDATE SET amount = 1",
];

fn attacks(sqlite: bool) -> Vec<String> {
    let (edits, new_id) = if sqlite {
        (EDITS_SQLITE, "randomblob(16)")
    } else {
        (EDITS_POSTGRES, "gen_random_uuid()")
    };
    let edits = EDITS.iter().chain(edits).map(|sql| (*sql).to_owned());
    let forged = FORGERIES.iter().map(|sql| {
        sql.replace("INTO_TRANSFERS", INTO_TRANSFERS)
            .replace("NEW_ID", new_id)
            .replace("SPENT", SPENT)
    });
    edits.chain(forged).collect()
}

// L1, L2, L3, L4: nobody who may merely write can make, lose or move a credit outside the rules.
#[tokio::test]
async fn raw_sql_cannot_touch_the_ledger() {
    each_engine(async |db| {
        let (provider, projects) = a_book(&db, 10, 3).await?;
        done(run(&db, &order("spend", provider, 3, What::Spend(projects[0]))).await?);
        run(
            &db,
            &order("unpaid", provider, 50, What::Spend(projects[1])),
        )
        .await?;
        let before = (history(&db, provider).await?, unpaid(&db).await?);
        let mut undone = Vec::new();
        for sql in attacks(matches!(db.write(), Engine::Sqlite(_))) {
            let attacked = attack(&db, &sql).await;
            if !attacked.as_ref().is_err_and(is_a_rule) {
                undone.push(format!("{sql}: {attacked:?}"));
            }
        }
        assert!(undone.is_empty(), "{undone:#?}");
        assert_eq!((history(&db, provider).await?, unpaid(&db).await?), before);
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}
