//! The operator's commands, one file each.

pub mod migrate;
pub mod verify;
