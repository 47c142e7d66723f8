use chrono::NaiveDate;

use super::*;
use crate::listing;
use crate::testing::store::{
    a_client, a_pending_project, a_provider, an_application, each_prepares,
};
use crate::testing::{day, each_engine};

async fn page_client(db: &Db, id: ClientId) -> anyhow::Result<PageClient> {
    Ok(client(db, id).await?.expect("the client is there"))
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &[]).await;
}

// a5, a16, P3: one answer a project, each its own line; nothing is cancelled by words.
#[tokio::test]
async fn answers_are_recorded_for_the_clients_own_pending_projects_only() {
    each_engine(async |db| {
        let owner = a_client(&db, "C1", day(0)).await?;
        let other = a_client(&db, "C2", day(0)).await?;
        let first = a_pending_project(&db, owner, "P1", day(1)).await?;
        let second = a_pending_project(&db, owner, "P2", day(2)).await?;
        let foreign = a_pending_project(&db, other, "P3", day(3)).await?;
        let client = page_client(&db, owner).await?;
        let date = NaiveDate::from_ymd_opt(2026, 9, 1).expect("a day");
        let answers = [
            (first, Choice::Dropped),
            (second, Choice::Later(date)),
            (foreign, Choice::Dropped),
        ];
        for _ in 0..2 {
            assert_eq!(record(&db, &client, &answers, "form", day(10)).await?, 2);
        }
        let projects = pending(&db, owner).await?;
        assert_eq!(projects.len(), 2, "both are still on the list");
        let of = |id| projects.iter().find(|p| p.id == id).expect("is there");
        assert_eq!(of(first).stage, Some(Stage::Dropped));
        assert_eq!(of(second).stage, Some(Stage::Postponed));
        assert_eq!(of(second).ask_again_at, Choice::Later(date).ask_again_at(client.zone()));
        assert_eq!(pending(&db, other).await?[0].stage, None);
        let lines: i64 = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT COUNT(*) FROM contacts WHERE kind = 'answer'").fetch_one(pool).await)?;
        assert_eq!(lines, 2, "sent twice, recorded once");
        assert!(listing::store::verify(&db).await?.is_whole());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_provider_chosen_is_one_who_applied() {
    each_engine(async |db| {
        let owner = a_client(&db, "C1", day(0)).await?;
        let project = a_pending_project(&db, owner, "P1", day(1)).await?;
        let (applied, stranger) = (
            a_provider(&db, "V1", day(0)).await?,
            a_provider(&db, "V2", day(0)).await?,
        );
        an_application(&db, project, applied, day(2)).await?;
        assert_eq!(
            applicants(&db, owner)
                .await?
                .iter()
                .map(|a| a.provider_id)
                .collect::<Vec<_>>(),
            [applied]
        );
        let client = page_client(&db, owner).await?;
        let chosen = |provider| [(project, Choice::ChosenHere(Some(provider)))];
        record(&db, &client, &chosen(applied), "form", day(3)).await?;
        let refused = record(&db, &client, &chosen(stranger), "form", day(4)).await;
        assert!(refused.is_err(), "the database looks again");
        let kept: Vec<ProviderId> = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT provider_id FROM chosen_providers").fetch_all(pool).await)?;
        assert_eq!(kept, [applied]);
        Ok(())
    })
    .await;
}

// D2: no script takes an opt-out away: the database asks for the later word of a client on their page.
#[tokio::test]
async fn an_opt_out_is_not_taken_away_without_a_clients_word() {
    each_engine(async |db| {
        let owner = a_client(&db, "C1", day(0)).await?;
        for (mails, n) in [(Mails::Fewer, 1), (Mails::None, 2)] {
            set_mails(&db, owner, mails, Channel::Page, day(n)).await?;
        }
        // What staff were told lifts nothing either.
        set_mails(&db, owner, Mails::Fewer, Channel::Staff, day(3)).await?;
        for attack in [
            "DELETE FROM suppressions",
            "DELETE FROM suppressions WHERE reason = 'opt_out'",
            "UPDATE suppressions SET address_hash = 'z'",
            "UPDATE suppressions SET at = '2025-01-01T12:00:00+00:00'",
        ] {
            let refused =
                on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(refused.is_err(), "{attack}");
        }
        let kept: i64 = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT COUNT(*) FROM suppressions").fetch_one(pool).await)?;
        assert_eq!(kept, 1);
        set_mails(&db, owner, Mails::Normal, Channel::Page, day(4)).await?;
        let kept: i64 = on_engine!(db.read(), pool =>
            sqlx::query_scalar("SELECT COUNT(*) FROM suppressions").fetch_one(pool).await)?;
        assert_eq!(kept, 0);
        Ok(())
    })
    .await;
}

// a29, D2: the opt-out is kept for the address itself, and the client may change their mind.
#[tokio::test]
async fn no_mails_suppresses_the_address_until_the_client_asks_again() {
    each_engine(async |db| {
        let owner = a_client(&db, "C1", day(0)).await?;
        let suppressed = async || -> anyhow::Result<i64> {
            Ok(on_engine!(db.read(), pool =>
                sqlx::query_scalar("SELECT COUNT(*) FROM suppressions").fetch_one(pool).await)?)
        };
        let set = async |mails, n| set_mails(&db, owner, mails, Channel::Page, day(n)).await;
        assert!(set(Mails::None, 1).await? && !set(Mails::None, 2).await?);
        assert_eq!(suppressed().await?, 1);
        assert_eq!(page_client(&db, owner).await?.mails, Mails::None);
        assert!(set(Mails::Fewer, 3).await?);
        assert_eq!(suppressed().await?, 0);
        Ok(())
    })
    .await;
}
