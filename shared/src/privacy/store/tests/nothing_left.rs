//! Every table is reached or kept for a stated reason, and after an erasure no column of any table holds a word of the
//! person.

use std::collections::BTreeSet;

use sqlx::SqlStr;

use super::super::export::rows;
use super::super::{CASES_POSTGRES, CASES_SQLITE, reached};
use super::*;
use crate::account::DiscordUser;
use crate::account::link::AccountId;
use crate::account::store::{NewStaff, add_staff, find_staff, tie};
use crate::account::{Identity, Role};
use crate::credit::Kind;
use crate::discord_out::store as out;
use crate::faq::handover;
use crate::faq::log::{Answered, Asker, Surface as FaqSurface};
use crate::faq::{Band, Reason as FaqReason};
use crate::privacy::KEPT;
use crate::refund::store::{self as refunds, Ask, Opened};
use crate::refund::{Limits, Reason, Surface};

const TABLES_SQLITE: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
const TABLES_POSTGRES: &str = "SELECT table_name::TEXT FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
/// Not ours: migrations and the queue.
const FOREIGN: [&str; 3] = ["_sqlx_migrations", "Jobs", "Workers"];
const VERA: DiscordUser = DiscordUser(4_000_000_000_000_000_001);

async fn tables(db: &Db) -> anyhow::Result<BTreeSet<String>> {
    let names: Vec<String> = match db.read() {
        Engine::Sqlite(pool) => sqlx::query_scalar(TABLES_SQLITE).fetch_all(pool).await?,
        Engine::Postgres(pool) => sqlx::query_scalar(TABLES_POSTGRES).fetch_all(pool).await?,
    };
    let ours = names
        .into_iter()
        .filter(|name| !FOREIGN.contains(&name.as_str()));
    Ok(ours.collect())
}

// D4: a new table is in neither list, and this test says so.
#[tokio::test]
async fn every_table_is_reached_or_kept_for_a_reason() {
    each_engine(async |db| {
        let ours = tables(&db).await?;
        let reached = reached();
        for table in &ours {
            let reasons = KEPT.iter().filter(|(kept, _)| kept == table).count();
            let ways = reasons + usize::from(reached.contains(table.as_str()));
            assert_eq!(
                ways, 1,
                "{table}: erase what it says about people, or say why it stays"
            );
        }
        for known in KEPT.iter().map(|(table, _)| *table).chain(reached) {
            assert!(ours.contains(known), "{known} is no table any more");
        }
        assert!(KEPT.iter().all(|(_, why)| !why.is_empty()));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_statements_on_case_files_prepare() {
    each_engine(async |db| {
        match db.read() {
            Engine::Sqlite(pool) => {
                sqlx::Executor::prepare(pool, SqlStr::from_static(CASES_SQLITE)).await?;
            }
            Engine::Postgres(pool) => {
                sqlx::Executor::prepare(pool, SqlStr::from_static(CASES_POSTGRES)).await?;
            }
        }
        Ok(())
    })
    .await;
}

/// V1 asked something, wants a credit back, answered a question; the staff noted something; everybody was told.
async fn a_busy_market(db: &Db) -> anyhow::Result<()> {
    let granted = json!({"provider": "V1", "kind": "offer", "amount": 9, "reference": "G1"});
    take(
        db,
        &keys(),
        Source::File,
        &[event("g1", "credits.granted", &granted)],
        day(1),
    )
    .await?;
    a_market(db).await?;
    // What they were awarded could not be asked back.
    let revoked = json!({"id": "r1", "type": "project.award_revoked", "at": day(2).to_rfc3339(),
        "data": {"project": "P1"}});
    let revoked = RawEvent::unsigned(&revoked.to_string())?;
    take(db, &keys(), Source::File, &[revoked], day(2)).await?;
    let Some(Identity::Provider { provider, .. }) =
        crate::account::store::named(db, "V1", day(2)).await?
    else {
        anyhow::bail!("V1 is a provider");
    };
    let provider = provider.id;
    let anne = NewStaff {
        reference: "anne".to_owned(),
        name: "Anne".to_owned(),
        email: "anne@staff.example".to_owned(),
        locale: Locale::Fr,
        role: Role::Admin,
        provider: None,
    };
    add_staff(db, &anne, day(0)).await?;
    let mut tx = db.begin().await?;
    tie(&mut tx, VERA, AccountId::Provider(provider), day(2)).await?;
    tx.commit().await?;
    out::doors::close(db, VERA, day(2)).await?;
    a_question(db, provider).await?;
    a_request(db, provider).await
}

/// Asked before the account was tied, and passed on to the staff.
async fn a_question(db: &Db, provider: ProviderId) -> anyhow::Result<()> {
    for asker in [Some(provider), None] {
        let answered = Answered {
            asker: Asker {
                provider: asker,
                client: None,
                user: Some(VERA),
            },
            surface: FaqSurface::Discord,
            text: "I am Vera Secret, where is my project".to_owned(),
            locale: Locale::En,
            band: Band::HandOver(FaqReason::Unknown),
            best: Vec::new(),
            score_millionths: 0,
            version: "1".to_owned(),
        };
        let id = crate::faq::store::log(db, &answered, day(2)).await?;
        let mut tx = db.begin().await?;
        let card = handover::store::open(&mut tx, id, day(2))
            .await?
            .announced(ZONE);
        out::put(&mut tx, &[card], day(2)).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn a_request(db: &Db, provider: ProviderId) -> anyhow::Result<()> {
    let spends = refunds::claimable(db, provider, "P1").await?;
    let spend = spends
        .first()
        .ok_or_else(|| anyhow::anyhow!("nothing was spent"))?;
    let ask = Ask {
        provider,
        project: spend.project_id,
        kind: Kind::Offer,
        reason: Reason::FellThrough,
        story: "Vera Secret was told by Ana Secret".to_owned(),
        proof: "https://secret.example/1".to_owned(),
        locale: Locale::Fr,
        surface: Surface::Terminal,
        key: "form".to_owned(),
    };
    let opened = refunds::open(db, &ask, &Limits::default(), ZONE, day(3)).await?;
    let Opened::Queued(request) = opened else {
        anyhow::bail!("{opened:?}");
    };
    let staff = find_staff(db, "anne").await?.expect("of the staff").id;
    refunds::note(db, request.id, staff, "Vera Secret called", day(3)).await?;
    refunds::open_case(db, request.id, Some(staff), day(3)).await?;
    let mut command = refunds::Command {
        request: request.id,
        staff,
        verdict: refunds::Verdict::Ask,
        said: "have you a copy?",
        surface: Surface::Terminal,
        interaction: None,
    };
    let limits = Limits::default();
    refunds::decide(db, &command, &limits, ZONE, day(4)).await?;
    let rules = (&limits, ZONE);
    refunds::answer(
        db,
        request.id,
        provider,
        "Secret copy",
        Surface::Terminal,
        rules,
        day(5),
    )
    .await?;
    (command.verdict, command.said) = (refunds::Verdict::Decline, "not enough");
    refunds::decide(db, &command, &limits, ZONE, day(6)).await?;
    Ok(())
}

/// Every row of every table, as text.
async fn everything(db: &Db) -> anyhow::Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for table in tables(db).await? {
        rows(db, &table, "$1 = $1", Uuid::nil(), &mut |table, row| {
            all.push((table.to_owned(), row.to_string().to_lowercase()));
        })
        .await?;
    }
    Ok(all)
}

/// Tables that hold the word, also as the bytes of a raw column.
fn holding(all: &[(String, String)]) -> BTreeSet<&str> {
    let found = all
        .iter()
        .filter(|(_, row)| row.contains("secret") || row.contains("736563726574"));
    found.map(|(table, _)| table.as_str()).collect()
}

// D4: whatever is said about them, wherever; what Discord shows is shown anew, what was not sent is dropped.
#[tokio::test]
async fn no_column_of_any_table_holds_a_word_of_somebody_erased() {
    each_engine(async |db| {
        a_busy_market(&db).await?;
        let before = everything(&db).await?;
        let expected = [
            "clients",
            "contacts",
            "discord_messages",
            "faq_answers",
            "platform_events",
            "projects",
            "providers",
            "refund_cases",
            "refund_events",
            "refund_notes",
            "refund_requests",
        ];
        assert_eq!(holding(&before).into_iter().collect::<Vec<_>>(), expected);
        for name in ["V1", "C1"] {
            let person = find(&db, name).await?[0].0;
            erase(&db, person, ZONE, day(7)).await?;
        }
        let after = everything(&db).await?;
        assert_eq!(holding(&after), BTreeSet::new());
        let ended = ["discord_links", "discord_doors"];
        assert!(
            after
                .iter()
                .all(|(table, _)| !ended.contains(&table.as_str()))
        );
        assert!(
            !after
                .iter()
                .any(|(_, row)| row.contains(&VERA.0.to_string())),
            "nor their Discord user"
        );
        assert_eq!(
            verify::chains(&db).await?,
            [],
            "money and chains still add up"
        );
        Ok(())
    })
    .await;
}
