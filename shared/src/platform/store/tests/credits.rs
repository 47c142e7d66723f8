//! Grants and spends reach the ledger whatever their order.

use super::*;
use crate::account::ProviderId;
use crate::credit::Kind;
use crate::credit::store::{balance, prove, unpaid};

fn granted(id: &str, n: i64, kind: &str, amount: i64) -> RawEvent {
    event(
        id,
        "credits.granted",
        n,
        &json!({"provider": "V1", "kind": kind, "amount": amount, "reference": "SUB-1"}),
    )
}

async fn v1(db: &Db) -> Result<ProviderId, StoreError> {
    const V1: &str = "SELECT id FROM providers WHERE reference = 'V1'";
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(V1).fetch_one(pool).await)?)
}

// L2, L7: the spend came before its grant; it waits, is paid, and telling everything again moves nothing.
#[tokio::test]
async fn a_spend_told_before_its_grant_is_paid_by_it() {
    each_engine(async |db| {
        take(&db, &keys(), Source::Feed, &a_market(), day(3)).await?;
        assert_eq!(unpaid(&db).await?.len(), 2);
        let grants = [
            granted("g1", 1, "offer", 10),
            granted("g2", 30, "offer", 10),
        ];
        let taken = take(&db, &keys(), Source::Feed, &grants, day(31)).await?;
        assert_eq!(taken, [Taken::Applied, Taken::Applied]);
        let vera = balance(&db, v1(&db).await?, Kind::Offer).await?;
        assert_eq!((vera.available, vera.used), (18, 2));
        assert_eq!(unpaid(&db).await?.len(), 1, "the other provider's");
        take(&db, &keys(), Source::Feed, &grants, day(32)).await?;
        take(&db, &keys(), Source::File, &a_market(), day(32)).await?;
        assert_eq!(balance(&db, v1(&db).await?, Kind::Offer).await?, vera);
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_grant_of_no_known_kind_is_refused_and_says_so() {
    each_engine(async |db| {
        take(&db, &keys(), Source::Feed, &a_market(), day(3)).await?;
        let wrong = [
            granted("g1", 1, "tokens", 10),
            granted("g2", 1, "view", 1_000_001),
        ];
        let taken = take(&db, &keys(), Source::Feed, &wrong, day(3)).await?;
        for (one, why) in taken.iter().zip(["view, offer or contact", "1000000"]) {
            assert!(
                matches!(one, Taken::Refused(said) if said.contains(why)),
                "{one:?}"
            );
        }
        Ok(())
    })
    .await;
}
