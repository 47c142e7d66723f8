//! Whole stories, on both engines, against real servers; one file each.

mod client_page;
mod discord;
mod inbox;
mod letters;
mod standing;
mod terminal;
mod trouble;
