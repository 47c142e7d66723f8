//! The doors through which strangers' text comes in, each with what must hold whatever comes.
//!
//! Fuzz targets (`tests/fuzz`) and the tests with damaged messages go through the same functions (C1).

use chrono::NaiveDate;
use secrecy::SecretString;

use crate::mail::read_reply_token;
use crate::reading::meaning::{Facts, Meaning};
use crate::reading::message::{BODY_BYTES_MAX, Mail};
use crate::reading::{self, authenticity, explain, html, matching};
use crate::token::Keys;

/// Bytes that whatever was understood may hold: a body and its copy without quotes. Nothing grows with what lies behind.
pub const UNDERSTOOD_BYTES_MAX: usize = 2 * BODY_BYTES_MAX + 64 * 1024;
/// Times that lines may be longer than their HTML: one letter behind eight quote marks, in a paragraph of its own.
const HTML_GROWTH_MAX: usize = 8;
/// The server believed.
const AUTHSERV: &str = "mx.ours.example";

/// A function that takes what a stranger wrote and panics when a rule is broken.
pub type Door = fn(&[u8]);

/// Each door by the name of its fuzz target.
pub const DOORS: [(&str, Door); 5] = [
    ("message", message),
    ("authentication", |raw| {
        authentication(&String::from_utf8_lossy(raw));
    }),
    ("token", |raw| token(&String::from_utf8_lossy(raw))),
    ("html", |raw| html(&String::from_utf8_lossy(raw))),
    ("question", |raw| question(&String::from_utf8_lossy(raw))),
];

/// A day of arrival, so that dates are looked for.
fn arrived() -> Facts {
    Facts {
        arrived: NaiveDate::from_ymd_opt(2026, 3, 3),
        projects: Vec::new(),
    }
}

fn holds(meaning: &Meaning) {
    assert!((0.0..=1.0).contains(&meaning.confidence), "{meaning:?}");
    assert!(!meaning.labels.is_empty(), "{meaning:?}");
    assert!(meaning.sentence.chars().count() <= 300, "{meaning:?}");
}

/// A raw message, whole: kind, sender, letter answered, reply text, meaning; and the same bytes as a decoded body.
///
/// # Panics
/// When a rule is broken.
pub fn message(raw: &[u8]) {
    holds(&reading::read_text(&String::from_utf8_lossy(raw), &arrived()).meaning);
    let Ok(mail) = Mail::parse(raw) else { return };
    let read = reading::read_mail(&mail, &arrived());
    holds(&read.meaning);
    let kept = read.reply.text.len() + read.reply.words.len() + read.meaning.sentence.len();
    assert!(kept <= UNDERSTOOD_BYTES_MAX, "{kept}");
    let verdict = authenticity::verdict(&mail, Some(AUTHSERV));
    assert!(
        !verdict.trusted
            || raw
                .windows(4)
                .any(|four| four.eq_ignore_ascii_case(b"pass"))
    );
    for told in matching::pointers(&mail).tokens {
        token(&told);
    }
}

/// The value of an Authentication-Results field: none of another server is believed, and none without a pass.
///
/// # Panics
/// When a rule is broken.
pub fn authentication(value: &str) {
    let value = value.replace(['\r', '\n'], " ");
    let trusted = |server: &str| {
        let raw =
            format!("Authentication-Results: {server}; {value}\r\nFrom: a@client.example\r\n\r\nx");
        Mail::parse(raw.as_bytes())
            .is_ok_and(|mail| authenticity::verdict(&mail, Some(AUTHSERV)).trusted)
    };
    assert!(!trusted("mx.theirs.example"), "{value}");
    let passes = value.to_ascii_lowercase().contains("pass");
    assert!(passes || !trusted(AUTHSERV), "{value}");
}

/// A signed reply address: no text that we did not sign names a letter.
///
/// # Panics
/// When a rule is broken.
pub fn token(token: &str) {
    let key = SecretString::from("a key for tests only, long enough");
    let keys = Keys::new(key, None).expect("the key is long enough");
    assert_eq!(
        read_reply_token(&keys, token),
        None,
        "nobody signed {token}"
    );
}

/// An HTML body turned into lines.
///
/// # Panics
/// When a rule is broken.
pub fn html(text: &str) {
    let lines = html::to_text(text);
    assert!(lines.len() <= HTML_GROWTH_MAX * text.len() + 64, "{text:?}");
}

/// A line of `inbox explain --jsonl`: it is answered, with what is understood or what is wrong.
///
/// # Panics
/// When a rule is broken.
pub fn question(line: &str) {
    let answer = explain::answer(line, &explain::Nowhere);
    assert!(
        answer.get("id").is_some()
            && (answer.get("kind").is_some() || answer.get("error").is_some()),
        "{answer}"
    );
}
