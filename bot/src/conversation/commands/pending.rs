//! `/pending page`: the list as providers see it, in the order of rank.

use chrono::{DateTime, Utc};
use relance_shared::account::Locale;
use relance_shared::discord_out::Button;
use relance_shared::listing::store::{self, List, Listed, Page};
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::listing::{RECENT_PAGES, never_heard};
use relance_shared::words::time::span;

use crate::conversation::table::id;
use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Characters of a title in the list: twenty lines must fit a message.
const TITLE_CHARS_MAX: usize = 60;

/// The page that was asked for, the first one without.
pub async fn run(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let number = options.number("page").unwrap_or(1).max(1);
    show(desk, asker, number).await
}

/// Page `number` with buttons to its neighbours.
pub async fn show(desk: &Desk, asker: &Asker, number: u32) -> Result<Reply, Trouble> {
    let page = store::page_of(&desk.env.db, List::Pending, number).await?;
    let locale = asker.locale;
    if page.pages == 0 {
        return Ok(Reply::text(say(locale, "pending_none", &[])));
    }
    let (number, pages) = (page.number.to_string(), page.pages.to_string());
    let total = page.total.to_string();
    if page.projects.is_empty() {
        let values = [("page", number.as_str()), ("pages", &pages)];
        let label = say(locale, "go_page", &[("page", &pages)]);
        let last = Button::new(id("pending", &pages), label);
        return Ok(Reply::text(say(locale, "pending_beyond", &values)).row(vec![last]));
    }
    let mut lines = vec![say(
        locale,
        "pending_title",
        &[("page", &number), ("pages", &pages), ("total", &total)],
    )];
    if page.number > RECENT_PAGES {
        lines.push(say(locale, "pending_further", &[]));
    }
    let now = desk.env.clock.now();
    lines.extend(
        page.projects
            .iter()
            .map(|project| line(locale, project, now)),
    );
    Ok(Reply::text(lines.join("\n")).row(neighbours(locale, &page)))
}

fn line(locale: Locale, project: &Listed, now: DateTime<Utc>) -> String {
    let online = span(locale, project.published_at, now);
    let sign = project.last_sign_at.map_or_else(
        || never_heard(locale).to_owned(),
        |at| say(locale, "sign_short", &[("age", &span(locale, at, now))]),
    );
    format!(
        "`{}` {}, {}, {sign}",
        project.reference,
        quoted(&project.title, TITLE_CHARS_MAX),
        say(locale, "online_short", &[("age", &online)])
    )
}

/// First, previous, next and last page, each once, without the one that is shown.
fn neighbours(locale: Locale, page: &Page) -> Vec<Button> {
    let mut numbers = vec![
        1,
        page.number.saturating_sub(1),
        page.number + 1,
        page.pages,
    ];
    numbers.retain(|number| (1..=page.pages).contains(number) && *number != page.number);
    numbers.dedup();
    numbers
        .into_iter()
        .map(|number| {
            let label = say(locale, "go_page", &[("page", &number.to_string())]);
            Button::new(id("pending", number), label)
        })
        .collect()
}
