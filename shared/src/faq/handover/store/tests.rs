//! The questions that a person takes, on both engines.

use chrono_tz::Europe::Paris;
use sqlx::AssertSqlSafe;

use super::*;
use crate::account::store::{NewStaff, add_staff, find_staff};
use crate::account::{Locale, Role};
use crate::faq::log::{Answered, Asker, Surface};
use crate::faq::{Band, Reason, Verdict, store as answers};
use crate::testing::store::each_prepares;
use crate::testing::{day, each_engine};

const MESSAGES: &str = "SELECT dedupe, target, body FROM discord_messages ORDER BY dedupe";

async fn asked(db: &Db, user: Option<DiscordUser>, text: &str) -> Result<AnswerId, StoreError> {
    let verdict = Verdict {
        band: Band::HandOver(Reason::Case),
        language: Locale::En,
        score: 0.1,
        among: 0.2,
        ranked: Vec::new(),
    };
    let asker = Asker {
        user,
        ..Asker::default()
    };
    let line = Answered::of(asker, Surface::Discord, text, &verdict, "v1");
    answers::log(db, &line, day(1)).await
}

async fn a_member(db: &Db) -> Result<StaffMember, StoreError> {
    let anna = NewStaff {
        reference: "anna".to_owned(),
        name: "Anna".to_owned(),
        email: "anna@platform.example".to_owned(),
        locale: Locale::Fr,
        role: Role::Support,
        provider: None,
    };
    add_staff(db, &anna, day(0)).await?;
    Ok(find_staff(db, "anna").await?.expect("just added"))
}

async fn opened(db: &Db, answer: AnswerId) -> Result<Handover, StoreError> {
    let mut tx = db.begin().await?;
    let handover = open(&mut tx, answer, day(2)).await?;
    discord_out::store::put(&mut tx, &[handover.announced(Paris)], day(2)).await?;
    tx.commit().await?;
    Ok(handover)
}

async fn messages(db: &Db) -> Result<Vec<(String, String, String)>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(MESSAGES).fetch_all(pool).await)?)
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&[ALL_SQL, &[MESSAGES]].concat(), &[]).await;
}

// c17: one row and one card a question; resolved once; its asker is told once, and nobody else.
#[tokio::test]
async fn a_question_is_taken_by_a_person_once_and_its_asker_is_told_once() {
    each_engine(async |db| {
        let member = a_member(&db).await?;
        let first = asked(&db, Some(DiscordUser(7)), "my file 4471?").await?;
        let second = asked(&db, None, "and mine?").await?;
        let handover = opened(&db, first).await?;
        assert_eq!(opened(&db, first).await?, handover, "asked again");
        let other = opened(&db, second).await?;
        assert_eq!((handover.number, other.number), (1, 2));
        let waits = waiting(&db).await?;
        assert_eq!(waits.len(), 2);
        assert_eq!(waits[0].question.as_deref(), Some("my file [n°]?"));
        let sent = messages(&db).await?;
        assert_eq!(sent.len(), 2);
        assert!(sent.iter().all(|(_, target, body)| target == "review" && body.contains(DONE_ID)));

        let now = resolve(&db, handover.id, &member, Paris, day(3)).await?;
        assert!(matches!(&now, Resolved::Now(done) if done.resolved.as_ref().is_some_and(|by| by.0 == "Anna")));
        let again = resolve(&db, handover.id, &member, Paris, day(4)).await?;
        assert!(matches!(again, Resolved::Before(done) if done.resolved.as_ref().is_some_and(|by| by.1 == day(3))));
        assert!(matches!(resolve(&db, other.id, &member, Paris, day(4)).await?, Resolved::Now(_)));
        assert_eq!(resolve(&db, HandoverId::at(day(9)), &member, Paris, day(9)).await?, Resolved::Unknown);
        assert!(waiting(&db).await?.is_empty());
        assert_eq!(find(&db, 1).await?.and_then(|one| one.resolved), Some(("Anna".to_owned(), day(3))));
        let sent = messages(&db).await?;
        let told: Vec<_> = sent.iter().filter(|(_, target, _)| target == "user").collect();
        assert_eq!(told.len(), 1, "the other did not ask on Discord");
        assert!(told[0].2.contains("The team has dealt with"), "{}", told[0].2);
        assert!(sent.iter().all(|(_, _, body)| !body.contains(DONE_ID)), "no button is left");
        Ok(())
    })
    .await;
}

const DONE_ID: &str = "v1:handover-done:";

// c17: what was handed over and who resolved it is history.
#[tokio::test]
async fn the_database_keeps_hand_overs_as_they_were_written() {
    each_engine(async |db| {
        let member = a_member(&db).await?;
        let answer = asked(&db, None, "?").await?;
        let handover = opened(&db, answer).await?;
        resolve(&db, handover.id, &member, Paris, day(3)).await?;
        for statement in [
            "UPDATE faq_handovers SET number = 9",
            "DELETE FROM faq_handovers",
            "UPDATE faq_resolutions SET at = at",
            "DELETE FROM faq_resolutions",
            "INSERT INTO faq_handovers (id, number, answer_id, at)
                SELECT answer_id, 1, answer_id, at FROM faq_handovers",
            "INSERT INTO faq_handovers (id, number, answer_id, at)
                SELECT answer_id, 0, answer_id, at FROM faq_handovers",
            "INSERT INTO faq_resolutions (handover_id, staff_id, at)
                SELECT handover_id, handover_id, at FROM faq_resolutions",
        ] {
            let done: Result<u64, sqlx::Error> = on_engine!(db.write(), pool => sqlx::query(AssertSqlSafe(statement))
                .execute(pool).await.map(|done| done.rows_affected()));
            assert!(matches!(done, Err(_) | Ok(0)), "{statement}");
        }
        Ok(())
    })
    .await;
}
