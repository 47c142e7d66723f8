//! The operator's commands, one file each.

pub mod backup;
pub mod calls;
pub mod check;
pub mod coverage;
pub mod demo;
pub mod erase;
pub mod events;
pub mod export;
pub mod import;
pub mod inbox;
pub mod jobs;
pub mod listing;
pub mod migrate;
pub mod outbox;
pub mod plan;
pub mod preview;
pub mod rank;
pub mod rebuild;
pub mod refunds;
pub mod run;
pub mod timeline;
pub mod tray;
pub mod verify;
pub mod witness;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use comfy_table::ContentArrangement;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use relance_shared::terminal;

/// A moment as an argument of a command: RFC 3339, or a date, which means its beginning, UTC.
///
/// # Errors
/// Shows both forms.
pub fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    text.parse()
        .map_err(|_| "a time looks like 2026-12-10 or 2026-12-10T09:00:00+01:00".to_owned())
}

/// A table for the terminal; nothing in its cells steers that (M5).
#[derive(Debug)]
pub struct Table(comfy_table::Table);

impl Table {
    /// Adds a row.
    pub fn add_row<Cell: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter().map(|cell| terminal::lines(cell.as_ref()));
        self.0.add_row(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An empty table for the terminal, as wide as that is.
#[must_use]
pub fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = comfy_table::Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    // M5: words from outside stand in a cell as they are read, and do nothing else.
    #[test]
    fn a_cell_does_not_steer_the_terminal() {
        let mut table = table(["says"]);
        table.add_row(["a\u{1b}[2J\u{202e}b"]);
        let shown = table.to_string();
        assert!(shown.contains("a[2Jb"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }

    #[test]
    fn a_moment_is_a_date_or_a_time_and_anything_else_is_shown_how() {
        assert_eq!(moment("2026-12-10"), moment("2026-12-10T01:00:00+01:00"));
        assert!(moment("tomorrow").unwrap_err().contains("2026-12-10"));
    }
}
