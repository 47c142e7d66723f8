//! D4: what is kept about a person can be given and can end; money and chains survive.

mod nothing_left;

use serde_json::json;

use super::*;
use crate::contact::{Channel, Line, LineKind};
use crate::platform::store::{projections, replay::replay, take};
use crate::platform::{RawEvent, Source, store::compare::compare};
use crate::testing::store::each_prepares;
use crate::testing::{day, each_engine, keys};
use crate::verify::store as verify;

const ZONE: Tz = chrono_tz::Europe::Paris;

fn event(id: &str, kind: &str, data: &serde_json::Value) -> RawEvent {
    let body = json!({"id": id, "type": kind, "at": day(1).to_rfc3339(), "data": data}).to_string();
    RawEvent::unsigned(&body).expect("a good event")
}

async fn a_market(db: &Db) -> anyhow::Result<()> {
    let events = [
        event(
            "c1",
            "client.upserted",
            &json!({"client": "C1", "name": "Ana Secret", "email": "ana@secret.example",
            "phone": "+33639980009", "street": "1 rue Secret"}),
        ),
        event(
            "v1",
            "provider.upserted",
            &json!({"provider": "V1", "name": "Vera Secret", "email": "vera@secret.example"}),
        ),
        event(
            "p1",
            "project.published",
            &json!({"project": "P1", "client": "C1", "title": "Site de Secret",
            "description": "call Secret", "category": "web", "budget": 900}),
        ),
        event(
            "a1",
            "application.created",
            &json!({"project": "P1", "provider": "V1", "kind": "offer", "credits": 2}),
        ),
        event(
            "w1",
            "project.awarded",
            &json!({"project": "P1", "provider": "V1"}),
        ),
        event(
            "u1",
            "client.praised",
            &json!({"client": "C1", "words": "Secret"}),
        ),
    ];
    take(db, &keys(), Source::File, &events, day(2)).await?;
    let people = find(db, "C1").await?;
    let Person::Client(client) = people[0].0 else {
        anyhow::bail!("C1 is a client")
    };
    let note = Line {
        client,
        project: None,
        kind: LineKind::Note,
        channel: Channel::Staff,
        stage: None,
        ask_again_at: None,
        note: Some("lives in Secret street".to_owned()),
        source: "test:note".to_owned(),
        at: day(2),
    };
    let mut tx = db.begin().await?;
    crate::contact::store::append(&mut tx, &[note], day(2)).await?;
    Ok(tx.commit().await?)
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &[]).await;
}

// o6, D4: what is known of a person goes out as one text; what identifies them is erased, references and money stay.
#[tokio::test]
async fn an_export_holds_what_is_known_and_an_erasure_leaves_references_only() {
    each_engine(async |db| {
        a_market(&db).await?;
        let people = find(&db, "ana@SECRET.example").await?;
        assert_eq!(people.len(), 1);
        let (client, provider) = (people[0].0, find(&db, "V1").await?[0].0);
        let text = |tables: &std::collections::BTreeMap<_, _>| json!(tables).to_string();
        let before = export::all(&db, client).await?;
        for table in [
            "clients",
            "projects",
            "contacts",
            "platform_events",
            "project_events",
            "project_facts",
        ] {
            assert!(before.contains_key(table), "{table} in {:?}", before.keys());
        }
        assert!(
            text(&before).contains("1 rue Secret")
                && text(&before).contains("lives in Secret street")
        );
        assert!(
            !text(&before).contains("vera@"),
            "a provider's data is not the client's"
        );
        for person in [client, provider] {
            erase(&db, person, ZONE, day(3)).await?;
            erase(&db, person, ZONE, day(4)).await?;
            assert!(
                !text(&export::all(&db, person).await?)
                    .to_lowercase()
                    .contains("secret"),
                "something is left"
            );
        }
        // The chains still hold, the state is what the events left come to, and the same events bring nothing back.
        assert_eq!(verify::chains(&db).await?, []);
        let (_folder, scratch) = crate::testing::sqlite().await;
        replay(&db, &scratch, &keys(), 0, |_| {}).await?;
        let compared = compare(&db, &scratch).await?;
        assert!(compared.iter().all(|kind| kind.is_same), "{compared:?}");
        let again = event(
            "c1",
            "client.upserted",
            &json!({"client": "C1", "name": "Ana Secret"}),
        );
        take(&db, &keys(), Source::File, &[again], day(5)).await?;
        let mut rows = String::new();
        projections::each(&db, |_, row| rows.push_str(&row)).await?;
        assert!(!rows.contains("Secret"), "{rows}");
        Ok(())
    })
    .await;
}

// D2: an erased address is not written to again when the platform tells it anew.
#[tokio::test]
async fn an_erased_address_stays_suppressed() {
    const SUPPRESSED: &str = "SELECT COUNT(*) FROM suppressions WHERE address_hash = $1";
    each_engine(async |db| {
        a_market(&db).await?;
        erase(&db, find(&db, "C1").await?[0].0, ZONE, day(3)).await?;
        let suppressed: i64 = on_engine!(db.read(), pool => sqlx::query_scalar(SUPPRESSED)
            .bind(address_hash("ana@secret.example")).fetch_one(pool).await)?;
        assert_eq!(suppressed, 1);
        Ok(())
    })
    .await;
}
