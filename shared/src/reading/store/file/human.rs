//! Somebody's words: the client's own, proven and sure, become lines of the timeline; all others wait for a person.

use super::{Filing, Outcome, ask_again, source};
use crate::account::{ClientId, Mails};
use crate::answer::store as answers;
use crate::contact::{self, Channel, Line, LineKind, clean_note};
use crate::db::{StoreError, Tx};
use crate::on_engine;
use crate::reading::authenticity::Verdict;
use crate::reading::matching::{self, Matched};
use crate::reading::meaning::Label;
use crate::reading::store::heard::stage;
use crate::reading::store::known::About;

const STORED: &str = "SELECT message_id FROM inbox WHERE id = $1";

pub(super) const ALL_SQL: &[&str] = &[STORED];

/// Whether a meaning would end something: the letters, or the search.
const fn ends(label: Label) -> bool {
    match label {
        Label::ChosenHere
        | Label::ChosenElsewhere
        | Label::Dropped
        | Label::WantsCancel
        | Label::OptOut => true,
        Label::StillSearching
        | Label::Comparing
        | Label::Postponed
        | Label::WantsCall
        | Label::Question
        | Label::ComplaintAboutUs
        | Label::WrongPerson
        | Label::None => false,
    }
}

impl Filing<'_> {
    pub(super) async fn human(
        &self,
        tx: &mut Tx,
        verdict: &Verdict,
    ) -> Result<Outcome, StoreError> {
        let meaning = &self.reading.meaning;
        if let Some(client) = self.unsubscribes() {
            // As the link of the same header: the address that only our letter has is the proof, and silence harms nobody.
            answers::set_mails_in(tx, client, Mails::None, Channel::Email, self.now).await?;
            return Ok(Outcome::filed("unsubscribed by the letter's own address"));
        }
        let client = match self.proven(verdict).await? {
            Ok(client) => client,
            Err(waits) => return Ok(waits),
        };
        if self.known.matched == Matched::Inferred
            && let Some(wish) = meaning.labels.iter().find(|label| ends(**label))
        {
            // Nothing in the message says which letter of ours it answers: an end needs more than a guess (M1).
            return Ok(Outcome::tray(format!(
                "says {} without answering a letter of ours: a person files it",
                wish.name()
            )));
        }
        let wants_silence = meaning.labels.contains(&Label::OptOut);
        if wants_silence && (meaning.asks_for_silence || meaning.is_sure()) {
            // Honoured whatever else is said: a wish for silence is never missed. A guess without such words waits.
            answers::set_mails_in(tx, client, Mails::None, Channel::Email, self.now).await?;
        }
        if !meaning.is_sure() {
            return Ok(Outcome::tray("not sure enough what it means"));
        }
        let lines = self.lines(client);
        contact::store::append(tx, &lines, self.now).await?;
        self.heard().follow(tx, client, &lines).await?;
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

    /// The client whose letter's List-Unsubscribe address was used, with the words that we gave it (RFC 2369, D2).
    fn unsubscribes(&self) -> Option<ClientId> {
        let says = |text: &str| text.trim().eq_ignore_ascii_case("unsubscribe");
        self.known.client.filter(|_| {
            self.known.matched == Matched::Token
                && !self.known.conflict
                && says(&self.mail.subject())
                && says(&self.reading.reply.text)
        })
    }

    /// The client who surely wrote this; else why it waits.
    async fn proven(&self, verdict: &Verdict) -> Result<Result<ClientId, Outcome>, StoreError> {
        if self.known.conflict {
            return Ok(Err(Outcome::tray(matching::Conflict.to_string())));
        }
        let Some(client) = self.known.client else {
            return Ok(Err(Outcome::tray(
                "answers no letter of ours, and its sender is nobody with one open project",
            )));
        };
        let from = self.mail.from_address().unwrap_or_default();
        let same = self
            .known
            .recipient
            .as_deref()
            .is_some_and(|to| to.trim().eq_ignore_ascii_case(&from));
        if !same {
            return Ok(Err(Outcome::tray(
                "written from another address than the letter went to",
            )));
        }
        if !verdict.trusted {
            return Ok(Err(Outcome::tray(format!(
                "its sender is not proven: {}",
                verdict.reason
            ))));
        }
        if self.reused_message_id().await? {
            return Ok(Err(Outcome::tray(
                "takes the Message-ID of another message",
            )));
        }
        Ok(Ok(client))
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
        let note = clean_note(&meaning.sentence);
        let line = |(about, label): (&About, Label)| {
            let stage = stage(label);
            Line {
                project: Some(about.id),
                stage: Some(stage),
                ask_again_at: ask_again(stage, meaning.date),
                source: source(self.id, Some(about.id)),
                ..self.line(client, LineKind::Answer, note.clone())
            }
        };
        self.known.said(meaning).map(line).collect()
    }
}
