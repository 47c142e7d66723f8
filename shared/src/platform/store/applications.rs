//! Applications: the newest of each provider, project and way, withdrawn or not.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::known::{Known, ProjectRow};
use super::{Item, Settled, Twin, spelled};
use crate::account::ProviderId;
use crate::contact::LineKind;
use crate::db::{StoreError, Tx, time_text};
use crate::id::Id;
use crate::platform::{Application, ApplicationKind, Taken, What};
use crate::project::ProjectId;

const FIND: Twin = Twin {
    sqlite: "SELECT a.project_id, a.provider_id, a.kind, a.credits, a.applied_at, a.withdrawn_at
        FROM json_each($1) AS pair JOIN applications a
            ON a.project_id = unhex(pair.value ->> 0) AND a.provider_id = unhex(pair.value ->> 1)",
    postgres: "SELECT a.project_id, a.provider_id, a.kind, a.credits, a.applied_at, a.withdrawn_at
        FROM json_array_elements($1::json) AS pair JOIN applications a
            ON a.project_id = (pair ->> 0)::UUID AND a.provider_id = (pair ->> 1)::UUID",
};
const WRITE: Twin = Twin {
    sqlite: "INSERT INTO applications (id, project_id, provider_id, kind, credits, applied_at, withdrawn_at)
        SELECT unhex(value ->> 'id'), unhex(value ->> 'project'), unhex(value ->> 'provider'), value ->> 'kind',
            value ->> 'credits', value ->> 'applied_at', value ->> 'withdrawn_at'
        FROM json_each($1) WHERE $2 IS NOT NULL
        ON CONFLICT (project_id, provider_id, kind) DO UPDATE SET credits = excluded.credits,
            applied_at = excluded.applied_at, withdrawn_at = excluded.withdrawn_at",
    postgres: "INSERT INTO applications (id, project_id, provider_id, kind, credits, applied_at, withdrawn_at)
        SELECT id, project, provider, kind, credits, applied_at, withdrawn_at
        FROM json_to_recordset($1::json) AS a(id UUID, project UUID, provider UUID, kind TEXT, credits BIGINT,
            applied_at TIMESTAMPTZ, withdrawn_at TIMESTAMPTZ) WHERE $2::TIMESTAMPTZ IS NOT NULL
        ON CONFLICT (project_id, provider_id, kind) DO UPDATE SET credits = excluded.credits,
            applied_at = excluded.applied_at, withdrawn_at = excluded.withdrawn_at",
};

#[cfg(test)]
pub(super) const TWINS: &[&Twin] = &[&FIND, &WRITE];

#[derive(FromRow)]
struct Row {
    project_id: ProjectId,
    provider_id: ProviderId,
    kind: ApplicationKind,
    credits: i64,
    applied_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl Row {
    const fn latest(&self) -> Latest {
        Latest {
            applied_at: self.applied_at,
            credits: self.credits,
            withdrawn_at: self.withdrawn_at,
            is_changed: false,
        }
    }
}

/// The newest application and the withdrawal after it, if there is one.
#[derive(Clone, Copy)]
struct Latest {
    applied_at: DateTime<Utc>,
    credits: i64,
    withdrawn_at: Option<DateTime<Utc>>,
    is_changed: bool,
}

type Which = (ProjectId, ProviderId, ApplicationKind);

const KINDS: [ApplicationKind; 3] = [
    ApplicationKind::View,
    ApplicationKind::Offer,
    ApplicationKind::Contact,
];

fn waits_for(project: &str, provider: &str, kind: Option<ApplicationKind>) -> String {
    match kind {
        Some(kind) => format!("application:{project}:{provider}:{kind:?}"),
        None => format!("application:{project}:{provider}"),
    }
}

/// Applications, then withdrawals.
pub(super) async fn settle(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let about = about(items, known, settled);
    let pairs: Vec<Value> = about
        .iter()
        .map(|(_, project, provider)| {
            json!([spelled(tx, project.id.uuid()), spelled(tx, provider.uuid())])
        })
        .collect();
    let mut latest: HashMap<Which, Latest> = HashMap::new();
    for row in FIND.read::<Row>(tx, &pairs).await? {
        latest.insert((row.project_id, row.provider_id, row.kind), row.latest());
    }
    for (item, project, provider) in &about {
        if let What::Applied(application) = &item.event.what {
            let which = (project.id, *provider, application.kind);
            let taken = apply(&mut latest, which, application, item.event.at);
            settled.outcomes.insert(item.seq, taken);
            settled.lines.push(item.line(
                project.client_id,
                Some(project.id),
                LineKind::Application,
            ));
            let (project, provider) = (&application.project, &application.provider);
            settled.arrived.insert(waits_for(project, provider, None));
            settled
                .arrived
                .insert(waits_for(project, provider, Some(application.kind)));
        }
    }
    for (item, row, id) in &about {
        if let What::Withdrawn {
            project,
            provider,
            kind,
        } = &item.event.what
        {
            let taken = withdraw(&mut latest, row.id, *id, *kind, item.event.at)
                .unwrap_or_else(|| Taken::Waiting(waits_for(project, provider, *kind)));
            settled.outcomes.insert(item.seq, taken);
        }
    }
    let rows: Vec<Value> = latest
        .iter()
        .filter(|(_, says)| says.is_changed)
        .map(|(which, says)| written(tx, which, says, now))
        .collect();
    WRITE.write(tx, &rows, now).await
}

/// The events about applications whose project and provider are known.
fn about<'a>(
    items: &'a [Item],
    known: &'a Known,
    settled: &mut Settled,
) -> Vec<(&'a Item, &'a ProjectRow, ProviderId)> {
    let mut about = Vec::new();
    for item in items {
        let (project, provider) = match &item.event.what {
            What::Applied(application) => (&application.project, &application.provider),
            What::Withdrawn {
                project, provider, ..
            } => (project, provider),
            _ => continue,
        };
        match (known.project(project), known.provider(provider)) {
            (Ok(project), Ok(provider)) => about.push((item, project, provider.id)),
            (Err(taken), _) | (_, Err(taken)) => {
                settled.outcomes.insert(item.seq, taken);
            }
        }
    }
    about
}

/// An application for [`WRITE`].
fn written(tx: &Tx, which: &Which, says: &Latest, now: DateTime<Utc>) -> Value {
    let (project, provider, kind) = which;
    json!({
        "id": spelled(tx, Id::<Application>::at(now).uuid()), "project": spelled(tx, project.uuid()),
        "provider": spelled(tx, provider.uuid()), "kind": kind, "credits": says.credits,
        "applied_at": time_text(says.applied_at), "withdrawn_at": says.withdrawn_at.map(time_text),
    })
}

fn apply(
    latest: &mut HashMap<Which, Latest>,
    which: Which,
    application: &Application,
    at: DateTime<Utc>,
) -> Taken {
    let before = latest.get(&which).copied();
    if before.is_some_and(|before| (at, application.credits) <= (before.applied_at, before.credits))
    {
        return Taken::Late;
    }
    let withdrawn_at = before
        .and_then(|before| before.withdrawn_at)
        .filter(|withdrawn| *withdrawn > at);
    let says = Latest {
        applied_at: at,
        credits: application.credits,
        withdrawn_at,
        is_changed: true,
    };
    latest.insert(which, says);
    Taken::Applied
}

/// None when there is no such application yet.
fn withdraw(
    latest: &mut HashMap<Which, Latest>,
    project: ProjectId,
    provider: ProviderId,
    kind: Option<ApplicationKind>,
    at: DateTime<Utc>,
) -> Option<Taken> {
    let mut taken = None;
    for kind in KINDS
        .into_iter()
        .filter(|one| kind.is_none_or(|kind| kind == *one))
    {
        let Some(says) = latest.get_mut(&(project, provider, kind)) else {
            continue;
        };
        let counts = at > says.applied_at && says.withdrawn_at.is_none_or(|before| at > before);
        if counts {
            says.withdrawn_at = Some(at);
            says.is_changed = true;
            taken = Some(Taken::Applied);
        }
        taken = taken.or(Some(Taken::Late));
    }
    taken
}
