//! The operator's commands, one file each.

pub mod backup;
pub mod calls;
pub mod check;
pub mod coverage;
pub mod demo;
pub mod erase;
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
pub mod tray;
pub mod verify;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};

/// An empty table for the terminal, as wide as that is.
#[must_use]
pub fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}
