//! What each command says, one file each.

pub mod calls;
pub mod credits;
pub mod faq;
pub mod handovers;
pub mod link;
pub mod pending;
pub mod project;
pub mod refund;
pub mod report;
pub mod review;
pub mod status;
