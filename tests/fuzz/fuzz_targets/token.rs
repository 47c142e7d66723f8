//! Signed reply addresses: no text that we did not sign names a letter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::mail::read_reply_token;
use relance_shared::token::Keys;
use secrecy::SecretString;

fuzz_target!(|token: &str| {
    let key = SecretString::from("a key for fuzzing only, long enough");
    let keys = Keys::new(key, None).expect("the key is long enough");
    assert!(read_reply_token(&keys, token).is_none());
});
