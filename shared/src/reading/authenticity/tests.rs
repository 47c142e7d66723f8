//! What an Authentication-Results field proves, and what it does not.

use proptest::prelude::*;

use super::*;

fn of(fields: &str) -> Verdict {
    let raw = format!("{fields}From: A <a@client.example>\r\n\r\nx\r\n");
    verdict(
        &Mail::parse(raw.as_bytes()).expect("a message"),
        Some("mx.ours.example"),
    )
}

// M1
#[test]
fn only_the_configured_server_is_believed() {
    assert!(
        of("Authentication-Results: mx.ours.example; dmarc=pass header.from=client.example\r\n")
            .trusted
    );
    assert!(
        !of("Authentication-Results: mx.theirs.example; dmarc=pass header.from=client.example\r\n")
            .trusted
    );
    assert!(!of("").trusted);
    let raw =
        "Authentication-Results: mx.ours.example; dmarc=pass\r\nFrom: a@client.example\r\n\r\nx";
    assert!(!verdict(&Mail::parse(raw.as_bytes()).expect("a message"), None).trusted);
}

// M1
#[test]
fn a_pass_counts_only_for_the_domain_in_from() {
    assert!(
        of("Authentication-Results: mx.ours.example;\r\n dkim=pass header.d=client.example\r\n")
            .trusted
    );
    assert!(of("Authentication-Results: mx.ours.example 1; spf=pass (ok) smtp.mailfrom=a@bounce.client.example\r\n").trusted);
    assert!(
        !of("Authentication-Results: mx.ours.example; dkim=pass header.d=evil.example\r\n").trusted
    );
    assert!(!of("Authentication-Results: mx.ours.example; dmarc=fail; dkim=pass header.d=client.example\r\n").trusted);
    assert!(
        !of("Authentication-Results: mx.ours.example; dmarc=pass header.from=other.example\r\n")
            .trusted
    );
}

// M1: strangers register names under one suffix, public or a company's; one organisation signs with any of its names.
#[test]
fn neighbours_under_a_public_suffix_are_not_aligned() {
    for (signer, from, is_aligned) in [
        ("a.co.uk", "a.co.uk", true),
        ("a.co.uk", "b.co.uk", false),
        ("co.uk", "b.co.uk", false),
        ("b.co.uk", "co.uk", false),
        ("mail.b.co.uk", "b.co.uk", true),
        ("x.github.io", "y.github.io", false),
        ("x.github.io", "github.io", false),
        ("github.io", "x.github.io", false),
        ("x.asso.fr", "y.asso.fr", false),
        ("y.asso.fr", "courrier.y.asso.fr", true),
        ("news.client.example", "mail.client.example", true),
        ("client.example", "notclient.example", false),
        ("a.example", "b.example", false),
        ("example", "a.example", false),
        ("5.6.3.4", "1.2.3.4", false),
        ("a..client.example", "client.example", false),
        ("", "client.example", false),
    ] {
        assert_eq!(aligned(signer, from), is_aligned, "{signer} for {from}");
        let raw = format!(
            "Authentication-Results: mx.ours.example; dkim=pass header.d={signer}\r\nFrom: A <a@{from}>\r\n\r\nx\r\n"
        );
        let mail = Mail::parse(raw.as_bytes()).expect("a message");
        let verdict = verdict(&mail, Some("mx.ours.example"));
        assert_eq!(
            verdict.trusted, is_aligned,
            "{signer} for {from}: {verdict:?}"
        );
    }
}

// M1: what hides in comments and quotes is not read
#[test]
fn comments_quotes_and_doubled_senders_prove_nothing() {
    assert!(!of("Authentication-Results: mx.ours.example; spf=fail (dmarc=pass; x)\r\n").trusted);
    assert!(
        !of("Authentication-Results: mx.ours.example; spf=fail reason=\"; dmarc=pass\"\r\n")
            .trusted
    );
    assert!(!of("Authentication-Results: mx.ours.example; dmarc=pass (never closed\r\n").trusted);
    assert!(
        !of("Authentication-Results: mx.ours.example; dmarc=pass\r\nFrom: b@other.example\r\n")
            .trusted
    );
}

// M1: the field that the server itself wrote is on top; what it leaves unread must not let one further down decide
#[test]
fn the_first_field_of_the_server_decides_though_it_cannot_be_read() {
    let forged =
        "Authentication-Results: mx.ours.example; dmarc=pass header.from=client.example\r\n";
    assert!(of(forged).trusted);
    let long = format!("mx.ours.example; dmarc=fail reason={}", "x".repeat(9_000));
    let deep = format!("{}mx.ours.example; dmarc=fail", "(".repeat(9_000));
    for genuine in [
        "mx.ours.example; dmarc=fail (unclosed",
        "mx.ours.example; dmarc=fail reason=\"unclosed",
        "mx.ours.example; dmarc fail",
        "mx.ours.example 1 2; dmarc=pass",
        "(a comment) MX.ours.example; dmarc fail",
        "\"mx.ours.example\"; dmarc fail",
        "mx.ours.example(version; 1; dmarc=fail",
        "(unclosed mx.ours.example; dmarc=fail",
        "mx.ours.example",
        "mx.ours.example; none",
        &long,
        &deep,
    ] {
        let both = format!("Authentication-Results: {genuine}\r\n{forged}");
        assert!(!of(&both).trusted, "{genuine}");
    }
    let theirs = format!("Authentication-Results: mx.theirs.example; dmarc fail\r\n{forged}");
    assert!(of(&theirs).trusted, "another server's field is not ours");
}

// M1
#[test]
fn fields_of_the_server_that_contradict_prove_nothing() {
    let field = |text: &str| format!("Authentication-Results: mx.ours.example; {text}\r\n");
    let pass = field("dmarc=pass header.from=client.example");
    assert!(!of(&format!("{pass}{}", field("dmarc=fail"))).trusted);
    assert!(!of(&format!("{pass}{}", field("dmarc fail"))).trusted);
    assert!(
        of(&format!(
            "{pass}{}",
            field("dkim=pass header.d=other.example")
        ))
        .trusted,
        "programs of one server write a field each"
    );
    assert!(
        !of(&field(
            "dmarc=pass header.from=client.example header.from=other.example"
        ))
        .trusted
    );
}

proptest! {
    // C1
    #[test]
    fn no_field_breaks_the_reader(value in "\\PC{0,300}") {
        let _ = parse(&value);
        let _ = without_comments(&value);
        let _ = may_name(&value, "mx.ours.example");
    }
}
