//! `import`: takes the platform's events from files, or its past from a folder.

use anyhow::bail;
use relance_shared::env::Env;

use crate::import::import;

/// What `import` is told.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// File of JSON lines, folder of *.jsonl, or folder with listings.csv and events.csv.
    path: std::path::PathBuf,
}

/// Takes everything, lists what was rejected or refused on stderr and says what it came to. Twice is once.
///
/// # Errors
/// When a file cannot be read, the database fails, or lines were rejected: the others are taken nevertheless.
pub async fn run(env: &Env, args: &ImportArgs) -> anyhow::Result<()> {
    let report = import(env, &args.path, |line| eprintln!("{line}")).await?;
    println!(
        "applied {}, late {}, kept {}, refused {}, already there {}, rejected {}; waiting for what they are about: {}",
        report.applied,
        report.late,
        report.kept,
        report.refused,
        report.duplicates,
        report.rejected,
        report.waiting
    );
    if report.rejected > 0 {
        bail!(
            "{} lines were rejected: mend them and import again, the others are taken once",
            report.rejected
        );
    }
    Ok(())
}
