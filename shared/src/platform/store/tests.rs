//! Events in, on both engines: kept once, applied once, in any order.

mod attacks;
mod credits;
mod order;

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::on_engine;
use crate::platform::Signature;
use crate::platform::webhook::Secrets;
use crate::testing::store::each_prepares;
use crate::testing::{day, each_engine, keys};

const OUT: &str = "SELECT body FROM platform_out";
const IDS: &str = "SELECT p.id, c.id FROM projects p, clients c WHERE c.reference = $1";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) fn secrets() -> Secrets {
    Secrets::new(Some(&SecretString::from(SECRET))).expect("a good secret")
}

/// An event of day `n`, signed when only the client may make it.
pub(super) fn event(id: &str, kind: &str, n: i64, data: &Value) -> RawEvent {
    let body = json!({"id": id, "type": kind, "at": day(n).to_rfc3339(), "data": data}).to_string();
    if kind != "project.cancelled_by_client" {
        return RawEvent::unsigned(&body).expect("a good event");
    }
    let timestamp = day(n).timestamp();
    let signature = secrets()
        .sign(id, timestamp, &body)
        .expect("there is a secret");
    let signature = Signature {
        id: id.to_owned(),
        timestamp,
        signature,
    };
    RawEvent::signed(&body, signature, &secrets()).expect("a good event")
}

/// A client C1 with a project P1 of day 1, and two providers who applied.
pub(super) fn a_market() -> Vec<RawEvent> {
    vec![
        event(
            "c1",
            "client.upserted",
            0,
            &json!({"client": "C1", "name": "Ana", "email": "ana@clients.example"}),
        ),
        event(
            "c2",
            "client.upserted",
            0,
            &json!({"client": "C2", "name": "Bob", "email": "bob@clients.example"}),
        ),
        event(
            "v1",
            "provider.upserted",
            0,
            &json!({"provider": "V1", "name": "Vera", "email": "vera@pros.example"}),
        ),
        event(
            "v2",
            "provider.upserted",
            0,
            &json!({"provider": "V2", "name": "Victor", "email": "victor@pros.example"}),
        ),
        event(
            "p1",
            "project.published",
            1,
            &json!({"project": "P1", "client": "C1", "title": "Un site", "budget": 500}),
        ),
        event(
            "a1",
            "application.created",
            2,
            &json!({"project": "P1", "provider": "V1", "kind": "offer", "credits": 2}),
        ),
        event(
            "a2",
            "application.created",
            2,
            &json!({"project": "P1", "provider": "V2", "kind": "view", "credits": 1}),
        ),
    ]
}

pub(super) fn awarded(id: &str, n: i64) -> RawEvent {
    event(
        id,
        "project.awarded",
        n,
        &json!({"project": "P1", "provider": "V1"}),
    )
}

pub(super) fn cancelled(id: &str, n: i64, client: &str) -> RawEvent {
    event(
        id,
        "project.cancelled_by_client",
        n,
        &json!({"project": "P1", "client": client, "reason": "fell_through"}),
    )
}

pub(super) async fn state(db: &Db, reference: &str) -> Result<String, StoreError> {
    const STATE: &str = "SELECT state FROM projects WHERE reference = $1";
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar(STATE).bind(reference).fetch_one(pool).await)?,
    )
}

pub(super) async fn whole(db: &Db) -> Result<Vec<String>, StoreError> {
    let mut rows = Vec::new();
    projections::each(db, |kind, row| rows.push(format!("{kind} {row}"))).await?;
    rows.sort();
    Ok(rows)
}

#[tokio::test]
async fn every_statement_prepares() {
    let twins: Vec<_> = ALL_TWINS
        .iter()
        .copied()
        .flatten()
        .map(|twin| (twin.sqlite, twin.postgres))
        .collect();
    each_prepares(&ALL_SQL.concat(), &twins).await;
}

// b11, S16, P6: an award moves the project without a human, in one transaction, and tells the bidders; twice is once.
#[tokio::test]
async fn an_award_moves_the_project_and_names_the_bidders() {
    each_engine(async |db| {
        let taken = take(&db, &keys(), Source::File, &a_market(), day(3)).await?;
        assert!(
            taken.iter().all(|taken| *taken == Taken::Applied),
            "{taken:?}"
        );
        assert_eq!(
            take(&db, &keys(), Source::Webhook, &[awarded("w1", 5)], day(5)).await?,
            [Taken::Applied]
        );
        assert_eq!(
            take(&db, &keys(), Source::Feed, &[awarded("w1", 5)], day(6)).await?,
            [Taken::Duplicate]
        );
        assert_eq!(state(&db, "P1").await?, "in_progress");
        let told: Vec<String> =
            on_engine!(db.read(), pool => sqlx::query_scalar(OUT).fetch_all(pool).await)?;
        let told: Vec<Value> = told
            .iter()
            .map(|body| serde_json::from_str(body))
            .collect::<Result<_, _>>()?;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["data"]["bidders"], json!(["V1", "V2"]));
        assert_eq!(told[0]["data"]["state"], "in_progress");
        Ok(())
    })
    .await;
}

// N18, b12: an award that is revoked restores the old age and place.
#[tokio::test]
async fn a_revoked_award_restores_age_and_place() {
    each_engine(async |db| {
        take(&db, &keys(), Source::File, &a_market(), day(3)).await?;
        let before = crate::listing::store::find(&db, "P1")
            .await?
            .expect("it is there");
        let revoked = event("w2", "project.award_revoked", 6, &json!({"project": "P1"}));
        take(
            &db,
            &keys(),
            Source::File,
            &[awarded("w1", 5), revoked],
            day(7),
        )
        .await?;
        let after = crate::listing::store::find(&db, "P1")
            .await?
            .expect("it is there");
        assert_eq!(
            (after.state, after.published_at, after.rank_key),
            (before.state, before.published_at, before.rank_key)
        );
        Ok(())
    })
    .await;
}

// P2, P3, N1, S23: only the signed act of the project's own client cancels.
#[tokio::test]
async fn only_the_clients_own_signed_act_cancels() {
    each_engine(async |db| {
        take(&db, &keys(), Source::File, &a_market(), day(3)).await?;
        let other = take(
            &db,
            &keys(),
            Source::Webhook,
            &[cancelled("x1", 4, "C2")],
            day(4),
        )
        .await?;
        assert!(matches!(&other[0], Taken::Refused(_)), "{other:?}");
        assert_eq!(state(&db, "P1").await?, "pending");
        assert_eq!(
            take(
                &db,
                &keys(),
                Source::Webhook,
                &[cancelled("x2", 4, "C1")],
                day(4)
            )
            .await?,
            [Taken::Applied]
        );
        assert_eq!(state(&db, "P1").await?, "cancelled");
        Ok(())
    })
    .await;
}

// P2: an act on the account page of this installation makes the same evidence; somebody else's is refused.
#[tokio::test]
async fn the_account_page_cancels_and_reopens_for_its_own_client_only() {
    each_engine(async |db| {
        take(&db, &keys(), Source::File, &a_market(), day(3)).await?;
        let keys = keys();
        let mut ids = Vec::new();
        for client in ["C1", "C2"] {
            let row: (ProjectId, ClientId) = on_engine!(db.read(), pool => sqlx::query_as(IDS).bind(client).fetch_one(pool).await)?;
            ids.push(row);
        }
        let act = async |client, act, n| {
            let mut tx = db.begin().await?;
            let taken = take_account_act(&mut tx, &keys, client, ids[0].0, act, day(n)).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(taken)
        };
        let cancel = AccountAct::Cancel(CancelReason::FoundElsewhere);
        assert!(matches!(act(ids[1].1, cancel, 5).await?, Taken::Refused(_)));
        assert_eq!(act(ids[0].1, cancel, 5).await?, Taken::Applied);
        assert_eq!(state(&db, "P1").await?, "cancelled");
        assert!(matches!(act(ids[1].1, AccountAct::Reopen, 6).await?, Taken::Refused(_)));
        assert_eq!(act(ids[0].1, AccountAct::Reopen, 6).await?, Taken::Applied);
        assert_eq!(state(&db, "P1").await?, "pending");
        Ok(())
    })
    .await;
}

// b7: neither an edit nor credits spent on it move a project in the list: it is as old as it was.
#[tokio::test]
async fn neither_an_edit_nor_credits_make_a_project_younger() {
    each_engine(async |db| {
        take(&db, &keys(), Source::File, &a_market(), day(3)).await?;
        let place = async || {
            crate::listing::store::rerank_by_rules(&db, day(40)).await?;
            let listed = crate::listing::store::find(&db, "P1").await?;
            anyhow::Ok(listed.map(|listed| (listed.rank_key, listed.published_at)))
        };
        let before = place().await?;
        let edit = json!({"project": "P1", "title": "Un site, urgent", "budget": 90_000, "urgency": "high"});
        let bids = json!({"project": "P1", "provider": "V2", "kind": "contact", "credits": 50});
        let events = [
            event("u1", "project.updated", 39, &edit),
            event("a9", "application.created", 39, &bids),
        ];
        let taken = take(&db, &keys(), Source::Webhook, &events, day(40)).await?;
        assert_eq!(taken, [Taken::Applied, Taken::Applied]);
        assert_eq!(place().await?, before);
        assert!(before.is_some());
        Ok(())
    })
    .await;
}

// An event about something unknown waits, is seen to wait, and is applied when that arrives.
#[tokio::test]
async fn an_event_about_something_unknown_waits_for_it() {
    each_engine(async |db| {
        let early = take(&db, &keys(), Source::Feed, &[awarded("w1", 5)], day(5)).await?;
        assert_eq!(early, [Taken::Waiting("project:P1".to_owned())]);
        take(&db, &keys(), Source::Feed, &a_market(), day(6)).await?;
        assert_eq!(state(&db, "P1").await?, "in_progress");
        assert_eq!(waiting_count(&db).await?, 0);
        Ok(())
    })
    .await;
}

// The same id with something else under it is a mistake of the sender, not a repetition; the future is refused.
#[tokio::test]
async fn an_id_names_one_event() {
    each_engine(async |db| {
        take(&db, &keys(), Source::File, &a_market(), day(3)).await?;
        let other = event(
            "p1",
            "project.published",
            2,
            &json!({"project": "P9", "client": "C1", "title": "x"}),
        );
        assert!(matches!(
            &take(&db, &keys(), Source::File, &[other], day(3)).await?[..],
            [Taken::Rejected(_)]
        ));
        let future = event("f1", "client.seen", 9, &json!({"client": "C1"}));
        assert!(matches!(
            &take(&db, &keys(), Source::File, &[future], day(3)).await?[..],
            [Taken::Rejected(_)]
        ));
        let owner = event(
            "p1b",
            "project.published",
            1,
            &json!({"project": "P1", "client": "C2", "title": "x"}),
        );
        assert!(matches!(
            &take(&db, &keys(), Source::File, &[owner], day(3)).await?[..],
            [Taken::Refused(_)]
        ));
        Ok(())
    })
    .await;
}

// A project of the past that its log says was ended is none of ours; what is listed no log can end (P3).
#[tokio::test]
async fn an_ended_project_of_the_past_is_never_listed_and_a_listed_one_is_not_ended_by_a_log() {
    each_engine(async |db| {
        let ended = |id: &str, project: &str| {
            event(
                id,
                "history.client_cancelled",
                4,
                &json!({"project": project}),
            )
        };
        take(&db, &keys(), Source::History, &[ended("h1", "P1")], day(5)).await?;
        let mut market = a_market();
        market.push(event(
            "p2",
            "project.published",
            2,
            &json!({"project": "P2", "client": "C2", "title": "Un logo"}),
        ));
        take(&db, &keys(), Source::History, &market, day(5)).await?;
        assert!(crate::listing::store::find(&db, "P1").await?.is_none());
        assert!(crate::listing::store::find_past(&db, "P1").await?.is_some());
        let late = take(&db, &keys(), Source::History, &[ended("h2", "P2")], day(5)).await?;
        assert!(matches!(&late[..], [Taken::Refused(_)]), "{late:?}");
        assert_eq!(state(&db, "P2").await?, "pending");
        assert_eq!(waiting_count(&db).await?, 0);
        Ok(())
    })
    .await;
}
