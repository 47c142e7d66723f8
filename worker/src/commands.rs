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
