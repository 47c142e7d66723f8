//! What the database knows of the people and projects that events name.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;

use super::{Item, Twin};
use crate::account::{ClientId, Locale, ProviderId};
use crate::db::{StoreError, Tx};
use crate::listing::store::StateName;
use crate::platform::{Taken, What};
use crate::project::{Project, ProjectId, State};

macro_rules! twin_in {
    ($head:literal, $tail:literal) => {
        Twin {
            sqlite: concat!($head, " IN (SELECT value FROM json_each($1))", $tail),
            postgres: concat!(
                $head,
                " IN (SELECT json_array_elements_text($1::json))",
                $tail
            ),
        }
    };
}
pub(super) use twin_in;

const CLIENTS: Twin = twin_in!(
    "SELECT id, reference, name, email, phone, locale, zone, profile_at FROM clients WHERE reference",
    ""
);
const PROVIDERS: Twin = twin_in!(
    "SELECT id, reference, name, email, locale, profile_at FROM providers WHERE reference",
    ""
);
const PROJECTS: Twin = twin_in!(
    "SELECT p.id, p.reference, p.client_id, c.reference AS client, p.title, p.published_at, p.state, p.awarded_to,
        p.awarded_at, p.cancelled_at
    FROM projects p JOIN clients c ON c.id = p.client_id WHERE p.reference",
    ""
);
const PAST: Twin = twin_in!("SELECT reference FROM past_projects WHERE reference", "");

#[cfg(test)]
pub(super) const TWINS: &[&Twin] = &[&CLIENTS, &PROVIDERS, &PROJECTS, &PAST];

#[derive(Debug, Clone, FromRow)]
pub(super) struct ClientRow {
    pub(super) id: ClientId,
    pub(super) reference: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) locale: Locale,
    pub(super) zone: String,
    pub(super) profile_at: DateTime<Utc>,
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct ProviderRow {
    pub(super) id: ProviderId,
    pub(super) reference: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) locale: Locale,
    pub(super) profile_at: DateTime<Utc>,
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct ProjectRow {
    pub(super) id: ProjectId,
    pub(super) reference: String,
    pub(super) client_id: ClientId,
    /// The owner's reference.
    pub(super) client: String,
    pub(super) title: String,
    pub(super) published_at: DateTime<Utc>,
    pub(super) state: StateName,
    pub(super) awarded_to: Option<ProviderId>,
    pub(super) awarded_at: Option<DateTime<Utc>>,
    pub(super) cancelled_at: Option<DateTime<Utc>>,
}

impl ProjectRow {
    pub(super) fn project(&self) -> Result<Project, StoreError> {
        let state = match (
            self.state,
            self.awarded_to,
            self.awarded_at,
            self.cancelled_at,
        ) {
            (StateName::Pending, None, None, None) => State::Pending,
            (StateName::InProgress, Some(awarded_to), Some(awarded_at), None) => {
                State::InProgress {
                    awarded_to,
                    awarded_at,
                }
            }
            (StateName::Cancelled, None, None, Some(cancelled_at)) => {
                State::Cancelled { cancelled_at }
            }
            _ => {
                return Err(StoreError::Corrupt {
                    what: "project",
                    id: self.reference.clone(),
                    why: "its state and its dates contradict each other",
                });
            }
        };
        Ok(Project {
            id: self.id,
            reference: self.reference.clone(),
            client: self.client_id,
            title: self.title.clone(),
            published_at: self.published_at,
            state,
        })
    }
}

/// Rows by the platform's reference.
#[derive(Default)]
pub(super) struct Known {
    pub(super) clients: HashMap<String, ClientRow>,
    pub(super) providers: HashMap<String, ProviderRow>,
    pub(super) projects: HashMap<String, ProjectRow>,
    past: HashSet<String>,
}

impl Known {
    /// Reads everything that `items` name, in four statements whatever their number.
    pub(super) async fn of(tx: &mut Tx, items: &[Item]) -> Result<Self, StoreError> {
        let (mut clients, mut providers, mut projects) =
            (HashSet::new(), HashSet::new(), HashSet::new());
        for item in items {
            let (client, provider, project) = named(&item.event.what);
            clients.extend(client);
            providers.extend(provider);
            projects.extend(project);
        }
        let list = |names: HashSet<&str>| names.into_iter().map(Value::from).collect::<Vec<_>>();
        let projects = list(projects);
        let mut known = Self::default();
        for row in CLIENTS.read::<ClientRow>(tx, &list(clients)).await? {
            known.clients.insert(row.reference.clone(), row);
        }
        for row in PROVIDERS.read::<ProviderRow>(tx, &list(providers)).await? {
            known.providers.insert(row.reference.clone(), row);
        }
        for row in PROJECTS.read::<ProjectRow>(tx, &projects).await? {
            known.projects.insert(row.reference.clone(), row);
        }
        for (reference,) in PAST.read::<(String,)>(tx, &projects).await? {
            known.past.insert(reference);
        }
        Ok(known)
    }

    pub(super) fn client(&self, reference: &str) -> Result<&ClientRow, Taken> {
        self.clients
            .get(reference)
            .ok_or_else(|| Taken::Waiting(format!("client:{reference}")))
    }

    pub(super) fn provider(&self, reference: &str) -> Result<&ProviderRow, Taken> {
        self.providers
            .get(reference)
            .ok_or_else(|| Taken::Waiting(format!("provider:{reference}")))
    }

    pub(super) fn project(&self, reference: &str) -> Result<&ProjectRow, Taken> {
        if let Some(row) = self.projects.get(reference) {
            return Ok(row);
        }
        Err(if self.past.contains(reference) {
            Taken::Kept("its project had ended before it was known here".to_owned())
        } else {
            Taken::Waiting(format!("project:{reference}"))
        })
    }

    pub(super) fn is_past(&self, reference: &str) -> bool {
        self.past.contains(reference)
    }

    pub(super) fn ended(&mut self, reference: &str) {
        self.past.insert(reference.to_owned());
    }
}

/// The client, provider and project that an event names.
fn named(what: &What) -> (Option<&str>, Option<&str>, Option<&str>) {
    match what {
        What::Client(profile) => (Some(&profile.client), None, None),
        What::Seen { client, project } => (Some(client), None, project.as_deref()),
        What::Provider(profile) => (None, Some(&profile.provider), None),
        What::Subscription(subscription) => (None, Some(&subscription.provider), None),
        What::Published {
            project, client, ..
        } => (Some(client), None, Some(project)),
        What::Updated { project, .. }
        | What::AwardRevoked { project }
        | What::Cancelled { project, .. }
        | What::Reopened { project, .. }
        | What::Logged { project, .. }
        | What::Evidence { project, .. }
        | What::Ended { project } => (None, None, Some(project)),
        What::Awarded { project, provider }
        | What::Withdrawn {
            project, provider, ..
        } => (None, Some(provider), Some(project)),
        What::Credits { provider, .. } => (None, Some(provider), None),
        What::Applied(application) => (
            None,
            Some(&application.provider),
            Some(&application.project),
        ),
        What::Unknown => (None, None, None),
    }
}
