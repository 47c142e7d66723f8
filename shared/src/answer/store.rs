//! SQL of the client's page: who the client is, what is pending, who applied; answers and the rhythm of the mails.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::account::{ClientId, Locale, Mails, ProviderId};
use crate::answer::{Choice, leads_to_the_account};
use crate::contact::{self, Channel, Line, LineKind, Stage};
use crate::db::{Db, Engine, StoreError, Tx, time_text};
use crate::mail::address_hash;
use crate::on_engine;
use crate::platform;
use crate::project::ProjectId;
use crate::queue::{self, JobName};
use crate::token;

/// Projects that the page asks about at a time; those not spoken of for longest come first.
pub const PROJECTS_ON_PAGE_MAX: i64 = 40;
/// Providers that the page offers for "chosen here", over all projects of the page.
const APPLICANTS_MAX: i64 = 800;

const CLIENT: &str =
    "SELECT id, reference, name, email, locale, zone, mails FROM clients WHERE id = $1";
const PENDING: &str =
    "SELECT p.id, p.reference, p.title, p.published_at, f.stage, f.stage_at, f.ask_again_at
    FROM projects p LEFT JOIN project_facts f ON f.project_id = p.id
    WHERE p.client_id = $1 AND p.state = 'pending'
    ORDER BY f.stage_at NULLS FIRST, p.published_at DESC, p.reference LIMIT $2";
const APPLICANTS: &str = "SELECT DISTINCT a.project_id, v.id AS provider_id, v.reference, v.name
    FROM projects p JOIN applications a ON a.project_id = p.id JOIN providers v ON v.id = a.provider_id
    WHERE p.client_id = $1 AND p.state = 'pending' AND a.withdrawn_at IS NULL
    ORDER BY v.name, v.id LIMIT $2";
const STILL_PENDING: &str =
    "SELECT id, reference FROM projects WHERE client_id = $1 AND state = 'pending' ORDER BY id";
const CHANGE_MAILS: &str = "UPDATE clients SET mails = $2 WHERE id = $1 AND mails <> $2";
const ADDRESS: &str = "SELECT email FROM clients WHERE id = $1";
const SUPPRESS: &str =
    "INSERT INTO suppressions (address_hash, reason, at) VALUES ($1, 'opt_out', $2)
    ON CONFLICT (address_hash) DO NOTHING";
const REFUSED: &str =
    "SELECT EXISTS (SELECT 1 FROM suppressions WHERE address_hash = $1 AND reason = 'opt_out')";
// A complaint or a dead address outlives a change of mind. The database asks for the line that says so.
const LIFT: &str = "DELETE FROM suppressions WHERE address_hash = $1 AND reason = 'opt_out'";
// The engines read lists differently; who applied is looked at again.
const CHOSEN_SQLITE: &str = "INSERT INTO chosen_providers (source, project_id, provider_id, at)
    SELECT j.value ->> 0, unhex(j.value ->> 1), unhex(j.value ->> 2), $2 FROM json_each($1) j
    WHERE NOT EXISTS (SELECT 1 FROM chosen_providers c WHERE c.source = j.value ->> 0)";
const CHOSEN_POSTGRES: &str = "INSERT INTO chosen_providers (source, project_id, provider_id, at)
    SELECT source, project, provider, $4 FROM UNNEST($1::TEXT[], $2::UUID[], $3::UUID[]) AS c(source, project, provider)
    ON CONFLICT (source) DO NOTHING";

/// Every statement that both engines share, for the test that prepares each.
pub const ALL_SQL: &[&str] = &[
    CLIENT,
    PENDING,
    APPLICANTS,
    STILL_PENDING,
    CHANGE_MAILS,
    ADDRESS,
    SUPPRESS,
    REFUSED,
    LIFT,
];

/// The client as their own page knows them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PageClient {
    /// Who.
    pub id: ClientId,
    /// The platform's id.
    pub reference: String,
    /// As the platform tells it.
    pub name: String,
    /// Where letters go.
    pub email: Option<String>,
    /// Language of the page.
    pub locale: Locale,
    /// Zone of the dates, by its IANA name.
    zone: String,
    /// Rhythm of the mails.
    pub mails: Mails,
}

impl PageClient {
    /// Zone of the dates; the platform's own where it gave none that exists.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.zone.parse().unwrap_or(chrono_tz::Tz::Europe__Paris)
    }
}

/// A pending project on its client's page.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PageProject {
    /// Our id.
    pub id: ProjectId,
    /// The platform's id.
    pub reference: String,
    /// One line.
    pub title: String,
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// The client's last word.
    pub stage: Option<Stage>,
    /// When it was said.
    pub stage_at: Option<DateTime<Utc>>,
    /// When the client wants to be asked again.
    pub ask_again_at: Option<DateTime<Utc>>,
}

/// Somebody who applied to a pending project of the client.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Applicant {
    /// To which project.
    pub project_id: ProjectId,
    /// Who.
    pub provider_id: ProviderId,
    /// The platform's id.
    pub reference: String,
    /// As the platform tells it.
    pub name: String,
}

/// The client with that id.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn client(db: &Db, id: ClientId) -> Result<Option<PageClient>, StoreError> {
    Ok(on_engine!(db.read(), pool => sqlx::query_as(CLIENT).bind(id).fetch_optional(pool).await)?)
}

/// The client with that id, in the caller's transaction.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn client_in(tx: &mut Tx, id: ClientId) -> Result<Option<PageClient>, StoreError> {
    Ok(on_engine!(tx, tx => sqlx::query_as(CLIENT).bind(id).fetch_optional(&mut **tx).await)?)
}

/// The client's pending projects, at most [`PROJECTS_ON_PAGE_MAX`].
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn pending(db: &Db, client: ClientId) -> Result<Vec<PageProject>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(PENDING).bind(client).bind(PROJECTS_ON_PAGE_MAX)
        .fetch_all(pool).await)?,
    )
}

/// Who applied to the client's pending projects.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn applicants(db: &Db, client: ClientId) -> Result<Vec<Applicant>, StoreError> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(APPLICANTS).bind(client).bind(APPLICANTS_MAX)
        .fetch_all(pool).await)?,
    )
}

/// Records answers of the client's page: timeline, facts and places change at once. `form` names the sending: the same
/// one sent twice is one line. An answer about a project that is not the client's or no longer pending is left out;
/// gives how many were taken.
///
/// # Errors
/// [`StoreError::Sql`]; nothing was recorded then.
pub async fn record(
    db: &Db,
    client: &PageClient,
    answers: &[(ProjectId, Choice)],
    form: &str,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let mut tx = db.begin().await?;
    let pending: Vec<(ProjectId, String)> = on_engine!(&mut tx, tx => sqlx::query_as(STILL_PENDING)
        .bind(client.id).fetch_all(&mut **tx).await)?;
    let form = token::hash(form);
    let taken: Vec<Taken<'_>> = answers
        .iter()
        .filter_map(|&(project, choice)| {
            let (_, reference) = pending.iter().find(|(id, _)| *id == project)?;
            let minute = now.timestamp() / 60;
            Some(Taken {
                project,
                reference,
                choice,
                source: format!("page:{project}:{}:{minute}:{}", choice.name(), &form[..16]),
            })
        })
        .collect();
    let lines: Vec<Line> = taken.iter().map(|of| of.line(client, now)).collect();
    contact::store::append(&mut tx, &lines, now).await?;
    let chosen: Vec<_> = taken
        .iter()
        .filter_map(|of| match of.choice {
            Choice::ChosenHere(Some(provider)) => {
                Some((of.source.as_str(), of.project.uuid(), provider.uuid()))
            }
            _ => None,
        })
        .collect();
    record_chosen(&mut tx, &chosen, now).await?;
    tell(&mut tx, client, &taken, now).await?;
    tx.commit().await?;
    Ok(taken.len())
}

/// An answer that is recorded.
struct Taken<'a> {
    project: ProjectId,
    reference: &'a str,
    choice: Choice,
    source: String,
}

impl Taken<'_> {
    fn line(&self, client: &PageClient, now: DateTime<Utc>) -> Line {
        Line {
            client: client.id,
            project: Some(self.project),
            kind: LineKind::Answer,
            channel: Channel::Page,
            stage: Some(self.choice.stage()),
            ask_again_at: self.choice.ask_again_at(client.zone()),
            note: None,
            source: self.source.clone(),
            at: now,
        }
    }
}

/// Tells the platform what the client said and, where it sounds like an end, that the client has to cancel there.
async fn tell(
    tx: &mut Tx,
    client: &PageClient,
    taken: &[Taken<'_>],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let names_somebody = |of: &Taken<'_>| matches!(of.choice, Choice::ChosenHere(Some(_)));
    let applicants: Vec<Applicant> = if taken.iter().any(names_somebody) {
        on_engine!(&mut *tx, tx => sqlx::query_as(APPLICANTS).bind(client.id).bind(APPLICANTS_MAX)
            .fetch_all(&mut **tx).await)?
    } else {
        Vec::new()
    };
    for of in taken {
        let provider = match of.choice {
            Choice::ChosenHere(Some(provider)) => applicants
                .iter()
                .find(|applicant| applicant.provider_id == provider)
                .map(|applicant| applicant.reference.as_str()),
            _ => None,
        };
        let data = json!({
            "project": of.reference, "client": client.reference, "channel": Channel::Page,
            "stage": of.choice.stage(), "provider": provider,
            "ask_again_at": of.choice.ask_again_at(client.zone()).map(time_text),
        });
        platform::store::tell(tx, "follow_up.outcome", data, now).await?;
        if leads_to_the_account(of.choice.stage()) {
            let data = json!({
                "project": of.reference, "client": client.reference, "channel": Channel::Page,
                "stage": of.choice.stage(),
            });
            platform::store::tell(tx, "project.cancel_requested", data, now).await?;
        }
    }
    if !taken.is_empty() {
        queue::hurry(tx, JobName::DeliverEvents, now).await?;
    }
    Ok(())
}

async fn record_chosen(
    tx: &mut Tx,
    chosen: &[(&str, Uuid, Uuid)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if chosen.is_empty() {
        return Ok(());
    }
    match tx {
        Engine::Sqlite(tx) => {
            let hex = |id: &Uuid| id.simple().to_string();
            let rows: Vec<_> = chosen
                .iter()
                .map(|(source, project, provider)| json!([source, hex(project), hex(provider)]))
                .collect();
            sqlx::query(CHOSEN_SQLITE)
                .bind(json!(rows).to_string())
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
        Engine::Postgres(tx) => {
            let sources: Vec<&str> = chosen.iter().map(|(source, ..)| *source).collect();
            let projects: Vec<Uuid> = chosen.iter().map(|(_, project, _)| *project).collect();
            let providers: Vec<Uuid> = chosen.iter().map(|(.., provider)| *provider).collect();
            sqlx::query(CHOSEN_POSTGRES)
                .bind(sources)
                .bind(projects)
                .bind(providers)
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// Sets the rhythm of the client's mails; false when it was that already. "None" also suppresses the address, so that
/// the wish outlives a new import of the client (D2); asking for mails again, on the client's own page, lifts that.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn set_mails(
    db: &Db,
    client: ClientId,
    mails: Mails,
    channel: Channel,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    let changed = set_mails_in(&mut tx, client, mails, channel, now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// The same in the caller's transaction.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn set_mails_in(
    tx: &mut Tx,
    client: ClientId,
    mails: Mails,
    channel: Channel,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let changed = on_engine!(&mut *tx, tx => sqlx::query(CHANGE_MAILS).bind(client).bind(mails)
        .execute(&mut **tx).await?.rows_affected());
    let address: Option<Option<String>> = on_engine!(&mut *tx, tx => sqlx::query_scalar(ADDRESS)
        .bind(client).fetch_optional(&mut **tx).await)?;
    let hash = address.flatten().map(|address| address_hash(&address));
    let mut lifts = false;
    if let Some(hash) = &hash {
        if mails == Mails::None {
            on_engine!(&mut *tx, tx => sqlx::query(SUPPRESS).bind(hash).bind(now)
                .execute(&mut **tx).await.map(drop))?;
        } else {
            lifts = on_engine!(&mut *tx, tx => sqlx::query_scalar(REFUSED).bind(hash).fetch_one(&mut **tx).await)?;
        }
    }
    if changed == 0 && !lifts {
        return Ok(false);
    }
    let line = Line {
        client,
        project: None,
        kind: LineKind::MailsChanged,
        channel,
        stage: None,
        ask_again_at: None,
        note: Some(
            match mails {
                Mails::Normal => "normal",
                Mails::Fewer => "fewer",
                Mails::None => "none",
            }
            .to_owned(),
        ),
        source: format!("mails:{client}:{}", now.timestamp_micros()),
        at: now,
    };
    contact::store::append(tx, &[line], now).await?;
    if let Some(hash) = hash.filter(|_| lifts && channel == Channel::Page) {
        on_engine!(&mut *tx, tx => sqlx::query(LIFT).bind(&hash).execute(&mut **tx).await.map(drop))?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
