//! A person's decision on a message that waits: filed on the timeline of a project, accepted as proposed, or dismissed.
//!
//! One decision for each message. A person files what a client said, never an end: every meaning comes to a line of the
//! timeline, at most to a wish and the way to the account (P3).

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::file::{Desk, ask_again, source};
use super::heard::{Heard, stage};
use super::known::{self, About};
use super::{InboxId, Row, get, raw};
use crate::account::{ClientId, Mails};
use crate::answer::store as answers;
use crate::contact::{self, Channel, Line, LineKind, clean_note};
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;
use crate::reading::meaning::{Facts, Label, Meaning};
use crate::reading::message::Mail;
use crate::reading::{read_mail, read_message};

/// Projects that one message is filed under at most. Source: as many as a letter asks about.
const PROJECTS_MAX: usize = 50;

const DECIDE: &str = "UPDATE inbox SET state = 'filed', reason = $2, client_id = COALESCE($3, client_id), settled_at = $4,
        decided_by = $5, decided_meaning = $6
    WHERE id = $1 AND state IN ('tray', 'parked')";
const PROJECT: &str = "SELECT id, reference, title, published_at, state = 'pending' AS is_pending, client_id FROM projects
    WHERE reference = $1";
const IS_TOLD: &str = "SELECT COUNT(*) FROM contacts WHERE source = $1";

pub(super) const ALL_SQL: &[&str] = &[DECIDE, PROJECT, IS_TOLD];

/// How a person files a message.
#[derive(Debug, Clone, Copy)]
pub struct Filed<'a> {
    /// Under which projects (the platform's ids), all of one client; at least one.
    pub projects: &'a [String],
    /// What it means; none: what was proposed.
    pub meaning: Option<Label>,
    /// When the client wants to be asked again; none: the day that the message names, if it does.
    pub ask_again: Option<NaiveDate>,
    /// A remark for the timeline in place of the client's sentence.
    pub note: Option<&'a str>,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What the person says it means; none: dismissed.
    pub meaning: Option<Label>,
    /// On how many timelines it is.
    pub projects: usize,
}

/// Why a message is not filed by hand; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// Somebody decided before; their decision stands.
    #[error("{by} decided about this message already, on {}: {reason}. Nothing was changed; `tray show` has the rest", at.format("%Y-%m-%d at %H:%M UTC"))]
    Decided {
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// What.
        reason: String,
    },
    /// It is not on the tray.
    #[error("the message does not wait for a person: {0}")]
    NotWaiting(String),
    /// No project has that reference.
    #[error("no project {0}; `listing` has the references")]
    NoProject(String),
    /// The projects belong to different clients.
    #[error("these projects are not of one client; a message is one client's word")]
    SeveralClients,
    /// Nothing was proposed, or for nobody.
    #[error(
        "there is no proposal to accept: {0}; file it with `tray file MESSAGE --project REFERENCE --meaning MEANING`"
    )]
    NoProposal(&'static str),
    /// The database.
    #[error("filing the message")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DecisionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(FromRow)]
struct Named {
    #[sqlx(flatten)]
    about: About,
    client_id: ClientId,
}

/// What a person decided, ready to be written.
struct Choice<'a> {
    id: InboxId,
    by: &'a str,
    client: ClientId,
    about: &'a [About],
    /// The main meaning first.
    labels: &'a [Label],
    date: Option<NaiveDate>,
    lines: Vec<Line>,
    verb: &'static str,
}

/// Files a message that waits under projects that a person names.
///
/// # Errors
/// [`DecisionError`]
pub async fn file_by_hand(
    desk: &Desk<'_>,
    id: InboxId,
    by: &str,
    filed: &Filed<'_>,
    now: DateTime<Utc>,
) -> Result<Decided, DecisionError> {
    let row = waiting(desk.db, id).await?;
    let named = projects(desk.db, filed.projects).await?;
    let client = named
        .first()
        .map(|named| named.client_id)
        .ok_or_else(|| DecisionError::NoProject("was named".to_owned()))?;
    if named.iter().any(|named| named.client_id != client) {
        return Err(DecisionError::SeveralClients);
    }
    let about: Vec<About> = named.into_iter().map(|named| named.about).collect();
    let proposed = row.meaning.as_deref().and_then(Label::named);
    let meaning = (filed.meaning.or(proposed))
        .filter(|label| filed.meaning.is_some() || *label != Label::None)
        .ok_or(DecisionError::NoProposal("nobody said what it means"))?;
    let date = match filed.ask_again {
        Some(day) => Some(day),
        None => read_again(desk.db, &row).await?.and_then(|read| read.date),
    };
    let note = filed.note.or(row.sentence.as_deref()).and_then(clean_note);
    let stage = stage(meaning);
    let line = |about: &About| Line {
        client,
        project: Some(about.id),
        kind: LineKind::Answer,
        channel: Channel::Staff,
        stage: Some(stage),
        ask_again_at: ask_again(stage, date),
        note: note.clone(),
        // Beside the line that rules may have made of it before it came to a person.
        source: format!("{}:staff", source(id, Some(about.id))),
        at: now,
    };
    let choice = Choice {
        id,
        by,
        client,
        about: &about,
        labels: &[meaning],
        date,
        lines: about.iter().map(line).collect(),
        verb: "filed",
    };
    write(desk, &choice, now).await
}

/// Takes the proposal of a message that waits as what its client said, with one click.
///
/// # Errors
/// [`DecisionError`]
pub async fn accept(
    desk: &Desk<'_>,
    id: InboxId,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Decided, DecisionError> {
    let row = waiting(desk.db, id).await?;
    let bytes = raw(desk.db, id)
        .await?
        .ok_or(DecisionError::NoProposal("its bytes were erased"))?;
    let mail = Mail::parse(&bytes).map_err(|_| DecisionError::NoProposal("it cannot be read"))?;
    let known = known::find(desk.db, desk.keys, &mail).await?;
    let Some(client) = known.client.filter(|_| !known.conflict) else {
        return Err(DecisionError::NoProposal("it is nobody's for certain"));
    };
    let facts = Facts {
        arrived: Some(row.received_at.date_naive()),
        projects: known.asked(),
    };
    let reading = read_mail(&mail, &facts);
    let meaning = &reading.meaning;
    if row.kind.as_deref() != Some("human") || meaning.main() == Label::None {
        return Err(DecisionError::NoProposal("nothing follows from its words"));
    }
    let note = clean_note(&meaning.sentence);
    let line = |(about, label): (&About, Label)| Line {
        client,
        project: Some(about.id),
        kind: LineKind::Answer,
        channel: Channel::Staff,
        stage: Some(stage(label)),
        ask_again_at: ask_again(stage(label), meaning.date),
        note: note.clone(),
        source: source(id, Some(about.id)),
        at: now,
    };
    let choice = Choice {
        id,
        by,
        client,
        about: &known.about,
        labels: &meaning.labels,
        date: meaning.date,
        lines: known.said(meaning).map(line).collect(),
        verb: "accepted",
    };
    write(desk, &choice, now).await
}

/// Takes a message off the desk without filing it.
///
/// # Errors
/// [`DecisionError`]
pub async fn dismiss(
    db: &Db,
    id: InboxId,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), DecisionError> {
    waiting(db, id).await?;
    let mut tx = db.begin().await?;
    let reason = format!("dismissed by {by}");
    decide(&mut tx, db, id, (&reason, by, None, None), now).await?;
    Ok(tx.commit().await?)
}

/// The message, while it waits for a person.
async fn waiting(db: &Db, id: InboxId) -> Result<Row, DecisionError> {
    let row = get(db, id).await?;
    match (row.state.as_str(), &row.decided_by) {
        ("tray" | "parked", _) => Ok(row),
        ("received", _) => Err(DecisionError::NotWaiting("it was not read yet".to_owned())),
        (_, Some(by)) => Err(DecisionError::Decided {
            by: by.clone(),
            at: row.settled_at.unwrap_or(row.received_at),
            reason: row.reason.unwrap_or_default(),
        }),
        (_, None) => Err(DecisionError::NotWaiting(row.reason.unwrap_or_default())),
    }
}

async fn projects(db: &Db, references: &[String]) -> Result<Vec<Named>, DecisionError> {
    let mut all: Vec<Named> = Vec::new();
    // A person types them: a handful.
    for reference in references.iter().take(PROJECTS_MAX) {
        let found: Option<Named> = on_engine!(db.read(), pool => sqlx::query_as(PROJECT).bind(reference)
            .fetch_optional(pool).await)?;
        let found = found.ok_or_else(|| DecisionError::NoProject(reference.clone()))?;
        if all.iter().all(|other| other.about.id != found.about.id) {
            all.push(found);
        }
    }
    Ok(all)
}

/// What the message says, as of its arrival; none once its bytes are erased or where it cannot be read.
async fn read_again(db: &Db, row: &Row) -> Result<Option<Meaning>, StoreError> {
    let facts = Facts {
        arrived: Some(row.received_at.date_naive()),
        projects: Vec::new(),
    };
    let bytes = raw(db, row.id).await?.unwrap_or_default();
    Ok(read_message(&bytes, &facts)
        .ok()
        .map(|reading| reading.meaning))
}

async fn write(
    desk: &Desk<'_>,
    choice: &Choice<'_>,
    now: DateTime<Utc>,
) -> Result<Decided, DecisionError> {
    let main = choice.labels.first().copied().unwrap_or(Label::None);
    let reason = format!("{} by {} as {}", choice.verb, choice.by, main.name());
    let mut tx = desk.db.begin().await?;
    let what = (
        reason.as_str(),
        choice.by,
        Some(choice.client),
        Some(main.name()),
    );
    decide(&mut tx, desk.db, choice.id, what, now).await?;
    if choice.labels.contains(&Label::OptOut) {
        answers::set_mails_in(&mut tx, choice.client, Mails::None, Channel::Staff, now).await?;
    }
    if !is_told(&mut tx, &choice.lines).await? {
        contact::store::append(&mut tx, &choice.lines, now).await?;
        let heard = Heard {
            desk,
            about: choice.about,
            labels: choice.labels,
            date: choice.date,
            now,
        };
        heard.follow(&mut tx, choice.client, &choice.lines).await?;
    }
    tx.commit().await?;
    Ok(Decided {
        meaning: Some(main),
        projects: choice.lines.len(),
    })
}

/// Whether rules put the same lines on the timeline before the message came to a person: what follows from them was done.
async fn is_told(tx: &mut Tx, lines: &[Line]) -> Result<bool, StoreError> {
    let Some(line) = lines.first() else {
        return Ok(false);
    };
    let lines: i64 = on_engine!(&mut *tx, tx => sqlx::query_scalar(IS_TOLD).bind(&line.source)
        .fetch_one(&mut **tx).await)?;
    Ok(lines > 0)
}

/// Takes the message off the desk; who comes second learns who was first.
async fn decide(
    tx: &mut Tx,
    db: &Db,
    id: InboxId,
    (reason, by, client, meaning): (&str, &str, Option<ClientId>, Option<&str>),
    now: DateTime<Utc>,
) -> Result<(), DecisionError> {
    let done = on_engine!(&mut *tx, tx => sqlx::query(DECIDE).bind(id).bind(reason).bind(client).bind(now).bind(by)
        .bind(meaning).execute(&mut **tx).await?.rows_affected());
    if done == 1 {
        return Ok(());
    }
    waiting(db, id).await?;
    Err(StoreError::Stale {
        what: "message",
        id: id.to_string(),
    }
    .into())
}
