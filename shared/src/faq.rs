//! Curated answers: loading, finding, and knowing when not to answer.
