//! Reading where projects stand in their plans.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::account::{ClientId, Locale, Mails};
use crate::contact::{Channel, Facts, Stage};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::follow_up::{Contacts, Person, Standing, Step, StepEnd, Way};
use crate::mail::address_hash;
use crate::project::ProjectId;

/// The columns of a [`StandingRow`]; the last step is the one with the highest number.
macro_rules! select_standing {
    ($more:literal, $tail:literal) => {
        concat!(
            "SELECT d.project_id, d.client_id, d.due_at, p.published_at,
                f.last_sign_at, f.stage, f.stage_at, f.ask_again_at, f.asked_at,
                COALESCE(f.mails_unanswered, 0) AS mails_unanswered,
                COALESCE(f.calls_unanswered, 0) AS calls_unanswered,
                c.zone, c.mails, c.email IS NOT NULL AS has_email, c.phone IS NOT NULL AS has_phone,
                c.email_dead_at, c.phone_dead_at, u.since AS labelled_since,
                h.at AS reported_at, s.step, s.channel, s.at AS step_at, s.mails_in_row,
                o.state AS letter_state, o.reason AS letter_reason, k.outcome AS call_outcome, k.ended_at AS call_ended_at,
                k.expires_at AS call_expires_at",
            $more,
            " FROM follow_up_due d JOIN projects p ON p.id = d.project_id JOIN clients c ON c.id = d.client_id
                LEFT JOIN project_facts f ON f.project_id = d.project_id
                LEFT JOIN follow_up_unreachable u ON u.client_id = d.client_id
                LEFT JOIN report_hastes h ON h.project_id = d.project_id
                LEFT JOIN follow_ups s ON s.project_id = d.project_id
                    AND s.step = (SELECT MAX(l.step) FROM follow_ups l WHERE l.project_id = d.project_id)
                LEFT JOIN outbox o ON o.id = s.letter_id LEFT JOIN call_tasks k ON k.id = s.call_id ",
            $tail
        )
    };
}
macro_rules! select_words {
    ($tail:literal) => {
        select_standing!(
            ", c.reference AS client_reference, c.name, c.email, c.locale, p.reference, p.title",
            $tail
        )
    };
}

// The engines differ in how they take a list of ids.
const LEARNED_SQLITE: &str = select_standing!(
    "",
    "WHERE d.project_id IN (SELECT unhex(value) FROM json_each($1))"
);
const LEARNED_POSTGRES: &str = select_standing!("", "WHERE d.project_id = ANY($1)");
const OF_CLIENTS_SQLITE: &str = select_words!(
    "WHERE d.client_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY d.client_id, p.published_at, p.reference"
);
const OF_CLIENTS_POSTGRES: &str =
    select_words!("WHERE d.client_id = ANY($1) ORDER BY d.client_id, p.published_at, p.reference");

macro_rules! select_contacts {
    ($clients:literal) => {
        concat!(
            "SELECT DISTINCT f.client_id, f.channel, f.at,
                CASE WHEN k.id IS NOT NULL AND k.outcome IS NULL THEN k.expires_at END AS open_until
            FROM follow_ups f LEFT JOIN outbox o ON o.id = f.letter_id LEFT JOIN call_tasks k ON k.id = f.call_id
            WHERE f.at > $2 AND COALESCE(o.state, '') <> 'withdrawn' AND COALESCE(k.outcome, '') <> 'withdrawn'
                AND f.client_id ",
            $clients
        )
    };
}
const CONTACTS_SQLITE: &str = select_contacts!("IN (SELECT unhex(value) FROM json_each($1))");
const CONTACTS_POSTGRES: &str = select_contacts!("= ANY($1)");

const SUPPRESSED_SQLITE: &str =
    "SELECT address_hash FROM suppressions WHERE address_hash IN (SELECT value FROM json_each($1))";
const SUPPRESSED_POSTGRES: &str =
    "SELECT address_hash FROM suppressions WHERE address_hash = ANY($1)";

/// Where one project stands, as its rows say.
#[derive(Debug, FromRow)]
pub(super) struct StandingRow {
    pub(super) project_id: ProjectId,
    pub(super) client_id: ClientId,
    pub(super) due_at: Option<DateTime<Utc>>,
    published_at: DateTime<Utc>,
    last_sign_at: Option<DateTime<Utc>>,
    stage: Option<Stage>,
    stage_at: Option<DateTime<Utc>>,
    ask_again_at: Option<DateTime<Utc>>,
    asked_at: Option<DateTime<Utc>>,
    mails_unanswered: i64,
    calls_unanswered: i64,
    zone: String,
    mails: Mails,
    has_email: bool,
    has_phone: bool,
    email_dead_at: Option<DateTime<Utc>>,
    phone_dead_at: Option<DateTime<Utc>>,
    pub(super) labelled_since: Option<DateTime<Utc>>,
    reported_at: Option<DateTime<Utc>>,
    step: Option<i64>,
    channel: Option<Channel>,
    step_at: Option<DateTime<Utc>>,
    mails_in_row: Option<i64>,
    letter_state: Option<String>,
    letter_reason: Option<String>,
    call_outcome: Option<String>,
    call_ended_at: Option<DateTime<Utc>>,
    call_expires_at: Option<DateTime<Utc>>,
}

/// The same with the words for a letter or a list.
#[derive(Debug, FromRow)]
pub(super) struct WordsRow {
    #[sqlx(flatten)]
    pub(super) of: StandingRow,
    pub(super) client_reference: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) locale: Locale,
    pub(super) reference: String,
    pub(super) title: String,
}

impl StandingRow {
    pub(super) fn person(&self) -> Person {
        Person {
            id: self.client_id,
            // The platform's events are checked when they come; a zone that a newer time-zone database knew is read as Paris.
            zone: self.zone.parse().unwrap_or(Tz::Europe__Paris),
            mails: self.mails,
            email: Way::of(self.has_email, self.email_dead_at),
            phone: Way::of(self.has_phone, self.phone_dead_at),
        }
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            published_at: self.published_at,
            reported_at: self.reported_at,
            facts: Facts {
                last_sign_at: self.last_sign_at,
                stage: self.stage,
                stage_at: self.stage_at,
                ask_again_at: self.ask_again_at,
                mails_unanswered: self.mails_unanswered,
                calls_unanswered: self.calls_unanswered,
                asked_at: self.asked_at,
                ..Facts::default()
            },
            last_step: self.last_step(),
        }
    }

    pub(super) const fn published_at(&self) -> DateTime<Utc> {
        self.published_at
    }

    fn last_step(&self) -> Option<Step> {
        let at = self.step_at?;
        let channel = self.channel?;
        let end = match (
            channel,
            self.letter_state.as_deref(),
            self.call_outcome.as_deref(),
        ) {
            (Channel::Phone, _, None) => StepEnd::Open {
                until: self.call_expires_at.unwrap_or(at),
            },
            (Channel::Phone, _, Some("expired")) => StepEnd::Expired {
                at: self.call_ended_at.unwrap_or(at),
            },
            (Channel::Phone, _, Some("withdrawn")) => StepEnd::Withdrawn,
            (_, Some("withdrawn"), _) => match self.letter_reason.as_deref() {
                Some("not_pending" | "answered") => StepEnd::Outdated,
                _ => StepEnd::Withdrawn,
            },
            (_, Some("planned" | "sending"), _) => StepEnd::Open { until: at },
            // Refused and unknown letters count as sent: the first made the address dead, the second may have arrived.
            _ => StepEnd::Done,
        };
        Some(Step {
            number: self.step?,
            channel,
            at,
            mails_in_row: self.mails_in_row.unwrap_or(0),
            end,
        })
    }
}

/// Where `projects` stand, in the caller's transaction.
pub(super) async fn of_projects(
    tx: &mut Tx,
    projects: &[ProjectId],
) -> Result<Vec<StandingRow>, StoreError> {
    let ids = projects.iter().map(|id| id.uuid());
    Ok(match tx {
        Engine::Sqlite(tx) => {
            sqlx::query_as(LEARNED_SQLITE)
                .bind(as_json(ids))
                .fetch_all(&mut **tx)
                .await?
        }
        Engine::Postgres(tx) => {
            sqlx::query_as(LEARNED_POSTGRES)
                .bind(ids.collect::<Vec<Uuid>>())
                .fetch_all(&mut **tx)
                .await?
        }
    })
}

/// Where every pending project of `clients` stands, the projects of a client side by side.
pub(super) async fn of_clients(db: &Db, clients: &[ClientId]) -> Result<Vec<WordsRow>, StoreError> {
    let ids = clients.iter().map(|id| id.uuid());
    Ok(match db.read() {
        Engine::Sqlite(pool) => {
            sqlx::query_as(OF_CLIENTS_SQLITE)
                .bind(as_json(ids))
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            sqlx::query_as(OF_CLIENTS_POSTGRES)
                .bind(ids.collect::<Vec<Uuid>>())
                .fetch_all(pool)
                .await?
        }
    })
}

/// Who of `clients` was or will be disturbed after `since`.
pub(super) async fn contacts(
    db: &Db,
    clients: &[ClientId],
    since: DateTime<Utc>,
) -> Result<HashMap<ClientId, Contacts>, StoreError> {
    type Found = (ClientId, Channel, DateTime<Utc>, Option<DateTime<Utc>>);
    let ids = clients.iter().map(|id| id.uuid());
    let rows: Vec<Found> = match db.read() {
        Engine::Sqlite(pool) => {
            sqlx::query_as(CONTACTS_SQLITE)
                .bind(as_json(ids))
                .bind(since)
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            let ids: Vec<Uuid> = ids.collect();
            sqlx::query_as(CONTACTS_POSTGRES)
                .bind(ids)
                .bind(since)
                .fetch_all(pool)
                .await?
        }
    };
    let mut of: std::collections::HashMap<ClientId, Contacts> = std::collections::HashMap::new();
    for (client, channel, at, open_until) in rows {
        let contacts = of.entry(client).or_default();
        if channel == Channel::Phone {
            contacts.calls.push(at);
        } else {
            contacts.letters.push(at);
        }
        contacts.call_open_until = contacts.call_open_until.max(open_until);
    }
    Ok(of)
}

/// Clients of `rows` whose address must not be written to: an opt-out outlives a new import of the client (D2).
pub(super) async fn suppressed(
    db: &Db,
    rows: &[WordsRow],
) -> Result<HashSet<ClientId>, StoreError> {
    let mut hashes: HashMap<String, Vec<ClientId>> = HashMap::new();
    for rows in rows.chunk_by(|a, b| a.of.client_id == b.of.client_id) {
        if let Some(email) = &rows[0].email {
            let of = hashes.entry(address_hash(email)).or_default();
            of.push(rows[0].of.client_id);
        }
    }
    let asked: Vec<&String> = hashes.keys().collect();
    let found: Vec<String> = match db.read() {
        Engine::Sqlite(pool) => {
            let asked = json!(asked).to_string();
            sqlx::query_scalar(SUPPRESSED_SQLITE)
                .bind(asked)
                .fetch_all(pool)
                .await?
        }
        Engine::Postgres(pool) => {
            sqlx::query_scalar(SUPPRESSED_POSTGRES)
                .bind(asked)
                .fetch_all(pool)
                .await?
        }
    };
    let clients = found.iter().filter_map(|hash| hashes.get(hash)).flatten();
    Ok(clients.copied().collect())
}

/// Ids as `SQLite` takes a list of them.
pub(super) fn as_json(ids: impl Iterator<Item = Uuid>) -> String {
    let ids: Vec<_> = ids.map(hex).collect();
    json!(ids).to_string()
}

pub(super) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}
