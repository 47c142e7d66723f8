//! What a person decides about a message that waits (o7; threats P3, M1), and the call that a client asks for (S7, a19).

use super::*;
use crate::reading::meaning::{LABELS, Label};

const UNPROVEN: bool = false;
const SHOWN: &str = "SELECT COUNT(*) FROM outbox WHERE kind = 'way_to_account' AND recipient = 'c1@clients.example'";
const ENDS: &str = "SELECT COUNT(*) FROM project_events WHERE to_state <> 'pending'";

fn under(projects: &[String], meaning: Option<Label>) -> Filed<'_> {
    Filed {
        projects,
        meaning,
        ask_again: None,
        note: None,
    }
}

async fn on_the_timeline(db: &Db) -> anyhow::Result<Vec<(String, String)>> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(
        "SELECT channel, stage FROM contacts WHERE kind = 'answer' ORDER BY seq").fetch_all(pool).await)?)
}

// o7, a9: what rules do not dare, a person does; who and when is kept, and the second one learns it.
#[tokio::test]
async fn a_person_files_what_was_not_proven_once_and_is_named() {
    each_desk(async |desk, _, asked, token| {
        let waits = filed(desk, &answer(token, "other@clients.example", UNPROVEN, "Nous comparons les devis.")).await?;
        assert_eq!(waits.state, "tray");
        let reference = ["p1".to_owned()];
        let filing = under(&reference, Some(Label::Comparing));
        let done = file_by_hand(desk, waits.id, "sonia", &filing, day(4)).await?;
        assert_eq!(done, Decided { meaning: Some(Label::Comparing), projects: 1 });
        assert_eq!(on_the_timeline(desk.db).await?, [("staff".to_owned(), "comparing".to_owned())]);
        assert_eq!(stage(desk.db, asked.project).await?.as_deref(), Some("comparing"));
        let row = get(desk.db, waits.id).await?;
        assert_eq!(
            (row.state.as_str(), row.decided_by.as_deref(), row.decided_meaning.as_deref(), row.settled_at),
            ("filed", Some("sonia"), Some("comparing"), Some(day(4))),
        );
        let filing = under(&reference, Some(Label::Dropped));
        let late = file_by_hand(desk, waits.id, "bilal", &filing, day(5)).await;
        assert!(matches!(&late, Err(DecisionError::Decided { by, at, .. }) if by == "sonia" && *at == day(4)), "{late:?}");
        assert!(matches!(dismiss(desk.db, waits.id, "bilal", day(5)).await, Err(DecisionError::Decided { .. })));
        assert!(replay(desk.db, waits.id, day(5)).await.is_err());
        assert_eq!(on_the_timeline(desk.db).await?.len(), 1);
        Ok(())
    })
    .await;
}

// P3, N15: an attack. Whatever a person files, by whatever name, the project stays pending; at most the way is shown.
#[tokio::test]
async fn nothing_that_a_person_files_ends_a_project() {
    each_desk(async |desk, _, asked, token| {
        let reference = ["p1".to_owned()];
        for meaning in LABELS {
            let words = format!("Annulez, supprimez, tout est fini ({}).", meaning.name());
            let waits = filed(
                desk,
                &answer(token, "other@clients.example", UNPROVEN, &words),
            )
            .await?;
            file_by_hand(
                desk,
                waits.id,
                CONSOLE,
                &under(&reference, Some(meaning)),
                day(4),
            )
            .await?;
            assert_eq!(
                state(desk.db, asked.project).await?,
                "pending",
                "{meaning:?}"
            );
        }
        assert_eq!(count(desk.db, ENDS).await?, 0);
        assert_eq!(
            count(desk.db, SHOWN).await?,
            1,
            "once, to the address that the platform knows"
        );
        Ok(())
    })
    .await;
}

// N17: a proposal that is not sure waits for one click.
#[tokio::test]
async fn a_proposal_is_accepted_with_one_click_and_is_one_line() {
    each_desk(async |desk, _, asked, token| {
        let waits = filed(
            desk,
            &answer(
                token,
                "c1@clients.example",
                UNPROVEN,
                "Je cherche toujours un prestataire.",
            ),
        )
        .await?;
        assert_eq!(
            (waits.state.as_str(), waits.meaning.as_deref()),
            ("tray", Some("still_searching"))
        );
        accept(desk, waits.id, CONSOLE, day(4)).await?;
        assert_eq!(
            stage(desk.db, asked.project).await?.as_deref(),
            Some("searching")
        );
        // Told by rules already, then looked at by a person: still one line.
        let told = filed(
            desk,
            &answer(
                token,
                "c1@clients.example",
                true,
                "Pouvez-vous me rappeler s'il vous plaît ?",
            ),
        )
        .await?;
        assert_eq!(
            (told.state.as_str(), told.meaning.as_deref()),
            ("tray", Some("wants_call")),
            "{told:?}"
        );
        accept(desk, told.id, "sonia", day(4)).await?;
        assert_eq!(on_the_timeline(desk.db).await?.len(), 2);
        let nobody = filed(
            desk,
            b"From: x@nobody.example\r\nSubject: x\r\n\r\nJe cherche toujours un prestataire.\r\n",
        )
        .await?;
        let refused = accept(desk, nobody.id, CONSOLE, day(4)).await;
        assert!(
            matches!(refused, Err(DecisionError::NoProposal(_))),
            "{refused:?}"
        );
        Ok(())
    })
    .await;
}

// M1: a message is filed under projects of one client that exist.
#[tokio::test]
async fn a_message_is_filed_under_known_projects_of_one_client() {
    each_desk(async |desk, _, _, token| {
        let other = a_client(desk.db, "c2", day(0)).await?;
        a_pending_project(desk.db, other, "p2", day(0)).await?;
        let waits = filed(
            desk,
            &answer(
                token,
                "other@clients.example",
                UNPROVEN,
                "Toujours d'actualité.",
            ),
        )
        .await?;
        for (references, wanted) in [
            (vec!["p1".to_owned(), "p2".to_owned()], "one client"),
            (vec!["p9".to_owned()], "p9"),
        ] {
            let refused =
                file_by_hand(desk, waits.id, CONSOLE, &under(&references, None), day(4)).await;
            let said = refused
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            assert!(said.contains(wanted), "{said}");
        }
        assert_eq!(
            get(desk.db, waits.id).await?.state,
            "tray",
            "a refused filing changes nothing"
        );
        Ok(())
    })
    .await;
}

// P3, o7: the database keeps a decision, too.
#[tokio::test]
async fn a_decision_cannot_be_rewritten_by_raw_sql() {
    each_desk(async |desk, _, _, token| {
        let waits = filed(desk, &answer(token, "other@clients.example", UNPROVEN, "Toujours d'actualité.")).await?;
        for early in ["UPDATE inbox SET decided_by = 'x'", "UPDATE inbox SET decided_meaning = 'dropped'"] {
            let done = on_engine!(desk.db.write(), pool => sqlx::query(early).execute(pool).await.map(drop));
            assert!(done.is_err(), "{early}");
        }
        dismiss(desk.db, waits.id, "sonia", day(4)).await?;
        for attack in [
            "UPDATE inbox SET decided_by = 'bilal'",
            "UPDATE inbox SET decided_by = NULL",
            "UPDATE inbox SET decided_meaning = 'dropped'",
            "UPDATE inbox SET state = 'tray'",
            "UPDATE inbox SET reason = 'never decided'",
            "UPDATE inbox SET client_id = NULL",
        ] {
            let done = on_engine!(desk.db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(done.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}

// S7, a19: asked for by mail, the call is on the day's list once, with its reason; without a number it stays on the tray.
#[tokio::test]
async fn a_client_who_asks_to_be_called_is_on_the_list_of_calls_once() {
    each_desk(async |desk, _, _, token| {
        for words in [
            "Pouvez-vous me rappeler s'il vous plaît ?",
            "Rappelez-moi svp, merci de m'appeler.",
        ] {
            let row = filed(desk, &answer(token, "c1@clients.example", true, words)).await?;
            assert_eq!(
                (row.state.as_str(), row.meaning.as_deref()),
                ("tray", Some("wants_call")),
                "{row:?}"
            );
        }
        let calls = crate::follow_up::store::calls(desk.db, day(4)).await?;
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].projects.len(), 1);
        assert_eq!(
            calls[0].projects[0].reason,
            crate::follow_up::Reason::Wished
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn nobody_is_called_on_a_number_that_is_somebody_elses() {
    each_desk(async |desk, _, _, token| {
        on_engine!(desk.db.write(), pool => sqlx::query("UPDATE clients SET phone_dead_at = $1").bind(day(2))
            .execute(pool).await.map(drop))?;
        filed(desk, &answer(token, "c1@clients.example", true, "Pouvez-vous me rappeler s'il vous plaît ?")).await?;
        assert_eq!(count(desk.db, "SELECT COUNT(*) FROM call_tasks").await?, 0);
        Ok(())
    })
    .await;
}
