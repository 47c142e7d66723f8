//! Reports on both engines: weak, counted once, told to the staff when they press, and never a change of state.

use chrono::TimeDelta;

use super::*;
use crate::listing::store as listing;
use crate::testing::store::{a_client, a_pending_project, a_provider, each_prepares};
use crate::testing::{day, each_engine};

const APPLY: &str =
    "INSERT INTO applications (id, project_id, provider_id, kind, credits, applied_at)
    VALUES ($1, $2, $3, 'offer', 1, $4)";
const HASTES: &str = "SELECT COUNT(*) FROM report_hastes";
const REPORTS: &str = "SELECT COUNT(*) FROM reports";

async fn counted(db: &Db, statement: &'static str) -> Result<i64, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(statement).fetch_one(pool).await)?)
}

async fn a_list(db: &Db, projects: usize) -> anyhow::Result<Vec<String>> {
    let client = a_client(db, "C1", day(0)).await?;
    let mut references = Vec::new();
    for n in 0..projects {
        let reference = format!("P{n:02}");
        a_pending_project(db, client, &reference, day(0)).await?;
        references.push(reference);
    }
    Ok(references)
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &[]).await;
}

// b15, S1, S21: several at once, each with its own verdict; once per reporter; the follow-up is brought forward once, ever.
#[tokio::test]
async fn a_report_is_noted_once_and_changes_no_place() {
    each_engine(async |db| {
        let references = a_list(&db, 2).await?;
        let (first, second) = (
            a_provider(&db, "V1", day(0)).await?,
            a_provider(&db, "V2", day(0)).await?,
        );
        let asked = [references.clone(), vec!["nothing".to_owned()]].concat();
        let before = listing::page(&db, 1).await?;
        let verdicts = take(&db, first, &asked, day(1)).await?;
        let only: Vec<Verdict> = verdicts.iter().map(|(_, verdict)| *verdict).collect();
        assert_eq!(only, [Verdict::Noted, Verdict::Noted, Verdict::Unknown]);
        let again = take(&db, first, &references, day(2)).await?;
        assert!(
            again
                .iter()
                .all(|(_, verdict)| *verdict == Verdict::Already)
        );
        take(&db, second, &references, day(3)).await?;
        assert_eq!(
            (counted(&db, REPORTS).await?, counted(&db, HASTES).await?),
            (4, 2)
        );
        let after = listing::page(&db, 1).await?;
        assert_eq!(
            before.projects, after.projects,
            "no state and no place changed"
        );
        Ok(())
    })
    .await;
}

// S22, N10, b17: fifty reports of one bidder weigh as four, raise one alarm a week, and everything is still pending.
#[tokio::test]
async fn fifty_reports_of_one_bidder_raise_one_alarm_and_move_nothing() {
    each_engine(async |db| {
        let references = a_list(&db, 50).await?;
        let provider = a_provider(&db, "V1", day(0)).await?;
        for ten in references.chunks(10) {
            take(&db, provider, ten, day(1)).await?;
        }
        assert_eq!(counted(&db, REPORTS).await?, 50);
        assert_eq!(counted(&db, HASTES).await?, MANY_PROJECTS_FROM - 1);
        let alarms = recent_alarms(&db, day(0), 10).await?;
        assert_eq!(alarms.len(), 1);
        assert_eq!(
            (alarms[0].kind, alarms[0].provider.as_deref()),
            (AlarmKind::ManyProjects, Some("V1"))
        );
        assert_eq!(listing::count(&db, listing::List::Pending).await?, 50);
        let told = discord_out::store::claim(&db, day(1)).await?;
        assert_eq!(told.len(), 1);
        assert!(
            !told[0].body.text.contains("V1"),
            "the channel learns no name"
        );
        Ok(())
    })
    .await;
}

// N10, N11: many voices on one project, or a report right after the own bid, are told without naming anybody.
#[tokio::test]
async fn many_voices_and_a_report_after_the_own_bid_raise_alarms() {
    each_engine(async |db| {
        let references = a_list(&db, 1).await?;
        let project = listing::find(&db, "P00").await?.map(|p| p.id);
        for n in 0..MANY_VOICES_FROM {
            let provider = a_provider(&db, &format!("V{n}"), day(0)).await?;
            if n == 0 {
                let id = crate::id::Id::<Report>::at(day(0));
                on_engine!(db.write(), pool => sqlx::query(APPLY).bind(id).bind(project).bind(provider).bind(day(1))
                    .execute(pool).await.map(drop))?;
            }
            take(&db, provider, &references, day(1) + TimeDelta::hours(n + 1)).await?;
        }
        let mut kinds: Vec<String> = Vec::new();
        for alarm in recent_alarms(&db, day(0), 10).await? {
            assert_eq!((alarm.provider, alarm.project.as_deref()), (None, Some("P00")));
            kinds.push(format!("{:?}", alarm.kind));
        }
        kinds.sort();
        assert_eq!(kinds, ["AfterOwnApplication", "ManyVoices"]);
        Ok(())
    })
    .await;
}

// b16: reports are history; nobody edits their weight.
#[tokio::test]
async fn raw_sql_cannot_change_or_take_back_a_report() {
    each_engine(async |db| {
        let references = a_list(&db, 1).await?;
        let provider = a_provider(&db, "V1", day(0)).await?;
        take(&db, provider, &references, day(1)).await?;
        for attack in [
            "UPDATE reports SET weight = 5",
            "DELETE FROM reports",
            "DELETE FROM report_hastes",
        ] {
            let done =
                on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(done.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}
