//! A line of `inbox explain --jsonl`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::testing::doors;

fuzz_target!(|line: &str| doors::question(line));
