//! `relance-worker`: scheduled jobs, mail in and out, the web face, the operator's commands.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use relance_shared::config::{ConfigError, Settings};

use relance_worker::{commands, env::Env};

/// Exit code for a usage or configuration error (clap uses the same for its own).
const EXIT_CONFIGURATION: u8 = 2;

/// Keeps the platform's promises about pending projects: asks the clients by mail and phone, keeps the timeline, orders
/// the list, follows awards.
///
/// Everything works without a server on one SQLite file in the data folder; `database.url` chooses PostgreSQL. Every
/// setting can be given in the environment: `RELANCE__MAIL__TRANSPORT=smtp` is `mail.transport`.
#[derive(Debug, Parser)]
#[command(name = "relance-worker", version, max_term_width = 100)]
struct Cli {
    /// Folder of the embedded database and the mail folders.
    #[arg(
        long,
        global = true,
        env = "RELANCE_DATA",
        default_value = "relance-data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// Settings file; without it, relance.toml when it is there.
    #[arg(long, global = true, env = "RELANCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database's tables up to date; every other command does it too.
    Migrate,
    /// Prove that the guards are there, states follow from events and every cancellation has its client's signed act.
    Verify,
    /// Write a consistent copy of the embedded database while everything runs, and prove it.
    Backup(commands::backup::BackupArgs),
    /// Order the pending projects of a log by their chance of award, without a database.
    Rank(commands::rank::RankArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system gives threads and timers");
    match runtime.block_on(dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relance-worker: {error:#}");
            if error.is::<ConfigError>() {
                ExitCode::from(EXIT_CONFIGURATION)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    if let Command::Rank(args) = &cli.command {
        return commands::rank::run(args);
    }
    let settings = Settings::load(cli.data, cli.config.as_deref())?;
    let env = Env::open(settings).await.context("starting")?;
    match cli.command {
        Command::Migrate => commands::migrate::run(&env),
        Command::Backup(args) => commands::backup::run(&env, &args).await?,
        Command::Rank(args) => commands::rank::run(&args)?,
        Command::Verify => commands::verify::run(&env).await?,
    }
    Ok(())
}
