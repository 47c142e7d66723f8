//! What the passing of time does, and what it never does.

use super::*;

// d17, d18, S26: time reminds, warns and closes in that order, once each, and never says yes.
#[tokio::test]
async fn silence_is_warned_then_closed_and_never_approved() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let limits = Limits::default();
        let at = async |n| keep(&db, &limits, ZONE, day(n)).await;
        assert_eq!(at(3).await?, Kept::default());
        assert_eq!(at(4).await?.reminded, [request.id]);
        assert_eq!(at(4).await?, Kept::default(), "once");
        assert_eq!(
            at(6).await?.reminded,
            [request.id],
            "and again two days later"
        );
        let mut ask = command(&request, ground.admin, Verdict::Ask);
        ask.said = "Avez-vous un message du client ?";
        assert_eq!(event(&decided(&db, &ask, 7).await?), Some(EventKind::Asked));
        assert_eq!(at(13).await?, Kept::default());
        assert_eq!(at(14).await?.warned, [request.id]);
        assert_eq!(at(20).await?, Kept::default());
        assert_eq!(at(21).await?.closed, [request.id]);
        assert_eq!(at(700).await?, Kept::default());
        assert_eq!(get(&db, request.id).await?.state, State::ClosedSilent);
        assert_eq!(left(&db, &ground).await?, 19, "silence is no");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_puts_the_request_back_before_the_reviewers() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        decided(&db, &command(&request, ground.admin, Verdict::Ask), 3).await?;
        keep(&db, &Limits::default(), ZONE, day(10)).await?;
        let stranger = a_provider(&db, "V9", day(0)).await?;
        let says = async |who| {
            answer(
                &db,
                request.id,
                who,
                "Voici.",
                Surface::Terminal,
                (&Limits::default(), ZONE),
                day(11),
            )
            .await
        };
        assert!(matches!(
            says(stranger).await,
            Err(StoreError::Missing { .. })
        ));
        assert_eq!(
            event(&says(ground.provider).await?),
            Some(EventKind::Answered)
        );
        assert_eq!(get(&db, request.id).await?.state, State::Open);
        assert!(
            keep(&db, &Limits::default(), ZONE, day(40))
                .await?
                .closed
                .is_empty()
        );
        Ok(())
    })
    .await;
}
