//! A difference that is new is told in the staff's channel: once, calmly, and to nobody else.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::flags;
use crate::db::{Db, StoreError};
use crate::discord_out::{self, Body, Message, To};
use crate::witness::{Difference, news};
use crate::words::witness as words;

/// Differences that one run tells. Source: our choice; of an installation's first look the rest waits for the next one,
/// and a channel stays readable.
pub const TOLD_PER_RUN_MAX: usize = 10;

/// Puts a message for the staff's channel for each project whose columns newly differ; how many. Safe to run twice, at
/// once, anywhere: the cause of a message is the project and the difference.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn tell(db: &Db, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let flags = flags(db, now).await?;
    let causes: Vec<String> = (flags.iter())
        .flat_map(|(record, _)| Difference::ALL.map(|what| cause(&record.reference, what)))
        .collect();
    let made = discord_out::store::made(db, &causes).await?;
    let made: HashMap<String, DateTime<Utc>> = made.into_iter().collect();
    let new = flags.iter().filter_map(|(record, found)| {
        let told: Vec<_> = (Difference::ALL.into_iter())
            .filter_map(|what| Some((what, *made.get(&cause(&record.reference, what))?)))
            .collect();
        let what = news(found, &told, now)?;
        Some(Message {
            to: To::Review,
            dedupe: cause(&record.reference, what),
            body: Body {
                text: words::told(&record.reference, what),
                buttons: Vec::new(),
            },
            letter: None,
        })
    });
    let messages: Vec<Message> = new.take(TOLD_PER_RUN_MAX).collect();
    if messages.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let put = discord_out::store::put(&mut tx, &messages, now).await?;
    tx.commit().await?;
    Ok(put)
}

fn cause(reference: &str, what: Difference) -> String {
    format!("difference:{reference}:{}", what.as_str())
}
