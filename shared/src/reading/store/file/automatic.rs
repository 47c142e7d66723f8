//! A machine's answer: never an answer (M2); a stated day of return only postpones (a13).

use chrono::{DateTime, TimeDelta, Utc};

use super::{Filing, Outcome, morning};
use crate::contact::{self, Line, LineKind};
use crate::db::{StoreError, Tx};
use crate::reading::automatic::Automatic;

/// A return date further away than this, in days, is not believed of an automatic answer.
const RETURN_DAYS_MAX: i64 = 180;

impl Filing<'_> {
    pub(super) async fn automatic(
        &self,
        tx: &mut Tx,
        automatic: &Automatic,
    ) -> Result<Outcome, StoreError> {
        if let Some(client) = self.tied() {
            let line = Line {
                ask_again_at: self.return_at(),
                ..self.line(client, LineKind::AutoReply, None)
            };
            contact::store::append(tx, &[line], self.now).await?;
        }
        Ok(Outcome::filed(format!("automatic: {}", automatic.evidence)))
    }

    /// The day of return, when it lies ahead and near enough.
    fn return_at(&self) -> Option<DateTime<Utc>> {
        let last = self.now + TimeDelta::days(RETURN_DAYS_MAX);
        self.reading
            .meaning
            .date
            .and_then(morning)
            .filter(|day| *day > self.now && *day <= last)
    }
}
