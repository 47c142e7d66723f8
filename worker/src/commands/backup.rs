//! `backup`: a consistent copy of the embedded database while everything runs.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::outbox::store::{Cause, hold};

use crate::commands::verify::findings;

/// Where to write the copy.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The copy; must not be there yet.
    file: PathBuf,
}

/// Writes the copy and proves it: opens it and runs the checks of `verify` on it.
///
/// # Errors
/// When the file is there already, cannot be written, or the copy does not pass; on `PostgreSQL`, which has tools of its own.
pub async fn run(env: &Env, args: &BackupArgs) -> anyhow::Result<()> {
    let shown = args.file.display();
    if args.file.exists() {
        bail!("{shown} is there already: give another name, or move it away");
    }
    if !env
        .db
        .copy_to(&args.file)
        .await
        .with_context(|| format!("cannot write {shown}"))?
    {
        bail!(
            "on PostgreSQL take pg_dump, which sees one instant of the whole database; then `verify` on a restored copy"
        );
    }
    let copy = Db::open(&format!("sqlite://{shown}")).await?;
    let findings = findings(env, &copy, |_| ()).await?;
    // What is planned in it may be sent by the time it is needed: it sends nothing before a person has looked (O5).
    hold(&copy, Cause::Backup, env.clock.now()).await?;
    copy.close().await;
    if let Some(finding) = findings.first() {
        bail!("{shown} was written but does not pass: {finding}");
    }
    println!("{shown} holds the whole database, and passes the checks of `verify`.");
    println!("Restored, it sends nothing before `outbox release`.");
    if env.settings.web.key.is_none() {
        println!(
            "Its evidence is signed with {}: keep a copy of that file too, elsewhere.",
            env.settings.data.join("web.key").display()
        );
    }
    Ok(())
}
