//! The relay that does not answer, as other processes are told.

use chrono::TimeDelta;

use super::*;

fn away(at: DateTime<Utc>, why: &str) -> Away {
    Away {
        since_at: at,
        failed_at: at,
        again_at: at + TimeDelta::seconds(15),
        failures: 3,
        why: why.to_owned(),
    }
}

// O7: since when a relay is away outlives the process that found it out; what it said last is kept, bounded.
#[tokio::test]
async fn a_relay_that_stays_away_is_one_row_with_its_beginning() {
    each_engine(async |db| {
        assert_eq!(standing_away(&db).await?, None);
        relay_away(&db, &away(day(3), "connection refused")).await?;
        relay_away(&db, &away(day(4), &"no answer ".repeat(99))).await?;
        let stands = standing_away(&db).await?.expect("it is away");
        assert_eq!((stands.since_at, stands.failed_at, stands.failures), (day(3), day(4), 6));
        assert!(stands.why.starts_with("no answer") && stands.why.len() == 200, "{stands:?}");
        for attack in [
            "INSERT INTO relay_away SELECT 2, since_at, failed_at, again_at, failures, why FROM relay_away",
            "UPDATE relay_away SET failures = 0",
            "UPDATE relay_away SET why = ''",
            "UPDATE relay_away SET again_at = since_at",
        ] {
            assert!(run(&db, attack).await.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}

// O7: a greeting alone does not clear a relay that left letters lying; a letter that it takes does.
#[tokio::test]
async fn a_relay_is_back_when_it_takes_a_letter_or_none_waits_for_it() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        let letter = claimed(&db, day(3)).await?.remove(0);
        assert_eq!(waiting(&db, day(3)).await?, 0, "it is on its way");
        let broke = said(&letter, Verdict::NotTried("connection broke".to_owned()));
        record(&db, &[broke], day(3)).await?;
        assert_eq!(waiting(&db, day(4)).await?, 1);
        relay_away(&db, &away(day(3), "connection broke")).await?;
        relay_back(&db, false).await?;
        assert!(standing_away(&db).await?.is_some(), "it only greeted");
        relay_back(&db, true).await?;
        assert_eq!(standing_away(&db).await?, None);
        relay_away(&db, &away(day(4), "connection broke")).await?;
        let letter = claimed(&db, day(4)).await?.remove(0);
        record(&db, &[said(&letter, Verdict::Accepted)], day(4)).await?;
        relay_back(&db, false).await?;
        assert_eq!(standing_away(&db).await?, None, "nothing waits for it");
        Ok(())
    })
    .await;
}
