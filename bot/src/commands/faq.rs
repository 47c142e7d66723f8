//! `faq`: the author's desk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use relance_shared::account::Locale;
use relance_shared::config::Settings;
use relance_shared::env::Env;
use relance_shared::faq::author;
use relance_shared::faq::eval::{self, Example, Measures};
use relance_shared::faq::fit;
use relance_shared::faq::index::Index;
use relance_shared::faq::live::{Live, Look, POLL_EVERY};
use relance_shared::faq::load::{File, Problem};
use relance_shared::faq::{content, decide};

mod desk;
mod show;

/// What to do.
#[derive(Debug, clap::Args)]
pub struct FaqArgs {
    #[command(subcommand)]
    does: Does,
}

#[derive(Debug, clap::Subcommand)]
enum Does {
    /// Read the content strictly; list entries with few variants, and variants of different entries that are alike.
    Check {
        /// Folder; without it, that of the settings, or the built-in content.
        folder: Option<PathBuf>,
    },
    /// Show how a message is ranked, with what each view says.
    Try {
        /// The message.
        #[arg(required = true)]
        message: Vec<String>,
    },
    /// Measure on messages whose right entries are known (JSON lines); without a file, on the stored ones.
    Eval {
        /// The messages.
        file: Option<PathBuf>,
        /// List what is wrong.
        #[arg(long)]
        errors: bool,
    },
    /// Learn the weights of ranking and deciding again; variants that ask the same as a message are left out meanwhile.
    Fit {
        /// The messages; without one, the stored ones.
        files: Vec<PathBuf>,
        /// Write weights.txt there; without it, to standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write the built-in content into a folder, to be changed there.
    Export {
        /// A folder that is not there yet.
        folder: PathBuf,
    },
    /// Messages that were not answered, those that ask the same together, largest group first.
    Unanswered(desk::UnansweredArgs),
    /// Add a way to ask an entry; its effect on the stored messages is shown before anything is saved.
    AddVariant(desk::AddVariantArgs),
    /// What became of the answers, entry by entry: answered, helped, did not help, a person asked for.
    Report(desk::ReportArgs),
    /// Everything that was answered to somebody.
    Log {
        /// Platform reference of a provider or client.
        who: String,
    },
}

/// Does it.
///
/// # Errors
/// Every fault of the content with file and line; when a file or the database cannot be read or written.
pub async fn run(settings: Settings, args: &FaqArgs) -> anyhow::Result<()> {
    match &args.does {
        Does::Check { folder } => show::check(&files(&settings, folder.as_deref())?),
        Does::Try { message } => {
            show::ranking(&index(&settings)?, &message.join(" "));
            Ok(())
        }
        Does::Eval { file, errors } => {
            let examples = examples(&settings, file.as_slice())?;
            show::measures(&index(&settings)?, &examples, *errors);
            Ok(())
        }
        Does::Fit { files, out } => learn(&settings, files, out.as_deref()),
        Does::Export { folder } => export(folder),
        Does::Unanswered(args) => {
            desk::unanswered(&Env::open(settings).await.context("starting")?, args).await
        }
        Does::AddVariant(args) => {
            desk::add_variant(&Env::open(settings).await.context("starting")?, args).await
        }
        Does::Report(args) => {
            desk::report(&Env::open(settings).await.context("starting")?, args).await
        }
        Does::Log { who } => desk::log(&Env::open(settings).await.context("starting")?, who).await,
    }
}

/// The FAQ of the settings: a folder's, or the built-in one.
///
/// # Errors
/// Every fault of the content, with file and line.
pub fn index(settings: &Settings) -> anyhow::Result<Index> {
    match &settings.faq.content {
        None => Ok(Index::built_in()),
        Some(folder) => Index::load(folder).map_err(|problems| faults(&problems)),
    }
}

/// The same, changing with its files.
///
/// # Errors
/// Every fault of the content, with file and line.
pub fn live(settings: &Settings) -> anyhow::Result<Live> {
    Live::open(settings.faq.content.as_deref()).map_err(|problems| faults(&problems))
}

/// Looks at the files now and then, for as long as it is polled; a fault is logged and the old index stays.
pub async fn watch(live: Arc<Live>) {
    loop {
        tokio::time::sleep(POLL_EVERY).await;
        let looking = live.clone();
        match tokio::task::spawn_blocking(move || looking.look()).await {
            Ok(Look::Same) => {}
            Ok(Look::Changed(version)) => tracing::info!(version, "the FAQ changed"),
            Ok(Look::Kept(problems)) => {
                for problem in problems {
                    tracing::error!(%problem, "the FAQ has a fault; the old one stays");
                }
            }
            Err(error) => tracing::error!(%error, "reading the FAQ broke"),
        }
    }
}

fn faults(problems: &[Problem]) -> anyhow::Error {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow!("the FAQ's content has faults:\n{}", all.join("\n"))
}

fn files(settings: &Settings, folder: Option<&Path>) -> anyhow::Result<Vec<File>> {
    match folder.or(settings.faq.content.as_deref()) {
        None => Ok(content::built_in()),
        Some(folder) => content::of_folder(folder).map_err(|problems| faults(&problems)),
    }
}

/// The examples of files; without one, those of the content.
fn examples(settings: &Settings, given: &[PathBuf]) -> anyhow::Result<Vec<Example>> {
    let mut texts = Vec::new();
    for path in given {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        texts.push((path.display().to_string(), text));
    }
    if given.is_empty() {
        let stored = files(settings, None)?
            .into_iter()
            .filter(|file| file.path == content::GOLDEN);
        texts.extend(stored.map(|file| (file.path, file.text)));
    }
    let mut examples = Vec::new();
    for (name, text) in texts {
        let read = eval::read(&text).map_err(|(line, error)| anyhow!("{name}:{line}: {error}"))?;
        examples.extend(read);
    }
    if examples.is_empty() {
        bail!("there are no examples; give a file of JSON lines");
    }
    Ok(examples)
}

fn learn(settings: &Settings, given: &[PathBuf], out: Option<&Path>) -> anyhow::Result<()> {
    let examples = examples(settings, given)?;
    let left = author::without_alike(&files(settings, None)?, &examples);
    let index = Index::of_files(&left).map_err(|problems| faults(&problems))?;
    let weights = fit::fit(&index, &examples).write();
    let Some(path) = out else {
        print!("{weights}");
        return Ok(());
    };
    std::fs::write(path, weights).with_context(|| format!("writing {}", path.display()))
}

fn export(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        bail!("{} is there already; name a new folder", folder.display());
    }
    let files = content::built_in();
    for file in &files {
        let path = folder.join(&file.path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        std::fs::write(&path, &file.text).with_context(|| format!("writing {}", path.display()))?;
    }
    println!(
        "{} files in {}; set faq.content to it",
        files.len(),
        folder.display()
    );
    Ok(())
}
