//! Whole stories, on both engines, against real servers.

pub mod mail_servers;
pub mod programs;
pub mod smtp_sink;
