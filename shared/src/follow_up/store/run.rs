//! One batch of a run: decided from what is read, written whole or not at all.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::account::{ClientId, Mails};
use crate::contact::Channel;
use crate::db::{Db, StoreError};
use crate::follow_up::store::look_at;
use crate::follow_up::store::plan::{CONTACTS_SINCE, PlanError, Planned};
use crate::follow_up::store::standing::{self, WordsRow};
use crate::follow_up::store::write::{self, By, Move, NewCall, NewStep};
use crate::follow_up::{
    Calendar, CallId, Contacted, Contacts, Decision, Next, Person, Rhythm, Standing, decide, next,
};
use crate::mail::{
    ComposeError, Composed, Composer, FollowUpProject, FollowUpValues, Letter, LetterKind,
};
use crate::on_engine;
use crate::outbox;

/// Somebody due for so long is late, and late ones are spread. Source: the plan runs every quarter of an hour, four
/// missed runs are an outage.
const LATE_AFTER: TimeDelta = TimeDelta::hours(1);
/// A batch that something learned meanwhile has overtaken is decided again so many times; then the next run does it.
const TRIES: usize = 3;

const EMAIL_DEAD: &str =
    "UPDATE clients SET email_dead_at = $2 WHERE id = $1 AND email_dead_at IS NULL";

pub(super) const ALL_SQL: &[&str] = &[EMAIL_DEAD];

/// One client's rows.
pub(super) struct Of<'a> {
    pub(super) person: Person,
    pub(super) rows: &'a [WordsRow],
    pub(super) standings: Vec<Standing>,
}

/// The rows of each client, which stand side by side.
pub(super) fn by_client<'a>(
    rows: &'a [WordsRow],
    suppressed: &HashSet<ClientId>,
) -> HashMap<ClientId, Of<'a>> {
    rows.chunk_by(|a, b| a.of.client_id == b.of.client_id)
        .map(|rows| {
            let standings = rows.iter().map(|row| row.of.standing()).collect();
            let mut person = rows[0].of.person();
            if suppressed.contains(&person.id) {
                person.mails = Mails::None;
            }
            (
                person.id,
                Of {
                    person,
                    rows,
                    standings,
                },
            )
        })
        .collect()
}

/// When somebody may be disturbed who is due since `due_at`: now within office hours, else at their own time of the
/// next working day; late ones one after the other, so that an outage is not caught up within a minute (o3).
pub(super) fn time_for(
    calendar: &Calendar,
    rhythm: &Rhythm,
    person: &Person,
    due_at: DateTime<Utc>,
    nth_late: u64,
    now: DateTime<Utc>,
) -> (DateTime<Utc>, bool) {
    if due_at < now - LATE_AFTER {
        let minutes = nth_late * 60 / u64::from(rhythm.catch_up_people_per_hour);
        return (
            calendar.after_office_minutes(now, person.zone, minutes),
            true,
        );
    }
    let at = if calendar.is_open(now, person.zone) {
        now
    } else {
        calendar.slot_after(now, person.zone, person.id)
    };
    (at, false)
}

/// A run under way.
pub(super) struct Run<'a> {
    db: &'a Db,
    composer: &'a Composer,
    rhythm: &'a Rhythm,
    calendar: Calendar,
    now: DateTime<Utc>,
    late: u64,
}

/// What one batch writes.
#[derive(Default)]
struct Batch {
    letters: Vec<Composed>,
    calls: Vec<NewCall>,
    steps: Vec<NewStep>,
    moves: Vec<Move>,
    unwritable: Vec<ClientId>,
    later: u64,
    late: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        db: &'a Db,
        composer: &'a Composer,
        rhythm: &'a Rhythm,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            db,
            composer,
            rhythm,
            calendar: Calendar::new(rhythm),
            now,
            late: 0,
        }
    }

    /// Asks the clients of one batch, each at most once.
    pub(super) async fn batch(
        &mut self,
        due: &[(ClientId, DateTime<Utc>)],
        done: &mut Planned,
    ) -> Result<(), PlanError> {
        for _ in 0..TRIES {
            let batch = self.decided(due).await?;
            if !self.write(&batch).await? {
                continue;
            }
            self.late = batch.late;
            done.letters += batch.letters.len() as u64;
            done.calls += batch.calls.len() as u64;
            done.projects += batch.steps.len() as u64;
            done.later += batch.later;
            break;
        }
        Ok(())
    }

    async fn decided(&self, due: &[(ClientId, DateTime<Utc>)]) -> Result<Batch, PlanError> {
        let clients: Vec<ClientId> = due.iter().map(|(client, _)| *client).collect();
        let rows = standing::of_clients(self.db, &clients).await?;
        let mut contacts = standing::contacts(self.db, &clients, self.now - CONTACTS_SINCE).await?;
        let of = by_client(&rows, &standing::suppressed(self.db, &rows).await?);
        let mut batch = Batch {
            late: self.late,
            ..Batch::default()
        };
        for (client, due_at) in due {
            let Some(of) = of.get(client) else { continue };
            // Something was learned since: the next run reckons it first.
            if of.rows.iter().any(|row| row.of.due_at.is_none()) {
                continue;
            }
            let contacts = contacts.remove(client).unwrap_or_default();
            self.decide(of, &contacts, *due_at, &mut batch)?;
        }
        Ok(batch)
    }

    fn decide(
        &self,
        of: &Of<'_>,
        contacts: &Contacts,
        due_at: DateTime<Utc>,
        batch: &mut Batch,
    ) -> Result<(), ComposeError> {
        let (at, is_late) = time_for(
            &self.calendar,
            self.rhythm,
            &of.person,
            due_at,
            batch.late,
            self.now,
        );
        match decide(
            self.rhythm,
            &of.person,
            &of.standings,
            contacts,
            self.now,
            at,
        ) {
            Decision::Contact(contacted) => {
                batch.late += u64::from(is_late);
                if contacted.channel == Channel::Phone {
                    self.call(of, &contacted, batch);
                    return Ok(());
                }
                return self.letter(of, &contacted, batch);
            }
            Decision::Later(at) => {
                batch.later += 1;
                let due = of.rows.iter().filter_map(|row| self.moved(row, at));
                batch.moves.extend(due);
            }
            Decision::Nothing => {
                let next = of
                    .standings
                    .iter()
                    .map(|standing| next(self.rhythm, &of.person, standing));
                let due = of
                    .rows
                    .iter()
                    .zip(next)
                    .filter_map(|(row, next)| self.moved(row, look_at(next, self.now)));
                batch.moves.extend(due);
            }
        }
        Ok(())
    }

    /// A row that is due, moved on.
    fn moved(&self, row: &WordsRow, new_at: DateTime<Utc>) -> Option<Move> {
        let old_at = row.of.due_at.filter(|due_at| *due_at <= self.now)?;
        Some(Move {
            project: row.of.project_id,
            old_at,
            new_at,
        })
    }

    fn call(&self, of: &Of<'_>, contacted: &Contacted, batch: &mut Batch) {
        let id = CallId::at(self.now);
        let days = self.rhythm.call_expires_working_days;
        let expires_at = self
            .calendar
            .close_after_working_days(contacted.at, of.person.zone, days);
        batch.calls.push(NewCall {
            id,
            client: of.person.id,
            due_at: contacted.at,
            expires_at,
        });
        self.asked(of, contacted, By::Call(id), expires_at, batch);
    }

    fn letter(
        &self,
        of: &Of<'_>,
        contacted: &Contacted,
        batch: &mut Batch,
    ) -> Result<(), ComposeError> {
        let rows = || contacted.asks.iter().map(|ask| &of.rows[ask.project]);
        let first = &of.rows[contacted.asks[0].project];
        let values = FollowUpValues {
            projects: rows()
                .map(|row| FollowUpProject {
                    reference: row.reference.clone(),
                    title: row.title.clone(),
                    published_at: row.of.published_at(),
                })
                .collect(),
        };
        let letter = Letter {
            kind: LetterKind::FollowUp,
            client: Some(of.person.id),
            provider: None,
            name: first.name.clone(),
            email: first.email.clone().unwrap_or_default(),
            locale: first.locale,
            zone: of.person.zone,
            dedupe: format!(
                "follow_up:{}:{}",
                first.of.project_id, contacted.asks[0].step
            ),
            due_at: contacted.at,
            projects: rows().map(|row| row.of.project_id).collect(),
            values: values.into_value(),
        };
        match self.composer.compose(&letter, self.now) {
            Ok(composed) => {
                self.asked(of, contacted, By::Letter(composed.id), contacted.at, batch);
                batch.letters.push(composed);
                Ok(())
            }
            // No relay takes it: as good as a letter that came back.
            Err(ComposeError::Address) => {
                batch.unwritable.push(of.person.id);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn asked(
        &self,
        of: &Of<'_>,
        contacted: &Contacted,
        by: By,
        until: DateTime<Utc>,
        batch: &mut Batch,
    ) {
        for ask in &contacted.asks {
            let row = &of.rows[ask.project];
            batch.steps.push(NewStep {
                project: row.of.project_id,
                number: ask.step,
                client: of.person.id,
                at: contacted.at,
                by,
                mails_in_row: ask.mails_in_row,
                reason: ask.reason,
            });
            batch.moves.extend(row.of.due_at.map(|old_at| Move {
                project: row.of.project_id,
                old_at,
                new_at: look_at(Next::Waiting { until }, self.now),
            }));
        }
    }

    /// Writes a batch whole; false, and nothing written, when something was learned or planned since it was decided.
    async fn write(&self, batch: &Batch) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        if write::moves(&mut tx, &batch.moves).await? != batch.moves.len() {
            return Ok(false);
        }
        for client in &batch.unwritable {
            on_engine!(&mut tx, tx => sqlx::query(EMAIL_DEAD).bind(client).bind(self.now)
                .execute(&mut **tx).await.map(drop))?;
        }
        write::calls(&mut tx, &batch.calls, self.now).await?;
        write::steps(&mut tx, &batch.steps, self.now).await?;
        outbox::store::put(&mut tx, &batch.letters, self.now).await?;
        tx.commit().await?;
        Ok(true)
    }
}
