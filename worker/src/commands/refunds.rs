//! `refunds`: the queue of refund requests, a case file, and one person's decision on one request.

use anyhow::{Context as _, bail};
use relance_shared::account::store::{find_staff, named};
use relance_shared::account::{Identity, Locale, Provider, StaffMember};
use relance_shared::credit::Kind;
use relance_shared::env::Env;
use relance_shared::listing;
use relance_shared::refund::store::{self, Ask, Command, Decided, Opened, Verdict};
use relance_shared::refund::{EventKind, Reason, Refused, Request, State, Surface};
use relance_shared::terminal;
use relance_shared::words::refund::card::{Said, text};
use relance_shared::words::refund::{reason, refused, state, turned};
use relance_shared::words::time::date;
use serde_json::{Value, json};

use crate::commands::table;

/// What to do with the requests. Without a command: the queue.
#[derive(Debug, clap::Args)]
pub struct RefundsArgs {
    #[command(subcommand)]
    does: Option<Does>,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Does {
    /// The requests that wait, the oldest first; or those that were decided.
    List(ListArgs),
    /// The case file of a request, and what happened to it.
    Show {
        /// Its number.
        number: i64,
        /// Who looks: what is seen is kept.
        #[arg(long = "as", value_name = "STAFF")]
        staff: String,
    },
    /// Put a request into the queue for a provider, for example after a call.
    Open(OpenArgs),
    /// Yes, to this one request; the credits come back. Above a ceiling a second person has to say so, too.
    Approve(DecideArgs),
    /// No, to this one request.
    Decline(DecideArgs),
    /// A question to the provider.
    Ask(DecideArgs),
    /// A note that only the staff see.
    Note(DecideArgs),
    /// Take an approval back by a counter-entry.
    Undo(DecideArgs),
}

#[derive(Debug, Default, clap::Args)]
struct ListArgs {
    /// From the one after this number.
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// Those that were decided or closed too, the last first.
    #[arg(long)]
    all: bool,
    /// Only those that were decided or closed so: approved, declined, `closed_silent` or undone.
    #[arg(long, value_name = "STATE", value_parser = decided_state)]
    state: Option<State>,
}

fn decided_state(text: &str) -> Result<State, String> {
    let decided = [
        State::Approved,
        State::Declined,
        State::ClosedSilent,
        State::Undone,
    ];
    decided
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| "a state is approved, declined, closed_silent or undone".to_owned())
}

#[derive(Debug, clap::Args)]
struct OpenArgs {
    /// The platform's id of the provider.
    #[arg(long)]
    provider: String,
    /// The platform's id of the project.
    #[arg(long)]
    project: String,
    /// view, offer or contact.
    #[arg(long)]
    kind: Kind,
    /// `found_elsewhere`, `fell_through`, unreachable, `not_serious`, duplicate or other.
    #[arg(long)]
    reason: Reason,
    /// What happened, in the provider's words.
    #[arg(long)]
    story: String,
    /// A link, kept as text and never opened.
    #[arg(long, default_value = "")]
    proof: String,
    /// Makes the command repeatable: the same key with the same values is the same request.
    #[arg(long)]
    key: Option<String>,
}

#[derive(Debug, clap::Args)]
struct DecideArgs {
    /// The number of the request.
    number: i64,
    /// Who speaks: a short name of `relance-bot staff list`.
    #[arg(long = "as", value_name = "STAFF")]
    staff: String,
    /// The reason, the question or the note.
    #[arg(long)]
    reason: String,
}

/// Lists, shows, opens or decides.
///
/// # Errors
/// When there is no such request or member of the staff, or the decision is refused; the message says why.
pub async fn run(env: &Env, args: &RefundsArgs) -> anyhow::Result<()> {
    let (text, document) = match &args.does {
        None => list(env, &ListArgs::default()).await?,
        Some(Does::List(args)) => list(env, args).await?,
        Some(Does::Show { number, staff }) => show(env, *number, staff).await?,
        Some(Does::Open(open)) => open_request(env, open).await?,
        Some(Does::Note(note)) => write_note(env, note).await?,
        Some(Does::Approve(decide)) => decide_on(env, decide, Verdict::Approve).await?,
        Some(Does::Decline(decide)) => decide_on(env, decide, Verdict::Decline).await?,
        Some(Does::Ask(decide)) => decide_on(env, decide, Verdict::Ask).await?,
        Some(Does::Undo(decide)) => decide_on(env, decide, Verdict::Undo).await?,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&document)?);
    } else {
        println!("{text}");
    }
    Ok(())
}

async fn list(env: &Env, args: &ListArgs) -> anyhow::Result<(String, Value)> {
    let mut rows = Vec::new();
    if args.state.is_none() {
        rows = store::queue(&env.db, args.after, store::QUEUE_ROWS_MAX).await?;
    }
    let shown = rows.len();
    if args.all || args.state.is_some() {
        rows.extend(store::settled(&env.db, args.state, store::QUEUE_ROWS_MAX).await?);
    }
    let waiting = store::waiting(&env.db).await?;
    let document = json!({"waiting": waiting, "requests": rows});
    let mut table = table([
        "no.", "since", "provider", "project", "credits", "reason", "state",
    ]);
    let zone = env.settings.schedule.zone;
    for row in &rows {
        table.add_row([
            row.number.to_string(),
            date(Locale::En, row.opened_at, zone),
            clean(&row.provider),
            clean(&format!("{} {}", row.project, row.title)),
            format!("{} {}", row.amount, row.kind.as_str()),
            reason(Locale::En, row.reason).to_owned(),
            if row.needs_second {
                "approved once, waits for a second person".to_owned()
            } else {
                state(Locale::En, row.state).to_owned()
            },
        ]);
    }
    let text = if rows.is_empty() {
        "No request waits.".to_owned()
    } else {
        format!("{table}\n{shown} of {waiting} requests that wait")
    };
    Ok((text, document))
}

async fn show(env: &Env, number: i64, staff: &str) -> anyhow::Result<(String, Value)> {
    let member = member(env, staff).await?;
    let request = find(env, number).await?;
    let (_, case) = store::open_case(&env.db, request.id, Some(member.id), env.clock.now()).await?;
    let events = store::events(&env.db, request.id).await?;
    let notes = store::notes(&env.db, request.id).await?;
    let document = json!({
        "case": case, "state": request.state, "story": request.story, "proof": request.proof, "events": events,
        "notes": notes.iter().map(|(name, text, at)| json!({"by": name, "text": text, "at": at})).collect::<Vec<_>>(),
    });
    let said: Vec<Said> = (events.into_iter())
        .map(|event| Said {
            kind: event.kind,
            by: event.staff,
            text: event.said,
        })
        .collect();
    let card = text(
        Locale::En,
        &request,
        &case,
        &said,
        env.settings.schedule.zone,
    );
    let mut lines: Vec<String> = card
        .lines()
        .map(|line| clean(&line.replace("**", "")))
        .collect();
    lines.extend(
        notes
            .iter()
            .map(|(name, text, _)| clean(&format!("Note of the staff ({name}): {text}"))),
    );
    Ok((lines.join("\n"), document))
}

async fn open_request(env: &Env, args: &OpenArgs) -> anyhow::Result<(String, Value)> {
    let now = env.clock.now();
    let provider = provider(env, &args.provider).await?;
    let project = listing::store::find(&env.db, &args.project).await?;
    let project =
        project.with_context(|| format!("no project has the reference {}", args.project))?;
    let key = (args.key.clone())
        .unwrap_or_else(|| format!("{}:{}", args.provider, now.timestamp_micros()));
    let ask = Ask {
        provider: provider.id,
        project: project.id,
        kind: args.kind,
        reason: args.reason,
        story: args.story.clone(),
        proof: args.proof.clone(),
        locale: provider.locale,
        surface: Surface::Command,
        key: format!("command:{key}"),
    };
    let (limits, zone) = (&env.settings.refund, env.settings.schedule.zone);
    match store::open(&env.db, &ask, limits, zone, now).await? {
        Opened::Queued(request) => Ok((
            format!("request {} waits for a person", request.number),
            json!({"number": request.number, "state": request.state}),
        )),
        Opened::Turned(why) => bail!("{}", turned(Locale::En, &why, zone)),
        Opened::KeyTaken(number) => bail!(
            "the key belongs to request {number}, which says something else; give another one"
        ),
    }
}

async fn write_note(env: &Env, args: &DecideArgs) -> anyhow::Result<(String, Value)> {
    let (request, member) = (
        find(env, args.number).await?,
        member(env, &args.staff).await?,
    );
    let now = env.clock.now();
    if !store::note(&env.db, request.id, member.id, &args.reason, now).await? {
        bail!(
            "{}",
            refused(
                Locale::En,
                &Refused::SayWhy,
                None,
                env.settings.schedule.zone
            )
        );
    }
    Ok((
        "the note is kept; the provider does not see it".to_owned(),
        json!({"noted": true}),
    ))
}

async fn decide_on(
    env: &Env,
    args: &DecideArgs,
    verdict: Verdict,
) -> anyhow::Result<(String, Value)> {
    let (request, member) = (
        find(env, args.number).await?,
        member(env, &args.staff).await?,
    );
    let command = Command {
        request: request.id,
        staff: member.id,
        verdict,
        said: &args.reason,
        surface: Surface::Command,
        interaction: None,
    };
    let (limits, zone) = (&env.settings.refund, env.settings.schedule.zone);
    match store::decide(&env.db, &command, limits, zone, env.clock.now()).await? {
        Decided::Done(done) => {
            let number = done.request.number;
            let text = match done.event {
                EventKind::Endorsed => format!(
                    "request {number} is above a ceiling: your approval is noted, a second person has to approve it, too"
                ),
                _ => format!(
                    "request {number} is {}",
                    state(Locale::En, done.request.state)
                ),
            };
            let document = json!({
                "number": number, "event": done.event, "state": done.request.state, "transfer": done.transfer,
            });
            Ok((text, document))
        }
        Decided::Refused { refused: why, by } => {
            bail!("{}", refused(Locale::En, &why, by.as_deref(), zone))
        }
    }
}

async fn find(env: &Env, number: i64) -> anyhow::Result<Request> {
    let request = store::find(&env.db, number).await?;
    request.with_context(|| {
        format!("there is no request {number}; `refunds list` shows those that wait")
    })
}

async fn member(env: &Env, name: &str) -> anyhow::Result<StaffMember> {
    let member = find_staff(&env.db, name).await?;
    member.with_context(|| {
        format!("nobody of the staff is called {name}; `relance-bot staff list` names them")
    })
}

async fn provider(env: &Env, reference: &str) -> anyhow::Result<Provider> {
    match named(&env.db, reference, env.clock.now()).await? {
        Some(Identity::Provider { provider, .. }) => Ok(provider),
        _ => bail!("no provider has the reference {reference}"),
    }
}

/// Text from outside without what a terminal would obey (M5), and without the marks of quoted text.
fn clean(text: &str) -> String {
    terminal::line(&text.replace(['\u{e000}', '\u{e001}'], ""))
}
