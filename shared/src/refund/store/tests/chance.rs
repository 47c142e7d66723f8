//! How often projects of an age went ahead, as the case file says it.

use super::super::gather::{SAMPLE_PROJECTS_MAX, chance};
use super::*;

const PROJECTS: &str = "INSERT INTO projects
    (id, reference, client_id, title, description, published_at, details_at, state, rank_key, ranked_at)
    VALUES ($1, $2, $3, 'Projet', '', $4, $4, 'pending', 0, $4)";

async fn projects(db: &Db, client: ClientId, from: i64, to: i64) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    for n in from..to {
        let at = day(-200) - TimeDelta::minutes(n);
        on_engine!(&mut tx, tx => sqlx::query(PROJECTS).bind(ProjectId::at(at)).bind(format!("S{n}")).bind(client)
            .bind(at).execute(&mut **tx).await.map(drop))?;
    }
    Ok(tx.commit().await?)
}

// N8, S15: on both engines nothing is said of twenty-nine cases, and of thirty how many went ahead in time; those too
// young to tell, and those that ended before the age, are no cases.
#[tokio::test]
async fn a_chance_is_told_from_thirty_cases_on() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let client = a_client(&db, "C2", day(-400)).await?;
        projects(&db, client, 0, 29).await?;
        let seen = async || anyhow::Ok(open_case(&db, request.id, None, day(3)).await?.1.chance);
        assert_eq!(seen().await?, None);
        projects(&db, client, 29, 30).await?;
        for (reference, at) in [("S0", -190), ("S1", -25), ("S2", -15)] {
            an_award(&db, reference, ground.provider, day(at)).await?;
        }
        let told = seen()
            .await?
            .map(|c| (c.from_days, c.to_days, c.sample, c.awarded));
        assert_eq!(
            told,
            Some((0, 14, 30, 2)),
            "the third came after half a year"
        );
        let later = chance(&db, 14, day(3)).await?;
        assert_eq!(
            (later.sample, later.awarded),
            (29, 2),
            "the first had ended before its 14th day"
        );
        assert_eq!(
            chance(&db, 45, day(3)).await?.sample,
            0,
            "45 days and half a year have not passed"
        );
        Ok(())
    })
    .await;
}

// Discord waits three seconds (B3): of a long past the newest are looked at, and no more of them.
#[tokio::test]
async fn a_chance_looks_at_the_newest_of_a_long_past() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(-400)).await?;
        let client = a_client(&db, "C1", day(-400)).await?;
        projects(&db, client, 0, SAMPLE_PROJECTS_MAX + 1).await?;
        let oldest = format!("S{SAMPLE_PROJECTS_MAX}");
        for reference in ["S0", &oldest] {
            an_award(&db, reference, provider, day(-100)).await?;
        }
        let found = chance(&db, 0, day(3)).await?;
        assert_eq!((found.sample, found.awarded), (SAMPLE_PROJECTS_MAX, 1));
        Ok(())
    })
    .await;
}
