//! The commands of the program, one file each.

pub mod ask;
pub mod console;
pub mod faq;
pub mod handovers;
pub mod register;
pub mod run;
pub mod staff;
