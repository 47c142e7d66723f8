//! A raw message, whole: kind, reply text, meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::reading::meaning::Facts;
use relance_shared::reading::read_message;

fuzz_target!(|raw: &[u8]| {
    let _reading = read_message(raw, &Facts::default());
});
