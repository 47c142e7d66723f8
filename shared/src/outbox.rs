//! Letters on their way: planned, sending, accepted, refused, unknown.
