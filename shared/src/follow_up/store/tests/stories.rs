//! Lives of clients with a clock that the test moves.

use chrono::{Datelike as _, Timelike as _};
use chrono_tz::Tz;

use super::*;
use crate::follow_up::is_public_holiday;
use crate::listing;
use crate::testing::store::an_award;

fn days_of(sent: &[(DateTime<Utc>, String)]) -> Vec<i64> {
    sent.iter()
        .map(|(at, _)| (at.date_naive() - day(0).date_naive()).num_days())
        .collect()
}

// a2, a5, N14, E5: five projects are one letter with five lines, however often and by however many the plan is run.
#[tokio::test]
async fn five_projects_are_one_letter_however_often_it_is_planned() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 5).await?;
        world.env.clock.set(day(8));
        let (first, second, third) = tokio::join!(world.plan(), world.plan(), world.plan());
        let planned = [first?, second?, third?];
        assert_eq!(
            planned.iter().map(|run| run.letters).sum::<u64>(),
            1,
            "{planned:?}"
        );
        assert_eq!(planned.iter().map(|run| run.projects).sum::<u64>(), 5);
        assert_eq!(world.plan().await?, Planned::default(), "nothing is left");
        assert_eq!(count(&db, "SELECT COUNT(*) FROM outbox_projects").await?, 5);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM follow_ups").await?, 5);
        Ok(())
    })
    .await;
}

// a1, a19, a20, S7, N13: two months of somebody who never answers, nobody calling: mails, a call, its mail in time.
#[tokio::test]
async fn two_months_of_silence_are_asked_through_by_mail_and_telephone() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        let sent = world.live(day(4), day(66), 2).await?;
        let days = days_of(&sent);
        // A slot after the last look of a day is served by the next look.
        assert!(
            (7..=8).contains(&days[0]),
            "the first after 3 days: {days:?}"
        );
        assert!(
            (3..=5).contains(&(days[1] - days[0])),
            "the second 4 days later: {days:?}"
        );
        // The third step is a call, opened after a week, not made for five working days: a mail stands in.
        assert_eq!(
            count(
                &db,
                "SELECT COUNT(*) FROM contacts WHERE kind = 'call_expired'"
            )
            .await?,
            1
        );
        let third = days[2] - days[1];
        assert!((7 + 4..=7 + 5 + 9).contains(&third), "{days:?}");
        let reasons = "SELECT COUNT(*) FROM follow_ups WHERE reason = 'call_not_made'";
        assert_eq!(count(&db, reasons).await?, 1, "{days:?}");
        for (at, _) in &sent {
            let local = at.with_timezone(&Tz::Europe__Paris);
            assert!(
                (9..18).contains(&local.hour()) && local.weekday().num_days_from_monday() < 5,
                "{local}"
            );
            assert!(!is_public_holiday(local.date_naive()));
        }
        Ok(())
    })
    .await;
}

// a3, a4: an answer stops what was planned, also what waits in the outbox, and the plan starts again with longer gaps.
#[tokio::test]
async fn an_answer_stops_what_was_planned() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        let (client, projects) = a_client_with(&db, "C1", 2).await?;
        // Planned in the evening for the next morning; the client answers in between.
        let evening = day(7) + TimeDelta::hours(8);
        world.env.clock.set(evening);
        assert_eq!(world.plan().await?.letters, 1);
        world.env.clock.set(evening + TimeDelta::hours(1));
        world.hear(client, Some(projects[0]), LineKind::Answer, Some(Stage::Searching)).await?;
        let sent = world.live(evening + TimeDelta::hours(14), day(30), 2).await?;
        assert_eq!(count(&db, "SELECT COUNT(*) FROM outbox WHERE state = 'withdrawn'").await?, 1);
        let asked = "SELECT COUNT(*) FROM contacts k JOIN projects p ON p.id = k.project_id
            WHERE k.kind = 'letter_sent' AND p.reference = 'C1-0'";
        assert!(count(&db, asked).await? <= 2, "two weeks later at the earliest: {sent:?}");
        let first = "SELECT CAST(MIN(s.step) AS BIGINT) FROM follow_ups s JOIN projects p ON p.id = s.project_id
            WHERE p.reference = 'C1-0' AND s.reason = 'after_answer'";
        assert_eq!(count(&db, first).await?, 2);
        Ok(())
    })
    .await;
}

// S16, a4: an award stops letters and calls of that project; the others go on.
#[tokio::test]
async fn an_award_stops_the_follow_ups_of_that_project_only() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        a_client_with(&db, "C2", 1).await?;
        world.live(day(4), day(16), 3).await?;
        let mut now = day(16);
        while calls(&db, now).await?.len() < 2 {
            now += TimeDelta::hours(6);
            anyhow::ensure!(now < day(44), "no call came");
            world.env.clock.set(now);
            world.plan().await?;
        }
        let provider = a_provider(&db, "P1", day(0)).await?;
        an_award(&db, "C1-0", provider, now).await?;
        let open = calls(&db, now).await?;
        assert_eq!(open.len(), 1, "gone from the list at once");
        assert_eq!(open[0].projects[0].reference, "C2-0");
        assert_eq!(world.plan().await?.withdrawn, 1);
        let sent = world.live(now, now + TimeDelta::days(60), 6).await?;
        assert!(sent.iter().all(|(_, to)| to == "C2@clients.example") && !sent.is_empty());
        Ok(())
    })
    .await;
}

// a4, E5: one line of a letter changed before it left. The letter is written anew at once, with the lines that still stand.
#[tokio::test]
async fn a_letter_of_which_one_line_changed_is_written_anew_at_once() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 2).await?;
        let evening = day(7) + TimeDelta::hours(8);
        world.env.clock.set(evening);
        assert_eq!(world.plan().await?.letters, 1);
        let provider = a_provider(&db, "P1", day(0)).await?;
        an_award(&db, "C1-0", provider, evening + TimeDelta::hours(1)).await?;
        let morning = evening + TimeDelta::hours(14);
        let sent = world.live(morning, morning + TimeDelta::hours(6), 1).await?;
        assert_eq!(sent.len(), 1, "the same working day: {sent:?}");
        let states = "SELECT CAST(SUM(CASE state WHEN 'withdrawn' THEN 10 WHEN 'accepted' THEN 1 END) AS BIGINT) FROM outbox";
        assert_eq!(count(&db, states).await?, 11);
        let lines = "SELECT COUNT(*) FROM outbox_projects l JOIN outbox o ON o.id = l.letter_id JOIN projects p ON p.id = l.project_id
            WHERE o.state = 'accepted' AND p.reference = 'C1-1'";
        assert_eq!(count(&db, lines).await?, 1);
        let told = "SELECT COUNT(*) FROM contacts WHERE kind = 'letter_sent'";
        assert_eq!(count(&db, told).await?, 1, "one effect");
        Ok(())
    })
    .await;
}

// a15, S7, N16: a bounce opens a call; a wrong number gives way to mail; with both dead the label, and still pending.
#[tokio::test]
async fn each_channel_stands_in_and_both_dead_are_a_label() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        world.live(day(4), day(7), 3).await?;
        let mut now = day(7);
        let refused = Verdict::AddressRefused("550 5.1.1".to_owned());
        while world.drain(&refused).await?.is_empty() {
            now += TimeDelta::hours(3);
            world.env.clock.set(now);
            world.plan().await?;
        }
        let open = world.live_until_a_call(now).await?;
        assert_eq!(open.len(), 1);
        assert_eq!(
            open[0].projects[0].reason,
            crate::follow_up::Reason::Bounced
        );
        assert_eq!(world.report(CallOutcome::WrongNumber, None).await?, 1);
        world.plan().await?;
        let label = "SELECT COUNT(*) FROM contacts WHERE kind = 'label' AND note = 'unreachable'";
        assert_eq!(count(&db, label).await?, 1);
        assert_eq!(
            count(&db, "SELECT COUNT(*) FROM projects WHERE state = 'pending'").await?,
            1
        );
        let later = world.env.clock.now() + TimeDelta::days(100);
        assert!(
            world
                .live(world.env.clock.now(), later, 24)
                .await?
                .is_empty(),
            "nobody to ask"
        );
        // The platform learns of a new number: the plan goes on by telephone, the label is lifted.
        execute(
            &db,
            "UPDATE clients SET phone = '+33639980099', phone_dead_at = NULL",
        )
        .await?;
        world.plan().await?;
        assert_eq!(world.live_until_a_call(later).await?.len(), 1);
        assert_eq!(
            count(
                &db,
                "SELECT COUNT(*) FROM contacts WHERE kind = 'label' AND note = 'reachable'"
            )
            .await?,
            1
        );
        Ok(())
    })
    .await;
}

// S18, N4: ten unanswered mails and five calls: pending, lower in the list, and still asked.
#[tokio::test]
async fn a_client_who_never_answers_stays_pending_and_sinks() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        let (_, projects) = a_client_with(&db, "C1", 1).await?;
        let (_, others) = a_client_with(&db, "C2", 1).await?;
        world.env.clock.set(day(1));
        let mut now = day(1);
        let tried =
            "SELECT CAST(MIN(mails_total * 1000 + calls_total) AS BIGINT) FROM project_facts f
            JOIN projects p ON p.id = f.project_id WHERE p.reference = 'C1-0'";
        loop {
            world.env.clock.set(now);
            world.plan().await?;
            world.drain(&Verdict::Accepted).await?;
            // The staff calls everybody; C2 takes the call, C1 never does.
            for call in calls(&db, now).await? {
                let spoke = call.client_reference == "C2";
                let outcome = if spoke {
                    CallOutcome::Spoke
                } else {
                    CallOutcome::NoAnswer
                };
                let report = CallReport {
                    call: call.id,
                    outcome,
                    stage: spoke.then_some(Stage::Searching),
                    only: vec![],
                    ask_again_at: None,
                    note: None,
                };
                record_call_outcome(&db, &report, now).await?;
            }
            let done = if now > day(8) {
                count(&db, tried).await?
            } else {
                0
            };
            if done / 1000 >= 10 && done % 1000 >= 5 {
                break;
            }
            anyhow::ensure!(now < day(900), "asked too seldom: {done}");
            now += TimeDelta::hours(12);
        }
        let place = async |project| {
            anyhow::Ok(
                listing::store::place_of(&db, project)
                    .await?
                    .map(|place| place.position),
            )
        };
        assert_eq!(
            place(projects[0]).await?,
            Some(2),
            "pending, below the one who answers"
        );
        assert_eq!(place(others[0]).await?, Some(1));
        assert!(now < day(730), "within two years: {now}");
        let sent = world.live(now, now + TimeDelta::days(130), 12).await?;
        assert!(
            sent.iter().any(|(_, to)| to == "C1@clients.example"),
            "the plan never ends"
        );
        Ok(())
    })
    .await;
}

// a18: with opt-out after composing nothing leaves, and the plan goes on by telephone.
#[tokio::test]
async fn an_opt_out_stops_what_waits_and_leaves_calls() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        world.env.clock.set(day(7) + TimeDelta::hours(8));
        assert_eq!(world.plan().await?.letters, 1);
        execute(&db, "UPDATE clients SET mails = 'none'").await?;
        let sent = world.live(day(8), day(44), 4).await?;
        assert!(sent.is_empty(), "{sent:?}");
        assert!(count(&db, "SELECT COUNT(*) FROM call_tasks").await? > 0);
        Ok(())
    })
    .await;
}

// a17: letters and calls through both daylight-saving days, Easter Monday, All Saints and the armistice: nobody is
// disturbed out of office hours or on a holiday, and nobody is forgotten.
#[tokio::test]
async fn nobody_is_disturbed_out_of_hours_through_both_changes_of_the_clocks() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        // From 16 March and from 5 October 2026.
        for (reference, begins) in [("S", 74), ("A", 277)] {
            for nth in 0..7 {
                let client = a_client(&db, &format!("{reference}{nth}"), day(begins)).await?;
                a_pending_project(&db, client, &format!("{reference}{nth}-0"), day(begins + nth)).await?;
            }
            let sent = world.live(day(begins), day(begins + 40), 3).await?;
            anyhow::ensure!(sent.len() > 14, "{}", sent.len());
        }
        let calendar = crate::follow_up::Calendar::new(&world.rhythm);
        let times: Vec<DateTime<Utc>> = on_engine!(db.read(), pool => sqlx::query_scalar("SELECT at FROM follow_ups")
            .fetch_all(pool).await)?;
        for at in times {
            assert!(calendar.is_open(at, Tz::Europe__Paris), "{at}");
        }
        let forgotten = "SELECT COUNT(*) FROM projects p WHERE NOT EXISTS
            (SELECT 1 FROM follow_ups s WHERE s.project_id = p.id)";
        assert_eq!(count(&db, forgotten).await?, 0);
        Ok(())
    })
    .await;
}

// D2: an opt-out outlives a new import of the client: the telephone is used.
#[tokio::test]
async fn a_suppressed_address_is_not_written_to_again_and_again() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        let hash = crate::mail::address_hash("C1@clients.example");
        let suppress = "INSERT INTO suppressions (address_hash, reason, at) VALUES ($1, 'opt_out', $2)";
        on_engine!(db.write(), pool => sqlx::query(suppress).bind(&hash).bind(day(0)).execute(pool).await.map(drop))?;
        let sent = world.live(day(4), day(40), 4).await?;
        assert!(sent.is_empty(), "{sent:?}");
        assert_eq!(count(&db, "SELECT COUNT(*) FROM outbox").await?, 0);
        assert!(count(&db, "SELECT COUNT(*) FROM call_tasks").await? > 0);
        Ok(())
    })
    .await;
}
