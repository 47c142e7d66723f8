//! Filing: one message becomes lines of the timeline, or waits for a person, in one transaction with what follows from it.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use serde_json::json;
use sqlx::FromRow;

use super::{InboxId, Row, begin, get};
use crate::account::{ClientId, Mails};
use crate::answer::leads_to_the_account;
use crate::answer::store::{self as answers, PageClient};
use crate::contact::{self, Channel, Line, LineKind, Stage, clean_note};
use crate::db::{Db, StoreError, Tx, time_text};
use crate::mail::{
    Composer, FollowUpProject, FollowUpValues, Letter, LetterId, LetterKind, address_hash,
    read_reply_token,
};
use crate::on_engine;
use crate::outbox;
use crate::platform;
use crate::project::ProjectId;
use crate::queue::{self, JobName};
use crate::reading::kind::Kind;
use crate::reading::matching::{self, Matched, Pointers};
use crate::reading::meaning::projects::Asked;
use crate::reading::meaning::{Facts, Label};
use crate::reading::message::Mail;
use crate::reading::{Reading, authenticity, read_message};
use crate::token::Keys;

/// Message-IDs of a thread that are looked up; ours is among the nearest.
const REFERENCES_LOOKED_UP: usize = 8;
/// A return date further away than this, in days, is not believed of an automatic answer.
const RETURN_DAYS_MAX: i64 = 180;
/// Hour of the day, UTC, at which what was postponed is asked about again.
const ASK_AGAIN_HOUR: u32 = 8;

const LETTER: &str =
    "SELECT id, client_id, recipient FROM outbox WHERE client_id IS NOT NULL AND id = $1";
const LETTERS: &str = "SELECT id, client_id, recipient FROM outbox WHERE client_id IS NOT NULL
    AND message_id IN ($1, $2, $3, $4, $5, $6, $7, $8)";
const ASKED: &str = "SELECT p.id, p.reference, p.title, p.published_at FROM outbox_projects l
    JOIN projects p ON p.id = l.project_id WHERE l.letter_id = $1 ORDER BY l.line_number";
const BY_SENDER: &str = "SELECT p.id, p.reference, p.title, p.published_at, p.client_id FROM clients c
    JOIN projects p ON p.client_id = c.id WHERE LOWER(c.email) = $1 AND p.state = 'pending' ORDER BY p.id LIMIT 2";
const KILL_ADDRESS: &str = "UPDATE clients SET email_dead_at = $3
    WHERE id = $1 AND LOWER(email) = $2 AND email_dead_at IS NULL";
const NO_MAILS: &str = "UPDATE clients SET mails = 'none' WHERE id = $1";
const SUPPRESS: &str =
    "INSERT INTO suppressions (address_hash, reason, at) VALUES ($1, 'complaint', $2)
    ON CONFLICT (address_hash) DO NOTHING";
const SETTLE: &str = "UPDATE inbox SET state = $2, kind = $3, reason = $4, letter_id = $5, client_id = $6, matched = $7,
        trusted = $8, meaning = $9, confidence_percent = $10, sentence = $11, settled_at = $12
    WHERE id = $1 AND state = 'received'";

const STORED: &str = "SELECT message_id FROM inbox WHERE id = $1";

/// Statements of this file that run on both engines, for the test that prepares each.
pub(super) const ALL_SQL: &[&str] = &[
    LETTER,
    LETTERS,
    ASKED,
    BY_SENDER,
    KILL_ADDRESS,
    NO_MAILS,
    SUPPRESS,
    SETTLE,
    STORED,
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
}

/// A letter of ours that a message may answer.
#[derive(Debug, Clone, FromRow)]
struct Ours {
    id: LetterId,
    client_id: ClientId,
    recipient: Option<String>,
}

/// A project that the letter asked about.
#[derive(Debug, Clone, FromRow)]
struct About {
    id: ProjectId,
    reference: String,
    title: String,
    published_at: DateTime<Utc>,
}

#[derive(Debug, FromRow)]
struct OpenProject {
    #[sqlx(flatten)]
    about: About,
    client_id: ClientId,
}

/// What is known of a message when it is filed.
struct Known {
    letter: Option<LetterId>,
    client: Option<ClientId>,
    recipient: Option<String>,
    matched: Matched,
    conflict: bool,
    about: Vec<About>,
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
    let known = find(desk, &mail).await?;
    let facts = Facts {
        arrived: Some(now.date_naive()),
        projects: known
            .about
            .iter()
            .enumerate()
            .map(|(at, about)| Asked {
                rank: at + 1,
                reference: about.reference.clone(),
                title: about.title.clone(),
            })
            .collect(),
    };
    let reading = match read_message(&raw, &facts) {
        Ok(reading) => reading,
        Err(error) => return park(desk, id, &error.to_string(), now).await,
    };
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

/// Which letter, client and projects a message is about.
async fn find(desk: &Desk<'_>, mail: &Mail<'_>) -> Result<Known, StoreError> {
    let pointers = matching::pointers(mail);
    let mut by_token = Vec::new();
    for letter in pointers
        .tokens
        .iter()
        .take(2)
        .filter_map(|token| read_reply_token(desk.keys, token))
    {
        let found: Option<Ours> = on_engine!(desk.db.read(), pool => sqlx::query_as(LETTER).bind(letter).fetch_optional(pool).await)?;
        by_token.extend(found);
    }
    let returned = crate::reading::complaint::returned_message_id(mail);
    let Pointers {
        in_reply_to,
        references,
        ..
    } = pointers;
    let by_reply =
        by_message_id(desk.db, in_reply_to.into_iter().chain(returned).collect()).await?;
    let by_reference = by_message_id(desk.db, references).await?;
    let pairs = |found: &[Ours]| -> Vec<(LetterId, ClientId)> {
        found.iter().map(|ours| (ours.id, ours.client_id)).collect()
    };
    let agreed = matching::agreed(&pairs(&by_token), &pairs(&by_reply), &pairs(&by_reference));
    let mut known = Known {
        letter: None,
        client: None,
        recipient: None,
        matched: Matched::None,
        conflict: agreed.is_err(),
        about: Vec::new(),
    };
    match agreed {
        Ok(Some((letter, matched))) => {
            let ours = by_token
                .iter()
                .chain(&by_reply)
                .chain(&by_reference)
                .find(|ours| ours.id == letter);
            known.letter = Some(letter);
            known.client = ours.map(|ours| ours.client_id);
            known.recipient = ours.and_then(|ours| ours.recipient.clone());
            known.matched = matched;
            known.about = on_engine!(desk.db.read(), pool => sqlx::query_as(ASKED).bind(letter).fetch_all(pool).await)?;
        }
        Ok(None) => infer(desk.db, mail, &mut known).await?,
        Err(matching::Conflict) => {}
    }
    Ok(known)
}

/// By the sender alone, when exactly one project of theirs is open.
async fn infer(db: &Db, mail: &Mail<'_>, known: &mut Known) -> Result<(), StoreError> {
    let Some(from) = mail.from_address() else {
        return Ok(());
    };
    let open: Vec<OpenProject> =
        on_engine!(db.read(), pool => sqlx::query_as(BY_SENDER).bind(&from).fetch_all(pool).await)?;
    if let [only] = open.as_slice() {
        known.client = Some(only.client_id);
        known.recipient = Some(from);
        known.matched = Matched::Inferred;
        known.about = vec![only.about.clone()];
    }
    Ok(())
}

async fn by_message_id(db: &Db, ids: Vec<String>) -> Result<Vec<Ours>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = ids.into_iter().map(|id| format!("<{id}>"));
    Ok(on_engine!(db.read(), pool => {
        let mut query = sqlx::query_as(LETTERS);
        for _ in 0..REFERENCES_LOOKED_UP {
            query = query.bind(ids.next().unwrap_or_default());
        }
        query.fetch_all(pool).await
    })?)
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
            Kind::Complaint(complaint) => {
                let tied = self.tied();
                let Some(client) = tied.filter(|_| complaint.stops_mail()) else {
                    return Ok(Outcome::filed(if tied.is_some() {
                        "a report that asks for nothing"
                    } else {
                        "not about a letter of ours"
                    }));
                };
                self.complaint(tx, client).await
            }
            Kind::Bounce(bounce) => {
                let Some(client) = self.tied() else {
                    return Ok(Outcome::filed("not about a letter of ours"));
                };
                if bounce.temporary || bounce.policy {
                    return Ok(Outcome::filed(if bounce.policy {
                        "refused for what it says, not for its address"
                    } else {
                        "delayed; the relay goes on trying"
                    }));
                }
                self.bounce(tx, client, bounce.status.as_deref()).await
            }
            Kind::Automatic(automatic) => {
                if let Some(client) = self.tied() {
                    let line = self.line(
                        client,
                        None,
                        LineKind::AutoReply,
                        None,
                        self.return_at(),
                        None,
                    );
                    contact::store::append(tx, &[line], self.now).await?;
                }
                Ok(Outcome::filed(format!("automatic: {}", automatic.evidence)))
            }
            Kind::Human => self.answer(tx, verdict).await,
        }
    }

    /// The client whose letter this is surely about: by token or Message-ID, never by the sender alone (M3).
    fn tied(&self) -> Option<ClientId> {
        self.known.letter.and(self.known.client)
    }

    async fn complaint(&self, tx: &mut Tx, client: ClientId) -> Result<Outcome, StoreError> {
        if let Some(recipient) = &self.known.recipient {
            on_engine!(&mut *tx, tx => sqlx::query(SUPPRESS).bind(address_hash(recipient)).bind(self.now)
                .execute(&mut **tx).await.map(drop))?;
        }
        on_engine!(&mut *tx, tx => sqlx::query(NO_MAILS).bind(client).execute(&mut **tx).await.map(drop))?;
        let line = self.line(client, None, LineKind::Complaint, None, None, None);
        contact::store::append(tx, &[line], self.now).await?;
        Ok(Outcome::filed("complaint: no more mail to this address"))
    }

    async fn bounce(
        &self,
        tx: &mut Tx,
        client: ClientId,
        status: Option<&str>,
    ) -> Result<Outcome, StoreError> {
        if let Some(recipient) = &self.known.recipient {
            on_engine!(&mut *tx, tx => sqlx::query(KILL_ADDRESS).bind(client).bind(recipient.trim().to_lowercase())
                .bind(self.now).execute(&mut **tx).await.map(drop))?;
        }
        let line = self.line(
            client,
            None,
            LineKind::Bounce,
            None,
            None,
            status.map(str::to_owned),
        );
        contact::store::append(tx, &[line], self.now).await?;
        queue::hurry(tx, JobName::PlanFollowUps, self.now).await?;
        Ok(Outcome::filed(
            "the address does not work; the next step is a call",
        ))
    }

    async fn answer(
        &self,
        tx: &mut Tx,
        verdict: &authenticity::Verdict,
    ) -> Result<Outcome, StoreError> {
        let meaning = &self.reading.meaning;
        if self.known.conflict {
            return Ok(Outcome::tray(matching::Conflict.to_string()));
        }
        let Some(client) = self.known.client else {
            return Ok(Outcome::tray(
                "answers no letter of ours, and its sender is nobody with one open project",
            ));
        };
        let from = self.mail.from_address().unwrap_or_default();
        let same = self
            .known
            .recipient
            .as_deref()
            .is_some_and(|to| to.trim().eq_ignore_ascii_case(&from));
        if !same {
            return Ok(Outcome::tray(
                "written from another address than the letter went to",
            ));
        }
        if !verdict.trusted {
            return Ok(Outcome::tray(format!(
                "its sender is not proven: {}",
                verdict.reason
            )));
        }
        if self.reused_message_id().await? {
            return Ok(Outcome::tray("takes the Message-ID of another message"));
        }
        if meaning.labels.contains(&Label::OptOut) {
            // Honoured whatever else is said, and however sure: a wish for silence is never missed.
            answers::set_mails_in(tx, client, Mails::None, Channel::Email, self.now).await?;
        }
        if !meaning.is_sure() {
            return Ok(Outcome::tray("not sure enough what it means"));
        }
        let lines = self.lines(client);
        contact::store::append(tx, &lines, self.now).await?;
        self.tell(tx, client, &lines).await?;
        Ok(match meaning.main() {
            Label::WantsCall | Label::Question | Label::ComplaintAboutUs | Label::WrongPerson => {
                Outcome::tray(format!("wants a person: {}", meaning.main().name()))
            }
            Label::StillSearching
            | Label::Comparing
            | Label::ChosenHere
            | Label::ChosenElsewhere
            | Label::Dropped
            | Label::Postponed
            | Label::WantsCancel
            | Label::OptOut
            | Label::None => Outcome::filed(format!("answer: {}", meaning.main().name())),
        })
    }

    /// Whether another message came with this Message-ID before: this one was stored without it.
    async fn reused_message_id(&self) -> Result<bool, StoreError> {
        let stored: Option<String> = on_engine!(self.desk.db.read(), pool => sqlx::query_scalar(STORED).bind(self.id)
            .fetch_one(pool).await)?;
        Ok(stored.is_none()
            && self
                .mail
                .inner()
                .message_id()
                .is_some_and(|id| id.len() <= 998))
    }

    /// An answer for each project spoken of; what is said of none is said of all.
    fn lines(&self, client: ClientId) -> Vec<Line> {
        let meaning = &self.reading.meaning;
        let ask_again = meaning.date.and_then(morning);
        let note = clean_note(&meaning.sentence);
        self.known
            .about
            .iter()
            .filter_map(|about| {
                let label = match meaning
                    .projects
                    .iter()
                    .find(|(reference, _)| *reference == about.reference)
                {
                    Some((_, Label::None)) => return None,
                    Some((_, label)) => *label,
                    None => meaning.main(),
                };
                let stage = stage(label);
                let again = ask_again.filter(|_| stage == Stage::Postponed);
                Some(self.line(
                    client,
                    Some(about.id),
                    LineKind::Answer,
                    Some(stage),
                    again,
                    note.clone(),
                ))
            })
            .collect()
    }

    /// Tells the platform what was said and, where it sounds like an end, shows the client the way to the account: once
    /// a day at most, and only to people (P3, N15).
    async fn tell(&self, tx: &mut Tx, client: ClientId, lines: &[Line]) -> Result<(), StoreError> {
        let Some(person) = answers::client_in(tx, client).await? else {
            return Ok(());
        };
        let wish = self.reading.meaning.labels.contains(&Label::WantsCancel);
        let mut ending = Vec::new();
        for line in lines {
            let Some(about) = self
                .known
                .about
                .iter()
                .find(|about| Some(about.id) == line.project)
            else {
                continue;
            };
            let data = json!({"project": about.reference, "client": person.reference, "channel": Channel::Email,
                "stage": line.stage, "ask_again_at": line.ask_again_at.map(time_text)});
            platform::store::tell(tx, "follow_up.outcome", data, self.now).await?;
            if wish || line.stage.is_some_and(leads_to_the_account) {
                let data = json!({"project": about.reference, "client": person.reference, "channel": Channel::Email,
                    "stage": line.stage});
                platform::store::tell(tx, "project.cancel_requested", data, self.now).await?;
                ending.push(about);
            }
        }
        queue::hurry(tx, JobName::DeliverEvents, self.now).await?;
        self.way_to_account(tx, &person, &ending).await
    }

    async fn way_to_account(
        &self,
        tx: &mut Tx,
        person: &PageClient,
        ending: &[&About],
    ) -> Result<(), StoreError> {
        let silent =
            person.mails == Mails::None || self.reading.meaning.labels.contains(&Label::OptOut);
        let Some(email) = person
            .email
            .clone()
            .filter(|_| !silent && !ending.is_empty())
        else {
            return Ok(());
        };
        let project = |about: &&About| FollowUpProject {
            reference: about.reference.clone(),
            title: about.title.clone(),
            published_at: about.published_at,
        };
        let letter = Letter {
            kind: LetterKind::WayToAccount,
            client: Some(person.id),
            provider: None,
            name: person.name.clone(),
            email,
            locale: person.locale,
            zone: person.zone(),
            dedupe: format!("way_to_account:{}:{}", person.id, self.now.date_naive()),
            due_at: self.now,
            projects: ending.iter().map(|about| about.id).collect(),
            values: FollowUpValues {
                projects: ending.iter().map(project).collect(),
            }
            .into_value(),
        };
        match self.desk.composer.compose(&letter, self.now) {
            Ok(composed) => outbox::store::put(tx, &[composed], self.now)
                .await
                .map(drop),
            Err(error) => {
                tracing::warn!(%error, "the way to the account could not be written");
                Ok(())
            }
        }
    }

    fn line(
        &self,
        client: ClientId,
        project: Option<ProjectId>,
        kind: LineKind,
        stage: Option<Stage>,
        ask_again_at: Option<DateTime<Utc>>,
        note: Option<String>,
    ) -> Line {
        let about = project.map_or_else(|| "client".to_owned(), |project| project.to_string());
        Line {
            client,
            project,
            kind,
            channel: Channel::Email,
            stage,
            ask_again_at,
            note,
            source: format!("inbox:{}:{about}", self.id),
            at: self.now,
        }
    }

    /// The day of return of an automatic answer, when it lies ahead and near enough.
    fn return_at(&self) -> Option<DateTime<Utc>> {
        let last = self.now + TimeDelta::days(RETURN_DAYS_MAX);
        self.reading
            .meaning
            .date
            .and_then(morning)
            .filter(|day| *day > self.now && *day <= last)
    }
}

fn morning(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(Utc.from_utc_datetime(&day.and_hms_opt(ASK_AGAIN_HOUR, 0, 0)?))
}

/// What a meaning comes to on the timeline. A wish to cancel says nothing about the project itself.
const fn stage(label: Label) -> Stage {
    match label {
        Label::StillSearching => Stage::Searching,
        Label::Comparing => Stage::Comparing,
        Label::ChosenHere => Stage::ChosenHere,
        Label::ChosenElsewhere => Stage::ChosenOutside,
        Label::Dropped => Stage::Dropped,
        Label::Postponed => Stage::Postponed,
        Label::WantsCall
        | Label::WantsCancel
        | Label::OptOut
        | Label::Question
        | Label::ComplaintAboutUs
        | Label::WrongPerson
        | Label::None => Stage::Unknown,
    }
}
