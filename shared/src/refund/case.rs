//! The case file: what a reviewer should see before deciding, gathered when the card is opened (d2, d16, N20).
//!
//! Pure assembly from rows. What cannot be known stands there as not known; nobody is called dishonest (N3).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::account::Plan;
use crate::contact::{Channel, LineKind, Stage};
use crate::credit::Kind;
use crate::witness::Difference;

use super::{Reason, State};

/// Smallest sample from which a chance is told. Source: below thirty cases a share says nothing (S15, N8).
pub const SAMPLE_MIN: i64 = 30;
/// Lines of the follow-up history that a card shows, the newest first.
pub const LINES_SHOWN_MAX: usize = 12;
/// Other requests on the same project that a card shows.
pub const OTHERS_SHOWN_MAX: i64 = 20;
/// Requests of one provider in thirty days from which on the card says so (N10).
pub const MANY_REQUESTS: i64 = 4;
/// Requests on one project from which on the card says so (N10).
pub const MANY_ON_PROJECT: usize = 3;

/// Age brackets of a project in days: from, to (not included). Source: they double, roughly, like the follow-ups' gaps.
pub const BRACKETS: [(i64, i64); 6] = [
    (0, 14),
    (14, 45),
    (45, 90),
    (90, 180),
    (180, 365),
    (365, 36_500),
];
/// Days in which a project of the sample had to be awarded to count.
pub const CHANCE_DAYS: i64 = 180;

/// Where the project stands, as its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// On the list.
    Pending,
    /// Awarded on the platform.
    InProgress,
    /// Ended by its own client.
    Cancelled,
}

/// The spend, and the project when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Subject {
    /// What people call the request.
    pub number: i64,
    /// Why, from the list.
    pub reason: Reason,
    /// The claimant's subscription when asking.
    pub plan: Option<Plan>,
    /// Kind of credit.
    pub kind: Kind,
    /// How many.
    pub amount: i64,
    /// When they were spent.
    pub spent_at: DateTime<Utc>,
    /// When the request was opened.
    pub opened_at: DateTime<Utc>,
    /// The platform's id of the claimant.
    pub provider: String,
    /// The platform's id of the project.
    pub project: String,
    /// Its title.
    pub title: String,
    /// First time on the list.
    pub published_at: DateTime<Utc>,
    /// Where it stands now.
    pub project_state: ProjectState,
    /// When it was awarded, if it is in progress.
    pub awarded_at: Option<DateTime<Utc>>,
    /// When its client cancelled it, if so.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// When the provider took the application back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Page of the list on which the project stood when the credits were spent, if it was noted then.
    pub page_then: Option<i64>,
}

/// One line of the project's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct TimelineLine {
    /// What happened.
    pub kind: LineKind,
    /// By which way.
    pub channel: Channel,
    /// What the client said.
    pub stage: Option<Stage>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Since when we know it (N22).
    pub known_at: DateTime<Utc>,
}

/// What could be known of the client's silence at one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Last sign of the client; none: never heard.
    pub last_sign: Option<(DateTime<Utc>, LineKind)>,
    /// Letters since.
    pub mails: u32,
    /// Calls since.
    pub calls: u32,
    /// The client's last word.
    pub word: Option<(DateTime<Utc>, Stage)>,
}

/// Another request on the same project (d16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Other {
    /// What people call it.
    pub number: i64,
    /// The platform's id of its claimant.
    pub provider: String,
    /// Whether it is the same claimant.
    pub same_claimant: bool,
    /// Why, from the list.
    pub reason: Reason,
    /// Where it stands.
    pub state: State,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

/// What the claimant asked before, and what is left of the subscription.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Record {
    /// Requests ever, this one included.
    pub requests: i64,
    /// Of these, in the last thirty days.
    pub requests_30_days: i64,
    /// Approved ever.
    pub approved: i64,
    /// Approved in the last ninety days.
    pub approved_90_days: i64,
    /// Declined ever.
    pub declined: i64,
    /// Closed for silence ever.
    pub closed_silent: i64,
    /// Credits granted ever.
    pub granted: i64,
    /// Credits spent and not given back.
    pub used: i64,
    /// Credits left.
    pub available: i64,
    /// Of the used ones, those on projects that are cancelled now.
    pub used_on_cancelled: i64,
}

/// How often projects went ahead that had reached the age of this one (N8, S15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    /// The bracket's first day.
    pub from_days: i64,
    /// Its end, not included.
    pub to_days: i64,
    /// Projects that had reached it and had [`CHANCE_DAYS`] to go ahead.
    pub sample: i64,
    /// Of these, awarded in that time.
    pub awarded: i64,
}

/// Where two accounts differ, or something stands out; for the staff, in calm words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// The claimant says over; the client said after the spend that the search goes on.
    ClientSaysCurrent,
    /// The claimant says unreachable; the client gave a sign after the spend.
    ClientGaveASign,
    /// The project went ahead on the platform.
    WentAhead,
    /// The client had said that it was over before the credits were spent, and the list did not show it.
    KnownOverBefore,
    /// The client cancelled before the credits were spent.
    CancelledBefore,
    /// The same project is asked back by many.
    ManyOnThisProject,
    /// The claimant asks often.
    ManyByThisClaimant,
}

/// Everything a reviewer is shown; kept with the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// When it was gathered.
    pub gathered_at: DateTime<Utc>,
    /// The spend and the project.
    pub subject: Subject,
    /// Days from publication to the spend.
    pub age_days_then: i64,
    /// What the list could say when the credits were spent: known by then, not merely true by then.
    pub then: Silence,
    /// What is known now.
    pub now: Silence,
    /// Letters and calls ever.
    pub asked_total: u32,
    /// The newest lines of the timeline.
    pub lines: Vec<TimelineLine>,
    /// What stands out.
    pub contradictions: Vec<Contradiction>,
    /// Where the client's word, the providers' and the account differ.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// Other requests on the project.
    pub others: Vec<Other>,
    /// The claimant's record.
    pub record: Record,
    /// How often such projects went ahead; none below [`SAMPLE_MIN`] cases.
    pub chance: Option<Chance>,
}

/// The rows from which a case file is made.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The request, its spend, its project.
    pub subject: Subject,
    /// The timeline, newest first.
    pub lines: Vec<TimelineLine>,
    /// Other requests on the project.
    pub others: Vec<Other>,
    /// The claimant's record.
    pub record: Record,
    /// The sample of the project's bracket, whatever its size.
    pub chance: Option<Chance>,
    /// Where the project's three columns differ.
    pub differences: Vec<Difference>,
}

/// Puts the file together.
#[must_use]
pub fn assemble(rows: Rows, gathered_at: DateTime<Utc>) -> CaseFile {
    let spent_at = rows.subject.spent_at;
    let then = silence(
        rows.lines
            .iter()
            .filter(|line| line.at <= spent_at && line.known_at <= spent_at),
    );
    let now = silence(rows.lines.iter());
    let contradictions = contradictions(&rows, &then, &now);
    let asked = rows
        .lines
        .iter()
        .filter(|line| is_mail(line) || is_call(line))
        .count();
    let mut lines = rows.lines;
    lines.truncate(LINES_SHOWN_MAX);
    CaseFile {
        gathered_at,
        age_days_then: age_days(&rows.subject),
        subject: rows.subject,
        then,
        now,
        asked_total: u32::try_from(asked).unwrap_or(u32::MAX),
        lines,
        contradictions,
        differences: rows.differences,
        others: rows.others,
        record: rows.record,
        chance: rows.chance.filter(|chance| chance.sample >= SAMPLE_MIN),
    }
}

/// Whole days from publication to the spend.
#[must_use]
pub fn age_days(subject: &Subject) -> i64 {
    (subject.spent_at - subject.published_at).num_days().max(0)
}

/// The bracket of an age in days.
#[must_use]
pub fn bracket(age_days: i64) -> (i64, i64) {
    let found = BRACKETS
        .into_iter()
        .find(|(from, to)| (*from..*to).contains(&age_days));
    found.unwrap_or(BRACKETS[BRACKETS.len() - 1])
}

/// What lines (newest first) come to.
fn silence<'a>(lines: impl Iterator<Item = &'a TimelineLine>) -> Silence {
    let mut silence = Silence::default();
    for line in lines {
        if silence.last_sign.is_none() {
            match line.kind {
                LineKind::Answer | LineKind::Login | LineKind::Reopened => {
                    silence.last_sign = Some((line.at, line.kind));
                }
                _ if is_mail(line) => silence.mails += 1,
                _ if is_call(line) => silence.calls += 1,
                _ => {}
            }
        }
        if silence.word.is_none() {
            silence.word = match (line.kind, line.stage) {
                (LineKind::Answer, Some(stage)) => Some((line.at, stage)),
                // A return to the list takes older words back.
                (LineKind::Reopened, _) => Some((line.at, Stage::Searching)),
                _ => None,
            };
        }
    }
    silence
}

fn is_mail(line: &TimelineLine) -> bool {
    line.kind == LineKind::LetterSent
}

fn is_call(line: &TimelineLine) -> bool {
    matches!(
        line.kind,
        LineKind::CallNoAnswer
            | LineKind::CallLeftMessage
            | LineKind::CallRefused
            | LineKind::CallWrongNumber
    ) || (line.kind == LineKind::Answer && line.channel == Channel::Phone)
}

fn contradictions(rows: &Rows, then: &Silence, now: &Silence) -> Vec<Contradiction> {
    let subject = &rows.subject;
    let after = |at: DateTime<Utc>| at > subject.spent_at;
    let over = matches!(subject.reason, Reason::FoundElsewhere | Reason::FellThrough);
    let current = now.word.is_some_and(|(at, stage)| {
        after(at) && matches!(stage, Stage::Searching | Stage::Comparing)
    });
    let ended = |stage| matches!(stage, Stage::ChosenOutside | Stage::Dropped);
    let checks = [
        (Contradiction::ClientSaysCurrent, over && current),
        (
            Contradiction::ClientGaveASign,
            subject.reason == Reason::Unreachable && now.last_sign.is_some_and(|(at, _)| after(at)),
        ),
        (
            Contradiction::WentAhead,
            subject.project_state == ProjectState::InProgress,
        ),
        (
            Contradiction::KnownOverBefore,
            then.word.is_some_and(|(_, stage)| ended(stage)),
        ),
        (
            Contradiction::CancelledBefore,
            subject
                .cancelled_at
                .is_some_and(|at| at <= subject.spent_at),
        ),
        (
            Contradiction::ManyOnThisProject,
            rows.others.len() + 1 >= MANY_ON_PROJECT,
        ),
        (
            Contradiction::ManyByThisClaimant,
            rows.record.requests_30_days >= MANY_REQUESTS,
        ),
    ];
    checks
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(what, _)| what)
        .collect()
}

#[cfg(test)]
mod tests;
