//! Answers for everybody, and questions that a person takes.

use relance_shared::account::store::{NewStaff, StaffTie, add_staff, tie_staff};
use relance_shared::account::{DiscordUser, Locale, Role};
use relance_shared::db::Db;
use relance_shared::testing::{day, each_engine};
use relance_tests::discord::{Discord, REVIEW, Shown, Way};
use serde_json::json;

use super::{ANN, BOB, a_linked_provider, a_list, env, start, text};

const CLEO: u64 = 4_000_000_000_000_000_003;

fn button(shown: &Shown, action: &str) -> anyhow::Result<String> {
    let found = shown.buttons().into_iter().find(|id| id.contains(action));
    found.ok_or_else(|| anyhow::anyhow!("no button {action}: {}", shown.text()))
}

async fn a_member(db: &Db) -> anyhow::Result<()> {
    let cleo = NewStaff {
        reference: "cleo".to_owned(),
        name: "Cléo".to_owned(),
        email: "cleo@platform.example".to_owned(),
        locale: Locale::Fr,
        role: Role::Support,
        provider: None,
    };
    add_staff(db, &cleo, day(0)).await?;
    let tie = tie_staff(db, DiscordUser(CLEO), "cleo", day(1)).await?;
    anyhow::ensure!(tie == StaffTie::Tied);
    Ok(())
}

// c7, c12: the answer is for the asker alone; on request the fixed wording goes to everybody, and nothing of the asker.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_private_until_its_fixed_wording_is_shown_to_everybody() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        a_list(&db, 3).await?;
        a_linked_provider(&db, "V1", ANN).await?;
        let running = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let question = text(
            "question",
            "do you refund the credits used on project 31200?",
        );
        let own = discord.command(ANN, "en-US", "faq", &question);
        let own = discord.shown(&own).await?;
        assert!(
            own.is_private && own.text().contains("31200"),
            "{}",
            own.text()
        );
        let press = button(&own, "faq-show")?;
        let shown = discord.press(ANN, "en-US", &press, own.message());
        let shown = discord.shown(&shown).await?;
        assert!(!shown.is_private && shown.buttons().is_empty());
        assert!(
            shown.text().contains("credits-refund-expired"),
            "{}",
            shown.text()
        );
        assert!(!shown.text().contains("31200") && !shown.text().contains("balance as known"));
        let old = discord.press(ANN, "en-US", "v1:faq-show:nothing.en", own.message());
        let old = discord.shown(&old).await?;
        assert!(old.is_private && old.text().contains("earlier version"));
        running.stop().await?;
        discord.check()
    })
    .await;
}

// c17, d7, B1, B2: a card in the staff's channel, settled by its button after a restart; the asker is told once.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_goes_to_a_person_and_its_asker_is_told_once_when_it_is_resolved() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        a_member(&db).await?;
        let first = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let asked = discord.command(ANN, "fr", "faq", &text("question", "zzzz @everyone zzzz"));
        let unknown = discord.shown(&asked).await?;
        let person = button(&unknown, "faq-person")?;
        for _ in 0..2 {
            let pressed = discord.press(ANN, "fr", &person, unknown.message());
            let passed = discord.shown(&pressed).await?;
            assert!(passed.text().contains("transmise"), "{}", passed.text());
        }
        first.tell().await?;
        let cards = discord.posted(REVIEW);
        assert_eq!(cards.len(), 1);
        assert!(
            cards[0].content.contains("n°\u{a0}1"),
            "{}",
            cards[0].content
        );
        let done = cards[0].body["components"][0]["components"][0]["custom_id"].clone();
        let done = done.as_str().unwrap_or_default();
        first.stop().await?;

        let second = start(env(&db, &discord)).await?;
        discord.sessions(2).await?;
        let stranger = discord.press(BOB, "fr", done, &cards[0].body);
        let refused = discord.shown(&stranger).await?;
        assert!(refused.is_private && refused.text().contains("réservée à l’équipe"));
        for said in ["est réglée", "a été réglée par"] {
            let pressed = discord.press(CLEO, "fr", done, &cards[0].body);
            let settled = discord.shown(&pressed).await?;
            assert!(
                settled.is_private && settled.text().contains(said),
                "{}",
                settled.text()
            );
        }
        second.tell().await?;
        let cards = discord.posted(REVIEW);
        assert_eq!((cards.len(), cards[0].edits), (1, 1));
        assert!(
            cards[0].content.contains("Réglée par Cléo"),
            "{}",
            cards[0].content
        );
        assert_eq!(cards[0].body["components"], json!([]));
        let told = discord.posted(Discord::private_channel(ANN));
        assert_eq!(told.len(), 1);
        // In the language of the question: `everyone` is its only word.
        assert!(
            told[0]
                .content
                .contains("The team has dealt with your question"),
            "{}",
            told[0].content
        );
        second.stop().await?;
        discord.check()
    })
    .await;
}
