//! Relance on Discord, and the same conversation in a terminal. The program is in `main.rs`; the tests use the rooms
//! directly.

pub mod commands;
pub mod console;
pub mod conversation;
pub mod discord;
pub mod health;
