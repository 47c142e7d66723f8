//! What an installation sets about the order: kinds of evidence of its own, what reports may cost, and what is remembered.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::platform::store::take;
use crate::platform::{RawEvent, Source, Taken};
use crate::ranking::history::Sign;
use crate::ranking::settings::{Declared, RankSettings};
use crate::testing::keys;

const STATE_COUNT: &str = "SELECT COUNT(*) FROM rank_states";
const PUBLICATIONS: &str = "SELECT COUNT(*) FROM rank_publications";
const PUBLISHED_BEFORE: &str =
    "INSERT INTO rank_publications (as_of, projects, moved, first_pages) VALUES ($1, 0, 0, '[]')";

fn settings(names: &[(&str, Sign)]) -> RankSettings {
    let declared = names.iter().map(|(name, sign)| {
        let declared = Declared {
            half_life_days: Some(20.0),
            sign: *sign,
        };
        ((*name).to_owned(), declared)
    });
    RankSettings {
        evidence: declared.collect::<BTreeMap<_, _>>(),
        ..RankSettings::default()
    }
}

async fn counted(db: &Db, statement: &'static str) -> Result<i64, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(statement).fetch_one(pool).await)?)
}

fn seen(n: usize, project: &str, kind: &str, at: DateTime<Utc>) -> RawEvent {
    let body = json!({
        "id": format!("seen:{n}"), "type": "project.evidence", "at": at, "data": {"project": project, "kind": kind},
    });
    RawEvent::unsigned(&body.to_string()).expect("of the agreed form")
}

async fn place(db: &Db, project: ProjectId) -> anyhow::Result<u64> {
    let place = list::place_of(db, project).await?.expect("it is pending");
    Ok(place.position)
}

// b6: what the platform saw of a declared kind is learned from, also what it saw before the kind was declared, and moves
// its project at once.
#[tokio::test]
async fn a_declared_kind_is_learned_from_and_moves_its_project_at_once() {
    each_engine(async |db| {
        a_past(&db).await?;
        let early: Vec<RawEvent> = (0..DAYS * 3)
            .filter(|n| n % 3 == 0 && n / 3 + 20 < DAYS)
            .map(|n| {
                let n_th = usize::try_from(n).expect("small");
                seen(n_th, &format!("P{n:04}"), "quote_viewed", day(n / 3 + 15))
            })
            .collect();
        let taken = take(&db, &keys(), Source::File, &early, day(DAYS)).await?;
        assert!(
            taken.iter().all(|taken| matches!(taken, Taken::Kept(why) if why.contains("rank.evidence.quote_viewed"))),
            "{taken:?}"
        );
        let settings = settings(&[("quote_viewed", Sign::Raises)]);
        declare(&db, &settings, day(DAYS)).await?;
        declare(&db, &settings, day(DAYS)).await?;
        publish(&db, 0, day(DAYS)).await?;
        assert_eq!(learn(&db).await?.kinds().len(), 1);
        // Silent and young: neither sure of an award nor in the tail.
        let reference = references(&db).await?[24].clone();
        let listed = list::find(&db, &reference).await?.expect("it is listed");
        let before = place(&db, listed.id).await?;
        let now = seen(9_999, &reference, "quote_viewed", day(DAYS));
        assert_eq!(take(&db, &keys(), Source::File, &[now], day(DAYS)).await?, [Taken::Applied]);
        let after = place(&db, listed.id).await?;
        assert!(after < before, "from {before} to {after}");
        assert_eq!(publish(&db, 0, day(DAYS)).await?.moved, 0, "it stands where it belongs");
        Ok(())
    })
    .await;
}

fn told(
    n: usize,
    kind: &str,
    data: &serde_json::Value,
) -> Result<RawEvent, crate::platform::Reject> {
    let at = day(0) + chrono::TimeDelta::minutes(i64::try_from(n).expect("small"));
    let body = json!({"id": format!("told:{n}"), "type": kind, "at": at, "data": data});
    RawEvent::unsigned(&body.to_string())
}

// b4: what the platform tells of a posted project reaches the score, a later word over an earlier one.
#[tokio::test]
async fn facts_that_the_platform_tells_reach_the_score() {
    each_engine(async |db| {
        let events = [
            told(0, "client.upserted", &json!({"client": "C9", "name": "Ada"}))?,
            told(1, "project.published", &json!({
                "project": "F1", "client": "C9", "title": "A site", "phone_verified": true, "is_company": true, "source": "ads",
            }))?,
        ];
        take(&db, &keys(), Source::File, &events, day(0)).await?;
        let facts = async || anyhow::Ok(learn(&db).await?.entries()[0].facts.clone());
        let posted = facts().await?;
        assert!(posted.phone_verified && posted.is_company);
        assert_eq!(posted.source, "ads");
        let update = told(2, "project.updated", &json!({"project": "F1", "is_company": false}))?;
        take(&db, &keys(), Source::File, &[update], day(0)).await?;
        let updated = facts().await?;
        assert!(updated.phone_verified && !updated.is_company);
        Ok(())
    })
    .await;
}

// A word that is none of ours is refused by the name of its field.
#[test]
fn a_bad_flag_and_a_bad_kind_are_refused_by_name() {
    let refused =
        |kind, data: &serde_json::Value| told(0, kind, data).expect_err("refused").to_string();
    let flag = refused(
        "project.updated",
        &json!({"project": "F1", "phone_verified": "maybe"}),
    );
    assert!(
        flag.starts_with("phone_verified: must be true or false"),
        "{flag}"
    );
    let kind = refused(
        "project.evidence",
        &json!({"project": "F1", "kind": "login"}),
    );
    assert!(
        kind.starts_with("kind: must be the name of a kind of evidence"),
        "{kind}"
    );
}

// A kind keeps its slot for ever: eight over an installation's life, and the ninth is refused by name.
#[tokio::test]
async fn a_kind_keeps_its_slot_and_the_ninth_is_refused_by_the_name_of_its_key() {
    each_engine(async |db| {
        let names = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"].map(|name| (name, Sign::Free));
        declare(&db, &settings(&names), day(0)).await?;
        declare(&db, &settings(&[("k7", Sign::Lowers)]), day(1)).await?;
        let mut tx = db.begin_read().await?;
        let left = kinds(&mut tx).await?;
        tx.commit().await?;
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].slot, left[0].sign), (7, Sign::Lowers));
        let refused = declare(&db, &settings(&[("k8", Sign::Free)]), day(2)).await;
        let said = refused.expect_err("there is no slot").to_string();
        assert!(
            said.starts_with("settings: rank.evidence.k8: this database has had its 8 kinds"),
            "{said}"
        );
        for attack in [
            "UPDATE evidence_kinds SET slot = 3 WHERE name = 'k7'",
            "UPDATE evidence_kinds SET name = 'other' WHERE name = 'k7'",
            "UPDATE evidence_kinds SET sign = 'sinks'",
            "UPDATE evidence_kinds SET half_life_days = 0",
            "DELETE FROM evidence_kinds",
            "INSERT INTO evidence_kinds (slot, name, sign, retired, declared_at)
                SELECT 8, 'k8', sign, 0, declared_at FROM evidence_kinds WHERE name = 'k7'",
            "INSERT INTO evidence_kinds (slot, name, sign, retired, declared_at)
                SELECT slot, 'k8', sign, 0, declared_at FROM evidence_kinds WHERE name = 'k7'",
        ] {
            let tried =
                on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(tried.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}

// b16, S22: where the installation lets reports cost something, at most so many places, at once and after a whole pass.
#[tokio::test]
async fn reports_cost_at_most_the_places_of_the_setting() {
    each_engine(async |db| {
        const PLACES_MAX: u32 = 6;
        let pending = a_past(&db).await?;
        publish(&db, PLACES_MAX, day(DAYS)).await?;
        let (_, project) = pending[pending.len() / 2];
        let before = place(&db, project).await?;
        let reference = references(&db).await?[usize::try_from(before - 1).expect("small")].clone();
        for n in 0..5 {
            let liar = a_provider(&db, &format!("LIAR{n}"), day(0)).await?;
            crate::report::store::take(&db, liar, std::slice::from_ref(&reference), day(DAYS))
                .await?;
        }
        let at_once = place(&db, project).await?;
        assert!(
            (before + 1..=before + u64::from(PLACES_MAX)).contains(&at_once),
            "{before} {at_once}"
        );
        publish(&db, PLACES_MAX, day(DAYS)).await?;
        assert_eq!(place(&db, project).await?, at_once);
        publish(&db, 0, day(DAYS)).await?;
        assert_eq!(
            place(&db, project).await?,
            before,
            "switched off, reports cost nothing"
        );
        Ok(())
    })
    .await;
}

// D4: orders long past are forgotten; the last ones and the one of yesterday are not.
#[tokio::test]
async fn a_bounded_number_of_orders_is_remembered() {
    each_engine(async |db| {
        let mut tx = db.begin().await?;
        for n in 0..1_010_i64 {
            let as_of = day(1) + chrono::TimeDelta::minutes(n);
            on_engine!(&mut tx, tx => sqlx::query(PUBLISHED_BEFORE).bind(as_of).execute(&mut **tx).await.map(drop))?;
        }
        tx.commit().await?;
        publish(&db, 0, day(1)).await?;
        assert_eq!(counted(&db, PUBLICATIONS).await?, 1_011, "nothing is of yesterday yet");
        publish(&db, 0, day(40)).await?;
        assert_eq!(counted(&db, PUBLICATIONS).await?, 1_000);
        assert_eq!(counted(&db, STATE_COUNT).await?, 0);
        Ok(())
    })
    .await;
}
