//! Every sentence that a person reads, in French and English.

pub mod pages;
