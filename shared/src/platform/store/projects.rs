//! Projects: born once, never changing owner or age; what they say follows from all that was published and updated.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::known::{Known, ProjectRow, twin_in};
use super::{Item, Settled, Twin, spelled};
use crate::contact::LineKind;
use crate::db::{StoreError, Tx, time_text};
use crate::listing::store::StateName;
use crate::listing::{Evidence, rank_key};
use crate::platform::standing::Key;
use crate::platform::{Details, Source, Taken, What, parse};
use crate::project::ProjectId;

const ENDED: Twin = twin_in!(
    "SELECT subject, MIN(seq), MIN(at) FROM platform_events WHERE kind = 'history.client_cancelled' AND subject",
    " GROUP BY subject"
);
const BEAR: Twin = Twin {
    sqlite: "INSERT INTO projects (id, reference, client_id, title, description, category, budget_minor, currency, urgency,
            published_at, details_at, state, rank_key, ranked_at)
        SELECT unhex(value ->> 'id'), value ->> 'reference', unhex(value ->> 'client'), value ->> 'title',
            value ->> 'description', value ->> 'category', value ->> 'budget', value ->> 'currency', value ->> 'urgency',
            value ->> 'at', value ->> 'at', 'pending', value ->> 'rank', $2
        FROM json_each($1)",
    postgres: "INSERT INTO projects (id, reference, client_id, title, description, category, budget_minor, currency,
            urgency, published_at, details_at, state, rank_key, ranked_at)
        SELECT id, reference, client, title, description, category, budget, currency, urgency, at, at, 'pending', rank, $2
        FROM json_to_recordset($1::json) AS p(id UUID, reference TEXT, client UUID, title TEXT, description TEXT,
            category TEXT, budget BIGINT, currency TEXT, urgency TEXT, at TIMESTAMPTZ, rank BIGINT)",
};
const PAST: Twin = Twin {
    sqlite: "INSERT INTO past_projects (reference, client_reference, title, published_at, ended_at, evidence)
        SELECT value ->> 'reference', value ->> 'client', value ->> 'title', value ->> 'at', value ->> 'ended_at',
            value ->> 'evidence'
        FROM json_each($1) WHERE $2 IS NOT NULL",
    postgres: "INSERT INTO past_projects (reference, client_reference, title, published_at, ended_at, evidence)
        SELECT reference, client, title, at, ended_at, evidence
        FROM json_to_recordset($1::json) AS p(reference TEXT, client TEXT, title TEXT, at TIMESTAMPTZ,
            ended_at TIMESTAMPTZ, evidence BIGINT) WHERE $2::TIMESTAMPTZ IS NOT NULL",
};
const TOLD: Twin = twin_in!(
    "SELECT e.id, e.at, e.body, e.erased_at FROM platform_events e JOIN platform_outcomes o ON o.event_seq = e.seq
    WHERE o.outcome IN ('applied', 'late') AND e.kind IN ('project.published', 'project.updated') AND e.subject",
    ""
);
const CHANGE: Twin = Twin {
    sqlite: "UPDATE projects SET title = p.value ->> 'title', description = p.value ->> 'description',
            category = p.value ->> 'category', budget_minor = p.value ->> 'budget', currency = p.value ->> 'currency',
            urgency = p.value ->> 'urgency', details_at = p.value ->> 'at'
        FROM json_each($1) AS p WHERE $2 IS NOT NULL AND projects.id = unhex(p.value ->> 'id')",
    postgres: "UPDATE projects SET title = p.title, description = p.description, category = p.category,
            budget_minor = p.budget, currency = p.currency, urgency = p.urgency, details_at = p.at
        FROM json_to_recordset($1::json) AS p(id UUID, title TEXT, description TEXT, category TEXT, budget BIGINT,
            currency TEXT, urgency TEXT, at TIMESTAMPTZ)
        WHERE $2::TIMESTAMPTZ IS NOT NULL AND projects.id = p.id",
};

#[cfg(test)]
pub(super) const TWINS: &[&Twin] = &[&ENDED, &BEAR, &PAST, &TOLD, &CHANGE];

/// Puts new projects on the list. A project of the platform's past that its log says was ended is none of ours.
pub(super) async fn published(
    tx: &mut Tx,
    items: &[Item],
    known: &mut Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // Of several the first by time is the birth; the others are changes of what it says.
    let mut births: BTreeMap<&str, &Item> = BTreeMap::new();
    for item in items {
        let What::Published {
            project, client, ..
        } = &item.event.what
        else {
            continue;
        };
        let is_past = item.source == Source::History && known.is_past(project);
        let taken = match (known.projects.get(project), known.client(client)) {
            (Some(row), _) if row.client == *client => continue,
            (Some(_), _) => Taken::Refused("a project does not change its owner".to_owned()),
            (None, _) if is_past => Taken::Late,
            (None, Err(taken)) => taken,
            (None, Ok(_)) => {
                let birth = births.entry(project).or_insert(item);
                if item.key() < birth.key() {
                    *birth = item;
                }
                continue;
            }
        };
        settled.outcomes.insert(item.seq, taken);
    }
    let log: Vec<Value> = births
        .iter()
        .filter(|(_, item)| item.source == Source::History)
        .map(|(project, _)| (*project).into())
        .collect();
    let ended = ENDED.read::<(String, i64, DateTime<Utc>)>(tx, &log).await?;
    let ended: HashMap<String, (i64, DateTime<Utc>)> = ended
        .into_iter()
        .map(|(project, seq, at)| (project, (seq, at)))
        .collect();
    let (mut born, mut past) = (Vec::new(), Vec::new());
    for (project, item) in births {
        let What::Published {
            client, details, ..
        } = &item.event.what
        else {
            continue;
        };
        settled.arrived.insert(format!("project:{project}"));
        let title = details.title.as_deref().unwrap_or(parse::ERASED);
        if let Some((evidence, ended_at)) = ended.get(project) {
            known.ended(project);
            settled.outcomes.insert(item.seq, Taken::Applied);
            past.push(json!({
                "reference": project, "client": client, "title": title, "at": time_text(item.event.at),
                "ended_at": time_text(*ended_at), "evidence": evidence,
            }));
            continue;
        }
        let Ok(owner) = known.client(client) else {
            continue;
        };
        let (id, owner) = (ProjectId::at(now), owner.id);
        settled.outcomes.insert(item.seq, Taken::Applied);
        settled
            .lines
            .push(item.line(owner, Some(id), LineKind::Published));
        settled.moved = true;
        born.push(json!({
            "id": spelled(tx, id.uuid()), "reference": project, "client": spelled(tx, owner.uuid()), "title": title,
            "description": details.description.as_deref().unwrap_or_default(), "category": details.category,
            "budget": details.budget_minor, "currency": details.currency, "urgency": details.urgency,
            "at": time_text(item.event.at), "rank": rank_key(&Evidence::none(item.event.at), now),
        }));
        let row = ProjectRow {
            id,
            reference: project.to_owned(),
            client_id: owner,
            client: client.clone(),
            title: title.to_owned(),
            published_at: item.event.at,
            state: StateName::Pending,
            awarded_to: None,
            awarded_at: None,
            cancelled_at: None,
        };
        known.projects.insert(project.to_owned(), row);
    }
    BEAR.write(tx, &born, now).await?;
    PAST.write(tx, &past, now).await
}

#[derive(FromRow)]
struct ToldRow {
    id: String,
    at: DateTime<Utc>,
    body: String,
    erased_at: Option<DateTime<Utc>>,
}

/// What a project says after everything that was told about it, oldest first.
pub(super) async fn details(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut told: HashMap<&str, BTreeMap<Key, Details>> = HashMap::new();
    let mut changed: HashSet<&str> = HashSet::new();
    for item in items {
        let (project, details, is_birth) = match &item.event.what {
            What::Published {
                project, details, ..
            } => match settled.outcomes.get(&item.seq) {
                None => (project, details, false),
                Some(Taken::Applied) => (project, details, true),
                Some(_) => continue,
            },
            What::Updated { project, details } => (project, details, false),
            _ => continue,
        };
        if known.projects.contains_key(project) {
            told.entry(project)
                .or_default()
                .insert(item.key(), details.clone());
            if !is_birth {
                changed.insert(project);
            }
        }
        if !is_birth {
            let taken = known
                .project(project)
                .map_or_else(|taken| taken, |_| Taken::Applied);
            settled.outcomes.insert(item.seq, taken);
        }
    }
    let touched: Vec<Value> = changed.iter().map(|project| (*project).into()).collect();
    for row in TOLD.read::<ToldRow>(tx, &touched).await? {
        let Ok(event) = parse::stored(&row.body, row.erased_at.is_some()) else {
            continue;
        };
        let (What::Published {
            project, details, ..
        }
        | What::Updated { project, details }) = event.what
        else {
            continue;
        };
        if let Some(told) = told.get_mut(project.as_str()) {
            told.insert((row.at, row.id), details);
        }
    }
    let mut rows = Vec::new();
    for (project, told) in told
        .iter()
        .filter(|(project, _)| changed.contains(*project))
    {
        let (Some(row), Some((last, _))) = (known.projects.get(*project), told.last_key_value())
        else {
            continue;
        };
        let details = fold(told.values());
        rows.push(json!({
            "id": spelled(tx, row.id.uuid()), "title": details.title.as_deref().unwrap_or(&row.title),
            "description": details.description.as_deref().unwrap_or_default(), "category": details.category,
            "budget": details.budget_minor, "currency": details.currency, "urgency": details.urgency,
            "at": time_text(last.0),
        }));
    }
    CHANGE.write(tx, &rows, now).await
}

/// Later words over earlier ones; what a word leaves out stays.
fn fold<'a>(told: impl Iterator<Item = &'a Details>) -> Details {
    told.fold(Details::default(), |so_far, next| Details {
        title: next.title.clone().or(so_far.title),
        description: next.description.clone().or(so_far.description),
        category: next.category.clone().or(so_far.category),
        budget_minor: next.budget_minor.or(so_far.budget_minor),
        currency: next.currency.clone().or(so_far.currency),
        urgency: next.urgency.clone().or(so_far.urgency),
    })
}
