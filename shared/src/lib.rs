//! The concepts of Relance: each one's rules (`<concept>.rs`), its SQL (`<concept>/store.rs`), its words.
