//! Who would be asked, changing nothing.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::account::ClientId;
use crate::contact::Channel;
use crate::db::{Db, StoreError};
use crate::follow_up::store::plan::CONTACTS_SINCE;
use crate::follow_up::store::run::{by_client, time_for};
use crate::follow_up::store::{CLIENTS_PER_BATCH, standing};
use crate::follow_up::{Calendar, Decision, Next, Reason, Rhythm, decide, next};
use crate::on_engine;

/// People that a preview names; it counts the others.
const PEOPLE_NAMED_MAX: usize = 1_000;

// What was learned and not reckoned yet may be due as well: it is reckoned here, and not written.
const MAYBE_DUE: &str =
    "SELECT client_id FROM follow_up_due WHERE (due_at <= $1 OR due_at IS NULL) AND client_id > $2
    GROUP BY client_id ORDER BY client_id LIMIT $3";

pub(super) const ALL_SQL: &[&str] = &[MAYBE_DUE];

/// Somebody who would be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Previewed {
    /// The platform's id of the client.
    pub client: String,
    /// As the platform tells it.
    pub name: String,
    /// By mail or telephone.
    pub channel: Channel,
    /// When the letter would leave, when the call might be made.
    pub at: DateTime<Utc>,
    /// Since when the oldest of it is due.
    pub due_at: DateTime<Utc>,
    /// About which projects and why.
    pub projects: Vec<PreviewedProject>,
}

/// A project that would be asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewedProject {
    /// The platform's id.
    pub reference: String,
    /// One line.
    pub title: String,
    /// Why.
    pub reason: Reason,
}

/// What a run at that time would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// People who would be written to.
    pub letters: usize,
    /// People who would be called.
    pub calls: usize,
    /// People due who were disturbed enough that week.
    pub later: usize,
    /// The first of them, oldest first.
    pub people: Vec<Previewed>,
    /// The most people that a run disturbs; above it the run would stop and say so.
    pub people_max: u32,
}

impl Preview {
    /// Whether the run would stop.
    #[must_use]
    pub const fn would_stop(&self) -> bool {
        self.letters + self.calls + self.later > self.people_max as usize
    }
}

/// What [`crate::follow_up::store::plan`] would do at `as_of`, as far as is known now. Changes nothing (o4).
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn preview(
    db: &Db,
    rhythm: &Rhythm,
    as_of: DateTime<Utc>,
) -> Result<Preview, StoreError> {
    let mut preview = Preview {
        people_max: rhythm.people_per_run_max,
        ..Preview::default()
    };
    let mut found = Vec::new();
    let mut after = ClientId::from(uuid::Uuid::nil());
    loop {
        let rows = i64::try_from(CLIENTS_PER_BATCH).unwrap_or(i64::MAX);
        let clients: Vec<ClientId> = on_engine!(db.read(), pool => sqlx::query_scalar(MAYBE_DUE).bind(as_of)
            .bind(after).bind(rows).fetch_all(pool).await)?;
        let Some(last) = clients.last() else { break };
        after = *last;
        look(db, rhythm, &clients, as_of, &mut preview, &mut found).await?;
        // The oldest are named, whatever the order of reading.
        found.sort_by(|a: &Previewed, b| (a.due_at, &a.client).cmp(&(b.due_at, &b.client)));
        found.truncate(PEOPLE_NAMED_MAX);
    }
    preview.people = found;
    Ok(preview)
}

async fn look(
    db: &Db,
    rhythm: &Rhythm,
    clients: &[ClientId],
    as_of: DateTime<Utc>,
    preview: &mut Preview,
    found: &mut Vec<Previewed>,
) -> Result<(), StoreError> {
    let calendar = Calendar::new(rhythm);
    let rows = standing::of_clients(db, clients).await?;
    let mut contacts = standing::contacts(db, clients, as_of - CONTACTS_SINCE).await?;
    let of = by_client(&rows, &standing::suppressed(db, &rows).await?);
    for client in clients {
        let Some(of) = of.get(client) else { continue };
        let contacts = contacts.remove(client).unwrap_or_default();
        let asks =
            of.standings
                .iter()
                .filter_map(|standing| match next(rhythm, &of.person, standing) {
                    Next::Ask { at, .. } => Some(at),
                    Next::Waiting { .. } | Next::NoWay => None,
                });
        let Some(due_at) = asks.min() else { continue };
        let (at, _) = time_for(
            &calendar,
            rhythm,
            &of.person,
            due_at,
            (preview.letters + preview.calls) as u64,
            as_of,
        );
        match decide(rhythm, &of.person, &of.standings, &contacts, as_of, at) {
            Decision::Contact(contacted) => {
                if contacted.channel == Channel::Email {
                    preview.letters += 1;
                } else {
                    preview.calls += 1;
                }
                let projects = contacted.asks.iter().map(|ask| PreviewedProject {
                    reference: of.rows[ask.project].reference.clone(),
                    title: of.rows[ask.project].title.clone(),
                    reason: ask.reason,
                });
                found.push(Previewed {
                    client: of.rows[0].client_reference.clone(),
                    name: of.rows[0].name.clone(),
                    channel: contacted.channel,
                    at: contacted.at,
                    due_at,
                    projects: projects.collect(),
                });
            }
            Decision::Later(_) => preview.later += 1,
            Decision::Nothing => {}
        }
    }
    Ok(())
}
