//! What a run may do at once, what it says beforehand, and the desk of the calls.

use chrono::Timelike as _;
use chrono_tz::Tz;

use super::*;
use crate::follow_up::Calendar;

// o4: a preview names whom the plan then asks, and changes nothing.
#[tokio::test]
async fn a_preview_says_what_the_plan_does_and_changes_nothing() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 2).await?;
        a_client_with(&db, "C2", 1).await?;
        world.env.clock.set(day(8));
        let seen = preview(&db, &world.rhythm, day(8)).await?;
        assert_eq!((seen.letters, seen.calls, seen.people.len()), (2, 0, 2));
        assert_eq!(
            seen.people[0].projects.len() + seen.people[1].projects.len(),
            3
        );
        assert_eq!(
            count(
                &db,
                "SELECT COUNT(*) FROM follow_up_due WHERE due_at IS NULL"
            )
            .await?,
            3,
            "as it was"
        );
        assert_eq!(count(&db, "SELECT COUNT(*) FROM outbox").await?, 0);
        assert_eq!(
            preview(&db, &world.rhythm, day(5)).await?.people,
            [],
            "nothing was due then"
        );
        assert_eq!(world.plan().await?.letters, 2);
        assert_eq!(preview(&db, &world.rhythm, day(8)).await?.people, []);
        Ok(())
    })
    .await;
}

// o5: a run that would disturb more people than it may stops, says so, and goes on when a person says yes.
#[tokio::test]
async fn a_run_that_would_disturb_too_many_stops_until_a_person_says_yes() {
    each_engine(async |db| {
        let mut world = World::new(&db)?;
        world.rhythm.people_per_run_max = 3;
        for n in 0..5 {
            a_client_with(&db, &format!("C{n}"), 1).await?;
        }
        world.env.clock.set(day(8));
        let stop = world.plan().await?.stopped.expect("a stop");
        assert_eq!((stop.people, stop.people_max, stop.since), (5, 3, day(8)));
        assert_eq!(
            count(&db, "SELECT COUNT(*) FROM outbox").await?,
            0,
            "nobody was written to"
        );
        world.env.clock.set(day(8) + TimeDelta::hours(1));
        assert_eq!(
            world.plan().await?.stopped.map(|stop| stop.since),
            Some(day(8)),
            "it stands since then"
        );
        assert!(preview(&db, &world.rhythm, day(8)).await?.would_stop());
        let allowed = plan(
            &db,
            &world.composer,
            &world.rhythm,
            5,
            world.env.clock.now(),
        )
        .await?;
        assert_eq!((allowed.letters, allowed.stopped), (5, None));
        assert_eq!(standing_stop(&db).await?, None);
        Ok(())
    })
    .await;
}

// S5, o3: five days without a worker; then each due person gets one letter, oldest first, at most sixty an hour.
#[tokio::test]
async fn five_days_of_downtime_are_caught_up_without_a_storm() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        // More than an hour takes fall due meanwhile, however their slots are spread over the free days.
        for n in 0..240 {
            let client = a_client(&db, &format!("C{n:03}"), day(0)).await?;
            a_pending_project(&db, client, &format!("{n:03}"), day(n / 20)).await?;
        }
        world.live(day(0), day(7), 6).await?;
        let before = count(
            &db,
            "SELECT COUNT(*) FROM contacts WHERE kind = 'letter_sent'",
        )
        .await?;
        // Nothing runs on days 7 to 12 (a Wednesday at noon to the next Tuesday).
        let back = day(12);
        world.env.clock.set(back);
        let due = preview(&db, &world.rhythm, back).await?;
        let people = due.letters + due.calls;
        // What had been written before it leaves at once, beside the sixty an hour that are written after it.
        let waiting = count(&db, "SELECT COUNT(*) FROM outbox WHERE state = 'planned'").await?;
        let letters_an_hour_max =
            world.rhythm.catch_up_people_per_hour as usize + usize::try_from(waiting)?;
        anyhow::ensure!(people > letters_an_hour_max, "{people} {}", due.later);
        let planned = world.plan().await?;
        assert_eq!(
            planned.letters + planned.calls,
            people as u64,
            "{planned:?} {} {} {}",
            due.letters,
            due.calls,
            due.later
        );
        let mut now = back;
        let mut sent = Vec::new();
        while now < back + TimeDelta::days(1) {
            world.env.clock.set(now);
            sent.extend(
                world
                    .drain(&Verdict::Accepted)
                    .await?
                    .into_iter()
                    .map(|to| (now, to)),
            );
            now += TimeDelta::minutes(15);
        }
        let mut once: Vec<_> = sent.iter().map(|(_, to)| to).collect();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), sent.len(), "one letter each");
        assert_eq!(sent.len() as u64, planned.letters + waiting.unsigned_abs());
        for (at, _) in &sent {
            let within = sent
                .iter()
                .filter(|(other, _)| *other >= *at && *other < *at + TimeDelta::hours(1))
                .count();
            assert!(
                within <= letters_an_hour_max,
                "{within} in the hour from {at}"
            );
            assert!(
                Calendar::new(&world.rhythm)
                    .is_open(*at - TimeDelta::minutes(15), Tz::Europe__Paris)
                    || at.hour() == 8
            );
        }
        anyhow::ensure!(before > 0);
        Ok(())
    })
    .await;
}

// a5, a21, a25: what a client says on the telephone is on the timeline of each project, as they meant it, once.
#[tokio::test]
async fn a_call_is_recorded_once_and_for_the_projects_that_were_meant() {
    each_engine(async |db| {
        let world = World::new(&db)?;
        a_client_with(&db, "C1", 2).await?;
        execute(&db, "UPDATE clients SET mails = 'none'").await?;
        world.live(day(4), day(9), 4).await?;
        let now = day(9);
        world.env.clock.set(now);
        let call = calls(&db, now).await?.remove(0);
        assert_eq!((call.projects.len(), call.phone.as_deref()), (2, Some("+33639980000")));
        let mut report = CallReport {
            call: call.id,
            outcome: CallOutcome::NoAnswer,
            stage: Some(Stage::Comparing),
            only: vec![],
            ask_again_at: None,
            note: Some("choisit en juin, joignable au 06 39 98 00 00".to_owned()),
        };
        assert!(matches!(record_call_outcome(&db, &report, now).await, Err(RecordError::NobodySpoke)));
        (report.outcome, report.only) = (CallOutcome::Spoke, vec!["C9-9".to_owned()]);
        assert!(matches!(record_call_outcome(&db, &report, now).await, Err(RecordError::NotAbout(_))));
        report.only = vec!["C1-0".to_owned()];
        report.ask_again_at = Some(day(150));
        assert_eq!(record_call_outcome(&db, &report, now).await?, 2);
        assert!(matches!(record_call_outcome(&db, &report, now).await, Err(RecordError::NotOpen(_))));
        let said = "SELECT COUNT(*) FROM contacts WHERE kind = 'answer' AND channel = 'phone'
            AND note = 'choisit en juin, joignable au […]'";
        assert_eq!(count(&db, said).await?, 2);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM contacts WHERE stage = 'comparing' AND ask_again_at IS NOT NULL").await?, 1);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM contacts WHERE stage = 'unknown' AND ask_again_at IS NULL").await?, 1);
        world.plan().await?;
        let kept = preview(&db, &world.rhythm, day(151)).await?;
        let promised = kept.people[0].projects.iter().any(|p| p.reference == "C1-0" && p.reason == crate::follow_up::Reason::Promised);
        assert!(promised, "{kept:?}");
        Ok(())
    })
    .await;
}

// A change of the settings reckons every plan anew, once.
#[tokio::test]
async fn other_settings_reckon_the_plans_anew() {
    each_engine(async |db| {
        let mut world = World::new(&db)?;
        a_client_with(&db, "C1", 1).await?;
        world.env.clock.set(day(5));
        assert_eq!(world.plan().await?.reckoned, 1);
        assert_eq!(world.plan().await?.reckoned, 0, "nothing was learned");
        world.rhythm.first_days = vec![10, 20];
        assert_eq!(world.plan().await?.reckoned, 1);
        world.env.clock.set(day(10));
        assert_eq!(world.plan().await?.letters, 0, "ten days are not over yet");
        Ok(())
    })
    .await;
}
