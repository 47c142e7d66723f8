//! `export`: everything kept about a person, as JSON.

use std::io::{BufWriter, Write as _, stdout};

use anyhow::{Context as _, bail};
use relance_shared::env::Env;
use relance_shared::privacy::store::{export, find};
use serde_json::json;

/// What `export` is told.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The platform's id of a client or provider, or an address.
    person: String,
}

/// Writes one JSON object a line, `{"table","row"}`, for every row of every table about everybody whom the name means.
///
/// # Errors
/// When nobody has that id or address, or the database fails.
pub async fn run(env: &Env, args: &ExportArgs) -> anyhow::Result<()> {
    let people = find(&env.db, &args.person).await?;
    if people.is_empty() {
        bail!(
            "nobody here has that id or address: give the platform's id, or the address as the platform tells it"
        );
    }
    let mut to = BufWriter::new(stdout());
    let mut written = Ok(());
    for (person, _) in people {
        export(&env.db, person, |table, row| {
            if written.is_ok() {
                written = writeln!(to, "{}", json!({"table": table, "row": row}));
            }
        })
        .await?;
    }
    written
        .and_then(|()| to.flush())
        .context("writing the export")
}
