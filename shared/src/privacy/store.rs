//! SQL of export and erasure.

mod export;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::FromRow;
use uuid::Uuid;

use crate::account::{ClientId, Locale, ProviderId};
use crate::db::{Db, Engine, StoreError, Tx};
use crate::discord_out::Body;
use crate::discord_out::store::erase as discord;
use crate::faq::handover::{HandoverId, card_name};
use crate::mail::address_hash;
use crate::on_engine;
use crate::platform::parse::ERASED;
use crate::privacy::{Erased, Person};
use crate::refund;
use crate::words::bot::say;

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
        OR subject IN (SELECT reference FROM projects WHERE client_id = $1)
        OR subject IN (SELECT p.reference FROM past_projects p JOIN clients c ON c.reference = p.client_reference
            WHERE c.id = $1))";
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
const SESSIONS: &str = "DELETE FROM account_sessions WHERE client_id = $1";
const SIGN_INS: &str = "DELETE FROM sign_ins WHERE client_id = $1";
const WAYS_BACK: &str = "DELETE FROM ways_back WHERE client_id = $1";
// Nobody is called any more.
const CALLS: &str = "UPDATE call_tasks SET outcome = 'withdrawn', ended_at = $2 WHERE client_id = $1 AND outcome IS NULL";
const PAST_PROJECTS: &str = "UPDATE past_projects SET title = $2 WHERE title <> $2
    AND client_reference IN (SELECT reference FROM clients WHERE id = $1)";
const STORIES: &str = "UPDATE refund_requests SET story = '', proof = ''
    WHERE provider_id = $1 AND (story <> '' OR proof <> '')";
const ANSWERS: &str =
    "UPDATE refund_events SET said = '' WHERE actor_kind = 'provider' AND said <> ''
    AND request_id IN (SELECT id FROM refund_requests WHERE provider_id = $1)";
// What providers and the staff wrote about a client's project; of a request that still waits, once it is decided.
const STORIES_ABOUT: &str = "UPDATE refund_requests SET story = '', proof = ''
    WHERE (story <> '' OR proof <> '') AND state NOT IN ('open', 'asked')
        AND project_id IN (SELECT id FROM projects WHERE client_id = $1)";
const ANSWERS_ABOUT: &str =
    "UPDATE refund_events SET said = '' WHERE actor_kind = 'provider' AND said <> ''
    AND request_id IN (SELECT r.id FROM refund_requests r JOIN projects p ON p.id = r.project_id
        WHERE p.client_id = $1 AND r.state NOT IN ('open', 'asked'))";
const STAFF_NOTES: &str = "UPDATE refund_notes SET text = '' WHERE text <> ''
    AND request_id IN (SELECT r.id FROM refund_requests r JOIN projects p ON p.id = r.project_id
        WHERE p.client_id = $1 OR r.provider_id = $1)";
// JSON is changed differently by the engines.
const CASES_SQLITE: &str = "UPDATE refund_cases SET file = json_set(file, '$.subject.title', $2)
    WHERE request_id IN (SELECT r.id FROM refund_requests r JOIN projects p ON p.id = r.project_id WHERE p.client_id = $1)";
const CASES_POSTGRES: &str = "UPDATE refund_cases SET file = jsonb_set(file::jsonb, '{subject,title}', to_jsonb($2::text))::text
    WHERE request_id IN (SELECT r.id FROM refund_requests r JOIN projects p ON p.id = r.project_id WHERE p.client_id = $1)";
// Also what was asked by the same Discord user before the account was tied.
const QUESTIONS: &str = "UPDATE faq_answers SET text = NULL, discord_user = NULL
    WHERE (text IS NOT NULL OR discord_user IS NOT NULL) AND (client_id = $1 OR provider_id = $1
        OR discord_user IN (SELECT discord_user FROM discord_links WHERE client_id = $1 OR provider_id = $1))";
const DOORS: &str = "DELETE FROM discord_doors WHERE discord_user IN
    (SELECT discord_user FROM discord_links WHERE client_id = $1 OR provider_id = $1)";
const LINK_REQUESTS: &str = "DELETE FROM link_requests WHERE discord_user IN
    (SELECT discord_user FROM discord_links WHERE client_id = $1 OR provider_id = $1)";
const ASKED: &str = "SELECT h.id FROM faq_handovers h JOIN faq_answers a ON a.id = h.answer_id
    WHERE a.client_id = $1 OR a.provider_id = $1
        OR a.discord_user IN (SELECT discord_user FROM discord_links WHERE client_id = $1 OR provider_id = $1)
    ORDER BY h.at DESC LIMIT $2";

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
    SIGN_INS,
    WAYS_BACK,
    CALLS,
    PAST_PROJECTS,
    STORIES,
    ANSWERS,
    STORIES_ABOUT,
    ANSWERS_ABOUT,
    STAFF_NOTES,
    QUESTIONS,
    DOORS,
    LINK_REQUESTS,
    ASKED,
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

/// A statement, the table that it reaches, and what it takes.
type Step = (&'static str, &'static str, With);

const OF_CLIENT: &[Step] = &[
    // The events first: they are found by the projects' owner.
    ("platform_events", PAST, With::Now),
    ("projects", PROJECTS, With::Mark),
    ("past_projects", PAST_PROJECTS, With::Mark),
    ("clients", PROFILE_OF_CLIENT, With::Mark),
    ("contacts", NOTES, With::Nothing),
    ("call_tasks", CALLS, With::Now),
    ("account_sessions", SESSIONS, With::Nothing),
    ("sign_ins", SIGN_INS, With::Nothing),
    ("ways_back", WAYS_BACK, With::Nothing),
    ("inbox", MAIL, With::Now),
    ("refund_requests", STORIES_ABOUT, With::Nothing),
    ("refund_events", ANSWERS_ABOUT, With::Nothing),
];
const OF_PROVIDER: &[Step] = &[
    ("platform_events", PAST_OF_PROVIDER, With::Now),
    ("providers", PROFILE_OF_PROVIDER, With::Mark),
    ("refund_requests", STORIES, With::Nothing),
    ("refund_events", ANSWERS, With::Nothing),
];
const OF_BOTH: &[Step] = &[
    ("refund_notes", STAFF_NOTES, With::Nothing),
    ("outbox", WITHDRAWN, With::Now),
    ("outbox_messages", LETTERS, With::Nothing),
    ("faq_answers", QUESTIONS, With::Nothing),
    ("discord_doors", DOORS, With::Nothing),
    ("link_requests", LINK_REQUESTS, With::Nothing),
    ("link_codes", CODES, With::Nothing),
    // Last: the person's Discord user is known by it.
    ("discord_links", LINKS, With::Nothing),
];
/// Reached by functions of their own.
const BESIDE: [&str; 2] = ["refund_cases", "discord_messages"];
/// Questions of one person whose messages are looked for, the newest.
const QUESTIONS_MAX: i64 = 10_000;

/// Every table that an erasure reaches.
#[cfg(test)]
fn reached() -> std::collections::BTreeSet<&'static str> {
    let steps = [OF_CLIENT, OF_PROVIDER, OF_BOTH].into_iter().flatten();
    steps.map(|(table, ..)| *table).chain(BESIDE).collect()
}

/// Takes out of every table what it says about a person; references, dates and figures stay, so that money and chains of
/// events still add up. What Discord shows is shown anew without it. The address is suppressed, so that a later import
/// does not bring letters back. Runs again harmlessly.
///
/// # Errors
/// [`StoreError::Sql`]; nothing is erased then.
pub async fn erase(
    db: &Db,
    person: Person,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Erased, StoreError> {
    let (address, own) = match person {
        Person::Client(_) => (ADDRESS_OF_CLIENT, OF_CLIENT),
        Person::Provider(_) => (ADDRESS_OF_PROVIDER, OF_PROVIDER),
    };
    let id = person.uuid();
    let mut tx = db.begin().await?;
    let address: Option<String> = on_engine!(&mut tx, tx => sqlx::query_scalar(address).bind(id)
        .fetch_optional(&mut **tx).await)?;
    if let Some(address) = address {
        on_engine!(&mut tx, tx => sqlx::query(SUPPRESS).bind(address_hash(&address)).bind(now)
            .execute(&mut **tx).await.map(drop))?;
    }
    let mut erased = Erased::default();
    let mut note = |table, rows| {
        if rows > 0 {
            erased.rows.push((table, rows));
        }
    };
    // Messages to the person, and what they asked, are found by the links that end below.
    let messages = messages(&mut tx, id, now).await?;
    for (table, sql, with) in own {
        note(*table, step(&mut tx, sql, with, id, now).await?);
    }
    if let Person::Client(_) = person {
        note(BESIDE[0], cases(&mut tx, id).await?);
    }
    for (table, sql, with) in OF_BOTH {
        note(*table, step(&mut tx, sql, with, id, now).await?);
    }
    let cards = refund::store::show_cards_of(&mut tx, id, zone, now).await?;
    let hidden = discord::not_shown(&mut tx, &cards).await?;
    note(BESIDE[1], messages + hidden);
    let leaving: i64 =
        on_engine!(&mut tx, tx => sqlx::query_scalar(LEAVING).bind(id).fetch_one(&mut **tx).await)?;
    erased.letters_leaving = u64::try_from(leaving).unwrap_or_default();
    tx.commit().await?;
    Ok(erased)
}

/// Ends the messages to the person, and those that passed their questions on to the staff (c17).
async fn messages(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let asked: Vec<HandoverId> = on_engine!(&mut *tx, tx => sqlx::query_scalar(ASKED).bind(id).bind(QUESTIONS_MAX)
        .fetch_all(&mut **tx).await)?;
    let passed_on: Vec<String> = asked.into_iter().map(card_name).collect();
    let body = Body {
        text: say(Locale::Fr, "erased_words", &[]),
        buttons: Vec::new(),
    };
    let passed_on = discord::of_causes(tx, &passed_on, &body, now).await?;
    Ok(passed_on + discord::to_person(tx, id, now).await?)
}

/// Takes the titles of a client's projects out of the case files.
async fn cases(tx: &mut Tx, id: Uuid) -> Result<u64, StoreError> {
    let done = match tx {
        Engine::Sqlite(tx) => {
            let query = sqlx::query(CASES_SQLITE).bind(id).bind(ERASED);
            query.execute(&mut **tx).await?.rows_affected()
        }
        Engine::Postgres(tx) => {
            let query = sqlx::query(CASES_POSTGRES).bind(id).bind(ERASED);
            query.execute(&mut **tx).await?.rows_affected()
        }
    };
    Ok(done)
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
