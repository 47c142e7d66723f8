//! The days of the demo: the platform tells, the jobs run as the ticker wishes, people answer through their own doors.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, Datelike as _, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;
use relance_shared::account::ClientId;
use relance_shared::answer::{self, Choice};
use relance_shared::consent::CancelReason;
use relance_shared::env::Env;
use relance_shared::follow_up::CallOutcome;
use relance_shared::follow_up::store::{CallReport, calls, record_call_outcome};
use relance_shared::listing;
use relance_shared::mail::{LetterId, LetterKind};
use relance_shared::outbox::{self, State};
use relance_shared::platform::{AccountAct, RawEvent, Source, Taken};
use relance_shared::project::ProjectId;
use relance_shared::queue;

use crate::demo::mailbox;
use crate::demo::market::Market;
use crate::demo::said::{choice, note};
use crate::{jobs, ticker};

/// Local hours at which the demo looks on a working day: letters and calls happen in between.
const LOOKS: [u32; 5] = [8, 10, 12, 15, 18];
/// Local hours at which the staff calls.
const CALLING: [u32; 2] = [10, 15];
/// Calls that the staff of the demo makes in one sitting.
const CALLS_PER_SITTING: usize = 10;
/// Accepted letters that one look reads.
const LETTERS_READ_MAX: i64 = 20_000;
/// Rounds of jobs at one look: a job wishes for another.
const ROUNDS_MAX: usize = 3;
/// A job of the demo is tried so often.
const ATTEMPTS_MAX: i64 = 3;
/// Answers given by mail, in a hundred; the others use the page.
const BY_MAIL_PERCENT: u64 = 25;
/// Clients who end a project on their account after saying that it is over, in a hundred.
const CANCELS_PERCENT: u64 = 60;

/// What happened, for the summary.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Events taken from the platform, by type.
    pub events: BTreeMap<String, u64>,
    /// Letters that left.
    pub letters: u64,
    /// Lines in them: projects asked about.
    pub lines: u64,
    /// Letters that came back.
    pub bounces: u64,
    /// Forms sent from the client's page.
    pub page_answers: u64,
    /// Replies by mail.
    pub mail_answers: u64,
    /// Projects ended by their clients on the account.
    pub cancels: u64,
    /// Calls by outcome.
    pub calls: BTreeMap<&'static str, u64>,
    /// For each day: pending projects at its end, letters, answers, calls, awards.
    pub days: Vec<[u64; 5]>,
}

impl Tally {
    fn totals(&self) -> [u64; 4] {
        let awards = self.events.get("project.awarded").copied().unwrap_or(0);
        [
            self.letters,
            self.page_answers + self.mail_answers,
            self.calls.values().sum(),
            awards,
        ]
    }
}

/// What somebody will do later.
#[derive(Debug)]
enum Act {
    /// The letter comes back.
    Bounce(LetterId),
    /// The client opens the page of the letter and answers.
    Page(ClientId, usize),
    /// The client replies by mail.
    Reply(LetterId, usize),
    /// The client ends the project on the account.
    Cancel(ClientId, ProjectId, String, CancelReason),
}

/// A marketplace under way.
#[derive(Debug)]
pub struct Life {
    env: Env,
    market: Market,
    told: VecDeque<(DateTime<Utc>, serde_json::Value)>,
    acts: Vec<(DateTime<Utc>, Act)>,
    read: HashSet<LetterId>,
    forms: u64,
    /// What happened so far.
    pub tally: Tally,
}

impl Life {
    /// A marketplace before its first day; the platform tells what is there already.
    ///
    /// # Errors
    /// When the events cannot be taken.
    pub async fn begin(env: Env, projects: usize, days: usize, seed: u64) -> anyhow::Result<Self> {
        let mut life = Self {
            env,
            market: Market::new(projects, days, seed),
            told: VecDeque::new(),
            acts: Vec::new(),
            read: HashSet::new(),
            forms: 0,
            tally: Tally::default(),
        };
        let start = life.env.clock.now();
        let opening = life.market.opening(start);
        life.hear(opening);
        life.take(start).await?;
        life.work().await?;
        Ok(life)
    }

    /// Lives the local day on which the clock stands and leaves it at the beginning of the next.
    ///
    /// # Errors
    /// When a job fails: nothing in the demo is out of order.
    pub async fn day(&mut self) -> anyhow::Result<()> {
        let zone = self.env.settings.schedule.zone;
        let today = self.env.clock.now().with_timezone(&zone).date_naive();
        let at = |hour: u32| local(zone, today, hour);
        let before = self.tally.totals();
        let events = self.market.day(at(8));
        self.hear(events);
        let is_weekend = matches!(today.weekday(), Weekday::Sat | Weekday::Sun);
        let looks: &[u32] = if is_weekend { &LOOKS[4..] } else { &LOOKS };
        for &hour in looks {
            self.env.clock.set(at(hour));
            self.take(at(hour)).await?;
            self.act(at(hour)).await?;
            self.work().await?;
            self.read_letters().await?;
            if !is_weekend && CALLING.contains(&hour) {
                self.call().await?;
            }
        }
        let pending = listing::store::count(&self.env.db, listing::store::List::Pending).await?;
        let after = self.tally.totals();
        let [letters, answers, calls, awards] = std::array::from_fn(|nth| after[nth] - before[nth]);
        self.tally
            .days
            .push([pending, letters, answers, calls, awards]);
        self.env.clock.set(at(8) + TimeDelta::hours(16));
        Ok(())
    }

    fn hear(&mut self, events: Vec<serde_json::Value>) {
        let at = |event: &serde_json::Value| {
            event["at"]
                .as_str()
                .and_then(|at| at.parse::<DateTime<Utc>>().ok())
                .unwrap_or_default()
        };
        self.told
            .extend(events.into_iter().map(|event| (at(&event), event)));
        self.told.make_contiguous().sort_by_key(|(at, _)| *at);
    }

    /// The platform's events up to now, by the one function that takes them.
    async fn take(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let mut events = Vec::new();
        while self.told.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, event)) = self.told.pop_front() else {
                break;
            };
            let kind = event["type"].as_str().unwrap_or_default().to_owned();
            *self.tally.events.entry(kind).or_default() += 1;
            events.push(RawEvent::unsigned(&event.to_string())?);
        }
        let taken = relance_shared::platform::store::take(
            &self.env.db,
            &self.env.keys,
            Source::Feed,
            &events,
            now,
        )
        .await?;
        for (taken, event) in taken.iter().zip(&events) {
            if !matches!(taken, Taken::Applied | Taken::Late) {
                tracing::debug!(
                    ?taken,
                    ?event,
                    "the platform told something that changed nothing"
                );
            }
        }
        Ok(())
    }

    /// The schedules make wishes, the wishes are served as a worker serves them; only the alarm clock is not needed.
    async fn work(&self) -> anyhow::Result<()> {
        let (db, now) = (&self.env.db, self.env.clock.now());
        ticker::tick(&self.env, &jobs::SERVED).await?;
        for _ in 0..ROUNDS_MAX {
            let mut served = 0;
            for job in jobs::SERVED {
                let lease = TimeDelta::minutes(5);
                if let Some(claim) =
                    queue::store::claim(db, job, "demo", lease, ATTEMPTS_MAX, now).await?
                {
                    jobs::run(&self.env, job).await?;
                    queue::store::succeed(db, job, claim, now).await?;
                    served += 1;
                }
            }
            if served == 0 {
                break;
            }
        }
        Ok(())
    }

    /// People find the letters that left since they looked last, and some will do something about it.
    async fn read_letters(&mut self) -> anyhow::Result<()> {
        let now = self.env.clock.now();
        let accepted =
            outbox::store::list(&self.env.db, Some(State::Accepted), LETTERS_READ_MAX).await?;
        for letter in accepted {
            if letter.kind != LetterKind::FollowUp || !self.read.insert(letter.id) {
                continue;
            }
            self.tally.letters += 1;
            let Some(client) = letter.client_id.map(ClientId::from) else {
                continue;
            };
            self.tally.lines += answer::store::pending(&self.env.db, client).await?.len() as u64;
            let Some(nth) = letter
                .recipient
                .as_deref()
                .and_then(|to| self.market.person_at(to))
            else {
                continue;
            };
            let person = self.market.people[nth].clone();
            if person.bounces {
                self.acts
                    .push((now + TimeDelta::minutes(10), Act::Bounce(letter.id)));
                continue;
            }
            let mut rng = self.market.chance_of(nth, now);
            if !rng.percent(person.answers_percent()) {
                continue;
            }
            let at = now + TimeDelta::minutes(20 + rng.below(3 * 1_440).cast_signed());
            let act = if rng.percent(BY_MAIL_PERCENT) {
                Act::Reply(letter.id, nth)
            } else {
                Act::Page(client, nth)
            };
            self.acts.push((at, act));
        }
        Ok(())
    }

    async fn act(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let (due, later) = std::mem::take(&mut self.acts)
            .into_iter()
            .partition::<Vec<_>, _>(|(at, _)| *at <= now);
        self.acts = later;
        for (_, act) in due {
            match act {
                Act::Bounce(letter) => {
                    mailbox::bounce(&self.env, letter).await?;
                    self.tally.bounces += 1;
                }
                Act::Page(client, nth) => self.answer_on_page(client, nth).await?,
                Act::Reply(letter, nth) => {
                    let person = self.market.people[nth].clone();
                    let mut rng = self.market.chance_of(nth, now);
                    mailbox::reply(&self.env, letter, &person, &mut rng).await?;
                    self.tally.mail_answers += 1;
                }
                Act::Cancel(client, project, reference, reason) => {
                    self.cancel(client, project, &reference, reason).await?;
                }
            }
        }
        Ok(())
    }

    async fn answer_on_page(&mut self, client: ClientId, nth: usize) -> anyhow::Result<()> {
        let now = self.env.clock.now();
        let (Some(page), pending) = (
            answer::store::client(&self.env.db, client).await?,
            answer::store::pending(&self.env.db, client).await?,
        ) else {
            return Ok(());
        };
        let person = self.market.people[nth].clone();
        let mut rng = self.market.chance_of(nth, now);
        let mut answers = Vec::new();
        for project in pending {
            let choice = choice(&person, now, &mut rng);
            answers.push((project.id, choice));
            if answer::leads_to_the_account(choice.stage()) && rng.percent(CANCELS_PERCENT) {
                let reason = match choice {
                    Choice::Dropped => CancelReason::FellThrough,
                    _ => CancelReason::FoundElsewhere,
                };
                let act = Act::Cancel(client, project.id, project.reference, reason);
                self.acts.push((now + TimeDelta::hours(1), act));
            }
        }
        self.forms += 1;
        let form = format!("demo form {}", self.forms);
        answer::store::record(&self.env.db, &page, &answers, &form, now).await?;
        self.tally.page_answers += 1;
        Ok(())
    }

    async fn cancel(
        &mut self,
        client: ClientId,
        project: ProjectId,
        reference: &str,
        reason: CancelReason,
    ) -> anyhow::Result<()> {
        let mut tx = self.env.db.begin().await?;
        let act = AccountAct::Cancel(reason);
        let taken = relance_shared::platform::store::take_account_act(
            &mut tx,
            &self.env.keys,
            client,
            project,
            act,
            self.env.clock.now(),
        )
        .await?;
        tx.commit().await?;
        if taken == Taken::Applied {
            self.market.close(reference);
            self.tally.cancels += 1;
        }
        Ok(())
    }

    /// The staff works down the day's list.
    async fn call(&mut self) -> anyhow::Result<()> {
        let now = self.env.clock.now();
        let mut open = calls(&self.env.db, now).await?;
        open.retain(|call| call.due_at <= now);
        for call in open.into_iter().take(CALLS_PER_SITTING) {
            let Some(nth) = self.market.person_called(&call.client_reference) else {
                continue;
            };
            let person = self.market.people[nth].clone();
            let mut rng = self.market.chance_of(nth, now);
            let outcome = if person.wrong_number {
                CallOutcome::WrongNumber
            } else if rng.percent(person.takes_call_percent()) {
                if rng.percent(12) {
                    CallOutcome::Refused
                } else {
                    CallOutcome::Spoke
                }
            } else if rng.percent(30) {
                CallOutcome::LeftMessage
            } else {
                CallOutcome::NoAnswer
            };
            let said = (outcome == CallOutcome::Spoke).then(|| choice(&person, now, &mut rng));
            let report = CallReport {
                call: call.id,
                outcome,
                stage: said.map(Choice::stage),
                only: Vec::new(),
                ask_again_at: said.and_then(|said| said.ask_again_at(Tz::Europe__Paris)),
                note: said.and_then(|said| note(said.stage())),
            };
            record_call_outcome(&self.env.db, &report, now).await?;
            *self.tally.calls.entry(outcome.as_str()).or_default() += 1;
        }
        Ok(())
    }
}

fn local(zone: Tz, day: chrono::NaiveDate, hour: u32) -> DateTime<Utc> {
    let wall = day.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::from(hour));
    zone.from_local_datetime(&wall)
        .earliest()
        .map_or_else(|| wall.and_utc(), |at| at.to_utc())
}
