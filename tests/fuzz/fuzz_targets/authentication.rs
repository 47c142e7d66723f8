//! Authentication-Results: none of another server is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::testing::doors;

fuzz_target!(|value: &str| doors::authentication(value));
