//! `inbox`: mail in. `explain` says what would be understood and changes nothing; it needs no database.

use std::io::{BufRead as _, Read as _, Write as _, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use relance_shared::config::Settings;
use relance_shared::env::Env;
use relance_shared::reading::meaning::{Facts, THRESHOLD};
use relance_shared::reading::message::MESSAGE_BYTES_MAX;
use relance_shared::reading::{self, Reading, explain, store};

use crate::jobs::read_inbox;

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
    /// Say what would be understood of a raw message and why; changes nothing and needs no database.
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
        InboxCommand::Explain(args) => explain(args),
        InboxCommand::Receive(args) => {
            receive(&Env::open(settings).await.context("starting")?, args).await
        }
    }
}

/// Explains a message, or a stream of them.
///
/// # Errors
/// When the message cannot be read or the answer not be written. A bad line of a stream is answered, never an error.
fn explain(args: &ExplainArgs) -> anyhow::Result<()> {
    if args.jsonl {
        return stream().context("answering on standard output");
    }
    let raw = raw(args.file.as_deref())?;
    let reading = reading::read_message(&raw, &Facts::default())
        .context("this message would be parked, its bytes kept")?;
    print!("{}", report(&reading));
    Ok(())
}

/// Stores a message, then reads what waits. A message that was stored is safe: what fails later is tried again by the job.
///
/// # Errors
/// When the message cannot be read or stored; the mail server then keeps it and tries again.
async fn receive(env: &Env, args: &ReceiveArgs) -> anyhow::Result<()> {
    let raw = raw(args.file.as_deref())?;
    anyhow::ensure!(
        !raw.is_empty(),
        "the message is empty: give it as a file or on standard input"
    );
    anyhow::ensure!(
        raw.len() <= MESSAGE_BYTES_MAX,
        "the message is larger than {MESSAGE_BYTES_MAX} bytes"
    );
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
    print!("{}", report(&reading));
    Ok(())
}

/// The raw bytes of a file or of standard input, at most one message's limit and one byte more.
fn raw(file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
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
fn stream() -> std::io::Result<()> {
    let readers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(READERS_MAX);
    let (give, take) = std::sync::mpsc::sync_channel::<String>(WAITING_MAX);
    let take = std::sync::Mutex::new(take);
    std::thread::scope(|scope| {
        let answering: Vec<_> = (0..readers)
            .map(|_| scope.spawn(|| answer_lines(&take)))
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
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() && give.send(text.trim().to_owned()).is_err() || taken == 0 {
            return Ok(());
        }
    }
}

fn answer_lines(take: &std::sync::Mutex<std::sync::mpsc::Receiver<String>>) -> std::io::Result<()> {
    loop {
        let next = take
            .lock()
            .expect("no reader panics while it holds the queue")
            .recv();
        let Ok(line) = next else { return Ok(()) };
        let answer = format!("{}\n", explain::answer(&line));
        let mut output = stdout().lock();
        output.write_all(answer.as_bytes())?;
        output.flush()?;
    }
}

/// What was understood, for people.
fn report(reading: &Reading) -> String {
    let meaning = &reading.meaning;
    let labels: Vec<&str> = meaning.labels.iter().map(|label| label.name()).collect();
    let mut lines = vec![
        format!(
            "kind        {}   ({})",
            reading.kind.name(),
            reading.kind.evidence()
        ),
        format!("language    {}", meaning.language),
        format!("meaning     {}", labels.join(", ")),
        format!(
            "confidence  {:.2} of {THRESHOLD:.2}: {}",
            meaning.confidence,
            if meaning.is_sure() {
                "would be recorded"
            } else {
                "would wait in the tray"
            }
        ),
    ];
    if !meaning.sentence.is_empty() {
        lines.push(format!("said        {}", meaning.sentence));
    }
    if let (Some(day), Some(words)) = (meaning.date, &meaning.date_words) {
        lines.push(format!("date        {day}   (\"{words}\")"));
    }
    if let Some(phone) = &meaning.phone {
        lines.push(format!("telephone   {phone}"));
    }
    lines.extend(meaning.why.iter().map(|cue| format!("  cue       {cue}")));
    lines.extend(
        reading
            .reply
            .evidence
            .iter()
            .map(|cut| format!("  left out  {cut}")),
    );
    lines.push("text".to_owned());
    lines.extend(reading.reply.text.lines().map(|line| format!("  | {line}")));
    lines.join("\n") + "\n"
}
