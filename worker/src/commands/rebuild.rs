//! `rebuild`: builds the state again from the events kept and proves that it is the same.

use std::path::Path;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::platform::store::compare::compare;
use relance_shared::platform::store::replay::replay;

/// Takes every event kept again, into a scratch database in the data folder, and compares everything that follows from
/// the platform's events; what Relance itself learned (answers by mail, calls, places) is not touched. Changes nothing.
///
/// # Errors
/// When the two differ, or a database fails.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let folder = env.settings.data.join("rebuild");
    remove(&folder)?;
    let scratch = Db::open(&format!(
        "sqlite://{}",
        folder.join("scratch.sqlite").display()
    ))
    .await?;
    scratch.migrate().await?;
    let proven = prove(env, &scratch).await;
    scratch.close().await;
    remove(&folder)?;
    proven
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Builds again into `scratch` and prints what each kind of row comes to.
///
/// # Errors
/// When the two differ, or a database fails.
pub async fn prove(env: &Env, scratch: &Db) -> anyhow::Result<()> {
    let bar = ProgressBar::new_spinner();
    let (mut last, mut events) = (0, 0);
    // Events that arrive meanwhile are taken too, until none does.
    let compared = loop {
        let (end, more) = replay(&env.db, scratch, &env.keys, last, |rows| bar.inc(rows)).await?;
        events += more;
        let compared = compare(&env.db, scratch).await?;
        if end == last || compared.iter().all(|kind| kind.is_same) {
            break compared;
        }
        last = end;
    };
    bar.finish_and_clear();
    println!("{events} events taken again");
    for kind in &compared {
        let verdict = if kind.is_same {
            "the same"
        } else {
            "DIFFERENT"
        };
        println!(
            "{:>9} {:<14} rebuilt {:>9}  {verdict}",
            kind.rows.0, kind.kind, kind.rows.1
        );
    }
    if compared.iter().all(|kind| kind.is_same) {
        return Ok(());
    }
    bail!(
        "the state is not what the events come to: run verify, and see who changed the rows named DIFFERENT"
    )
}
