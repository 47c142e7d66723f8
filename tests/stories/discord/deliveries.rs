//! What the bot says unasked: cards, private messages, threads, the mail.

use relance_shared::clock::Clock;
use relance_shared::db::Db;
use relance_shared::discord_out::store as out;
use relance_shared::discord_out::{Body, Button, Message, To};
use relance_shared::mail::LetterKind;
use relance_shared::on_engine;
use relance_shared::testing::store::a_provider;
use relance_shared::testing::{day, each_engine};
use relance_tests::discord::{Discord, FaultKind, REVIEW, Way};
use serde_json::json;

use super::{ANN, BOB, LETTERS, a_linked_provider, env, start};

fn message(to: To, dedupe: &str) -> Message {
    Message {
        to,
        dedupe: dedupe.to_owned(),
        body: body("a decision about @everyone"),
        letter: Some((
            LetterKind::RefundDecision,
            json!({"reference": "31204", "title": "Un site", "approved": false, "reason": "r", "credits": 1, "news": ""}),
        )),
    }
}

fn body(text: &str) -> Body {
    Body {
        text: text.to_owned(),
        buttons: vec![vec![Button::new("v1:review:1", "Look")]],
    }
}

async fn put(db: &Db, messages: &[Message]) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    out::put(&mut tx, messages, Clock::system().now()).await?;
    Ok(tx.commit().await?)
}

// d8, E5: a card is posted once though the line breaks after the deed, rewritten in place, posted again when deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_posted_once_rewritten_in_place_and_posted_again_when_deleted() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        let running = start(env(&db, &discord)).await?;
        discord.fault("POST /api/v10/channels", FaultKind::CutAfter, 1);
        put(&db, &[message(To::Review, "card")]).await?;
        running.tell().await?;
        assert_eq!(discord.posted(REVIEW).len(), 1);
        let rewrite = async |text: &str| {
            let mut tx = db.begin().await?;
            out::rewrite(&mut tx, "card", &body(text), Clock::system().now()).await?;
            tx.commit().await?;
            running.tell().await
        };
        rewrite("decided").await?;
        let posted = discord.posted(REVIEW);
        assert_eq!(
            (posted.len(), posted[0].edits, posted[0].content.as_str()),
            (1, 1, "decided")
        );
        discord.delete(posted[0].id);
        discord.forget_nonces();
        rewrite("decided again").await?;
        let posted = discord.posted(REVIEW);
        assert_eq!(
            (posted.len(), posted[0].content.as_str()),
            (1, "decided again")
        );
        running.stop().await?;
        discord.check()
    })
    .await;
}

// d21: private message, else a private thread, else the mail; a closed door is not knocked at again.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_door_falls_back_to_a_thread_then_to_the_mail_and_is_remembered() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        let open = a_linked_provider(&db, "V1", ANN).await?;
        let closed = a_linked_provider(&db, "V2", BOB).await?;
        let unlinked = a_provider(&db, "V3", day(0)).await?;
        discord.close_door(BOB);
        let running = start(env(&db, &discord)).await?;
        put(&db, &[message(To::Provider(open), "a"), message(To::Provider(closed), "b")]).await?;
        put(&db, &[message(To::Provider(unlinked), "c")]).await?;
        running.tell().await?;
        assert_eq!(discord.posted(Discord::private_channel(ANN)).len(), 1);
        let knocks = |discord: &Discord| {
            let door = format!("/channels/{}/messages", Discord::private_channel(BOB));
            discord.requests().iter().filter(|line| line.contains(&door)).count()
        };
        assert_eq!(knocks(&discord), 1);
        put(&db, &[message(To::Provider(closed), "d")]).await?;
        running.tell().await?;
        assert_eq!(knocks(&discord), 1, "remembered");
        let threads = discord.requests().iter().filter(|line| line.ends_with("/threads")).count();
        assert_eq!(threads, 1, "one thread for both");
        let letters: Vec<Vec<u8>> = on_engine!(db.read(), pool => sqlx::query_scalar(LETTERS).bind("refund_decision")
            .fetch_all(pool).await)?;
        assert_eq!(letters.len(), 1, "the one without a Discord user");
        running.stop().await?;
        discord.check()
    })
    .await;
}

// d21: Discord is away for a moment. A private message waits for it; the mail does not stand in at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_moment_without_discord_puts_a_private_message_off() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        let ann = a_linked_provider(&db, "V1", ANN).await?;
        let running = start(env(&db, &discord)).await?;
        discord.fault("POST /api/v10/users/@me/channels", FaultKind::CutBefore, 4);
        put(&db, &[message(To::Provider(ann), "a")]).await?;
        running.tell().await?;
        let letters: Vec<Vec<u8>> = on_engine!(db.read(), pool => sqlx::query_scalar(LETTERS).bind("refund_decision")
            .fetch_all(pool).await)?;
        assert_eq!(letters.len(), 0);
        assert!(out::next_due(&db).await?.is_some(), "it is tried again");
        assert!(discord.posted(Discord::private_channel(ANN)).is_empty());
        running.stop().await?;
        discord.check()
    })
    .await;
}
