//! Messages to Discord on both engines: once per cause, rewritten while on their way, never claimed twice at once.

use super::*;
use crate::account::link::AccountId;
use crate::account::store::tie;
use crate::discord_out::Button;
use crate::testing::store::{a_provider, each_prepares};
use crate::testing::{day, each_engine};

fn card(dedupe: &str, to: To) -> Message {
    Message {
        to,
        dedupe: dedupe.to_owned(),
        body: body("a card"),
        letter: Some((
            LetterKind::RefundDecision,
            serde_json::json!({"approved": true}),
        )),
    }
}

fn body(text: &str) -> Body {
    Body {
        text: text.to_owned(),
        buttons: vec![vec![Button::new("v1:review:1", "Look")]],
    }
}

async fn put_all(db: &Db, messages: &[Message]) -> Result<u64, StoreError> {
    let mut tx = db.begin().await?;
    let new = put(&mut tx, messages, day(1)).await?;
    tx.commit().await?;
    Ok(new)
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &super::erase::TWINS).await;
    each_prepares(&[], &[super::made::TWINS]).await;
}

// E5, d8: one message per cause; a rewriting made while the first showing is under way is shown after it.
#[tokio::test]
async fn a_message_is_put_once_and_rewritten_in_place() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let messages = [
            card("a", To::Review),
            card("b", To::Provider(provider)),
            card("c", To::User(DiscordUser(9))),
        ];
        assert_eq!(put_all(&db, &messages).await?, 3);
        assert_eq!(put_all(&db, &messages).await?, 0);
        let mut claimed = claim(&db, day(1)).await?;
        assert_eq!(claimed.len(), 3);
        assert!(claim(&db, day(1)).await?.is_empty(), "claimed once");
        claimed.sort_by_key(|message| message.to != To::Review);
        let first = &claimed[0];
        assert_eq!(
            (first.body.clone(), first.letter.clone()),
            (messages[0].body.clone(), messages[0].letter.clone())
        );
        let mut tx = db.begin().await?;
        assert!(rewrite(&mut tx, "a", &body("decided"), day(1)).await?);
        assert!(
            !rewrite(&mut tx, "a", &body("decided"), day(1)).await?,
            "the same"
        );
        assert!(!rewrite(&mut tx, "nothing", &body("decided"), day(1)).await?);
        tx.commit().await?;
        shown(&db, first, (1, 2), day(1)).await?;
        let again = claim(&db, day(1)).await?;
        assert_eq!(again.len(), 1);
        assert_eq!(
            (again[0].body.text.as_str(), again[0].delivered),
            ("decided", Some((1, 2)))
        );
        lost(&db, &again[0], day(1)).await?;
        let again = claim(&db, day(1)).await?;
        assert_eq!(again[0].delivered, None, "delivered anew");
        shown(&db, &again[0], (1, 3), day(1)).await?;
        assert!(claim(&db, day(1)).await?.is_empty());
        Ok(())
    })
    .await;
}

// E5, d21: a late holder changes nothing; what went by mail is settled.
#[tokio::test]
async fn a_late_holder_is_refused_and_mail_settles() {
    each_engine(async |db| {
        put_all(&db, &[card("a", To::Review)]).await?;
        let late = claim(&db, day(1)).await?;
        let holder = claim(&db, day(2)).await?;
        assert_eq!(holder.len(), 1, "the lease ended");
        shown(&db, &late[0], (1, 2), day(2)).await?;
        let mut tx = db.begin().await?;
        assert!(!mailed(&mut tx, &late[0], day(2)).await?);
        assert!(mailed(&mut tx, &holder[0], day(2)).await?);
        tx.commit().await?;
        assert_eq!(next_due(&db).await?, None);
        Ok(())
    })
    .await;
}

// d21: closed doors are remembered, and opened by a new tie.
#[tokio::test]
async fn a_closed_door_is_remembered() {
    each_engine(async |db| {
        let user = DiscordUser(9);
        assert_eq!(doors::of(&db, user).await?, doors::Door::default());
        doors::close(&db, user, day(1)).await?;
        doors::keep_thread(&db, user, Some(77), day(1)).await?;
        assert_eq!(
            doors::of(&db, user).await?,
            doors::Door {
                is_closed: true,
                thread: Some(77)
            }
        );
        let provider = a_provider(&db, "V1", day(0)).await?;
        let mut tx = db.begin().await?;
        tie(&mut tx, user, AccountId::Provider(provider), day(2)).await?;
        tx.commit().await?;
        assert_eq!(doors::of(&db, user).await?, doors::Door::default());
        assert_eq!(registered(&db, "global").await?, None);
        keep_registered(&db, "global", "a", day(1)).await?;
        keep_registered(&db, "global", "b", day(2)).await?;
        assert_eq!(registered(&db, "global").await?.as_deref(), Some("b"));
        Ok(())
    })
    .await;
}

const SENT_NOWHERE: &str =
    "UPDATE discord_messages SET state = 'sent', settled_at = made_at, shown = 1";
const TO_NOBODY: &str = "UPDATE discord_messages SET target = 'user'";

async fn kept(db: &Db) -> Result<i64, StoreError> {
    const KEPT: &str = "SELECT COUNT(*) FROM discord_messages";
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(KEPT).fetch_one(pool).await)?)
}

// D4: what was told is forgotten a year later, what is still to be told is not.
#[tokio::test]
async fn an_old_message_is_forgotten_once_it_was_told() {
    each_engine(async |db| {
        put_all(&db, &[card("told", To::Review), card("waits", To::Review)]).await?;
        let claimed = claim(&db, day(1)).await?;
        shown(&db, &claimed[0], (1, 2), day(1)).await?;
        forget(&db, day(365)).await?;
        assert_eq!(kept(&db).await?, 2, "less than a year ago");
        forget(&db, day(367)).await?;
        assert_eq!(kept(&db).await?, 1, "the one that waits");
        Ok(())
    })
    .await;
}

// The database refuses a message that is sent and nowhere, or for nobody.
#[tokio::test]
async fn raw_sql_cannot_say_sent_without_a_place() {
    each_engine(async |db| {
        put_all(&db, &[card("a", To::Review)]).await?;
        for attack in [SENT_NOWHERE, TO_NOBODY] {
            let done =
                on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(done.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}
