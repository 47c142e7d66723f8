//! Discord and the terminal.
fn main() {}
