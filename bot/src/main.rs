//! `relance-bot`: Discord and the terminal.

fn main() {}
