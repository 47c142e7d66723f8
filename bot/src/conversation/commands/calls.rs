//! `/calls` for the staff: who is to be called, about what. Only they see it.

use relance_shared::follow_up::store::{Call, calls};
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::time::date;

use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Calls that one message shows.
const CALLS_MAX: usize = 10;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 60;

/// The open calls, those due first.
pub async fn run(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let open = calls(&desk.env.db, desk.env.clock.now()).await?;
    if open.is_empty() {
        return Ok(Reply::text(say(locale, "calls_none", &[])));
    }
    let count = open.len().to_string();
    let mut lines = vec![say(locale, "calls_title", &[("count", &count)])];
    lines.extend(
        open.iter()
            .take(CALLS_MAX)
            .map(|call| line(desk, asker, call)),
    );
    lines.push(say(locale, "calls_record", &[]));
    Ok(Reply::text(lines.join("\n")))
}

fn line(desk: &Desk, asker: &Asker, call: &Call) -> String {
    let locale = asker.locale;
    let references: Vec<&str> = call
        .projects
        .iter()
        .map(|project| project.reference.as_str())
        .collect();
    let name = quoted(&call.name, NAME_CHARS_MAX);
    let phone = call
        .phone
        .as_deref()
        .map_or_else(|| "-".to_owned(), |phone| quoted(phone, NAME_CHARS_MAX));
    let until = date(locale, call.expires_at, desk.env.settings.schedule.zone);
    let values = [
        ("name", name.as_str()),
        ("phone", &phone),
        ("projects", &references.join(", ")),
        ("until", &until),
    ];
    say(locale, "calls_line", &values)
}
