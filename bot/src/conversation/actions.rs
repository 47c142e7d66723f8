//! What the buttons do. A row id that cannot be one is told like a button of an earlier version.

use relance_shared::words::bot::say;

use crate::conversation::{Asker, Desk, Reply, Trouble, commands};

/// Another page of the list.
pub async fn pending(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    match row.parse() {
        Ok(page) => commands::pending::show(desk, asker, page).await,
        Err(_) => Ok(old_button(asker)),
    }
}

/// The entry of the FAQ that was chosen.
pub fn faq(desk: &Desk, asker: &Asker, row: &str) -> Reply {
    commands::faq::show(desk, asker, row).unwrap_or_else(|| old_button(asker))
}

fn old_button(asker: &Asker) -> Reply {
    Reply::text(say(asker.locale, "old_button", &[]))
}
