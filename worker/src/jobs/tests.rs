//! S11, S23, P3: of everything that can be told, run or planned, only the client's own signed act cancels.

use std::fs;
use std::path::{Path, PathBuf};

use relance_shared::clock::Clock;
use relance_shared::config::Settings;
use relance_shared::listing::store::{StateName, find};
use relance_shared::platform::store::take;
use relance_shared::platform::webhook::Secrets;
use relance_shared::platform::{RawEvent, Signature, Source};
use relance_shared::testing::{day, each_engine, keys};
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SOURCES: [Source; 5] = [
    Source::Webhook,
    Source::Feed,
    Source::File,
    Source::History,
    Source::Account,
];
/// Every type of `protocols.md`, those of history folders, and some that nobody agreed on.
const KINDS: [&str; 24] = [
    "client.upserted",
    "client.seen",
    "provider.upserted",
    "subscription.changed",
    "project.published",
    "project.updated",
    "project.award_revoked",
    "project.cancelled_by_client",
    "project.reopened_by_client",
    "credits.granted",
    "application.created",
    "application.withdrawn",
    "history.client_cancelled",
    "history.reply",
    "history.call",
    "history.provider_report",
    "history.email_bounced",
    "history.email_sent",
    "history.login",
    "project.cancelled",
    "project.cancelled_by_staff",
    "project.expired",
    "project.deleted",
    "client.deleted",
];

fn body(id: &str, kind: &str, n: i64) -> String {
    let data = json!({
        "project": "P1", "client": "C1", "provider": "V1", "name": "Ana", "title": "Un site", "reason": "other",
        "plan": "basic", "from": day(1).to_rfc3339(), "kind": "offer", "credits": 1, "amount": 1, "reference": "r",
        "detail": "abandoned", "state": "cancelled",
    });
    json!({"id": id, "type": kind, "at": day(n).to_rfc3339(), "data": data}).to_string()
}

fn signed(body: &str, n: i64) -> Option<RawEvent> {
    let secrets = Secrets::new(Some(&SecretString::from(SECRET))).unwrap();
    let timestamp = day(n).timestamp();
    let signature = secrets.sign("m", timestamp, body)?;
    let signature = Signature {
        id: "m".to_owned(),
        timestamp,
        signature,
    };
    RawEvent::signed(body, signature, &secrets).ok()
}

async fn a_market(env: &Env) -> anyhow::Result<()> {
    let mut events = Vec::new();
    for kind in ["client.upserted", "provider.upserted", "project.published"] {
        events.push(RawEvent::unsigned(&body(kind, kind, 1))?);
    }
    let other = json!({"id": "c2", "type": "client.upserted", "at": day(1).to_rfc3339(), "data": {"client": "C2", "name": "B"}});
    events.push(RawEvent::unsigned(&other.to_string())?);
    take(&env.db, &env.keys, Source::File, &events, day(2)).await?;
    Ok(())
}

async fn is_cancelled(env: &Env) -> anyhow::Result<bool> {
    let found = find(&env.db, "P1").await?;
    Ok(found.is_none_or(|found| found.state == StateName::Cancelled))
}

// P3: every type of event from every way; unsigned, or signed by somebody who is not the owner, none cancels.
#[tokio::test]
async fn no_event_cancels_but_the_owners_signed_one() {
    each_engine(async |db| {
        let env = Env::for_tests(&db, &Clock::fixed(day(10)));
        a_market(&env).await?;
        for (s, source) in SOURCES.into_iter().enumerate() {
            for kind in KINDS {
                let body = body(&format!("{s}:{kind}"), kind, 5);
                if let Ok(event) = RawEvent::unsigned(&body) {
                    take(&db, &keys(), source, &[event], day(10)).await?;
                }
                let foreign = body
                    .replace("\"C1\"", "\"C2\"")
                    .replace("{\"id\":\"", "{\"id\":\"foreign:");
                if let Some(event) = signed(&foreign, 5) {
                    take(&db, &keys(), source, &[event], day(10)).await?;
                }
                assert!(!is_cancelled(&env).await?, "{kind} by {source:?}");
            }
        }
        let act = signed(&body("the act", "project.cancelled_by_client", 6), 6);
        take(
            &db,
            &keys(),
            Source::Webhook,
            &[act.expect("it is signed")],
            day(10),
        )
        .await?;
        assert!(is_cancelled(&env).await?);
        Ok(())
    })
    .await;
}

// P3, P5: whatever the client wished for by mail, however old and silent, no job cancels or loses a project.
#[tokio::test]
async fn no_job_cancels() {
    each_engine(async |db| {
        let (folder, clock) = (TempDir::new()?, Clock::fixed(day(2)));
        let settings = Settings {
            data: folder.path().to_owned(),
            ..Settings::default()
        };
        let env = Env {
            settings: settings.into(),
            ..Env::for_tests(&db, &clock)
        };
        a_market(&env).await?;
        for kind in [
            "history.reply",
            "history.provider_report",
            "history.email_bounced",
        ] {
            take(
                &db,
                &keys(),
                Source::History,
                &[RawEvent::unsigned(&body(kind, kind, 2))?],
                day(2),
            )
            .await?;
        }
        for days in [3, 40, 400, 900] {
            clock.set(day(days));
            for job in SERVED {
                run(&env, job).await?;
            }
            let found = find(&db, "P1").await?.expect("it is there");
            assert_eq!(found.state, StateName::Pending, "after {days} days");
        }
        assert!(
            relance_shared::listing::store::verify(&db)
                .await?
                .is_whole()
        );
        Ok(())
    })
    .await;
}

/// Rust sources of the workspace that are part of a program: no tests, no benches.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        if path.is_dir()
            && !["target", "tests", "benches"].contains(&name.as_str())
            && !name.starts_with('.')
        {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs"
        {
            found.push(path);
        }
    }
}

// P2, P3: every command, page, bot command and role goes through one room; who may ask it to cancel is a closed list.
#[test]
fn the_ways_to_a_cancellation_are_a_closed_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for crate_folder in ["shared", "worker", "bot"] {
        sources(&root.join(crate_folder), &mut files);
    }
    assert!(files.len() > 100, "the sources are here");
    let closed: [(&str, &[&str]); 5] = [
        // The second place is of the tests and in no program: it awards.
        (
            "INSERT INTO project_events",
            &[
                "shared/src/platform/store/states.rs",
                "shared/src/testing/store.rs",
            ],
        ),
        (
            "INSERT INTO client_proofs",
            &["shared/src/platform/store/states.rs"],
        ),
        ("consent::verify(", &["shared/src/platform/store/states.rs"]),
        (
            "SignedAct {",
            &[
                "shared/src/consent.rs",
                "shared/src/platform/store/states.rs",
            ],
        ),
        // The room itself, the account page behind its session, and the demo's people, who have no browser.
        (
            "AccountAct::Cancel(",
            &[
                "shared/src/platform/store.rs",
                "shared/src/consent/store/acts.rs",
                "worker/src/demo/life.rs",
            ],
        ),
    ];
    for file in files {
        let name = file
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        // This file names them all.
        for (way, places) in closed.iter().filter(|_| !name.ends_with("jobs/tests.rs")) {
            assert!(
                !text.contains(way) || places.contains(&name.as_str()),
                "{way} in {name}"
            );
        }
    }
}

// The design's rooms: SQL only in stores, apalis only in the queue, Discord only in the bot, and no concept knows its store.
#[test]
fn every_library_stays_in_its_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for crate_folder in ["shared", "worker", "bot", "tests"] {
        sources(&root.join(crate_folder), &mut files);
    }
    assert!(files.len() > 200, "the sources are here");
    for file in files {
        let name = file.strip_prefix(root).unwrap().to_str().unwrap();
        let is_test =
            name.starts_with("tests/") || name.contains("/tests") || name.contains("/benches/");
        let in_queue = name.starts_with("shared/src/queue");
        let in_store = in_queue
            || ["/store.rs", "/store/", "/db.rs", "/db/", "/testing"]
                .iter()
                .any(|room| name.contains(room));
        // Programs and the rooms around the concepts may: the environment, and words that say a state's name.
        let is_concept = name.starts_with("shared/src/")
            && ![
                "shared/src/env.rs",
                "shared/src/words/",
                "shared/src/testing",
            ]
            .iter()
            .any(|room| name.starts_with(room));
        let text = fs::read_to_string(&file).unwrap();
        // Tests inside a file may do what the tests do.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let told = format!("{name}: {line}");
            if !is_test && !in_store {
                assert!(
                    !line.contains("sqlx::query") && !line.contains("sqlx::raw_sql"),
                    "{told}"
                );
            }
            if !is_test && !in_queue {
                assert!(
                    !line.contains("apalis::") && !line.contains("apalis_"),
                    "{told}"
                );
            }
            if !name.starts_with("bot/") && !is_test {
                assert!(!line.contains("serenity::"), "{told}");
            }
            if !is_test && !in_store && is_concept {
                assert!(!line.contains("store::"), "{told}");
            }
        }
    }
}
