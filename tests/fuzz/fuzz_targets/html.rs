//! An HTML body turned into lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::testing::doors;

fuzz_target!(|text: &str| doors::html(text));
