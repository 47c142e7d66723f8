//! A letter that came back: tied to a letter of ours and final, it ends the address, and the next step is a call (a15).

use super::{Filing, Outcome};
use crate::contact::{self, LineKind};
use crate::db::{StoreError, Tx};
use crate::on_engine;
use crate::queue::{self, JobName};
use crate::reading::bounce::Bounce;

const KILL_ADDRESS: &str = "UPDATE clients SET email_dead_at = $3
    WHERE id = $1 AND LOWER(email) = $2 AND email_dead_at IS NULL";

pub(super) const ALL_SQL: &[&str] = &[KILL_ADDRESS];

impl Filing<'_> {
    pub(super) async fn bounce(&self, tx: &mut Tx, bounce: &Bounce) -> Result<Outcome, StoreError> {
        let Some(client) = self.tied().filter(|_| self.known.is_returned) else {
            return Ok(Outcome::filed("not about a letter of ours"));
        };
        if bounce.policy {
            return Ok(Outcome::filed(
                "refused for what it says, not for its address",
            ));
        }
        if bounce.temporary {
            return Ok(Outcome::filed("delayed; the relay goes on trying"));
        }
        if let Some(recipient) = &self.known.recipient {
            on_engine!(&mut *tx, tx => sqlx::query(KILL_ADDRESS).bind(client).bind(recipient.trim().to_lowercase())
                .bind(self.now).execute(&mut **tx).await.map(drop))?;
        }
        let line = self.line(client, LineKind::Bounce, bounce.status.clone());
        contact::store::append(tx, &[line], self.now).await?;
        queue::hurry(tx, JobName::PlanFollowUps, self.now).await?;
        Ok(Outcome::filed(
            "the address does not work; the next step is a call",
        ))
    }
}
