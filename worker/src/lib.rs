//! The worker's rooms: commands, jobs, mail, the web face. The program is in `main.rs`; the tests use the rooms directly.

pub mod commands;
pub mod demo;
pub mod import;
pub mod jobs;
pub mod mailbox;
pub mod outgoing;
pub mod relay;
pub mod ticker;
pub mod web;
