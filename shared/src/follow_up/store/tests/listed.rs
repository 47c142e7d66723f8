//! What people see before anything happens: the day's calls, and the questions that come before a lower place.

use super::*;
use crate::listing;

// a22: the calls of the day, overdue first, each with its number, its project and the day on which it gives way to a mail;
// what a client wished for a later day comes up on that day.
#[tokio::test]
async fn the_days_calls_are_listed_overdue_first_and_a_later_one_on_its_day() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        // Their third days are a Tuesday and a Thursday: a slot late in the afternoon may become one of the next day, which is
        // a working day before the other's.
        for (reference, published) in [("late", 4), ("early", 2)] {
            let client = a_client(&db, reference, day(0)).await?;
            a_pending_project(&db, client, &format!("{reference}-0"), day(published)).await?;
        }
        execute(&db, "UPDATE clients SET mails = 'none'").await?;
        world.live(day(2), day(12), 3).await?;
        let client = a_client(&db, "wished", day(0)).await?;
        let project = a_pending_project(&db, client, "wished-0", day(11)).await?;
        world.env.clock.set(day(12));
        let mut tx = db.begin().await?;
        let on = day(14).date_naive();
        assert!(
            open_wished_call(
                &mut tx,
                &world.rhythm,
                client,
                &[project],
                Some(on),
                day(12)
            )
            .await?
        );
        tx.commit().await?;
        let whom = |open: &[Call]| {
            open.iter()
                .map(|call| call.client_reference.clone())
                .collect::<Vec<_>>()
        };
        let open = calls(&db, day(12)).await?;
        assert_eq!(whom(&open), ["early", "late"]);
        for call in &open {
            assert!(
                call.due_at < day(9) && call.expires_at > day(12),
                "overdue, and still to be made: {call:?}"
            );
            assert_eq!(call.phone.as_deref(), Some("+33639980000"));
            assert_eq!(
                call.projects[0].reference,
                format!("{}-0", call.client_reference)
            );
        }
        let morning = day(14) - TimeDelta::hours(5);
        assert_eq!(
            whom(&calls(&db, morning).await?),
            ["early", "late", "wished"]
        );
        Ok(())
    })
    .await;
}

// b2: silence costs no place before the client was asked again and again, by letters that left.
#[tokio::test]
async fn nobody_loses_a_place_by_silence_before_four_letters_asked() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        let key = async || {
            let listed = listing::store::find(&db, "C1-0").await?;
            anyhow::Ok(listed.map(|listed| listed.rank_key))
        };
        let (born, mut now) = (key().await?, day(4));
        while key().await? == born {
            anyhow::ensure!(now < day(300), "silence never counts");
            world.live(now, now + TimeDelta::days(1), 6).await?;
            now += TimeDelta::days(1);
            listing::store::rerank_by_rules(&db, now).await?;
        }
        assert!(key().await? < born, "lower, not higher");
        let asked = "SELECT COUNT(*) FROM contacts WHERE kind = 'letter_sent'";
        assert!(
            count(&db, asked).await? >= 4,
            "{}",
            count(&db, asked).await?
        );
        Ok(())
    })
    .await;
}
