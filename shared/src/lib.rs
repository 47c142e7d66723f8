//! The concepts of Relance: each one's rules (`<concept>.rs`), its SQL (`<concept>/store.rs`), its words.

pub mod account;
pub mod answer;
pub mod clock;
pub mod config;
pub mod consent;
pub mod contact;
pub mod coverage;
pub mod credit;
pub mod db;
pub mod discord_out;
pub mod env;
pub mod faq;
pub mod figures;
pub mod follow_up;
pub mod id;
pub mod listing;
pub mod log;
pub mod mail;
pub mod outbox;
pub mod platform;
pub mod privacy;
pub mod project;
pub mod queue;
pub mod ranking;
pub mod reading;
pub mod refund;
pub mod report;
pub mod schedule;
pub mod terminal;
pub mod token;
pub mod verify;
pub mod witness;
pub mod words;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
