//! Projects: born once, never changing owner or age; what they say follows from all that was published and updated.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::known::{Known, ProjectRow, twin_in};
use super::{Item, Settled, Twin, spelled};
use crate::account::ClientId;
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
            phone_verified, is_company, source, published_at, details_at, state, rank_key, ranked_at)
        SELECT unhex(value ->> 'id'), value ->> 'reference', unhex(value ->> 'client'), value ->> 'title',
            value ->> 'description', value ->> 'category', value ->> 'budget', value ->> 'currency', value ->> 'urgency',
            value ->> 'phone_verified', value ->> 'is_company', value ->> 'source', value ->> 'at', value ->> 'at', 'pending', value ->> 'rank', $2
        FROM json_each($1)",
    postgres: "INSERT INTO projects (id, reference, client_id, title, description, category, budget_minor, currency,
            urgency, phone_verified, is_company, source, published_at, details_at, state, rank_key, ranked_at)
        SELECT id, reference, client, title, description, category, budget, currency, urgency, phone_verified,
            is_company, source, at, at, 'pending', rank, $2
        FROM json_to_recordset($1::json) AS p(id UUID, reference TEXT, client UUID, title TEXT, description TEXT,
            category TEXT, budget BIGINT, currency TEXT, urgency TEXT, phone_verified BIGINT, is_company BIGINT,
            source TEXT, at TIMESTAMPTZ, rank BIGINT)",
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
            urgency = p.value ->> 'urgency', phone_verified = p.value ->> 'phone_verified',
            is_company = p.value ->> 'is_company', source = p.value ->> 'source', details_at = p.value ->> 'at'
        FROM json_each($1) AS p WHERE $2 IS NOT NULL AND projects.id = unhex(p.value ->> 'id')",
    postgres: "UPDATE projects SET title = p.title, description = p.description, category = p.category,
            budget_minor = p.budget, currency = p.currency, urgency = p.urgency, phone_verified = p.phone_verified,
            is_company = p.is_company, source = p.source, details_at = p.at
        FROM json_to_recordset($1::json) AS p(id UUID, title TEXT, description TEXT, category TEXT, budget BIGINT,
            currency TEXT, urgency TEXT, phone_verified BIGINT, is_company BIGINT, source TEXT, at TIMESTAMPTZ)
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
    let births = births(items, known, settled);
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
        if let Some((evidence, ended_at)) = ended.get(project) {
            known.ended(project);
            settled.outcomes.insert(item.seq, Taken::Applied);
            past.push(json!({
                "reference": project, "client": client, "title": titled(details), "at": time_text(item.event.at),
                "ended_at": time_text(*ended_at), "evidence": evidence,
            }));
            continue;
        }
        let Ok(owner) = known.client(client).map(|owner| owner.id) else {
            continue;
        };
        let row = bear(project, client, owner, item, details, now);
        settled.outcomes.insert(item.seq, Taken::Applied);
        settled
            .lines
            .push(item.line(owner, Some(row.id), LineKind::Published));
        settled.moved = true;
        let mut values = text_row(
            &spelled(tx, row.id.uuid()),
            &row.title,
            details,
            row.published_at,
        );
        values["reference"] = project.into();
        values["client"] = spelled(tx, owner.uuid()).into();
        values["rank"] = rank_key(&Evidence::none(item.event.at), now).into();
        born.push(values);
        known.projects.insert(project.to_owned(), row);
    }
    BEAR.write(tx, &born, now).await?;
    PAST.write(tx, &past, now).await
}

/// Of several publications of one project the first by time is the birth; the others are changes of what it says.
fn births<'a>(
    items: &'a [Item],
    known: &Known,
    settled: &mut Settled,
) -> BTreeMap<&'a str, &'a Item> {
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
    births
}

fn titled(details: &Details) -> &str {
    details.title.as_deref().unwrap_or(parse::ERASED)
}

/// A project as it comes into the world.
fn bear(
    project: &str,
    client: &str,
    owner: ClientId,
    item: &Item,
    details: &Details,
    now: DateTime<Utc>,
) -> ProjectRow {
    ProjectRow {
        id: ProjectId::at(now),
        reference: project.to_owned(),
        client_id: owner,
        client: client.to_owned(),
        title: titled(details).to_owned(),
        published_at: item.event.at,
        state: StateName::Pending,
        awarded_to: None,
        awarded_at: None,
        cancelled_at: None,
    }
}

/// What a project says, for [`BEAR`] and [`CHANGE`].
fn text_row(id: &str, title: &str, details: &Details, at: DateTime<Utc>) -> Value {
    json!({
        "id": id, "title": title, "description": details.description.as_deref().unwrap_or_default(),
        "category": details.category, "budget": details.budget_minor, "currency": details.currency,
        "urgency": details.urgency, "phone_verified": details.phone_verified.map(i64::from),
        "is_company": details.is_company.map(i64::from), "source": details.source, "at": time_text(at),
    })
}

#[derive(FromRow)]
struct ToldRow {
    id: String,
    at: DateTime<Utc>,
    body: String,
    erased_at: Option<DateTime<Utc>>,
}

/// What was told of each project, in the order of time.
type Told<'a> = HashMap<&'a str, BTreeMap<Key, Details>>;

/// What a project says after everything that was told about it, oldest first.
pub(super) async fn details(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (mut told, changed) = told_now(items, known, settled);
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
        settled.seen.insert(row.id);
        let details = fold(told.values());
        let title = details.title.as_deref().unwrap_or(&row.title);
        rows.push(text_row(
            &spelled(tx, row.id.uuid()),
            title,
            &details,
            last.0,
        ));
    }
    CHANGE.write(tx, &rows, now).await
}

/// What this round tells, and the projects of which it tells something new.
fn told_now<'a>(
    items: &'a [Item],
    known: &Known,
    settled: &mut Settled,
) -> (Told<'a>, HashSet<&'a str>) {
    let (mut told, mut changed) = (Told::new(), HashSet::new());
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
                changed.insert(project.as_str());
            }
        }
        if !is_birth {
            let taken = known
                .project(project)
                .map_or_else(|taken| taken, |_| Taken::Applied);
            settled.outcomes.insert(item.seq, taken);
        }
    }
    (told, changed)
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
        phone_verified: next.phone_verified.or(so_far.phone_verified),
        is_company: next.is_company.or(so_far.is_company),
        source: next.source.clone().or(so_far.source),
    })
}
