//! `relance-worker`: scheduled jobs, mail in and out, the web face, the operator's commands.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use relance_shared::config::{ConfigError, Settings};
use relance_shared::mail::TemplateError;

use relance_shared::env::Env;
use relance_shared::{log, terminal};
use relance_worker::commands;

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
    /// Serve: jobs and web face until SIGTERM.
    Run(commands::run::RunArgs),
    /// Live a marketplace for some simulated days through the real code, then serve its pages.
    Demo(commands::demo::DemoArgs),
    /// Take the platform's events from a file of JSON lines, or a folder with its history.
    Import(commands::import::ImportArgs),
    /// Build every projection again from the events kept, and prove that the state is the same.
    Rebuild,
    /// Plan the follow-ups that are due, once.
    Plan(commands::plan::PlanArgs),
    /// Show who would be written to and why; changes nothing.
    Preview(commands::preview::PreviewArgs),
    /// Order the pending projects: of the database, or of a log without a database.
    Rank(commands::rank::RankArgs),
    /// The list as providers see it.
    Listing(commands::listing::ListingArgs),
    /// Mail in: take one raw message, or explain what would be understood.
    Inbox(commands::inbox::InboxArgs),
    /// The day's calls, and what came of them.
    Calls(commands::calls::CallsArgs),
    /// What is known of a project or of a client, the newest first.
    Timeline(commands::timeline::TimelineArgs),
    /// Mail that a person must file: unmatched, untrusted, unsure, failed.
    Tray(commands::tray::TrayArgs),
    /// Letters by state, those whose outcome is unknown first.
    Outbox(commands::outbox::OutboxArgs),
    /// Our events to the platform, those that it did not take first; `retry` delivers one again.
    Events(commands::events::EventsArgs),
    /// What ran, what failed, what is parked; `retry` lets a parked job run again.
    Jobs(commands::jobs::JobsArgs),
    /// How much of the pending list was heard from and asked lately.
    Coverage(commands::coverage::CoverageArgs),
    /// The refund requests' queue, and a person's decision.
    Refunds(commands::refunds::RefundsArgs),
    /// Where the client's word, the providers' and the account differ; calm flags for the staff.
    Witness(commands::witness::WitnessArgs),
    /// Look at every setting and at what it points to.
    Check(commands::check::CheckArgs),
    /// Prove that the guards are there, states follow from events and every cancellation has its client's signed act.
    Verify,
    /// Everything kept about a person, as JSON.
    Export(commands::export::ExportArgs),
    /// Erase a person; money and event chains stay under a pseudonym.
    Erase(commands::erase::EraseArgs),
    /// Write a consistent copy of the embedded database while everything runs, and prove it.
    Backup(commands::backup::BackupArgs),
    /// Bring the database's tables up to date; every other command does it too.
    Migrate,
}

fn main() -> ExitCode {
    terminal::end_when_nobody_reads();
    let cli = Cli::parse();
    if matches!(cli.command, Command::Run(_)) {
        log::begin("relance_worker");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system gives threads and timers");
    match runtime.block_on(dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relance-worker: {error:#}");
            if error.is::<ConfigError>() || error.is::<TemplateError>() {
                ExitCode::from(EXIT_CONFIGURATION)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let settings = Settings::load(cli.data, cli.config.as_deref())?;
    let begin = || async { Env::open(settings.clone()).await.context("starting") };
    let open = || async {
        Env::open_existing(settings.clone())
            .await
            .context("starting")
    };
    match &cli.command {
        Command::Run(args) => commands::run::run(&begin().await?, args).await,
        Command::Demo(args) => commands::demo::run(settings, args).await,
        Command::Import(args) => commands::import::run(&begin().await?, args).await,
        Command::Rebuild => commands::rebuild::run(&open().await?).await,
        Command::Plan(args) => commands::plan::run(&open().await?, args).await,
        Command::Preview(args) => commands::preview::run(&open().await?, args).await,
        // A log needs no database.
        Command::Rank(args) => commands::rank::run(settings, args).await,
        Command::Listing(args) => commands::listing::run(&open().await?, args).await,
        Command::Inbox(args) => commands::inbox::run(settings, args).await,
        Command::Calls(args) => commands::calls::run(&open().await?, args).await,
        Command::Timeline(args) => commands::timeline::run(&open().await?, args).await,
        Command::Tray(args) => commands::tray::run(&open().await?, args).await,
        Command::Outbox(args) => commands::outbox::run(&open().await?, args).await,
        Command::Events(args) => commands::events::run(&open().await?, args).await,
        Command::Jobs(args) => commands::jobs::run(&open().await?, args).await,
        Command::Coverage(args) => commands::coverage::run(&open().await?, args).await,
        Command::Refunds(args) => commands::refunds::run(&open().await?, args).await,
        Command::Witness(args) => commands::witness::run(&open().await?, args).await,
        Command::Verify => commands::verify::run(&open().await?).await,
        Command::Export(args) => commands::export::run(&open().await?, args).await,
        Command::Erase(args) => commands::erase::run(&open().await?, args).await,
        Command::Backup(args) => commands::backup::run(&open().await?, args).await,
        Command::Migrate => {
            commands::migrate::run(&begin().await?);
            Ok(())
        }
        // Says itself when the database cannot be opened.
        Command::Check(args) => commands::check::run(settings, args).await,
    }
}
