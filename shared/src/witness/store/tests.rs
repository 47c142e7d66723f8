//! The columns on both engines: read from what is there, and nothing follows from them.

use super::*;
use crate::account::ClientId;
use crate::contact::{Line, store::append};
use crate::discord_out;
use crate::platform::store::projections;
use crate::report;
use crate::testing::store::{
    a_client, a_pending_project, a_provider, an_application, each_prepares,
};
use crate::testing::{day, each_engine};

fn line(
    client: ClientId,
    project: ProjectId,
    kind: LineKind,
    stage: Option<Stage>,
    n: i64,
) -> Line {
    Line {
        client,
        project: (kind != LineKind::Login).then_some(project),
        kind,
        channel: Channel::Email,
        stage,
        ask_again_at: None,
        note: None,
        source: format!("{kind:?}:{n}"),
        at: day(n),
    }
}

async fn says(db: &Db, line: Line) -> Result<(), StoreError> {
    let known = line.at;
    let mut tx = db.begin().await?;
    append(&mut tx, &[line], known).await?;
    tx.commit().await
}

/// P1, of which its client says on day 20 that the search goes on.
async fn a_current_project(db: &Db) -> Result<(ClientId, ProjectId), StoreError> {
    let client = a_client(db, "C1", day(0)).await?;
    let project = a_pending_project(db, client, "P1", day(0)).await?;
    says(
        db,
        line(
            client,
            project,
            LineKind::Answer,
            Some(Stage::Searching),
            20,
        ),
    )
    .await?;
    Ok((client, project))
}

async fn applies(db: &Db, reference: &str, project: ProjectId) -> Result<ProviderId, StoreError> {
    let provider = a_provider(db, reference, day(0)).await?;
    an_application(db, project, provider, day(1)).await?;
    Ok(provider)
}

async fn reports(db: &Db, provider: ProviderId, n: i64) -> Result<(), StoreError> {
    report::store::take(db, provider, &["P1".to_owned()], day(n)).await?;
    Ok(())
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &TWINS).await;
}

// N2, N3, S19, a28: three columns with date and source; the flag rises with the second voice; no projection moves.
#[tokio::test]
async fn two_reports_against_the_clients_word_raise_a_flag_and_move_nothing() {
    each_engine(async |db| {
        let (_, project) = a_current_project(&db).await?;
        let first = applies(&db, "V1", project).await?;
        let second = applies(&db, "V2", project).await?;
        reports(&db, first, 22).await?;
        assert!(flags(&db, day(30)).await?.is_empty(), "one may err");
        let place = async || {
            let mut rows = String::new();
            projections::each(&db, |_, row| rows.push_str(&row)).await?;
            Ok::<_, anyhow::Error>(rows)
        };
        let before = place().await?;
        reports(&db, second, 23).await?;
        let flagged = flags(&db, day(30)).await?;
        let [(record, differences)] = &flagged[..] else {
            anyhow::bail!("{flagged:?}");
        };
        assert_eq!(differences, &[Difference::ProvidersHeardOver]);
        assert_eq!(record, &find(&db, "P1").await?.expect("it is there"));
        let told: Vec<_> = (record.told.iter())
            .map(|told| (told.stage, told.at))
            .collect();
        assert_eq!(told, [(Stage::Searching, day(20))]);
        let heard: Vec<_> = (record.heard.iter())
            .map(|heard| (heard.source, heard.at))
            .collect();
        assert_eq!(
            heard,
            [(HeardIn::Report, day(23)), (HeardIn::Report, day(22))]
        );
        assert_eq!(record.shown, []);
        assert_eq!(record.state, StateName::Pending);
        assert_eq!(place().await?, before);
        assert!(find(&db, "P9").await?.is_none());
        Ok(())
    })
    .await;
}

// N2: told us that it is over, came back to the account, left it on the list.
#[tokio::test]
async fn a_visit_after_over_is_told_and_an_unknown_reporter_stays_unknown() {
    each_engine(async |db| {
        let (client, project) = a_current_project(&db).await?;
        says(&db, line(client, project, LineKind::Answer, Some(Stage::Dropped), 40)).await?;
        says(&db, line(client, project, LineKind::Login, None, 50)).await?;
        let seen = "UPDATE clients SET last_seen_at = $1";
        on_engine!(db.write(), pool => sqlx::query(seen).bind(day(50)).execute(pool).await.map(drop))?;
        let reporter = applies(&db, "V1", project).await?;
        reports(&db, reporter, 45).await?;
        let flagged = flags(&db, day(60)).await?;
        let differences: Vec<_> = flagged.iter().flat_map(|(_, all)| all.clone()).collect();
        assert_eq!(differences, [Difference::KeptAfterOver]);
        assert_eq!(flagged[0].0.shown[0].kind, LineKind::Login);
        // N11: whoever reads the record learns that somebody reported, not who.
        let text = serde_json::to_string(&flagged[0].0)?;
        assert!(text.contains("report") && !text.contains("provider"), "{text}");
        Ok(())
    })
    .await;
}

// N3, N11, S19: the staff's channel is told once, calmly, and nobody else; the list stays as it was.
#[tokio::test]
async fn a_new_difference_is_told_once_to_the_staff_alone() {
    each_engine(async |db| {
        let (client, project) = a_current_project(&db).await?;
        for (reference, n) in [("V1", 22), ("V2", 23)] {
            let provider = applies(&db, reference, project).await?;
            assert_eq!(tell(&db, day(n)).await?, 0, "one may err");
            reports(&db, provider, n).await?;
        }
        assert_eq!(tell(&db, day(24)).await?, 1);
        assert_eq!(tell(&db, day(24)).await?, 0, "once");
        assert_eq!(tell(&db, day(90)).await?, 0, "for good");
        // Another word of the client, another difference: told a day after the first.
        says(
            &db,
            line(
                client,
                project,
                LineKind::Answer,
                Some(Stage::ChosenHere),
                24,
            ),
        )
        .await?;
        let late = day(24) + crate::witness::AWARD_WITHIN;
        assert_eq!((tell(&db, late).await?, tell(&db, late).await?), (1, 0));
        let messages = discord_out::store::claim(&db, day(90)).await?;
        let told: Vec<_> = (messages.iter())
            .filter(|message| message.body.text.contains("deux versions diffèrent"))
            .collect();
        assert_eq!(told.len(), 2, "{messages:?}");
        for message in &told {
            let text = &message.body.text;
            assert_eq!(message.to, discord_out::To::Review);
            assert!(message.letter.is_none() && text.contains("P1"), "{text}");
            assert!(!text.contains("V1") && !text.contains("V2"), "{text}");
        }
        let outside = messages.iter().any(|m| {
            matches!(
                m.to,
                discord_out::To::Provider(_) | discord_out::To::User(_)
            )
        });
        assert!(!outside, "{messages:?}");
        Ok(())
    })
    .await;
}

// A first look at a long past tells a few at a time.
#[tokio::test]
async fn a_run_tells_a_few_differences() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        for n in 0..=TOLD_PER_RUN_MAX {
            let project = a_pending_project(&db, client, &format!("P{n}"), day(0)).await?;
            let mut said = line(
                client,
                project,
                LineKind::Answer,
                Some(Stage::ChosenHere),
                1,
            );
            said.source = format!("answer:{n}");
            says(&db, said).await?;
        }
        let max = u64::try_from(TOLD_PER_RUN_MAX)?;
        assert_eq!(
            (tell(&db, day(30)).await?, tell(&db, day(30)).await?),
            (max, 1)
        );
        Ok(())
    })
    .await;
}
