//! Grants and spends go to the ledger: each event is one command there, its id the key (L7).

use chrono::{DateTime, Utc};

use super::known::Known;
use super::{Item, Settled};
use crate::credit::{self, AMOUNT_MAX, Amount, Kind, Order, Outcome, Refused};
use crate::db::{StoreError, Tx};
use crate::platform::{ApplicationKind, Source, Taken, What};

impl From<ApplicationKind> for Kind {
    fn from(kind: ApplicationKind) -> Self {
        match kind {
            ApplicationKind::View => Self::View,
            ApplicationKind::Offer => Self::Offer,
            ApplicationKind::Contact => Self::Contact,
        }
    }
}

/// Grants first, then what was spent, each in the order in which it happened. The ledger never overdraws: a spend that it
/// cannot pay waits there for the next grant, so the event is applied all the same. Logs of the past say what was bid, not
/// what was granted: their credits were settled before there was a ledger here.
pub(super) async fn settle(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut items: Vec<&Item> = (items.iter())
        .filter(|item| item.source != Source::History)
        .filter(|item| matches!(item.event.what, What::Credits { .. } | What::Applied(_)))
        .collect();
    items.sort_by_cached_key(|item| item.key());
    for item in &items {
        if let What::Credits {
            provider,
            kind,
            amount,
            ..
        } = &item.event.what
        {
            let taken = match known.provider(provider) {
                Err(taken) => taken,
                Ok(provider) => match (kind.parse(), Amount::new(*amount)) {
                    (Err(why), _) => Taken::Refused(why),
                    (_, None) => Taken::Refused(format!("more than {AMOUNT_MAX} credits at once")),
                    (Ok(kind), Some(amount)) => {
                        let what = credit::What::Grant;
                        let order = order(item, provider.id, kind, amount, what);
                        match credit::store::grant(tx, &order, now).await? {
                            Outcome::Done(_) => Taken::Applied,
                            Outcome::Refused(refused) => Taken::Refused(refused.to_string()),
                        }
                    }
                },
            };
            settled.outcomes.insert(item.seq, taken);
        }
    }
    for item in &items {
        let What::Applied(application) = &item.event.what else {
            continue;
        };
        // What waits for its project or provider comes again; an application without credits moves none.
        let (Ok(project), Ok(provider), Some(amount)) = (
            known.project(&application.project),
            known.provider(&application.provider),
            Amount::new(application.credits),
        ) else {
            continue;
        };
        let what = credit::What::Spend(project.id);
        let order = order(item, provider.id, application.kind.into(), amount, what);
        let outcome = credit::store::spend(tx, &order, now).await?;
        if let Outcome::Refused(refused @ Refused::KeyTaken(_)) = outcome {
            let taken = Taken::Refused(refused.to_string());
            settled.outcomes.insert(item.seq, taken);
        }
    }
    Ok(())
}

fn order(
    item: &Item,
    provider: crate::account::ProviderId,
    kind: Kind,
    amount: Amount,
    what: credit::What,
) -> Order {
    Order {
        key: format!("event:{}", item.event.id),
        provider,
        kind,
        amount,
        what,
        at: item.event.at,
    }
}
