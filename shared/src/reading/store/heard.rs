//! What a client's answer sets off besides its lines: the platform is told, a call is opened where one was asked for, and
//! what sounds like an end is answered once with the way to the account. Nothing here ends a project (P3, N15).

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::file::Desk;
use super::known::About;
use crate::account::{ClientId, Mails};
use crate::answer::leads_to_the_account;
use crate::answer::store::{self as answers, PageClient};
use crate::contact::{Line, Stage};
use crate::db::{StoreError, Tx, time_text};
use crate::follow_up::store::open_wished_call;
use crate::mail::{FollowUpProject, FollowUpValues, Letter, LetterKind};
use crate::outbox;
use crate::platform;
use crate::project::ProjectId;
use crate::queue::{self, JobName};
use crate::reading::meaning::Label;

/// An answer that was understood, by rules or by a person.
pub(super) struct Heard<'h> {
    pub(super) desk: &'h Desk<'h>,
    pub(super) about: &'h [About],
    pub(super) labels: &'h [Label],
    /// The day that the client named, if one.
    pub(super) date: Option<NaiveDate>,
    pub(super) now: DateTime<Utc>,
}

impl Heard<'_> {
    /// Does what follows from `lines`, in the transaction that appended them.
    pub(super) async fn follow(
        &self,
        tx: &mut Tx,
        client: ClientId,
        lines: &[Line],
    ) -> Result<(), StoreError> {
        if self.labels.contains(&Label::WantsCall) {
            let pending = self.about.iter().filter(|about| about.is_pending);
            let projects: Vec<ProjectId> = pending.map(|about| about.id).collect();
            open_wished_call(tx, self.desk.rhythm, client, &projects, self.date, self.now).await?;
        }
        let Some(person) = answers::client_in(tx, client).await? else {
            return Ok(());
        };
        let ending = self.tell(tx, &person, lines).await?;
        self.way_to_account(tx, &person, &ending).await
    }

    /// Tells the platform what was said; gives the pending projects that the client calls over.
    async fn tell(
        &self,
        tx: &mut Tx,
        person: &PageClient,
        lines: &[Line],
    ) -> Result<Vec<&About>, StoreError> {
        let wish = self.labels.contains(&Label::WantsCancel);
        let mut ending = Vec::new();
        for line in lines {
            let about = self
                .about
                .iter()
                .find(|about| Some(about.id) == line.project);
            let Some(about) = about else { continue };
            let data = json!({"project": about.reference, "client": person.reference, "channel": line.channel,
                "stage": line.stage, "ask_again_at": line.ask_again_at.map(time_text)});
            platform::store::tell(tx, "follow_up.outcome", data, self.now).await?;
            if about.is_pending && (wish || line.stage.is_some_and(leads_to_the_account)) {
                let data = json!({"project": about.reference, "client": person.reference, "channel": line.channel,
                    "stage": line.stage});
                platform::store::tell(tx, "project.cancel_requested", data, self.now).await?;
                ending.push(about);
            }
        }
        queue::hurry(tx, JobName::DeliverEvents, self.now).await?;
        Ok(ending)
    }

    /// Shows the client the way to the account, to the address the platform knows: once a day at most (P3, N15).
    async fn way_to_account(
        &self,
        tx: &mut Tx,
        person: &PageClient,
        ending: &[&About],
    ) -> Result<(), StoreError> {
        let silent = person.mails == Mails::None || self.labels.contains(&Label::OptOut);
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
}

/// What a meaning comes to on the timeline. A wish to cancel says nothing about the project itself.
pub(super) const fn stage(label: Label) -> Stage {
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
