//! The learned order in the database, on both engines.

mod declared;

use chrono::{DateTime, Utc};

use super::*;
use crate::account::ClientId;
use crate::contact::{Channel, Line};
use crate::db::{Db, StoreError};
use crate::listing::store as list;
use crate::on_engine;
use crate::project::ProjectId;
use crate::ranking::model::Stage as ModelStage;
use crate::testing::store::{a_client, a_pending_project, a_provider, an_award};
use crate::testing::{day, each_engine};

/// Days of the past of these tests.
const DAYS: i64 = 160;

fn line(
    client: ClientId,
    project: ProjectId,
    kind: LineKind,
    stage: Option<Stage>,
    at: DateTime<Utc>,
) -> Line {
    Line {
        client,
        project: Some(project),
        kind,
        channel: Channel::Platform,
        stage,
        ask_again_at: None,
        note: None,
        source: format!("{kind:?}:{project}:{at}"),
        at,
    }
}

async fn append(db: &Db, lines: &[Line], at: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    crate::contact::store::append(&mut tx, lines, at).await?;
    tx.commit().await
}

/// Three projects a day. The clients of every third one come by often and award it within three weeks, until near the
/// end; the others stay silent.
async fn a_past(db: &Db) -> anyhow::Result<Vec<(ClientId, ProjectId)>> {
    let provider = a_provider(db, "V1", day(0)).await?;
    let (mut listed, mut lines) = (Vec::new(), Vec::new());
    for n in 0..DAYS * 3 {
        let (published, reference) = (day(n / 3), format!("P{n:04}"));
        let client = a_client(db, &reference, published).await?;
        let project = a_pending_project(db, client, &reference, published).await?;
        let is_alive = n % 3 == 0;
        let last_visit = DAYS.min(n / 3 + 18);
        if is_alive {
            let visits = (n / 3 + 1..last_visit).step_by(4);
            lines.extend(visits.map(|on| line(client, project, LineKind::Login, None, day(on))));
        }
        lines.push(line(
            client,
            project,
            LineKind::LetterSent,
            None,
            day(n / 3 + 3).min(day(DAYS)),
        ));
        if is_alive && n / 3 + 20 < DAYS {
            an_award(db, &reference, provider, day(n / 3 + 20)).await?;
        } else {
            listed.push((client, project));
        }
    }
    append(db, &lines, day(DAYS)).await?;
    Ok(listed)
}

async fn references(db: &Db) -> Result<Vec<String>, StoreError> {
    list::top_references(db, 10_000).await
}

// b5, N5, P5: the database is ordered as the pure code orders its past; a second pass writes nothing.
#[tokio::test]
async fn the_list_is_ordered_by_what_the_past_teaches_and_a_second_pass_writes_nothing() {
    each_engine(async |db| {
        let pending = a_past(&db).await?;
        let done = publish(&db, 0, day(DAYS)).await?;
        assert!(done.model.is_some() && done.moved > 0, "{done:?}");
        assert_eq!(done.projects, pending.len() as u64);
        let history = learn(&db).await?;
        let pure = crate::ranking::rank(&history, day(DAYS), &std::collections::BTreeSet::new(), 0);
        assert_ne!(pure.model.stage, ModelStage::NewestFirst);
        let ids = |place: &crate::ranking::Placed| history.entries()[place.entry].id.clone();
        assert_eq!(
            references(&db).await?,
            pure.placed.iter().map(ids).collect::<Vec<_>>()
        );
        assert_eq!(publish(&db, 0, day(DAYS)).await?.moved, 0);
        assert!(list::verify(&db).await?.is_whole());
        Ok(())
    })
    .await;
}

// b6: one answer moves its project at once to where the whole pass would put it.
#[tokio::test]
async fn an_answer_places_its_project_at_once_where_the_whole_pass_puts_it() {
    each_engine(async |db| {
        let pending = a_past(&db).await?;
        publish(&db, 0, day(DAYS)).await?;
        let (client, oldest) = pending[0];
        let before = list::place_of(&db, oldest).await?.expect("it is pending");
        let said = line(
            client,
            oldest,
            LineKind::Answer,
            Some(Stage::Searching),
            day(DAYS),
        );
        append(&db, &[said], day(DAYS)).await?;
        let after = list::place_of(&db, oldest).await?.expect("it is pending");
        assert!(after.position < before.position, "{before:?} {after:?}");
        assert_eq!(
            publish(&db, 0, day(DAYS)).await?.moved,
            0,
            "it stands where it belongs"
        );
        Ok(())
    })
    .await;
}

// S22, b16: whoever reports, and however often, the list stays as it is.
#[tokio::test]
async fn reports_move_nobody() {
    each_engine(async |db| {
        let pending = a_past(&db).await?;
        publish(&db, 0, day(DAYS)).await?;
        let before = references(&db).await?;
        let reports: Vec<_> = (0..5)
            .flat_map(|n| pending.iter().take(9).map(move |(c, p)| (*c, *p, n)))
            .map(|(c, p, n)| {
                line(
                    c,
                    p,
                    LineKind::Report,
                    None,
                    day(DAYS) + chrono::TimeDelta::seconds(n),
                )
            })
            .collect();
        append(&db, &reports, day(DAYS)).await?;
        assert_eq!(references(&db).await?, before);
        assert_eq!(publish(&db, 0, day(DAYS)).await?.moved, 0);
        Ok(())
    })
    .await;
}

// b1, S13: a platform too young to learn from is ordered by the stated rules, and says so.
#[tokio::test]
async fn a_young_platform_is_ordered_by_the_stated_rules() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        for n in 0..30 {
            a_pending_project(&db, client, &format!("P{n:02}"), day(n)).await?;
        }
        let done = publish(&db, 0, day(40)).await?;
        assert_eq!((done.model, done.projects), (None, 30));
        let newest_first: Vec<_> = (0..30).rev().map(|n| format!("P{n:02}")).collect();
        assert_eq!(references(&db).await?, newest_first);
        let last = last(&db).await?.expect("what was learned is kept");
        assert_eq!(last.stage, "newest_first");
        Ok(())
    })
    .await;
}

// A newcomer of the day stands on page 3 at the latest, also between two passes.
#[tokio::test]
async fn a_newcomer_stands_on_page_three_at_the_latest() {
    each_engine(async |db| {
        a_past(&db).await?;
        publish(&db, 0, day(DAYS)).await?;
        let client = a_client(&db, "N1", day(DAYS)).await?;
        let project = a_pending_project(&db, client, "N1", day(DAYS)).await?;
        append(
            &db,
            &[line(client, project, LineKind::Published, None, day(DAYS))],
            day(DAYS),
        )
        .await?;
        let place = list::place_of(&db, project).await?.expect("it is pending");
        assert!(place.page <= 3, "{place:?}");
        publish(&db, 0, day(DAYS)).await?;
        assert!(
            list::place_of(&db, project)
                .await?
                .is_some_and(|place| place.page <= 3)
        );
        Ok(())
    })
    .await;
}

// O2: what was learned cannot be rewritten.
#[tokio::test]
async fn the_registry_is_append_only() {
    each_engine(async |db| {
        publish(&db, 0, day(0)).await?;
        for attack in [
            "UPDATE rank_models SET verdict = 'refused'",
            "DELETE FROM rank_models",
            "UPDATE rank_publications SET moved = 0, projects = 5",
            "INSERT INTO rank_publications (as_of, projects, moved, first_pages, report_places_max)
                SELECT as_of, 0, 0, '[]', 41 FROM rank_publications",
            "INSERT INTO rank_models (id, stage, verdict, why, awards, sample_rows, odds, model, learned_at)
                SELECT id, stage, verdict, why, awards, sample_rows, odds, model, learned_at FROM rank_models",
        ] {
            let tried = on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(tried.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}
