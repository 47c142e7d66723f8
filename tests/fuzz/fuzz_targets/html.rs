//! An HTML body turned into lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::reading::html;

fuzz_target!(|text: &str| {
    let _lines = html::to_text(text);
});
