//! A raw message, whole: kind, sender, reply text, meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::testing::doors;

fuzz_target!(|raw: &[u8]| doors::message(raw));
