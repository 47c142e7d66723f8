//! Every sentence that a person reads, in French and English.

pub mod listing;
pub mod pages;
pub mod time;
