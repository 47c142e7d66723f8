//! `/handovers` for the staff: the questions that wait for a person, and the mark of those that are resolved (c17).

use relance_shared::account::Locale;
use relance_shared::discord_out::Button;
use relance_shared::faq::handover::store::{Resolved, resolve, waiting};
use relance_shared::faq::handover::{DONE, Handover, HandoverId};
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::time::date;

use crate::conversation::table::id;
use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Questions that one message shows, each with its button; Discord draws five buttons in a row.
const SHOWN_MAX: usize = 5;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 80;

/// The questions that wait, the oldest first.
pub async fn run(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let waits = waiting(&desk.env.db).await?;
    if waits.is_empty() {
        return Ok(Reply::text(say(locale, "handovers_none", &[])));
    }
    let count = waits.len().to_string();
    let mut lines = vec![say(locale, "handovers_title", &[("count", &count)])];
    let shown = waits.iter().take(SHOWN_MAX);
    lines.extend(shown.clone().map(|one| line(desk, locale, one)));
    let buttons = shown.map(|one| {
        let label = format!("{} {}", say(locale, "handover_button", &[]), one.number);
        Button::new(id(DONE, one.id.uuid().simple()), label)
    });
    Ok(Reply::text(lines.join("\n")).row(buttons.collect()))
}

/// Marks one resolved; none when there is no such question.
pub async fn done(
    desk: &Desk,
    asker: &Asker,
    handover: HandoverId,
) -> Result<Option<Reply>, Trouble> {
    let locale = asker.locale;
    let Some(member) = asker.identity.staff() else {
        return Ok(Some(Reply::text(say(locale, "need_staff", &[]))));
    };
    let (zone, now) = (desk.env.settings.schedule.zone, desk.env.clock.now());
    let text = match resolve(&desk.env.db, handover, member, zone, now).await? {
        Resolved::Now(one) => say(
            locale,
            "handover_done",
            &[("number", &one.number.to_string())],
        ),
        Resolved::Before(one) => {
            let (by, at) = one
                .resolved
                .as_ref()
                .map_or(("-", one.at), |(by, at)| (by, *at));
            let (by, on) = (quoted(by, NAME_CHARS_MAX), date(locale, at, zone));
            let number = one.number.to_string();
            say(
                locale,
                "handover_before",
                &[("number", &number), ("by", &by), ("on", &on)],
            )
        }
        Resolved::Unknown => return Ok(None),
    };
    Ok(Some(Reply::text(text)))
}

fn line(desk: &Desk, locale: Locale, one: &Handover) -> String {
    let on = date(locale, one.at, desk.env.settings.schedule.zone);
    let values = [
        ("number", &*one.number.to_string()),
        ("who", &*one.who()),
        ("on", &on),
        ("question", &*one.question()),
    ];
    say(locale, "handovers_line", &values)
}
