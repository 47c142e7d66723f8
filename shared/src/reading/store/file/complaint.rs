//! A complaint that a client's mail service passed on (RFC 5965): tied to a letter of ours, it ends all mail to its reader.

use super::{Filing, Outcome};
use crate::contact::{self, LineKind};
use crate::db::{StoreError, Tx};
use crate::mail::address_hash;
use crate::on_engine;
use crate::reading::complaint::Complaint;

const NO_MAILS: &str = "UPDATE clients SET mails = 'none' WHERE id = $1";
const SUPPRESS: &str =
    "INSERT INTO suppressions (address_hash, reason, at) VALUES ($1, 'complaint', $2)
    ON CONFLICT (address_hash) DO NOTHING";

pub(super) const ALL_SQL: &[&str] = &[NO_MAILS, SUPPRESS];

impl Filing<'_> {
    pub(super) async fn complaint(
        &self,
        tx: &mut Tx,
        complaint: &Complaint,
    ) -> Result<Outcome, StoreError> {
        let Some(client) = self.tied() else {
            return Ok(Outcome::filed("not about a letter of ours"));
        };
        if !complaint.stops_mail() {
            return Ok(Outcome::filed("a report that asks for nothing"));
        }
        if let Some(recipient) = &self.known.recipient {
            on_engine!(&mut *tx, tx => sqlx::query(SUPPRESS).bind(address_hash(recipient)).bind(self.now)
                .execute(&mut **tx).await.map(drop))?;
        }
        on_engine!(&mut *tx, tx => sqlx::query(NO_MAILS).bind(client).execute(&mut **tx).await.map(drop))?;
        let line = self.line(client, LineKind::Complaint, None);
        contact::store::append(tx, &[line], self.now).await?;
        Ok(Outcome::filed("complaint: no more mail to this address"))
    }
}
