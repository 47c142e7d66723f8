//! What the buttons do. A row id that cannot be one is told like a button of an earlier version.

use relance_shared::faq::log::Feedback;
use relance_shared::words::bot::say;

use crate::conversation::{Asker, Desk, Reply, Trouble, commands};

/// The CRM window of a project; whether it is open is decided now, whatever was shown before.
pub async fn crm(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    match uuid::Uuid::parse_str(row) {
        Ok(project) => commands::project::window(desk, asker, project.into()).await,
        Err(_) => Ok(old_button(asker)),
    }
}

/// Another page of the list.
pub async fn pending(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    match row.parse() {
        Ok(page) => commands::pending::show(desk, asker, page).await,
        Err(_) => Ok(old_button(asker)),
    }
}

/// The entry of the FAQ that was chosen.
pub async fn faq(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    let shown = commands::faq::show(desk, asker, row).await?;
    Ok(shown.unwrap_or_else(|| old_button(asker)))
}

/// The entry that was chosen among those offered.
pub async fn faq_pick(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    let shown = commands::faq::pick(desk, asker, row).await?;
    Ok(shown.unwrap_or_else(|| old_button(asker)))
}

/// What the asker says about an answer of the FAQ.
pub async fn faq_feedback(
    desk: &Desk,
    asker: &Asker,
    row: &str,
    said: Feedback,
) -> Result<Reply, Trouble> {
    let noted = commands::faq::feedback(desk, asker, row, said).await?;
    Ok(noted.unwrap_or_else(|| old_button(asker)))
}

/// An entry's fixed wording for everybody.
pub fn faq_show(desk: &Desk, asker: &Asker, row: &str) -> Reply {
    commands::faq::everybody(desk, row).unwrap_or_else(|| old_button(asker))
}

/// A question that a person took is resolved.
pub async fn handover_done(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    let done = match uuid::Uuid::parse_str(row) {
        Ok(handover) => commands::handovers::done(desk, asker, handover.into()).await?,
        Err(_) => None,
    };
    Ok(done.unwrap_or_else(|| old_button(asker)))
}

fn old_button(asker: &Asker) -> Reply {
    Reply::text(say(asker.locale, "old_button", &[]))
}
