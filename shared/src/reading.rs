//! Mail in: what kind it is, what it answers, what the person wrote and meant.
