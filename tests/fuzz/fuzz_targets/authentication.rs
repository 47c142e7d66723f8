//! Authentication-Results: no field may panic, and none of another server may be believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relance_shared::reading::authenticity;
use relance_shared::reading::message::Mail;

fuzz_target!(|value: &str| {
    let value = value.replace(['\r', '\n'], " ");
    let raw = format!("Authentication-Results: mx.theirs.example; {value}\r\nFrom: a@client.example\r\n\r\nx");
    if let Ok(mail) = Mail::parse(raw.as_bytes()) {
        assert!(!authenticity::verdict(&mail, Some("mx.ours.example")).trusted);
    }
});
