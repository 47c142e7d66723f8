//! Messages made to hurt (threats M4, M5, C1): each is read or refused once, within bounds that are counted, not timed.

use super::*;
use crate::reading::message::Unreadable;
use crate::testing::doors::UNDERSTOOD_BYTES_MAX;

/// Addresses that a report may name. Source: `bounce`.
const ADDRESSES_MAX: usize = 100;
const HEAD: &str =
    "From: A <a@client.example>\r\nTo: reply+x@ours.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n";

/// `count` pieces, one after the other.
fn many(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |all, n| all + &piece(n))
}

fn nested(depth: usize) -> String {
    many(depth, |n| {
        format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")
    })
}

fn plain(body: &str) -> Vec<u8> {
    format!("{HEAD}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}").into_bytes()
}

fn html(body: &str) -> Vec<u8> {
    format!("{HEAD}Content-Type: text/html; charset=utf-8\r\n\r\n{body}").into_bytes()
}

fn mixed(parts: &str) -> Vec<u8> {
    format!("{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n").into_bytes()
}

fn report(status: &str) -> Vec<u8> {
    format!(
        "{HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
        Content-Type: message/delivery-status\r\n\r\n{status}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Reads it and counts what is kept of it.
fn read(raw: &[u8]) -> Result<Reading, Unreadable> {
    let read = read_message(raw, &arrived())?;
    let evidence: usize = read.reply.evidence.iter().map(String::len).sum();
    let why: usize = read.meaning.why.iter().map(String::len).sum();
    let kept = read.reply.text.len() + read.reply.words.len() + read.meaning.sentence.len();
    assert!(
        kept + evidence + why <= UNDERSTOOD_BYTES_MAX,
        "{kept} {evidence} {why}"
    );
    if let Kind::Bounce(bounce) = &read.kind {
        assert!(bounce.addresses.len() <= ADDRESSES_MAX);
    }
    Ok(read)
}

// M4: bounds on headers, parts and delimiters are looked at before anything is taken apart.
#[test]
fn what_passes_a_bound_is_refused_before_it_is_taken_apart() {
    let header = |fields: String| [fields.as_bytes(), &plain("x")].concat();
    let nested = nested(3_000);
    for (raw, why) in [
        (
            header(format!("X-A: {}\r\n", "a".repeat(10 << 20))),
            Unreadable::HeadersTooLarge,
        ),
        (
            header("X: y\r\n".repeat(1_700_000)),
            Unreadable::HeadersTooLarge,
        ),
        (
            mixed(&"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(20_000)),
            Unreadable::TooManyParts,
        ),
        (
            mixed(&"--b\r\n\r\nx\r\n".repeat(20_000)),
            Unreadable::TooManyParts,
        ),
        (
            mixed(&"--b\r\n\r\n".repeat(500_000)),
            Unreadable::TooManyParts,
        ),
        (
            format!("{HEAD}{nested}\r\nx").into_bytes(),
            Unreadable::TooManyParts,
        ),
        (
            format!(
                "{HEAD}{}\r\nx",
                "Content-Type: message/rfc822\r\n\r\n".repeat(90_000)
            )
            .into_bytes(),
            Unreadable::TooManyParts,
        ),
        (
            vec![b'\n'; message::MESSAGE_BYTES_MAX + 1],
            Unreadable::TooLarge,
        ),
    ] {
        assert_eq!(read(&raw).err(), Some(why));
    }
}

// M4, M5: everything else is read, and what is kept of it is bounded.
#[test]
fn what_is_within_bounds_is_read_whatever_it_holds() {
    let quotes = many(3_000, |n| format!("{} x\n", ">".repeat(n % 500)));
    let nested = nested(900);
    for raw in [
        plain(&"Je cherche toujours un prestataire. ".repeat(90_000)),
        plain(&">".repeat(1 << 20)),
        plain(&quotes),
        plain(&"Bonjour\0 je \0\0cherche toujours\0".repeat(500)),
        plain(&"Le lundi 3 mars 2026 \n".repeat(20_000)),
        plain(&format!("Le {} a écrit :\nx", "a".repeat(300_000))),
        plain(&"De : a\nEnvoyé : b\n".repeat(10_000)),
        plain(&"dans 3 semaines le 12 septembre ".repeat(10_000)),
        plain(&"e\u{300}\u{301}".repeat(50_000)),
        plain(&"\u{200f}\u{202e}\u{feff}".repeat(50_000)),
        html(&format!("{}x", "<div>".repeat(100_000))),
        html(&format!(
            "{}x",
            "<blockquote><div class=gmail_quote>".repeat(10_000)
        )),
        html(&"<".repeat(300_000)),
        html(&format!("<a {}>x", "a=b ".repeat(60_000))),
        html(&"&amp;&#x41;&bogus".repeat(20_000)),
        html(&"<!--".repeat(80_000)),
        report(&many(20_000, |n| format!("a{n}: x\r\n"))),
        report(&many(5_000, |n| {
            format!("Action: failed\r\nFinal-Recipient: rfc822; a{n}@b.example\r\n")
        })),
        format!("{HEAD}{nested}\r\nx").into_bytes(),
        format!("From: {}\r\n\r\nx", "a@b.example, ".repeat(20_000)).into_bytes(),
        format!("From: {}a@b.example\r\n\r\nx", "(".repeat(100_000)).into_bytes(),
        format!("References: {}\r\n\r\nx", "<a@b> ".repeat(60_000)).into_bytes(),
    ] {
        assert!(
            read(&raw).is_ok(),
            "{}",
            String::from_utf8_lossy(&raw[..120.min(raw.len())])
        );
    }
}

// M5: what is encoded into a field stays on its line.
#[test]
fn line_ends_and_nul_in_fields_are_spaces() {
    let raw = b"From: =?utf-8?Q?A=0D=0ABcc:_x=40y?= <a@client.example>\r\n\
        Subject: =?utf-8?B?eA0KQmNjOiBldmlsQHg=?=\0\r\nDate: Fri, 31 Dec 9999 23:59:60 +9999\r\n\r\nRappelez-moi le 31/12/9999.";
    let mail = message::Mail::parse(raw).expect("a message");
    assert!(
        !mail.subject().contains(['\r', '\n', '\0']),
        "{:?}",
        mail.subject()
    );
    for (name, value) in [
        ("Subject", mail.header("Subject")),
        ("From", mail.header("From")),
    ] {
        let value = value.expect("a field");
        assert!(!value.contains(['\r', '\n', '\0']), "{name}: {value:?}");
    }
    assert_eq!(
        read(raw).map(|read| read.meaning.date),
        Ok(None),
        "nobody waits for the year 9999"
    );
}
