//! `calls`: the day's calls, and what came of them.

use anyhow::bail;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use relance_shared::account::Locale;
use relance_shared::answer::morning;
use relance_shared::contact::Stage;
use relance_shared::env::Env;
use relance_shared::follow_up::store::{Call, CallReport, LastContact, calls, record_call_outcome};
use relance_shared::follow_up::{CallId, CallOutcome};
use relance_shared::words::{crm, follow_up as words};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as ValueError;

use crate::commands::table;

/// What to do with the calls.
#[derive(Debug, clap::Args)]
pub struct CallsArgs {
    #[command(subcommand)]
    what: Option<CallsCommand>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum CallsCommand {
    /// Tell what came of a call: `no_answer`, `left_message`, `spoke`, `wrong_number`, `refused`.
    Record(RecordArgs),
}

#[derive(Debug, clap::Args)]
struct RecordArgs {
    /// The call's id, as listed.
    call: uuid::Uuid,
    /// What came of it.
    outcome: CallOutcome,
    /// What the client said: `searching`, `comparing`, `chosen_outside`, `chosen_here`, `postponed`, `dropped`, `unknown`. It cancels
    /// nothing: only the client does, from the account.
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    answer: Option<Stage>,
    /// The answer is about this project only (may be repeated); without it, about all of the call.
    #[arg(long, value_name = "REFERENCE")]
    project: Vec<String>,
    /// When the client wants to be asked again, as 2026-09-01.
    #[arg(long, value_name = "DATE")]
    ask_again: Option<NaiveDate>,
    /// A remark for the timeline; telephone numbers, addresses and links are removed from it.
    #[arg(long)]
    note: Option<String>,
}

/// Lists the day's calls, or records what came of one.
///
/// # Errors
/// When the database cannot be read, or the call is not open.
pub async fn run(env: &Env, args: &CallsArgs) -> anyhow::Result<()> {
    if let Some(CallsCommand::Record(of)) = &args.what {
        return record(env, of).await;
    }
    let now = env.clock.now();
    let open = calls(&env.db, now).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&open)?);
        return Ok(());
    }
    if open.is_empty() {
        println!("No call to make.");
        return Ok(());
    }
    let mut table = table(["call", "whom", "about", "last contacts", "due"]);
    for call in &open {
        table.add_row([
            call.id.to_string(),
            whom(call),
            about(call),
            last(&call.last_contacts),
            due(call, now),
        ]);
    }
    println!("{table}");
    println!(
        "{} calls. Tell what came of one: calls record CALL no_answer|left_message|spoke|wrong_number|refused",
        open.len()
    );
    Ok(())
}

async fn record(env: &Env, of: &RecordArgs) -> anyhow::Result<()> {
    if of.outcome == CallOutcome::Spoke && of.answer.is_none() {
        bail!(
            "say what the client said, with --answer searching, comparing, chosen_outside, chosen_here, postponed, dropped or \
             unknown; the call stays open until then"
        );
    }
    let zone = env.settings.schedule.zone;
    let report = CallReport {
        call: CallId::from(of.call),
        outcome: of.outcome,
        stage: of.answer,
        only: of.project.clone(),
        ask_again_at: of.ask_again.map(|date| morning(date, zone)),
        note: of.note.clone(),
    };
    let projects = record_call_outcome(&env.db, &report, env.clock.now()).await?;
    println!(
        "Recorded: {}, on the timeline of {projects} projects. The plan follows from it.",
        words::outcome(Locale::En, of.outcome)
    );
    Ok(())
}

fn stage(text: &str) -> Result<Stage, ValueError> {
    Stage::deserialize(text.into_deserializer())
}

fn whom(call: &Call) -> String {
    let phone = call.phone.as_deref().unwrap_or("no number");
    format!("{} ({})\n{phone}", call.name, call.client_reference)
}

fn about(call: &Call) -> String {
    let lines = call.projects.iter().map(|project| {
        format!(
            "{} {}: {}; {} mails and {} calls unanswered",
            project.reference,
            project.title,
            words::reason(Locale::En, project.reason),
            project.mails_unanswered,
            project.calls_unanswered
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn last(contacts: &[LastContact]) -> String {
    let lines = contacts.iter().map(|line| {
        let what = crm::event(Locale::En, line.kind);
        let said = line
            .stage
            .map(|stage| format!(" ({})", crm::stage(Locale::En, stage)))
            .unwrap_or_default();
        let note = line
            .note
            .as_deref()
            .map(|note| format!(": {note}"))
            .unwrap_or_default();
        format!("{} {what}{said}{note}", line.at.format("%Y-%m-%d"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn due(call: &Call, now: DateTime<Utc>) -> String {
    let zone: Tz = call.zone.parse().unwrap_or(Tz::Europe__Paris);
    let local = |at: DateTime<Utc>| at.with_timezone(&zone);
    let due = local(call.due_at);
    let until = local(call.expires_at).format("%a %d %b");
    if due.date_naive() < local(now).date_naive() {
        format!("OVERDUE since {}\nuntil {until}", due.format("%a %d %b"))
    } else {
        format!("{}\nuntil {until}", due.format("%a %d %b %H:%M %Z"))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use relance_shared::account::Mails;
    use relance_shared::answer::store::set_mails;
    use relance_shared::clock::Clock;
    use relance_shared::contact::Channel;
    use relance_shared::testing::store::{a_client, a_pending_project};
    use relance_shared::testing::{day, each_engine};

    use super::*;
    use crate::jobs::plan_follow_ups;

    // a22: an overdue call says so, and until when it can be made.
    #[tokio::test]
    async fn an_overdue_call_is_marked() {
        each_engine(async |db| {
            let env = Env::for_tests(&db, &Clock::fixed(day(4)));
            let client = a_client(&db, "C1", day(0)).await?;
            a_pending_project(&db, client, "P1", day(4)).await?;
            set_mails(&db, client, Mails::None, Channel::Page, day(4)).await?;
            let mut open = Vec::new();
            while open.is_empty() && env.clock.now() < day(60) {
                env.clock.set(env.clock.now() + TimeDelta::hours(3));
                plan_follow_ups::run(&env).await?;
                open = calls(&db, env.clock.now()).await?;
            }
            let call = open.first().expect("who wants no mail is called");
            assert!(!due(call, call.due_at).contains("OVERDUE"));
            let overdue = due(call, call.due_at + TimeDelta::days(1));
            assert!(
                overdue.starts_with("OVERDUE since ") && overdue.contains("\nuntil "),
                "{overdue}"
            );
            Ok(())
        })
        .await;
    }

    #[test]
    fn a_stage_is_read_by_its_name() {
        assert_eq!(stage("chosen_outside").ok(), Some(Stage::ChosenOutside));
        assert!(stage("cancelled").is_err(), "nobody cancels by telephone");
    }

    #[test]
    fn a_date_is_the_morning_of_that_day_on_both_sides_of_daylight_saving() {
        let at = |date: &str| morning(date.parse().unwrap(), Tz::Europe__Paris).to_rfc3339();
        assert_eq!(at("2026-09-01"), "2026-09-01T07:00:00+00:00");
        assert_eq!(at("2026-12-01"), "2026-12-01T08:00:00+00:00");
    }
}
