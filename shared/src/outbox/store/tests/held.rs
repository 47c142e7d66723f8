//! A restored copy sends nothing before a person has looked.

use super::*;

async fn hold_at(db: &Db, at: DateTime<Utc>) -> anyhow::Result<()> {
    Ok(hold(db, Cause::Backup, at).await?)
}

// O5: what was planned in a restored copy stays where it is, whatever asks for it.
#[tokio::test]
async fn nothing_is_claimed_while_a_restored_copy_is_held() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        hold_at(&db, day(3)).await?;
        assert!(claimed(&db, day(4)).await?.is_empty());
        assert_eq!(next_due(&db).await?, None);
        let attack = "UPDATE outbox SET state = 'sending', attempts = 1, fence = 1, holder = 'me', lease_until = due_at";
        assert!(run(&db, attack).await.is_err(), "the database refuses it too");
        assert_eq!(only(&db).await?.state, State::Planned);
        hold(&db, Cause::Command, day(9)).await?;
        let stands = standing_hold(&db).await?;
        let first = Hold { since_at: day(3), cause: Cause::Backup };
        assert_eq!(stands, Some(first), "a hold that stands stays as it is");
        assert!(run(&db, "INSERT INTO send_hold SELECT 2, since_at, cause FROM send_hold").await.is_err());
        Ok(())
    })
    .await;
}

// O5: a person's word lets it go, once.
#[tokio::test]
async fn a_release_sends_what_was_planned() {
    each_engine(async |db| {
        a_follow_up(&db).await?;
        hold_at(&db, day(3)).await?;
        assert_eq!(release(&db, Then::Send, day(4)).await?, Some((0, 1)));
        assert_eq!(claimed(&db, day(4)).await?.len(), 1);
        assert_eq!(release(&db, Then::Send, day(4)).await?, None);
        Ok(())
    })
    .await;
}

// O5: what may have been sent since never goes out again; what was written after the hold does.
#[tokio::test]
async fn a_release_withdraws_what_was_planned_before_the_hold_only() {
    each_engine(async |db| {
        let (client, project) = a_follow_up(&db).await?;
        hold_at(&db, day(3)).await?;
        let later = Letter {
            due_at: day(5),
            ..follow_up(client, &[project], "b")
        };
        let composed = composer(&db).compose(&later, day(5))?;
        let mut tx = db.begin().await?;
        put(&mut tx, &[composed], day(5)).await?;
        tx.commit().await?;
        assert_eq!(release(&db, Then::Withdraw, day(6)).await?, Some((1, 1)));
        let withdrawn = list(&db, Some(State::Withdrawn), 10).await?;
        assert_eq!(withdrawn[0].reason.as_deref(), Some("restored"));
        assert_eq!(claimed(&db, day(6)).await?.len(), 1);
        Ok(())
    })
    .await;
}
