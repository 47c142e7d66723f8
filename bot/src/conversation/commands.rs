//! What each command says, one file each.

pub mod pending;
pub mod project;
pub mod status;
