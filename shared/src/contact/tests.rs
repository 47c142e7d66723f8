//! The timeline on both engines: one line per cause, facts that follow from the lines alone.

use chrono::TimeDelta;
use sqlx::FromRow;

use super::*;
use crate::db::{Db, StoreError};
use crate::on_engine;
use crate::testing::store::{a_client, a_pending_project};
use crate::testing::{day, each_engine};

#[derive(Debug, PartialEq, Eq, FromRow)]
struct Row {
    last_sign_kind: Option<LineKind>,
    stage: Option<Stage>,
    mails_unanswered: i64,
    calls_unanswered: i64,
    mails_total: i64,
    calls_total: i64,
}

async fn facts(db: &Db, project: ProjectId) -> Result<Row, StoreError> {
    const FACTS: &str =
        "SELECT last_sign_kind, stage, mails_unanswered, calls_unanswered, mails_total, calls_total
        FROM project_facts WHERE project_id = $1";
    Ok(on_engine!(db.read(), pool => sqlx::query_as(FACTS).bind(project).fetch_one(pool).await)?)
}

async fn append(db: &Db, lines: &[Line]) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    store::append(&mut tx, lines, day(100)).await?;
    tx.commit().await
}

fn line(client: ClientId, project: Option<ProjectId>, kind: LineKind, on: i64) -> Line {
    let channel = match kind {
        LineKind::CallNoAnswer | LineKind::CallRefused => Channel::Phone,
        LineKind::Login => Channel::Platform,
        _ => Channel::Email,
    };
    Line {
        client,
        project,
        kind,
        channel,
        stage: (kind == LineKind::Answer).then_some(Stage::Comparing),
        ask_again_at: None,
        note: None,
        source: format!("{kind:?}:{on}"),
        at: day(on),
    }
}

// S9, N4: every thing is one line however often it is told, and silence is counted from the last sign.
#[tokio::test]
async fn silence_is_counted_from_the_last_sign_whatever_the_order_of_arrival() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let project = a_pending_project(&db, client, "P1", day(0)).await?;
        let of = |kind, on| line(client, Some(project), kind, on);
        let lines = [
            of(LineKind::LetterSent, 3),
            of(LineKind::LetterSent, 7),
            of(LineKind::CallNoAnswer, 14),
            of(LineKind::Answer, 15),
            of(LineKind::LetterSent, 30),
            of(LineKind::CallRefused, 60),
        ];
        let expected = Row {
            last_sign_kind: Some(LineKind::Answer),
            stage: Some(Stage::Comparing),
            mails_unanswered: 1,
            calls_unanswered: 1,
            mails_total: 3,
            calls_total: 2,
        };
        for line in lines.iter().rev() {
            append(&db, std::slice::from_ref(line)).await?;
        }
        assert_eq!(facts(&db, project).await?, expected, "the newest first");
        append(&db, &lines).await?;
        assert_eq!(facts(&db, project).await?, expected, "told again");
        Ok(())
    })
    .await;
}

// b6, S20: a log-in concerns the client, so it is a sign for each of their projects that was there by then.
#[tokio::test]
async fn a_log_in_is_a_sign_for_all_projects_of_the_client() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let old = a_pending_project(&db, client, "P1", day(0)).await?;
        let young = a_pending_project(&db, client, "P2", day(50)).await?;
        append(
            &db,
            &[
                line(client, Some(old), LineKind::LetterSent, 3),
                line(client, None, LineKind::Login, 10),
            ],
        )
        .await?;
        let row = facts(&db, old).await?;
        assert_eq!(
            (row.last_sign_kind, row.mails_unanswered),
            (Some(LineKind::Login), 0)
        );
        assert_eq!(
            facts(&db, young).await?.last_sign_kind,
            None,
            "published after the log-in"
        );
        Ok(())
    })
    .await;
}

// S9: append-only on both engines; a note can be erased (D4) and nothing else.
#[tokio::test]
async fn the_timeline_cannot_be_rewritten() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let mut note = line(client, None, LineKind::Note, 1);
        note.note = Some("rappeler le matin".to_owned());
        append(&db, &[note]).await?;
        for attack in [
            "UPDATE contacts SET kind = 'answer', stage = 'dropped'",
            "UPDATE contacts SET note = 'autre chose'",
            "UPDATE contacts SET at = known_at",
            "DELETE FROM contacts",
            "INSERT INTO contacts (client_id, kind, channel, stage, source, at, known_at)
                SELECT client_id, 'login', 'platform', 'dropped', 'forged', at, known_at FROM contacts",
        ] {
            let attacked = on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(attacked.is_err(), "{attack}");
        }
        let erase = "UPDATE contacts SET note = NULL";
        on_engine!(db.write(), pool => sqlx::query(erase).execute(pool).await.map(drop))?;
        Ok(())
    })
    .await;
}

// S9: a stage belongs to an answer; anything else is refused by the database.
#[tokio::test]
async fn a_line_that_contradicts_itself_is_refused_whole() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let project = a_pending_project(&db, client, "P1", day(0)).await?;
        let mut wrong = line(client, Some(project), LineKind::LetterSent, 1);
        wrong.stage = Some(Stage::Dropped);
        let good = line(client, Some(project), LineKind::LetterSent, 2);
        assert!(append(&db, &[good, wrong]).await.is_err());
        assert!(facts(&db, project).await.is_err(), "nothing was written");
        Ok(())
    })
    .await;
}

// Times compare as text on SQLite: a fraction of a second must not reorder them.
#[tokio::test]
async fn instants_a_microsecond_apart_keep_their_order() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let project = a_pending_project(&db, client, "P1", day(0)).await?;
        let mut sign = line(client, Some(project), LineKind::Answer, 1);
        let mut sent = line(client, Some(project), LineKind::LetterSent, 1);
        sent.at = day(1) + TimeDelta::microseconds(1);
        append(&db, &[sent.clone(), sign.clone()]).await?;
        assert_eq!(facts(&db, project).await?.mails_unanswered, 1);
        (sign.source, sign.at) = ("later".to_owned(), sent.at + TimeDelta::microseconds(1));
        append(&db, &[sign]).await?;
        assert_eq!(facts(&db, project).await?.mails_unanswered, 0);
        Ok(())
    })
    .await;
}
