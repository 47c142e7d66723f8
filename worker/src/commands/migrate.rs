//! `migrate`: opening the database already brought the tables up to date.

use relance_shared::env::Env;

/// Says where the tables are and that they are up to date.
pub fn run(env: &Env) {
    let place = if env.settings.database.url.is_some() {
        "database.url"
    } else {
        "the data folder"
    };
    println!("The tables in {place} are up to date.");
}
