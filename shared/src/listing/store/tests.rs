use super::*;
use crate::account::ClientId;
use crate::contact::{self, Channel, Line};
use crate::listing::{QUIET_DAYS, UNREACHABLE_DAYS};
use crate::testing::store::{a_client, a_pending_project, each_prepares};
use crate::testing::{day, each_engine};

fn a_line(client: ClientId, project: ProjectId, kind: LineKind, n: i64) -> Line {
    Line {
        client,
        project: Some(project),
        kind,
        channel: Channel::Email,
        stage: (kind == LineKind::Answer).then_some(Stage::Searching),
        ask_again_at: None,
        note: None,
        source: format!("test:{project}:{kind:?}:{n}"),
        at: day(n),
    }
}

async fn append(db: &Db, lines: &[Line], n: i64) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    contact::store::append(&mut tx, lines, day(n)).await?;
    tx.commit().await
}

async fn references(db: &Db, number: u32) -> Result<Vec<String>, StoreError> {
    let page = page(db, number).await?;
    Ok(page.projects.into_iter().map(|p| p.reference).collect())
}

/// `projects` pending projects of one client, one a day, named P0000, P0001…
async fn a_list(db: &Db, projects: i64) -> anyhow::Result<(ClientId, Vec<ProjectId>)> {
    let client = a_client(db, "C1", day(0)).await?;
    let mut ids = Vec::new();
    for n in 0..projects {
        ids.push(a_pending_project(db, client, &format!("P{n:04}"), day(n)).await?);
    }
    Ok((client, ids))
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &[]).await;
}

// S13, P5, b5: with nothing known newer is before older; front, back and middle pages agree and miss nobody.
#[tokio::test]
async fn the_pages_together_hold_every_pending_project_newest_first() {
    each_engine(async |db| {
        a_list(&db, 87).await?;
        let mut met = Vec::new();
        for number in 1..=5 {
            let page = page(&db, number).await?;
            assert_eq!((page.pages, page.total), (5, 87));
            met.extend(page.projects.into_iter().map(|p| p.reference));
        }
        let newest_first: Vec<_> = (0..87).rev().map(|n| format!("P{n:04}")).collect();
        assert_eq!(met, newest_first);
        assert!(references(&db, 6).await?.is_empty());
        assert!(verify(&db).await?.is_whole());
        Ok(())
    })
    .await;
}

// b6, N4: what is learned counts at once; the nightly pass then finds nothing to write, however often it runs (S13).
#[tokio::test]
async fn evidence_moves_a_project_at_once_and_a_pass_writes_only_what_differs() {
    each_engine(async |db| {
        let (client, ids) = a_list(&db, 100).await?;
        append(&db, &[a_line(client, ids[0], LineKind::Answer, 100)], 100).await?;
        let lifted = place_of(&db, ids[0]).await?.expect("it is pending");
        assert_eq!(lifted.page, 1, "an old project that lives comes forward");
        let asked: Vec<_> = (101..105)
            .map(|n| a_line(client, ids[99], LineKind::LetterSent, n))
            .collect();
        append(&db, &asked, 105).await?;
        let found = find(&db, "P0099").await?.expect("it is there");
        assert_eq!(found.rank_key, day(99 - QUIET_DAYS).timestamp());
        assert_eq!(found.mails_unanswered, 4);
        for _ in 0..2 {
            let done = rerank_by_rules(&db, day(120)).await?;
            assert_eq!(
                done,
                Reranked {
                    projects: 100,
                    moved: 0
                }
            );
        }
        assert!(verify(&db).await?.is_whole());
        Ok(())
    })
    .await;
}

// P5: a key written by anything else is put right by the next pass, and only that one.
#[tokio::test]
async fn a_wrong_key_is_put_right_by_the_next_pass() {
    each_engine(async |db| {
        let (_, ids) = a_list(&db, 50).await?;
        on_engine!(db.write(), pool => sqlx::query("UPDATE projects SET rank_key = 0 WHERE id = $1")
            .bind(ids[49]).execute(pool).await.map(drop))?;
        assert_eq!(
            references(&db, 3).await?.last().map(String::as_str),
            Some("P0049")
        );
        let done = rerank_by_rules(&db, day(60)).await?;
        assert_eq!(
            done,
            Reranked {
                projects: 50,
                moved: 1
            }
        );
        assert_eq!(
            references(&db, 1).await?.first().map(String::as_str),
            Some("P0049")
        );
        Ok(())
    })
    .await;
}

// N16: "unreachable" is a label on the rank, lifted by a log-in.
#[tokio::test]
async fn dead_addresses_lower_a_project_until_a_sign_of_life() {
    each_engine(async |db| {
        let (client, ids) = a_list(&db, 3).await?;
        on_engine!(db.write(), pool => sqlx::query(
            "UPDATE clients SET email_dead_at = $1, phone_dead_at = $2").bind(day(5)).bind(day(6))
            .execute(pool).await.map(drop))?;
        let mut tx = db.begin().await?;
        assert_eq!(rerank_clients(&mut tx, &[client], day(7)).await?, 3);
        tx.commit().await?;
        let found = find(&db, "P0002").await?.expect("it is there");
        assert_eq!(found.unreachable_at, Some(day(6)));
        assert_eq!(found.rank_key, day(2 - UNREACHABLE_DAYS).timestamp());
        let login = Line {
            project: None,
            ..a_line(client, ids[0], LineKind::Login, 10)
        };
        append(&db, &[login], 10).await?;
        let found = find(&db, "P0002").await?.expect("it is there");
        assert_eq!(found.rank_key, day(6).timestamp(), "half way to the log-in");
        Ok(())
    })
    .await;
}

// P5: no rank of nowhere, whatever is written.
#[tokio::test]
async fn no_project_can_be_ranked_out_of_the_list() {
    each_engine(async |db| {
        a_list(&db, 1).await?;
        for attack in [
            "UPDATE projects SET rank_key = NULL",
            "UPDATE projects SET rank_key = -1",
            "UPDATE projects SET rank_key = 16725225601",
        ] {
            let done =
                on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(done.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}

// Style 7: two passes and a flood of evidence at once neither block each other nor leave a wrong key behind.
#[tokio::test]
async fn passes_and_evidence_at_once_end_in_the_right_order() {
    each_engine(async |db| {
        let (client, ids) = a_list(&db, 60).await?;
        on_engine!(db.write(), pool => sqlx::query("UPDATE projects SET rank_key = 1000")
            .execute(pool).await.map(drop))?;
        let answers = async {
            for (n, project) in (70..).zip(ids.iter().take(20)) {
                append(&db, &[a_line(client, *project, LineKind::Answer, n)], n).await?;
            }
            Ok::<_, StoreError>(())
        };
        let (first, second, answered) = tokio::join!(
            rerank_by_rules(&db, day(100)),
            rerank_by_rules(&db, day(100)),
            answers
        );
        first?;
        second?;
        answered?;
        rerank_by_rules(&db, day(101)).await?;
        assert_eq!(rerank_by_rules(&db, day(102)).await?.moved, 0);
        let answer = rank_of(&db, "P0019").await?;
        let evidence = find(&db, "P0019").await?.expect("it is there").evidence();
        assert_eq!(answer, crate::listing::rank_key(&evidence, day(102)));
        Ok(())
    })
    .await;
}

async fn rank_of(db: &Db, reference: &str) -> Result<i64, StoreError> {
    Ok(find(db, reference).await?.map_or(0, |found| found.rank_key))
}
