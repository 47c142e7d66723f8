//! A person's data out, and erased; money and event chains stay (D4).
