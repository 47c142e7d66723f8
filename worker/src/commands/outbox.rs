//! `outbox`: letters by state, those whose outcome is unknown first; sends again what a person says.

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use relance_shared::env::Env;
use relance_shared::mail::LetterId;
use relance_shared::outbox::State;
use relance_shared::outbox::store::{self, Away, Cause, LetterRow, Then};
use relance_shared::terminal;
use serde_json::json;
use uuid::Uuid;

use crate::commands::table;
use crate::jobs::drain_outbox;

/// Letters that one call lists.
const ROWS_MAX: i64 = 200;

/// What a hold means.
pub(crate) const HELD: &str = "Nothing leaves and nobody is asked: what was planned in this copy may have been sent since. \
    Look at `outbox`, then `outbox release --withdraw` or `outbox release --send`.";

/// What to do with the letters.
#[derive(Debug, clap::Args)]
pub struct OutboxArgs {
    #[command(subcommand)]
    what: Option<OutboxCommand>,
    /// Only letters in this state: planned, sending, accepted, refused, unknown, withdrawn.
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// As JSON, one letter a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum OutboxCommand {
    /// Hand over what is due, now, and stop.
    Drain,
    /// One letter, whole: where it stands, then the message as it travels.
    Show {
        /// As listed.
        id: Uuid,
    },
    /// Send a letter again that is unknown, refused or parked: the same bytes under the same Message-ID.
    Retry {
        /// As listed.
        id: Uuid,
    },
    /// After restoring a copy by other means than `backup`: nothing leaves and nobody is planned to be asked before `release`.
    Hold,
    /// End the hold of a restored copy.
    Release(ReleaseArgs),
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct ReleaseArgs {
    /// The letters planned before the hold go out, if they are still right to send: clients to whom they went since the
    /// copy was written get them twice.
    #[arg(long)]
    send: bool,
    /// The letters planned before the hold never go out.
    #[arg(long)]
    withdraw: bool,
}

/// Lists, shows, drains or retries.
///
/// # Errors
/// When the database cannot be read, the letter is not there, or it is in no state to be sent again.
pub async fn run(env: &Env, args: &OutboxArgs) -> anyhow::Result<()> {
    match &args.what {
        None => list(env, args).await,
        Some(OutboxCommand::Drain) => drain(env).await,
        Some(OutboxCommand::Show { id }) => show(env, LetterId::from(*id)).await,
        Some(OutboxCommand::Retry { id }) => retry(env, LetterId::from(*id)).await,
        Some(OutboxCommand::Hold) => {
            store::hold(&env.db, Cause::Command, env.clock.now()).await?;
            println!("{HELD}");
            Ok(())
        }
        Some(OutboxCommand::Release(args)) => release(env, args).await,
    }
}

/// Says why nothing leaves; nothing when nothing is held.
async fn say_held(env: &Env) -> anyhow::Result<()> {
    if let Some(hold) = store::standing_hold(&env.db).await? {
        let why = match hold.cause {
            Cause::Backup => "this database is a copy that `backup` wrote on",
            Cause::Command => "held by `outbox hold` on",
        };
        println!("{why} {}. {HELD}", shown(hold.since_at));
    }
    Ok(())
}

/// Says that the relay does not answer: since when, what was wrong, how many letters wait, when it is tried again; nothing
/// while it does.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn say_away(env: &Env) -> anyhow::Result<()> {
    if let Some(away) = store::standing_away(&env.db).await? {
        let waiting = store::waiting(&env.db, env.clock.now()).await?;
        println!("{}", away_line(&away, waiting));
    }
    Ok(())
}

fn away_line(away: &Away, waiting: i64) -> String {
    let letters = match waiting {
        1 => "1 letter waits".to_owned(),
        letters => format!("{letters} letters wait"),
    };
    format!(
        "The relay does not answer since {}, {} tries in vain. The last, on {}: {}. {letters}; the relay is tried again \
         from {} on.",
        shown(away.since_at),
        away.failures,
        shown(away.failed_at),
        terminal::line(&away.why),
        shown(away.again_at)
    )
}

async fn release(env: &Env, args: &ReleaseArgs) -> anyhow::Result<()> {
    let then = if args.withdraw && !args.send {
        Then::Withdraw
    } else {
        Then::Send
    };
    let Some((withdrawn, waiting)) = store::release(&env.db, then, env.clock.now()).await? else {
        bail!("nothing is held");
    };
    println!(
        "Released: {withdrawn} letters withdrawn, {waiting} go out when they are due and still right to send."
    );
    Ok(())
}

async fn list(env: &Env, args: &OutboxArgs) -> anyhow::Result<()> {
    let rows = store::list(&env.db, args.state, ROWS_MAX).await?;
    if args.json {
        for row in &rows {
            println!("{}", as_json(row));
        }
        return Ok(());
    }
    say_held(env).await?;
    say_away(env).await?;
    let counts = store::count(&env.db).await?;
    if counts.is_empty() {
        println!("No letter was ever written: `relance-worker plan` writes those that are due.");
        return Ok(());
    }
    for count in &counts {
        let parked = match count.parked {
            0 => String::new(),
            parked => format!(", {parked} of them wait for a person"),
        };
        println!("{}: {}{parked}", count.state.as_str(), count.letters);
    }
    let mut table = table([
        "letter",
        "kind",
        "to",
        "state",
        "tries",
        "due or settled",
        "reason",
    ]);
    for row in &rows {
        table.add_row([
            row.id.to_string(),
            row.kind.as_str().to_owned(),
            row.recipient
                .as_deref()
                .map_or_else(|| "erased".to_owned(), masked),
            state(row),
            row.attempts.to_string(),
            shown(row.settled_at.unwrap_or(row.due_at)),
            row.reason.clone().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    if rows.iter().any(|row| row.state == State::Unknown) {
        println!(
            "Unknown letters may have arrived. Look in the relay's log for the Message-ID (`outbox show ID`); when it is \
             not there, `outbox retry ID` sends the same letter again."
        );
    }
    Ok(())
}

async fn drain(env: &Env) -> anyhow::Result<()> {
    if store::standing_hold(&env.db).await?.is_some() {
        bail!("{HELD}");
    }
    let drained = drain_outbox::drain(env).await?;
    println!(
        "{} accepted, {} refused, {} unknown, {} later, {} no longer right to send.",
        drained.accepted, drained.refused, drained.unknown, drained.later, drained.withdrawn
    );
    say_away(env).await?;
    match store::next_due(&env.db).await? {
        Some(due) => println!(
            "The next letter is due {}: letters leave in the office hours of who gets them.",
            due.with_timezone(&env.settings.schedule.zone)
                .format("%Y-%m-%d %H:%M %Z")
        ),
        None => println!("No letter waits."),
    }
    Ok(())
}

async fn show(env: &Env, id: LetterId) -> anyhow::Result<()> {
    let (row, raw) = store::get(&env.db, id).await?;
    println!("{:#}\n", as_json(&row));
    match raw {
        Some(raw) => println!("{}", terminal::lines(&String::from_utf8_lossy(&raw))),
        None => println!("The message was erased."),
    }
    Ok(())
}

async fn retry(env: &Env, id: LetterId) -> anyhow::Result<()> {
    let mut tx = env.db.begin().await?;
    store::retry(&mut tx, id, env.clock.now()).await.with_context(|| {
        format!("letter {id} is not unknown, refused or parked, or was erased: see `outbox show {id}`")
    })?;
    tx.commit().await?;
    println!(
        "Letter {id} goes out again, if it is still right to send: the same bytes, the same Message-ID."
    );
    Ok(())
}

fn state(row: &LetterRow) -> String {
    match row.parked_at {
        Some(since) => format!("parked since {}", shown(since)),
        None => row.state.as_str().to_owned(),
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `a…@clients.example`: enough to recognise a person whom one knows.
fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = local.chars().next().map(String::from).unwrap_or_default();
    format!("{first}…@{domain}")
}

fn as_json(row: &LetterRow) -> serde_json::Value {
    json!({
        "id": row.id, "kind": row.kind, "state": row.state, "client": row.client_id, "provider": row.provider_id,
        "to": row.recipient.as_deref().map(masked), "message_id": row.message_id, "composed_at": row.composed_at,
        "due_at": row.due_at, "attempts": row.attempts, "settled_at": row.settled_at, "parked_at": row.parked_at,
        "reason": row.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // O7: the trouble in one line, for `outbox` and `jobs`.
    #[test]
    fn a_relay_that_is_away_is_one_line() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let away = Away {
            since_at: at,
            failed_at: at + chrono::TimeDelta::minutes(5),
            again_at: at + chrono::TimeDelta::minutes(6),
            failures: 7,
            why: "cannot connect to the relay: connection refused".to_owned(),
        };
        let line = away_line(&away, 1);
        assert_eq!(
            line,
            "The relay does not answer since 2027-01-15 08:00:00 UTC, 7 tries in vain. The last, on 2027-01-15 08:05:00 UTC: \
             cannot connect to the relay: connection refused. 1 letter waits; the relay is tried again from \
             2027-01-15 08:06:00 UTC on."
        );
        assert!(away_line(&away, 12).contains("12 letters wait;"));
    }

    // D5: a list on a screen shows no address.
    #[test]
    fn a_list_masks_addresses() {
        assert_eq!(masked("anne.durand@clients.example"), "a…@clients.example");
        assert_eq!(masked("nobody"), "n…@");
    }
}
