use std::fs;

use relance_shared::clock::Clock;
use relance_shared::listing::store::{List, count};
use relance_shared::platform::store::projections;
use relance_shared::testing::store::change_a_title;
use relance_shared::testing::{day, each_engine};
use tempfile::TempDir;

use super::*;

const LISTINGS: &str = "listing_id,client_id,created_at,category,budget_eur,urgency\n\
    L1,C1,2025-01-01T08:00:00Z,seo,1200,asap\n\
    L2,C1,2025-01-02T08:00:00Z,video,,flexible\n\
    L3,C2,2025-01-03T08:00:00Z,,300,unknown\n\
    L4,C2,yesterday,,300,unknown\n";
const EVENTS: &str = "at,listing_id,event,actor,detail\n\
    2025-01-04T08:00:00Z,L1,bid,P1,\n\
    2025-01-04T09:00:00Z,L3,bid,P2,\n\
    2025-01-05T08:00:00Z,L1,email_sent,,\n\
    2025-01-06T08:00:00Z,L1,reply,,still_looking\n\
    2025-01-07T08:00:00Z,L2,awarded,,\n\
    2025-01-08T08:00:00Z,L3,client_cancelled,,\n\
    2025-01-08T08:00:00Z,L1,reply,,perhaps\n\
    2025-01-09T08:00:00Z,L1,sunshine,,\n\
    \"unclosed\n\
    2025-01-10T08:00:00Z,L1,login,,\n";

fn env(db: &relance_shared::db::Db) -> Env {
    Env::for_tests(db, &Clock::fixed(day(0)))
}

async fn whole(env: &Env) -> anyhow::Result<Vec<String>> {
    let mut rows = Vec::new();
    projections::each(&env.db, |kind, row| rows.push(format!("{kind} {row}"))).await?;
    rows.sort();
    Ok(rows)
}

// A history folder becomes clients, projects, timeline and awards; ended projects are never listed; twice is once.
#[tokio::test]
async fn a_history_folder_is_imported_once_whatever_is_wrong_in_it() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("listings.csv"), LISTINGS).unwrap();
    fs::write(folder.path().join("events.csv"), EVENTS).unwrap();
    each_engine(async |db| {
        let env = env(&db);
        let mut said = Vec::new();
        let report = import(&env, folder.path(), |line| said.push(line.to_owned())).await?;
        assert_eq!(report.rejected, 3, "{said:?}");
        assert!(
            said.iter()
                .any(|line| line.contains("listings.csv:5: rejected: at: ")),
            "{said:?}"
        );
        assert!(
            said.iter()
                .any(|line| line.contains("events.csv:8: rejected: detail: ")),
            "{said:?}"
        );
        assert!(
            said.iter().any(|line| line.contains("events.csv:10: ")),
            "{said:?}"
        );
        assert_eq!((report.waiting, report.refused), (0, 0));
        assert_eq!(count(&db, List::Pending).await?, 1);
        assert_eq!(count(&db, List::InProgress).await?, 1);
        let before = whole(&env).await?;
        let again = import(&env, folder.path(), |_| {}).await?;
        assert_eq!(
            (again.applied, again.late, again.kept),
            (0, 0, 0),
            "{again:?}"
        );
        assert_eq!(whole(&env).await?, before);
        // The events kept give the same state again, and a row that somebody changed is found.
        let (_folder, scratch) = relance_shared::testing::sqlite().await;
        crate::commands::rebuild::prove(&env, &scratch).await?;
        change_a_title(&db, "L1").await?;
        assert!(
            crate::commands::rebuild::prove(&env, &scratch)
                .await
                .is_err()
        );
        Ok(())
    })
    .await;
}

// Bad lines are listed with file, line and reason; the good ones around them are taken.
#[tokio::test]
async fn a_bad_line_costs_only_itself() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("day.jsonl");
    let good = |n: u32| {
        format!(
            r#"{{"id":"e{n}","type":"client.upserted","at":"2025-01-01T00:00:00Z","data":{{"client":"C{n}","name":"N"}}}}"#
        )
    };
    let cancel = r#"{"id":"x","type":"project.cancelled_by_client","at":"2025-01-01T00:00:00Z","data":{"project":"P","client":"C1"}}"#;
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(LINE_BYTES_MAX));
    fs::write(
        &file,
        [&good(1), "nonsense", "", &long, cancel, &good(2)].join("\n"),
    )
    .unwrap();
    each_engine(async |db| {
        let mut said = Vec::new();
        let report = import(&env(&db), &file, |line| said.push(line.to_owned())).await?;
        assert_eq!((report.applied, report.rejected), (2, 3), "{said:?}");
        for (line, place) in said
            .iter()
            .zip(["day.jsonl:2: ", "day.jsonl:4: ", "day.jsonl:5: "])
        {
            assert!(line.contains(place), "{line}");
        }
        Ok(())
    })
    .await;
}
