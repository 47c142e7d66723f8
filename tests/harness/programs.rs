//! The real programs, as `cargo build --workspace --bins` makes them.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use relance_shared::db::{Db, Engine};
use secrecy::SecretString;

/// The program `name` beside this test's own build.
///
/// # Errors
/// When it was not built; the message says how.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let build = test
        .parent()
        .and_then(|deps| deps.parent())
        .context("a test lives in target/…/deps")?;
    let path = build.join(name);
    ensure!(
        path.exists(),
        "{} is not there: cargo build --workspace --bins",
        path.display()
    );
    Ok(path)
}

/// The URL of a test's database, for a program of its own process.
#[must_use]
pub fn url_of(db: &Db) -> SecretString {
    match db.read() {
        Engine::Sqlite(pool) => format!(
            "sqlite://{}",
            pool.connect_options().get_filename().display()
        )
        .into(),
        Engine::Postgres(pool) => {
            let options = pool.connect_options();
            let database = options.get_database().unwrap_or_default();
            let (user, host, port) = (
                options.get_username(),
                options.get_host(),
                options.get_port(),
            );
            format!("postgres://{user}@{host}:{port}/{database}").into()
        }
    }
}
