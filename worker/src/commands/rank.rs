//! `rank`: orders the pending projects, of the database or of a log without one, and says why one stands where it does.

mod report;

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use relance_shared::account::Locale;
use relance_shared::config::Settings;
use relance_shared::env::Env;
use relance_shared::listing::store as listing;
use relance_shared::ranking::settings::RankSettings;
use relance_shared::ranking::{self, Ranking, history::History, report::Report};
use relance_shared::words::{self, ranking::Reader};

use crate::commands::moment;

/// What to rank and where to write it.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RankArgs {
    #[command(subcommand)]
    what: Option<RankCommand>,
    /// Folder with listings.csv, events.csv and, when there, evidence.csv: ranks that log, without a database.
    #[arg(long, value_name = "DIR", requires = "as_of")]
    history: Option<PathBuf>,
    /// The instant to rank for; nothing later in the log is looked at.
    #[arg(long, value_name = "TIME", requires = "history", value_parser = moment)]
    as_of: Option<DateTime<Utc>>,
    /// Where the order goes; without it, standard output.
    #[arg(long, value_name = "FILE", requires = "history")]
    out: Option<PathBuf>,
    /// Says why this project stands where it stands; changes nothing.
    #[arg(long, value_name = "PROJECT", conflicts_with = "history")]
    explain: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum RankCommand {
    /// One HTML page: does the chance mean what it says, how long projects stay, what moved, what the line looks at.
    Report(report::ReportArgs),
}

/// Ranks a log, the database, or explains a place of the database.
///
/// # Errors
/// Says what could not be read or written.
pub async fn run(settings: Settings, args: &RankArgs) -> anyhow::Result<()> {
    if let Some(RankCommand::Report(args)) = &args.what {
        return report_on(settings, args).await;
    }
    if let (Some(history), Some(as_of)) = (&args.history, args.as_of) {
        return run_log(history, as_of, &settings.rank, args.out.as_deref());
    }
    let env = Env::open(settings).await.context("starting")?;
    if let Some(reference) = &args.explain {
        return explain(&env, reference).await;
    }
    let (rank, now) = (&env.settings.rank, env.clock.now());
    ranking::store::declare(&env.db, rank, now).await?;
    let done = ranking::store::publish(&env.db, rank.report_places_max, now).await?;
    let (projects, moved) = (done.projects, done.moved);
    writeln!(
        stdout(),
        "{projects} pending projects looked at, {moved} moved"
    )?;
    if done.model.is_none() {
        writeln!(
            stdout(),
            "Too few awards to learn from: the order follows the stated rules."
        )?;
    } else if let Some(last) = ranking::store::last(&env.db).await? {
        writeln!(
            stdout(),
            "Line learned on {} from {} awards ({}): {}, {}.",
            last.learned_at.format("%Y-%m-%d %H:%M UTC"),
            last.awards,
            last.stage,
            last.verdict,
            last.why
        )?;
    }
    Ok(())
}

async fn report_on(settings: Settings, args: &report::ReportArgs) -> anyhow::Result<()> {
    let places_max = settings.rank.report_places_max;
    let (history, as_of) = if let (Some(folder), Some(as_of)) = (&args.history, args.as_of) {
        (
            ranking::history::read(folder, as_of, &settings.rank)?,
            as_of,
        )
    } else {
        let env = Env::open(settings).await.context("starting")?;
        (ranking::store::learn(&env.db).await?, env.clock.now())
    };
    report::write(&Report::of(&history, as_of, places_max), as_of, args)
}

async fn explain(env: &Env, reference: &str) -> anyhow::Result<()> {
    let listed = listing::find(&env.db, reference)
        .await?
        .with_context(|| format!("no project {reference}; give the platform's own id"))?;
    let Some(place) = listing::place_of(&env.db, listed.id).await? else {
        bail!("project {reference} is not pending, so it has no place in the list");
    };
    let (now, zone) = (env.clock.now(), env.settings.schedule.zone);
    for locale in [Locale::Fr, Locale::En] {
        let why = words::listing::explanation(locale, place, &listed.evidence(), now, zone);
        writeln!(stdout(), "{why}")?;
    }
    let Some(scored) = ranking::store::explain(&env.db, listed.id, now).await? else {
        writeln!(stdout(), "{}", words::listing::lowered(&listed.evidence()))?;
        return Ok(());
    };
    for locale in [Locale::Fr, Locale::En] {
        let (word, figure) = (
            words::ranking::chance(locale, scored.probability),
            words::ranking::figure(locale, scored.probability),
        );
        writeln!(stdout(), "\n{word} ({figure})")?;
        if let Some(odds) = &scored.odds {
            writeln!(stdout(), "{}", words::ranking::odds(locale, odds))?;
        }
        for weighed in &scored.reasons {
            let told = words::ranking::reason(locale, weighed, Reader::Insider, zone);
            writeln!(stdout(), "{told} ({:+.2})", weighed.adds)?;
        }
    }
    Ok(())
}

/// Fits on the log up to the instant and writes `listing_id,probability`, best first.
///
/// # Errors
/// When the log cannot be read, with its file and line, or the order not be written.
fn run_log(
    history: &Path,
    as_of: DateTime<Utc>,
    settings: &RankSettings,
    out: Option<&Path>,
) -> anyhow::Result<()> {
    let history = ranking::history::read(history, as_of, settings)?;
    let ranking = ranking::rank_from_log(&history, as_of, settings.report_places_max);
    eprintln!(
        "{} pending projects; model: {:?}, {} awards, {} rows",
        ranking.placed.len(),
        ranking.model.stage,
        ranking.model.awards,
        ranking.model.rows
    );
    let Some(path) = out else {
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
