//! Whole stories, on both engines, against real servers.

pub mod chromium;
pub mod discord;
pub mod mail_servers;
pub mod platform;
pub mod programs;
pub mod site;
pub mod smtp_sink;
