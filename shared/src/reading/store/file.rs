//! Filing: one message becomes lines of the timeline, or waits for a person, in one transaction with what follows from it.

mod automatic;
mod bounce;
mod complaint;
mod human;

use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};

use super::heard::Heard;
use super::known::{self, Known};
use super::{InboxId, Row, begin, get};
use crate::account::ClientId;
use crate::contact::{Channel, Line, LineKind, Stage};
use crate::db::{Db, StoreError, Tx};
use crate::follow_up::Rhythm;
use crate::mail::Composer;
use crate::on_engine;
use crate::project::ProjectId;
use crate::reading::kind::Kind;
use crate::reading::matching::Matched;
use crate::reading::meaning::Facts;
use crate::reading::message::Mail;
use crate::reading::{Reading, authenticity, read_mail};
use crate::token::Keys;

/// Hour of the day, UTC, at which what was postponed is asked about again.
const ASK_AGAIN_HOUR: u32 = 8;

const SETTLE: &str = "UPDATE inbox SET state = $2, kind = $3, reason = $4, letter_id = $5, client_id = $6, matched = $7,
        trusted = $8, meaning = $9, confidence_percent = $10, sentence = $11, settled_at = $12
    WHERE id = $1 AND state = 'received'";

/// Statements that run on both engines, for the test that prepares each.
pub(super) const ALL_SQL: &[&[&str]] = &[
    &[SETTLE],
    bounce::ALL_SQL,
    complaint::ALL_SQL,
    human::ALL_SQL,
];

/// What filing needs to know.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The keys of the reply addresses.
    pub keys: &'a Keys,
    /// The one server whose Authentication-Results count.
    pub authserv: Option<&'a str>,
    /// Writes the way to the account.
    pub composer: &'a Composer,
    /// Office hours and limits of the calls that clients ask for.
    pub rhythm: &'a Rhythm,
}

/// Where a message goes and why.
struct Outcome {
    state: &'static str,
    reason: String,
}

impl Outcome {
    fn filed(reason: impl Into<String>) -> Self {
        Self {
            state: "filed",
            reason: reason.into(),
        }
    }

    fn tray(reason: impl Into<String>) -> Self {
        Self {
            state: "tray",
            reason: reason.into(),
        }
    }
}

/// Reads a message that waits and files it; nothing happens when another reader was first.
///
/// # Errors
/// [`StoreError`]; the message waits on and is read again, a few times.
pub async fn file(
    desk: &Desk<'_>,
    id: InboxId,
    now: DateTime<Utc>,
) -> Result<Option<Row>, StoreError> {
    let Some(raw) = begin(desk.db, id, now).await? else {
        return Ok(None);
    };
    let mail = match Mail::parse(&raw) {
        Ok(mail) => mail,
        Err(error) => return park(desk, id, &error.to_string(), now).await,
    };
    let known = known::find(desk.db, desk.keys, &mail).await?;
    let facts = Facts {
        arrived: Some(now.date_naive()),
        projects: known.asked(),
    };
    let reading = read_mail(&mail, &facts);
    let verdict = authenticity::verdict(&mail, desk.authserv);
    let mut tx = desk.db.begin().await?;
    let filing = Filing {
        desk,
        id,
        mail: &mail,
        known: &known,
        reading: &reading,
        now,
    };
    let outcome = filing.carry_out(&mut tx, &verdict).await?;
    let settled = settle(
        &mut tx,
        id,
        &outcome,
        Some((&known, &reading, verdict.trusted)),
        now,
    )
    .await?;
    if settled == 0 {
        // Another reader was first: nothing of this transaction stays.
        return Ok(None);
    }
    tx.commit().await?;
    get(desk.db, id).await.map(Some)
}

async fn park(
    desk: &Desk<'_>,
    id: InboxId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Option<Row>, StoreError> {
    let outcome = Outcome {
        state: "parked",
        reason: reason.to_owned(),
    };
    let mut tx = desk.db.begin().await?;
    settle(&mut tx, id, &outcome, None, now).await?;
    tx.commit().await?;
    get(desk.db, id).await.map(Some)
}

async fn settle(
    tx: &mut Tx,
    id: InboxId,
    outcome: &Outcome,
    understood: Option<(&Known, &Reading, bool)>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let known = understood.map(|(known, ..)| known);
    let reading = understood.map(|(_, reading, _)| reading);
    let human = reading
        .filter(|reading| reading.kind == Kind::Human)
        .map(|reading| &reading.meaning);
    #[expect(clippy::cast_possible_truncation, reason = "a share of 100")]
    let percent = human.map(|meaning| (meaning.confidence * 100.0).round() as i64);
    Ok(on_engine!(tx, tx => sqlx::query(SETTLE)
        .bind(id)
        .bind(outcome.state)
        .bind(reading.map(|reading| reading.kind.name()))
        .bind(&outcome.reason)
        .bind(known.and_then(|known| known.letter))
        .bind(known.and_then(|known| known.client))
        .bind(known.map_or(Matched::None, |known| known.matched).name())
        .bind(understood.is_some_and(|(.., trusted)| trusted))
        .bind(human.map(|meaning| meaning.main().name()))
        .bind(percent)
        .bind(human.map(|meaning| meaning.sentence.as_str()))
        .bind(now)
        .execute(&mut **tx)
        .await?
        .rows_affected()))
}

/// One message on its way to its place.
struct Filing<'f> {
    desk: &'f Desk<'f>,
    id: InboxId,
    mail: &'f Mail<'f>,
    known: &'f Known,
    reading: &'f Reading,
    now: DateTime<Utc>,
}

impl Filing<'_> {
    async fn carry_out(
        &self,
        tx: &mut Tx,
        verdict: &authenticity::Verdict,
    ) -> Result<Outcome, StoreError> {
        match &self.reading.kind {
            Kind::Complaint(complaint) => self.complaint(tx, complaint).await,
            Kind::Bounce(bounce) => self.bounce(tx, bounce).await,
            Kind::Automatic(automatic) => self.automatic(tx, automatic).await,
            Kind::Human => self.human(tx, verdict).await,
        }
    }

    /// The client whose letter this is surely about: by token or Message-ID, never by the sender alone (M3).
    fn tied(&self) -> Option<ClientId> {
        self.known.letter.and(self.known.client)
    }

    /// A line about the client altogether, which no machine's words give a meaning.
    fn line(&self, client: ClientId, kind: LineKind, note: Option<String>) -> Line {
        Line {
            client,
            project: None,
            kind,
            channel: Channel::Email,
            stage: None,
            ask_again_at: None,
            note,
            source: source(self.id, None),
            at: self.now,
        }
    }

    /// What an answer of this message's client sets off.
    fn heard(&self) -> Heard<'_> {
        Heard {
            desk: self.desk,
            about: &self.known.about,
            labels: &self.reading.meaning.labels,
            date: self.reading.meaning.date,
            now: self.now,
        }
    }
}

/// Names a message as the cause of a line: the same message is one line of each project.
pub(super) fn source(id: InboxId, project: Option<ProjectId>) -> String {
    let about = project.map_or_else(|| "client".to_owned(), |project| project.to_string());
    format!("inbox:{id}:{about}")
}

/// The instant of a day that somebody named.
pub(super) fn morning(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(Utc.from_utc_datetime(&day.and_hms_opt(ASK_AGAIN_HOUR, 0, 0)?))
}

/// The instant to ask again, of an answer that postpones.
pub(super) fn ask_again(stage: Stage, day: Option<NaiveDate>) -> Option<DateTime<Utc>> {
    day.filter(|_| stage == Stage::Postponed).and_then(morning)
}
