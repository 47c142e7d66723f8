//! `relance-bot`: Discord and the terminal.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use relance_bot::commands;
use relance_shared::config::{ConfigError, Settings};
use relance_shared::env::Env;
use relance_shared::terminal;

/// Exit code for a usage or configuration error (clap uses the same for its own).
const EXIT_CONFIGURATION: u8 = 2;

/// Answers providers at once, in French and English, and knows when it does not know.
///
/// Every setting can be given in the environment: `RELANCE__DISCORD__GUILD=1` is `discord.guild`.
#[derive(Debug, Parser)]
#[command(name = "relance-bot", version, max_term_width = 100)]
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
    /// Answer questions given as JSON lines, one at a time; needs no database.
    Ask(commands::ask::AskArgs),
    /// The FAQ's author's desk: check, try, measure, fit, and what was not answered.
    Faq(commands::faq::FaqArgs),
    /// Serve Discord until SIGTERM.
    Run,
    /// Tell Discord about the commands, if they changed.
    Register(commands::register::RegisterArgs),
    /// The conversation of Discord in this terminal, on the same database.
    Console(commands::console::ConsoleArgs),
    /// Questions that wait for a person of the staff.
    Handovers(commands::handovers::HandoversArgs),
    /// Who belongs to the staff.
    Staff(commands::staff::StaffArgs),
}

fn main() -> ExitCode {
    terminal::end_when_nobody_reads();
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system gives threads and timers");
    match runtime.block_on(dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relance-bot: {error:#}");
            if error.is::<ConfigError>() {
                ExitCode::from(EXIT_CONFIGURATION)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let settings = Settings::load(cli.data, cli.config.as_deref())?;
    match &cli.command {
        Command::Ask(args) => return commands::ask::run(&settings, args),
        Command::Faq(args) => return commands::faq::run(settings, args).await,
        Command::Register(args) if args.dry_run => {
            commands::register::show();
            return Ok(());
        }
        Command::Run
        | Command::Register(_)
        | Command::Console(_)
        | Command::Handovers(_)
        | Command::Staff(_) => {}
    }
    let env = match &cli.command {
        Command::Run => Env::open(settings).await,
        _ => Env::open_existing(settings).await,
    };
    let env = env.context("starting")?;
    match &cli.command {
        Command::Ask(_) | Command::Faq(_) => Ok(()),
        Command::Run => commands::run::run(&env).await,
        Command::Register(_) => commands::register::run(&env).await,
        Command::Console(args) => commands::console::run(&env, args).await,
        Command::Handovers(args) => commands::handovers::run(&env, args).await,
        Command::Staff(args) => commands::staff::run(&env, args).await,
    }
}
