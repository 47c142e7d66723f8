//! SQL of export and erasure.

mod export;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::account::{ClientId, ProviderId};
use crate::db::{Db, StoreError, Tx};
use crate::mail::address_hash;
use crate::on_engine;
use crate::platform::parse::ERASED;
use crate::privacy::{Erased, Person};

pub use export::export;

/// People who may share an address.
const PEOPLE_MAX: i64 = 50;

const FIND: &str = "SELECT id, reference, 'client' AS kind FROM clients WHERE reference = $1 OR lower(email) = lower($1)
    UNION ALL
    SELECT id, reference, 'provider' FROM providers WHERE reference = $1 OR lower(email) = lower($1) LIMIT $2";
const ADDRESS_OF_CLIENT: &str = "SELECT email FROM clients WHERE id = $1 AND email IS NOT NULL";
const ADDRESS_OF_PROVIDER: &str = "SELECT email FROM providers WHERE id = $1 AND email IS NOT NULL";
const SUPPRESS: &str =
    "INSERT INTO suppressions (address_hash, reason, at) VALUES ($1, 'opt_out', $2)
    ON CONFLICT (address_hash) DO NOTHING";
const LEAVING: &str =
    "SELECT COUNT(*) FROM outbox WHERE (client_id = $1 OR provider_id = $1) AND state = 'sending'";

// Each takes $1, the id, and, where it matters, $2, now or what stands where something was.
const PROFILE_OF_CLIENT: &str =
    "UPDATE clients SET name = $2, email = NULL, phone = NULL, mails = 'none',
        email_dead_at = NULL, phone_dead_at = NULL WHERE id = $1";
const PROFILE_OF_PROVIDER: &str = "UPDATE providers SET name = $2, email = NULL WHERE id = $1";
const PROJECTS: &str =
    "UPDATE projects SET title = $2, description = '', phone_verified = NULL, is_company = NULL,
        source = NULL WHERE client_id = $1";
const PAST: &str = "UPDATE platform_events SET erased_at = $2 WHERE erased_at IS NULL
    AND kind NOT IN ('project.awarded', 'project.award_revoked', 'project.cancelled_by_client',
        'project.reopened_by_client')
    AND (subject IN (SELECT reference FROM clients WHERE id = $1)
        OR subject IN (SELECT reference FROM projects WHERE client_id = $1))";
const PAST_OF_PROVIDER: &str = "UPDATE platform_events SET erased_at = $2 WHERE erased_at IS NULL
    AND subject IN (SELECT reference FROM providers WHERE id = $1)
    AND kind NOT IN ('project.awarded', 'project.award_revoked', 'project.cancelled_by_client',
        'project.reopened_by_client')";
const NOTES: &str = "UPDATE contacts SET note = NULL WHERE client_id = $1 AND note IS NOT NULL";
const WITHDRAWN: &str = "UPDATE outbox SET state = 'withdrawn', settled_at = $2, reason = 'erased'
    WHERE (client_id = $1 OR provider_id = $1) AND state = 'planned'";
// The address of a letter goes with its message, by trigger.
const LETTERS: &str = "DELETE FROM outbox_messages WHERE letter_id IN (SELECT id FROM outbox
    WHERE (client_id = $1 OR provider_id = $1) AND state NOT IN ('planned', 'sending'))";
const LINKS: &str = "DELETE FROM discord_links WHERE client_id = $1 OR provider_id = $1";
const CODES: &str = "DELETE FROM link_codes WHERE client_id = $1 OR provider_id = $1";
const SESSIONS: &str =
    "UPDATE account_sessions SET ended_at = $2 WHERE client_id = $1 AND ended_at IS NULL";
const STORIES: &str = "UPDATE refund_requests SET story = '', proof = ''
    WHERE provider_id = $1 AND (story <> '' OR proof <> '')";
const ANSWERS: &str =
    "UPDATE refund_events SET said = '' WHERE actor_kind = 'provider' AND said <> ''
    AND request_id IN (SELECT id FROM refund_requests WHERE provider_id = $1)";
const MESSAGES: &str = "UPDATE discord_messages SET body = NULL, letter = NULL
    WHERE provider_id = $1 AND state <> 'planned' AND (body IS NOT NULL OR letter IS NOT NULL)";
const QUESTIONS: &str = "UPDATE faq_answers SET text = NULL, discord_user = NULL
    WHERE (client_id = $1 OR provider_id = $1) AND (text IS NOT NULL OR discord_user IS NOT NULL)";

// What waits for a person or for a reader has nothing left to be read and is settled.
const MAIL: &str = "UPDATE inbox SET raw = NULL, sentence = NULL,
        reason = CASE WHEN state = 'filed' THEN reason ELSE 'erased' END,
        settled_at = COALESCE(settled_at, $2), state = 'filed'
    WHERE client_id = $1 AND (state <> 'filed' OR raw IS NOT NULL OR sentence IS NOT NULL)";

/// Every statement that runs on both engines, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[
    FIND,
    ADDRESS_OF_CLIENT,
    ADDRESS_OF_PROVIDER,
    SUPPRESS,
    LEAVING,
    PROFILE_OF_CLIENT,
    PROFILE_OF_PROVIDER,
    PROJECTS,
    PAST,
    PAST_OF_PROVIDER,
    NOTES,
    WITHDRAWN,
    LETTERS,
    LINKS,
    CODES,
    SESSIONS,
    STORIES,
    ANSWERS,
    MESSAGES,
    QUESTIONS,
    MAIL,
];

#[derive(FromRow)]
struct Found {
    id: Uuid,
    reference: String,
    kind: String,
}

/// The people whom `name` may mean: the platform's reference of a client or provider, or an address. With their references.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn find(db: &Db, name: &str) -> Result<Vec<(Person, String)>, StoreError> {
    let found: Vec<Found> = on_engine!(db.read(), pool => sqlx::query_as(FIND).bind(name).bind(PEOPLE_MAX)
        .fetch_all(pool).await)?;
    let person = |row: Found| {
        let person = if row.kind == "client" {
            Person::Client(ClientId::from(row.id))
        } else {
            Person::Provider(ProviderId::from(row.id))
        };
        (person, row.reference)
    };
    Ok(found.into_iter().map(person).collect())
}

/// What a statement takes beside the id.
enum With {
    Nothing,
    Now,
    Mark,
}

/// Takes out of every table what it says about a person; references, dates and figures stay, so that money and chains of
/// events still add up. The address is suppressed, so that a later import does not bring letters back. Runs again
/// harmlessly.
///
/// # Errors
/// [`StoreError::Sql`]; nothing is erased then.
pub async fn erase(db: &Db, person: Person, now: DateTime<Utc>) -> Result<Erased, StoreError> {
    use With::{Mark, Nothing, Now};
    let (address, own): (_, &[(&'static str, &'static str, With)]) = match person {
        Person::Client(_) => (
            ADDRESS_OF_CLIENT,
            &[
                // The events first: they are found by the projects' owner.
                ("platform_events", PAST, Now),
                ("projects", PROJECTS, Mark),
                ("clients", PROFILE_OF_CLIENT, Mark),
                ("contacts", NOTES, Nothing),
                ("account_sessions", SESSIONS, Now),
                ("inbox", MAIL, Now),
            ],
        ),
        Person::Provider(_) => (
            ADDRESS_OF_PROVIDER,
            &[
                ("platform_events", PAST_OF_PROVIDER, Now),
                ("providers", PROFILE_OF_PROVIDER, Mark),
                ("refund_requests", STORIES, Nothing),
                ("refund_events", ANSWERS, Nothing),
                ("discord_messages", MESSAGES, Nothing),
            ],
        ),
    };
    let both: &[(&'static str, &'static str, With)] = &[
        ("outbox (withdrawn)", WITHDRAWN, Now),
        ("outbox_messages", LETTERS, Nothing),
        ("discord_links", LINKS, Nothing),
        ("link_codes", CODES, Nothing),
        ("faq_answers", QUESTIONS, Nothing),
    ];
    let id = person.uuid();
    let mut tx = db.begin().await?;
    let address: Option<String> = on_engine!(&mut tx, tx => sqlx::query_scalar(address).bind(id)
        .fetch_optional(&mut **tx).await)?;
    if let Some(address) = address {
        on_engine!(&mut tx, tx => sqlx::query(SUPPRESS).bind(address_hash(&address)).bind(now)
            .execute(&mut **tx).await.map(drop))?;
    }
    let mut erased = Erased::default();
    for (table, sql, with) in own.iter().chain(both) {
        let rows = step(&mut tx, sql, with, id, now).await?;
        if rows > 0 {
            erased.rows.push((table, rows));
        }
    }
    let leaving: i64 =
        on_engine!(&mut tx, tx => sqlx::query_scalar(LEAVING).bind(id).fetch_one(&mut **tx).await)?;
    erased.letters_leaving = u64::try_from(leaving).unwrap_or_default();
    tx.commit().await?;
    Ok(erased)
}

async fn step(
    tx: &mut Tx,
    sql: &'static str,
    with: &With,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(on_engine!(tx, tx => {
        let query = sqlx::query(sql).bind(id);
        let query = match with {
            With::Nothing => query,
            With::Now => query.bind(now),
            With::Mark => query.bind(ERASED),
        };
        query.execute(&mut **tx).await?.rows_affected()
    }))
}

#[cfg(test)]
mod tests;
