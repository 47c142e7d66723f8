//! Events of the marketplace, in and out: one function takes them all, whatever way they came.
