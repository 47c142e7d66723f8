//! Clients, providers, subscriptions: of several profiles the newest counts, whatever the order of arrival.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::known::{ClientRow, Known, ProviderRow};
use super::{Item, Settled, Twin, spelled};
use crate::account::{ClientId, Locale, Plan, ProviderId};
use crate::contact::LineKind;
use crate::db::{StoreError, Tx, time_text};
use crate::platform::{ClientProfile, ProviderProfile, Subscription, Taken, What};

// On SQLite a row that is there keeps its id from the start: a guard looks at each row before the conflict does.
// A dead address or number is given up on with the address or number: a new one is tried.
const CLIENTS: Twin = Twin {
    sqlite: "INSERT INTO clients (id, reference, name, email, phone, locale, zone, profile_at, mails, created_at)
        SELECT COALESCE((SELECT c.id FROM clients c WHERE c.reference = value ->> 'reference'), unhex(value ->> 'id')),
            value ->> 'reference', value ->> 'name', value ->> 'email', value ->> 'phone', value ->> 'locale',
            value ->> 'zone', value ->> 'at', 'normal', $2
        FROM json_each($1) WHERE TRUE
        ON CONFLICT (reference) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone,
            locale = excluded.locale, zone = excluded.zone, profile_at = excluded.profile_at,
            email_dead_at = CASE WHEN clients.email IS excluded.email THEN clients.email_dead_at END,
            phone_dead_at = CASE WHEN clients.phone IS excluded.phone THEN clients.phone_dead_at END",
    postgres: "INSERT INTO clients (id, reference, name, email, phone, locale, zone, profile_at, mails, created_at)
        SELECT id, reference, name, email, phone, locale, zone, at, 'normal', $2
        FROM json_to_recordset($1::json) AS c(id UUID, reference TEXT, name TEXT, email TEXT, phone TEXT, locale TEXT,
            zone TEXT, at TIMESTAMPTZ)
        ON CONFLICT (reference) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone,
            locale = excluded.locale, zone = excluded.zone, profile_at = excluded.profile_at,
            email_dead_at = CASE WHEN clients.email IS NOT DISTINCT FROM excluded.email THEN clients.email_dead_at END,
            phone_dead_at = CASE WHEN clients.phone IS NOT DISTINCT FROM excluded.phone THEN clients.phone_dead_at END",
};
const PROVIDERS: Twin = Twin {
    sqlite: "INSERT INTO providers (id, reference, name, email, locale, profile_at, created_at)
        SELECT COALESCE((SELECT p.id FROM providers p WHERE p.reference = value ->> 'reference'), unhex(value ->> 'id')),
            value ->> 'reference', value ->> 'name', value ->> 'email', value ->> 'locale', value ->> 'at', $2
        FROM json_each($1) WHERE TRUE
        ON CONFLICT (reference) DO UPDATE SET name = excluded.name, email = excluded.email, locale = excluded.locale,
            profile_at = excluded.profile_at",
    postgres: "INSERT INTO providers (id, reference, name, email, locale, profile_at, created_at)
        SELECT id, reference, name, email, locale, at, $2
        FROM json_to_recordset($1::json) AS p(id UUID, reference TEXT, name TEXT, email TEXT, locale TEXT,
            at TIMESTAMPTZ)
        ON CONFLICT (reference) DO UPDATE SET name = excluded.name, email = excluded.email, locale = excluded.locale,
            profile_at = excluded.profile_at",
};
const FIND_SUBSCRIPTIONS: Twin = Twin {
    sqlite: "SELECT provider_id, plan, from_at, until_at, event_at FROM subscriptions
        WHERE provider_id IN (SELECT unhex(value) FROM json_each($1))",
    postgres: "SELECT provider_id, plan, from_at, until_at, event_at FROM subscriptions
        WHERE provider_id IN (SELECT json_array_elements_text($1::json)::UUID)",
};
const SUBSCRIPTIONS: Twin = Twin {
    sqlite: "INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at)
        SELECT unhex(value ->> 'provider'), value ->> 'plan', value ->> 'from', value ->> 'until', value ->> 'at'
        FROM json_each($1) WHERE $2 IS NOT NULL
        ON CONFLICT (provider_id, from_at) DO UPDATE SET plan = excluded.plan, until_at = excluded.until_at,
            event_at = excluded.event_at",
    postgres: "INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at)
        SELECT provider, plan, \"from\", until, at
        FROM json_to_recordset($1::json) AS s(provider UUID, plan TEXT, \"from\" TIMESTAMPTZ, until TIMESTAMPTZ,
            at TIMESTAMPTZ) WHERE $2::TIMESTAMPTZ IS NOT NULL
        ON CONFLICT (provider_id, from_at) DO UPDATE SET plan = excluded.plan, until_at = excluded.until_at,
            event_at = excluded.event_at",
};
const SEEN: Twin = Twin {
    sqlite: "UPDATE clients SET last_seen_at = s.value ->> 'at' FROM json_each($1) AS s
        WHERE $2 IS NOT NULL AND clients.id = unhex(s.value ->> 'id')
            AND (clients.last_seen_at IS NULL OR clients.last_seen_at < s.value ->> 'at')",
    postgres: "UPDATE clients SET last_seen_at = s.at FROM json_to_recordset($1::json) AS s(id UUID, at TIMESTAMPTZ)
        WHERE $2::TIMESTAMPTZ IS NOT NULL AND clients.id = s.id
            AND (clients.last_seen_at IS NULL OR clients.last_seen_at < s.at)",
};

#[cfg(test)]
pub(super) const TWINS: &[&Twin] = &[
    &CLIENTS,
    &PROVIDERS,
    &FIND_SUBSCRIPTIONS,
    &SUBSCRIPTIONS,
    &SEEN,
];

/// What decides between two profiles: the time, and between two of one time what they say.
type ClientSays<'a> = (
    DateTime<Utc>,
    &'a str,
    Option<&'a str>,
    Option<&'a str>,
    bool,
    &'a str,
);
type ProviderSays<'a> = (DateTime<Utc>, &'a str, Option<&'a str>, bool);

fn client_row_says(row: &ClientRow) -> ClientSays<'_> {
    let is_english = row.locale == Locale::En;
    (
        row.profile_at,
        &row.name,
        row.email.as_deref(),
        row.phone.as_deref(),
        is_english,
        &row.zone,
    )
}

fn client_says(profile: &ClientProfile, at: DateTime<Utc>) -> ClientSays<'_> {
    let is_english = profile.locale == Locale::En;
    (
        at,
        &profile.name,
        profile.email.as_deref(),
        profile.phone.as_deref(),
        is_english,
        &profile.zone,
    )
}

fn provider_row_says(row: &ProviderRow) -> ProviderSays<'_> {
    (
        row.profile_at,
        &row.name,
        row.email.as_deref(),
        row.locale == Locale::En,
    )
}

fn provider_says(profile: &ProviderProfile, at: DateTime<Utc>) -> ProviderSays<'_> {
    (
        at,
        &profile.name,
        profile.email.as_deref(),
        profile.locale == Locale::En,
    )
}

fn client_of(item: &Item) -> Option<(&str, &ClientProfile)> {
    let What::Client(profile) = &item.event.what else {
        return None;
    };
    Some((&profile.client, profile))
}

fn provider_of(item: &Item) -> Option<(&str, &ProviderProfile)> {
    let What::Provider(profile) = &item.event.what else {
        return None;
    };
    Some((&profile.provider, profile))
}

/// Of several profiles of one person the newest; all the others are late.
fn newest<'a, P, S: PartialOrd>(
    items: &'a [Item],
    settled: &mut Settled,
    profile: impl Fn(&'a Item) -> Option<(&'a str, &'a P)>,
    says: impl Fn(&'a P, DateTime<Utc>) -> S,
) -> HashMap<&'a str, (&'a Item, &'a P)> {
    let mut newest: HashMap<&str, (&Item, &P)> = HashMap::new();
    for item in items {
        let Some((person, profile)) = profile(item) else {
            continue;
        };
        settled.outcomes.insert(item.seq, Taken::Late);
        let best = newest.entry(person).or_insert((item, profile));
        if says(profile, item.event.at) > says(best.1, best.0.event.at) {
            *best = (item, profile);
        }
    }
    newest
}

/// The newest profile of each client.
pub(super) async fn clients(
    tx: &mut Tx,
    items: &[Item],
    known: &mut Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let newest = newest(items, settled, client_of, client_says);
    let mut rows = Vec::new();
    for (reference, (item, profile)) in newest {
        let row = known.clients.get(reference);
        if row.is_some_and(|row| client_says(profile, item.event.at) <= client_row_says(row)) {
            continue;
        }
        let id = row.map_or_else(|| ClientId::at(now), |row| row.id);
        if row.is_none() {
            settled.arrived.insert(format!("client:{reference}"));
        }
        rows.push(json!({
            "id": spelled(tx, id.uuid()), "reference": reference, "name": profile.name, "email": profile.email,
            "phone": profile.phone, "locale": profile.locale, "zone": profile.zone, "at": time_text(item.event.at),
        }));
        settled.outcomes.insert(item.seq, Taken::Applied);
        let row = ClientRow {
            id,
            reference: reference.to_owned(),
            name: profile.name.clone(),
            email: profile.email.clone(),
            phone: profile.phone.clone(),
            locale: profile.locale,
            zone: profile.zone.clone(),
            profile_at: item.event.at,
        };
        known.clients.insert(reference.to_owned(), row);
    }
    CLIENTS.write(tx, &rows, now).await
}

/// The newest profile of each provider.
pub(super) async fn providers(
    tx: &mut Tx,
    items: &[Item],
    known: &mut Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let newest = newest(items, settled, provider_of, provider_says);
    let mut rows = Vec::new();
    for (reference, (item, profile)) in newest {
        let row = known.providers.get(reference);
        if row.is_some_and(|row| provider_says(profile, item.event.at) <= provider_row_says(row)) {
            continue;
        }
        let id = row.map_or_else(|| ProviderId::at(now), |row| row.id);
        if row.is_none() {
            settled.arrived.insert(format!("provider:{reference}"));
        }
        rows.push(json!({
            "id": spelled(tx, id.uuid()), "reference": reference, "name": profile.name, "email": profile.email,
            "locale": profile.locale, "at": time_text(item.event.at),
        }));
        settled.outcomes.insert(item.seq, Taken::Applied);
        let row = ProviderRow {
            id,
            reference: reference.to_owned(),
            name: profile.name.clone(),
            email: profile.email.clone(),
            locale: profile.locale,
            profile_at: item.event.at,
        };
        known.providers.insert(reference.to_owned(), row);
    }
    PROVIDERS.write(tx, &rows, now).await
}

#[derive(FromRow)]
struct SubscriptionRow {
    provider_id: ProviderId,
    plan: Plan,
    from_at: DateTime<Utc>,
    until_at: Option<DateTime<Utc>>,
    event_at: DateTime<Utc>,
}

/// Of two events about the same first instant the newer counts; of one time, what says privilege and what lasts longer.
type SubscriptionSays = (DateTime<Utc>, bool, Option<DateTime<Utc>>);

/// Plans by provider and first instant.
pub(super) async fn subscriptions(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut told: Vec<(&Item, &Subscription, ProviderId)> = Vec::new();
    for item in items {
        let What::Subscription(subscription) = &item.event.what else {
            continue;
        };
        match known.provider(&subscription.provider) {
            Ok(row) => {
                settled.outcomes.insert(item.seq, Taken::Late);
                told.push((item, subscription, row.id));
            }
            Err(taken) => {
                settled.outcomes.insert(item.seq, taken);
            }
        }
    }
    let list: Vec<Value> = told
        .iter()
        .map(|(_, _, id)| spelled(tx, id.uuid()).into())
        .collect();
    let mut best: HashMap<(ProviderId, DateTime<Utc>), SubscriptionSays> = HashMap::new();
    for row in FIND_SUBSCRIPTIONS
        .read::<SubscriptionRow>(tx, &list)
        .await?
    {
        let says = (row.event_at, row.plan == Plan::Privilege, row.until_at);
        best.insert((row.provider_id, row.from_at), says);
    }
    let mut rows: HashMap<(ProviderId, DateTime<Utc>), (i64, Value)> = HashMap::new();
    for (item, subscription, provider) in told {
        let key = (provider, subscription.from);
        let says = (
            item.event.at,
            subscription.plan == Plan::Privilege,
            subscription.until,
        );
        if best.get(&key).is_some_and(|best| says <= *best) {
            continue;
        }
        best.insert(key, says);
        let row = json!({
            "provider": spelled(tx, provider.uuid()), "plan": subscription.plan, "from": time_text(subscription.from),
            "until": subscription.until.map(time_text), "at": time_text(item.event.at),
        });
        rows.insert(key, (item.seq, row));
    }
    let (seqs, rows): (Vec<i64>, Vec<Value>) = rows.into_values().unzip();
    settled
        .outcomes
        .extend(seqs.into_iter().map(|seq| (seq, Taken::Applied)));
    SUBSCRIPTIONS.write(tx, &rows, now).await
}

/// Clients who were on the platform.
pub(super) async fn seen(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut last: HashMap<ClientId, DateTime<Utc>> = HashMap::new();
    for item in items {
        let What::Seen { client, project } = &item.event.what else {
            continue;
        };
        let about = project
            .as_deref()
            .map(|project| known.project(project))
            .transpose();
        let taken = match (known.client(client), about) {
            (_, Err(taken)) | (Err(taken), _) => taken,
            (Ok(row), Ok(about)) => {
                let at = last.entry(row.id).or_insert(item.event.at);
                *at = item.event.at.max(*at);
                let project = about
                    .filter(|project| project.client_id == row.id)
                    .map(|project| project.id);
                settled
                    .lines
                    .push(item.line(row.id, project, LineKind::Login));
                Taken::Applied
            }
        };
        settled.outcomes.insert(item.seq, taken);
    }
    let rows: Vec<Value> = last
        .into_iter()
        .map(|(id, at)| json!({"id": spelled(tx, id.uuid()), "at": time_text(at)}))
        .collect();
    SEEN.write(tx, &rows, now).await
}
