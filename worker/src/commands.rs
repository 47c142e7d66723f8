//! The operator's commands, one file each.

pub mod backup;
pub mod migrate;
pub mod rank;
pub mod verify;
