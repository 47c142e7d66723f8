//! Conversations in both languages, and what nobody may be told.

mod people;
mod refund;
mod witness;

use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use relance_shared::clock::Clock;
use relance_shared::contact::{Channel, Line, LineKind, store as contacts};
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::faq::Index;
use relance_shared::faq::live::Live;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider};
use relance_shared::testing::{day, each_engine};

use super::*;
use crate::console;

/// Learned once for all tests.
fn faq() -> Arc<Live> {
    static FAQ: OnceLock<Arc<Live>> = OnceLock::new();
    FAQ.get_or_init(|| Arc::new(Live::fixed(Index::for_tests())))
        .clone()
}

fn desk(db: &Db, clock: &Clock) -> Desk {
    Desk::new(Env::for_tests(db, clock), faq()).unwrap()
}

fn terminal(name: Option<&str>, locale: Locale) -> Caller {
    Caller {
        user: None,
        chosen: name.map(str::to_owned),
        locale,
        surface: Surface::Terminal,
        interaction: None,
    }
}

/// What the terminal shows for these lines, as one text.
async fn talk(desk: &Desk, caller: &Caller, lines: &[&str]) -> anyhow::Result<String> {
    let mut shown = Vec::new();
    console::talk(desk, caller, lines.join("\n").as_bytes(), &mut shown).await?;
    Ok(String::from_utf8(shown)?)
}

/// Fifty projects, one a day; the first one's client answered once and was then asked in vain.
async fn a_list(db: &Db) -> anyhow::Result<()> {
    let client = a_client(db, "C1", day(0)).await?;
    let mut first = None;
    for n in 0..50 {
        let id = a_pending_project(db, client, &format!("{}", 31_200 + n), day(n)).await?;
        first.get_or_insert(id);
    }
    let line = |kind, stage, on: i64| Line {
        client,
        project: first,
        kind,
        channel: Channel::Email,
        stage,
        ask_again_at: None,
        note: None,
        source: format!("{kind:?}:{on}"),
        at: day(on),
    };
    let lines = [
        line(
            LineKind::Answer,
            Some(relance_shared::contact::Stage::Searching),
            5,
        ),
        line(LineKind::LetterSent, None, 30),
        line(LineKind::LetterSent, None, 44),
    ];
    let mut tx = db.begin().await?;
    contacts::append(&mut tx, &lines, day(45)).await?;
    Ok(tx.commit().await?)
}

// S2, S4, N7, N22, b8: what to know before spending comes first, then the place and why age does not end a project.
#[tokio::test]
async fn the_list_and_a_project_are_told_in_both_languages() {
    each_engine(async |db| {
        a_list(&db).await?;
        a_provider(&db, "V1", day(0)).await?;
        let desk = desk(&db, &Clock::fixed(day(50)));
        let lines = [
            "/pending 3",
            "1",
            "/project 31200",
            "/project 31249",
            "/project 99",
            "/pending 9",
        ];
        for locale in [Locale::Fr, Locale::En] {
            let shown = talk(&desk, &terminal(Some("V1"), locale), &lines).await?;
            insta::assert_snapshot!(format!("list_{locale:?}"), shown);
        }
        Ok(())
    })
    .await;
}

// c2-c4, c9, c10, c18: the fixed wording, three to choose from, or "I do not know".
#[tokio::test]
async fn questions_are_answered_from_the_faq_in_the_askers_language() {
    each_engine(async |db| {
        let desk = desk(&db, &Clock::fixed(day(50)));
        let lines = [
            "remboursez vous les credits utilises ?",
            "zzzz zzzz",
            "/credits",
            "/status",
            "/nothing",
        ];
        for locale in [Locale::Fr, Locale::En] {
            let shown = talk(&desk, &terminal(None, locale), &lines).await?;
            insta::assert_snapshot!(format!("faq_{locale:?}"), shown);
        }
        Ok(())
    })
    .await;
}

// Linking on Discord: the code of the letter ties the account, and only the address's own letter carries it.
#[tokio::test]
async fn the_code_of_the_letter_ties_the_account() {
    each_engine(async |db| {
        a_provider(&db, "V1", day(0)).await?;
        let clock = Clock::fixed(day(1));
        let desk = desk(&db, &clock);
        let caller = Caller {
            user: Some(DiscordUser(77)),
            chosen: Some("V1".to_owned()),
            locale: Locale::En,
            surface: Surface::Discord,
            interaction: None,
        };
        let say = async |line: &str| {
            clock.set(clock.now() + TimeDelta::seconds(40));
            desk.answer(&caller, &console::command(line)).await.text
        };
        assert!(
            say("/credits").await.contains("/link email"),
            "a name given by Discord counts for nothing"
        );
        let known = say("/link email V1@prestataires.example").await;
        assert_eq!(
            known,
            say("/link email nobody@x.example").await,
            "no address is told from another"
        );
        assert!(
            say("/link code AAAA-AAAA")
                .await
                .contains("not the right one")
        );
        assert!(say("/credits").await.contains("/link email"));
        Ok(())
    })
    .await;
}

// c15, and buttons of other versions are told kindly.
#[tokio::test]
async fn old_buttons_and_haste_are_told_kindly() {
    let (_folder, db) = relance_shared::testing::sqlite().await;
    let desk = desk(&db, &Clock::fixed(day(1)));
    let caller = Caller {
        user: Some(DiscordUser(5)),
        chosen: None,
        locale: Locale::En,
        surface: Surface::Discord,
        interaction: None,
    };
    for id in [
        "v0:pending:2",
        "v1:gone:2",
        "v1:pending:x",
        "refund:1",
        "",
        "v1:pending",
    ] {
        let reply = desk.answer(&caller, &Request::Button(id.to_owned())).await;
        assert!(
            reply.text.contains("earlier version"),
            "{id:?}: {}",
            reply.text
        );
    }
    for _ in 0..20 {
        desk.answer(&caller, &console::command("/pending")).await;
    }
    let reply = desk.answer(&caller, &console::command("/pending")).await;
    assert!(reply.text.contains("please wait"), "{}", reply.text);
}

// Every failure is a sentence with a reference, and says nothing of its cause.
#[tokio::test]
async fn a_broken_database_is_told_with_a_reference() {
    let (_folder, db) = relance_shared::testing::sqlite().await;
    let desk = desk(&db, &Clock::fixed(day(1)));
    db.close().await;
    let reply = desk
        .answer(&terminal(None, Locale::Fr), &console::command("/pending"))
        .await;
    assert!(
        reply.text.contains("donnez-nous la référence"),
        "{}",
        reply.text
    );
    assert!(!reply.text.to_lowercase().contains("sql"), "{}", reply.text);
}

// S1, S21, N11: several at once, each with its verdict; again changes nothing; the project stands where it stood.
#[tokio::test]
async fn a_report_is_noted_once_and_moves_nothing() {
    each_engine(async |db| {
        a_list(&db).await?;
        a_provider(&db, "V1", day(0)).await?;
        let desk = desk(&db, &Clock::fixed(day(50)));
        let lines = [
            "/project 31210",
            "/report 31210 31999, 31211",
            "/report 31210",
            "/project 31210",
            "/report",
        ];
        for (name, locale) in [(Some("V1"), Locale::Fr), (None, Locale::En)] {
            let shown = talk(&desk, &terminal(name, locale), &lines).await?;
            insta::assert_snapshot!(format!("report_{locale:?}"), shown);
        }
        Ok(())
    })
    .await;
}
