//! Every sentence that a person reads, in French and English.

pub mod account;
pub mod bot;
pub mod client;
pub mod console;
pub mod crm;
pub mod faq;
pub mod follow_up;
pub mod listing;
pub mod pages;
pub mod rank_report;
pub mod ranking;
pub mod refund;
pub mod report;
pub mod time;
pub mod witness;
