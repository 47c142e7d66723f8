//! Without a bot a provider learns a decision by mail, once.

use serde_json::json;

use super::*;
use crate::clock::Clock;
use crate::discord_out::store::{claim, put};
use crate::discord_out::{Body, Message};
use crate::testing::store::a_provider;
use crate::testing::{day, each_engine};

fn decision(to: To, dedupe: &str) -> Message {
    Message {
        to,
        dedupe: dedupe.to_owned(),
        body: Body {
            text: "declined".to_owned(),
            buttons: Vec::new(),
        },
        letter: Some((
            LetterKind::RefundDecision,
            json!({"reference": "P1", "title": "Un site", "approved": false, "reason": "no", "credits": 1,
                "news": null, "locale": "fr"}),
        )),
    }
}

// A decision that no bot takes within an hour goes by mail; a younger one waits for the bot, and a card for staff
// stays on Discord.
#[tokio::test]
async fn a_decision_that_no_bot_takes_goes_by_mail_once() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let mut tx = db.begin().await?;
        let old = [
            decision(To::Provider(provider), "old"),
            decision(To::Review, "card"),
        ];
        put(&mut tx, &old, day(0)).await?;
        put(&mut tx, &[decision(To::Provider(provider), "new")], day(1)).await?;
        tx.commit().await?;
        let env = Env::for_tests(&db, &Clock::fixed(day(1)));
        let composer = Composer::new(&env.settings, &env.keys)?;
        assert_eq!(stand_in(&env, &composer).await?, 1);
        assert_eq!(stand_in(&env, &composer).await?, 0);
        let waiting = claim(&db, day(1)).await?;
        assert_eq!(waiting.len(), 2, "the young one and the card");
        Ok(())
    })
    .await;
}
