//! Signed reply addresses: no text that we did not sign names a letter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::testing::doors;

fuzz_target!(|token: &str| doors::token(token));
