//! `rank`: orders a log without a database.

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use relance_shared::ranking::{self, Ranking, history::History};

/// What to rank and where to write it.
#[derive(Debug, clap::Args)]
pub struct RankArgs {
    /// Folder with listings.csv, events.csv and, when there, evidence.csv.
    #[arg(long, value_name = "DIR")]
    history: PathBuf,
    /// The instant to rank for; nothing later in the log is looked at.
    #[arg(long, value_name = "TIME")]
    as_of: DateTime<Utc>,
    /// Where the order goes; without it, standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Fits on the log up to the instant and writes `listing_id,probability`, best first.
///
/// # Errors
/// When the log cannot be read, with its file and line, or the order not be written.
pub fn run(args: &RankArgs) -> anyhow::Result<()> {
    let history = ranking::history::read(&args.history, args.as_of)?;
    let ranking = ranking::rank_from_log(&history, args.as_of);
    eprintln!(
        "{} pending projects; model: {:?}, {} awards, {} rows",
        ranking.placed.len(),
        ranking.model.stage,
        ranking.model.awards,
        ranking.model.rows
    );
    let Some(path) = &args.out else {
        return write(stdout().lock(), &history, &ranking).context("writing the order");
    };
    let at = || format!("writing {}", path.display());
    let file = File::create(path).with_context(at)?;
    write(file, &history, &ranking).with_context(at)
}

fn write(to: impl Write, history: &History, ranking: &Ranking) -> std::io::Result<()> {
    let mut to = BufWriter::new(to);
    writeln!(to, "listing_id,probability")?;
    for placed in &ranking.placed {
        let id = &history.entries()[placed.entry].id;
        writeln!(to, "{id},{:.9}", placed.probability)?;
    }
    to.flush()
}
