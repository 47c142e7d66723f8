//! `inbox`: mail in. `explain` says what would be understood and changes nothing; it needs no database, and looks into the
//! one that is there.

mod report;

use std::io::{BufRead as _, Read as _, Write as _, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use relance_shared::config::Settings;
use relance_shared::env::Env;
use relance_shared::reading::explain::{Installation, Nowhere};
use relance_shared::reading::matching::Matched;
use relance_shared::reading::meaning::Facts;
use relance_shared::reading::meaning::projects::Asked;
use relance_shared::reading::message::{MESSAGE_BYTES_MAX, Mail};
use relance_shared::reading::{self, explain, store};
use relance_shared::terminal;

use crate::jobs::read_inbox;

/// What `explain` says of a message whose bounds are passed.
const PARKED: &str = "this message would be parked, its bytes kept";

/// What `inbox` is told.
#[derive(Debug, clap::Args)]
pub struct InboxArgs {
    /// What to do.
    #[command(subcommand)]
    command: InboxCommand,
}

/// What `inbox` can do.
#[derive(Debug, clap::Subcommand)]
pub enum InboxCommand {
    /// Say what would be understood of a raw message and why; changes nothing. With a database it says whose letter it
    /// answers; without one the message alone is explained.
    Explain(ExplainArgs),
    /// Take one raw message, as a mail server's pipe delivers it, and file it.
    Receive(ReceiveArgs),
}

/// What to take.
#[derive(Debug, clap::Args)]
pub struct ReceiveArgs {
    /// The raw message; without it, standard input.
    file: Option<PathBuf>,
}

/// What to explain.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The raw message; without it, standard input.
    file: Option<PathBuf>,
    /// Read questions as JSON lines from standard input and answer each with one line, at once.
    #[arg(long, conflicts_with = "file")]
    jsonl: bool,
}

/// Does what was asked.
///
/// # Errors
/// Says what could not be read or written.
pub async fn run(settings: Settings, args: &InboxArgs) -> anyhow::Result<()> {
    match &args.command {
        InboxCommand::Explain(args) => {
            let authserv = settings.mail.trusted_authserv.clone();
            let env = match Env::look(settings).await {
                Ok(env) => env,
                Err(error) => {
                    eprintln!("the database does not answer, so no letter is found: {error:#}");
                    None
                }
            };
            let runtime = tokio::runtime::Handle::current();
            let here = Here {
                env,
                authserv,
                runtime,
            };
            // Readers ask the database and wait for it, each on a thread of its own.
            std::thread::scope(|scope| scope.spawn(|| explain(&here, args)).join())
                .expect("explaining never panics")
        }
        InboxCommand::Receive(args) => {
            let received = match Env::open(settings).await.context("starting") {
                Ok(env) => receive(&env, args).await,
                Err(error) => Err(error),
            };
            if let Err(error) = &received {
                println!("{}", for_the_mail_server(error));
            }
            received
        }
    }
}

/// What this installation knows. Asked from threads that may wait.
struct Here {
    env: Option<Env>,
    authserv: Option<String>,
    runtime: tokio::runtime::Handle,
}

impl Installation for Here {
    fn authserv(&self) -> Option<&str> {
        self.authserv.as_deref()
    }

    fn find(&self, mail: &Mail<'_>) -> (Matched, Vec<Asked>) {
        let Some(env) = &self.env else {
            return Nowhere.find(mail);
        };
        let found = self
            .runtime
            .block_on(store::look_up(&env.db, &env.keys, mail));
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, "no letter was looked for");
            Nowhere.find(mail)
        })
    }
}

/// Explains a message, or a stream of them.
///
/// # Errors
/// When the message cannot be read or the answer not be written. A bad line of a stream is answered, never an error.
fn explain(here: &Here, args: &ExplainArgs) -> anyhow::Result<()> {
    if args.jsonl {
        return stream(here).context("answering on standard output");
    }
    let raw = raw(args.file.as_deref())?;
    let mail = Mail::parse(&raw).context(PARKED)?;
    let known = explain::known(&mail, here);
    let facts = Facts {
        arrived: None,
        projects: known.projects.clone(),
    };
    let reading = reading::read_mail(&mail, &facts);
    print!("{}", terminal::lines(&report::known(&known)));
    print!("{}", terminal::lines(&report::reading(&reading)));
    Ok(())
}

/// A message that no later try can store.
#[derive(Debug, thiserror::Error)]
enum Unacceptable {
    #[error("the message is empty: give it as a file or on standard input")]
    Empty,
    #[error("the message is larger than {MESSAGE_BYTES_MAX} bytes")]
    TooLarge,
}

/// The first line of a failure, with the enhanced status code (RFC 3463) by which a mail server that hands messages to a
/// pipe, such as Postfix, keeps the message and tries again, or returns it to its sender.
fn for_the_mail_server(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref() {
        Some(Unacceptable::Empty) => "5.6.0 an empty message",
        Some(Unacceptable::TooLarge) => "5.2.3 the message is too large",
        None => "4.3.0 the message could not be stored now; try again later",
    }
}

/// Stores a message, then reads what waits. A message that was stored is safe: what fails later is tried again by the job.
///
/// # Errors
/// When the message cannot be read or stored; the mail server then keeps it and tries again.
async fn receive(env: &Env, args: &ReceiveArgs) -> anyhow::Result<()> {
    let raw = raw(args.file.as_deref())?;
    if raw.is_empty() {
        return Err(Unacceptable::Empty.into());
    }
    if raw.len() > MESSAGE_BYTES_MAX {
        return Err(Unacceptable::TooLarge.into());
    }
    let Some(id) = store::receive(&env.db, &raw, env.clock.now()).await? else {
        println!("known already; nothing to do");
        return Ok(());
    };
    if let Err(error) = read_inbox::read_waiting(env).await {
        tracing::warn!(%error, "stored; it will be read by the next run");
        return Ok(());
    }
    let row = store::get(&env.db, id).await?;
    println!(
        "{} {}: {}",
        row.id,
        row.state,
        row.reason.unwrap_or_default()
    );
    Ok(())
}

/// Prints what is understood of a raw message.
///
/// # Errors
/// When a bound is passed.
pub fn print_report(raw: &[u8]) -> anyhow::Result<()> {
    let reading = reading::read_message(raw, &Facts::default())?;
    print!("{}", terminal::lines(&report::reading(&reading)));
    Ok(())
}

/// The raw bytes of a file or of standard input, at most one message's limit and one byte more.
pub(super) fn raw(file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let limit = MESSAGE_BYTES_MAX as u64 + 1;
    let mut raw = Vec::new();
    match file {
        Some(path) => {
            let file =
                std::fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
            file.take(limit)
                .read_to_end(&mut raw)
                .with_context(|| format!("reading {}", path.display()))?;
        }
        None => {
            stdin()
                .lock()
                .take(limit)
                .read_to_end(&mut raw)
                .context("reading standard input")?;
        }
    }
    Ok(raw)
}

/// Lines waiting for a reader. A line may be a whole message, so few wait.
const WAITING_MAX: usize = 16;
/// Readers at most; reading is bound by the processor.
const READERS_MAX: usize = 8;

/// Answers each line as soon as it is read, by as many readers as there are processors; order is not promised.
fn stream(here: &Here) -> std::io::Result<()> {
    let readers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(READERS_MAX);
    let (give, take) = std::sync::mpsc::sync_channel::<String>(WAITING_MAX);
    let take = std::sync::Mutex::new(take);
    std::thread::scope(|scope| {
        let answering: Vec<_> = (0..readers)
            .map(|_| scope.spawn(|| answer_lines(&take, here)))
            .collect();
        let fed = feed(&give);
        drop(give);
        let answered = answering
            .into_iter()
            .try_for_each(|reader| reader.join().expect("a reader never panics"));
        fed.and(answered)
    })
}

fn feed(give: &std::sync::mpsc::SyncSender<String>) -> std::io::Result<()> {
    let mut input = stdin().lock();
    loop {
        let mut line = Vec::new();
        let taken = (&mut input)
            .take(explain::LINE_BYTES_MAX as u64)
            .read_until(b'\n', &mut line)?;
        // A line may be as large as a message: it is copied only when it is not UTF-8.
        let line = String::from_utf8(line)
            .unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
        if !line.trim().is_empty() && give.send(line).is_err() || taken == 0 {
            return Ok(());
        }
    }
}

fn answer_lines(
    take: &std::sync::Mutex<std::sync::mpsc::Receiver<String>>,
    here: &Here,
) -> std::io::Result<()> {
    loop {
        let next = take
            .lock()
            .expect("no reader panics while it holds the queue")
            .recv();
        let Ok(line) = next else { return Ok(()) };
        let answer = format!("{}\n", explain::answer(line.trim(), here));
        let mut output = stdout().lock();
        output.write_all(answer.as_bytes())?;
        output.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Explaining changes nothing: no database is begun, and the one that is there is looked into.
    #[tokio::test]
    async fn looking_begins_no_database_and_finds_the_one_that_is_there() -> anyhow::Result<()> {
        let data = tempfile::tempdir()?;
        let settings = Settings {
            data: data.path().to_owned(),
            ..Settings::default()
        };
        assert!(Env::look(settings.clone()).await?.is_none());
        assert_eq!(std::fs::read_dir(data.path())?.count(), 0);
        Env::open(settings.clone()).await?;
        assert!(Env::look(settings).await?.is_some());
        Ok(())
    }

    // A client's answer must not bounce because the database is away.
    #[test]
    fn the_mail_server_learns_whether_to_keep_a_message() {
        let later = for_the_mail_server(&anyhow::anyhow!("no connection"));
        assert!(later.starts_with("4."), "{later}");
        for never in [Unacceptable::Empty, Unacceptable::TooLarge] {
            assert!(for_the_mail_server(&never.into()).starts_with("5."));
        }
    }
}
