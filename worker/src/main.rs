//! Jobs, mail, web face, operator commands.
fn main(){}
