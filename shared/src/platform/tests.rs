//! What an event must look like to be taken.

use super::*;

fn unsigned(kind: &str, data: &str) -> Result<Event, Reject> {
    let body = format!(
        r#"{{"id":"e1","type":"{kind}","at":"2026-01-02T03:04:05.1234567Z","data":{data}}}"#
    );
    RawEvent::unsigned(&body).map(|raw| raw.event().clone())
}

// C1: what is wrong is said, naming the field; nothing panics.
#[test]
fn a_bad_event_is_refused_with_its_reason() {
    let why = |kind, data| unsigned(kind, data).expect_err("it is bad").to_string();
    assert_eq!(why("client.upserted", "{}"), "client: is missing");
    assert_eq!(
        why("client.upserted", r#"{"client":"C1","name":7}"#),
        "name: must be text"
    );
    assert_eq!(
        why(
            "client.upserted",
            r#"{"client":"C1","name":"A","email":"a b@c"}"#
        ),
        "email: is no address"
    );
    let zone = why(
        "client.upserted",
        r#"{"client":"C1","name":"A","zone":"Paris"}"#,
    );
    assert!(zone.starts_with("zone: must be an IANA name"), "{zone}");
    assert_eq!(
        why("project.published", r#"{"project":"P1","client":"C1"}"#),
        "title: is missing"
    );
    let credits = r#"{"project":"P1","provider":"V1","kind":"offer","credits":-1}"#;
    assert_eq!(
        why("application.created", credits),
        "credits: must be a whole number from 0 up"
    );
    let until = r#"{"provider":"V1","plan":"basic","from":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}"#;
    assert_eq!(
        why("subscription.changed", until),
        "until: must be after from"
    );
    let cancelled = r#"{"project":"P1","client":"C1","reason":"other"}"#;
    assert_eq!(
        unsigned("project.cancelled_by_client", cancelled),
        Err(Reject::Unsigned)
    );
    for body in [
        "",
        "[]",
        "{\"id\":1}",
        "{\"id\":\"e\",\"type\":\"t\",\"at\":\"2026\",\"data\":{}}",
        "nul",
    ] {
        assert!(RawEvent::unsigned(body).is_err(), "{body}");
    }
    let nul = r#"{"client":"C1","name":"a\u0000b"}"#;
    assert!(why("client.upserted", nul).contains("U+0000"));
}

// An unknown type or key is no reason to lose an event; instants are cut to what both engines keep.
#[test]
fn an_unknown_type_is_kept_with_its_subject() {
    let event = unsigned("project.praised", r#"{"project":"P1","stars":5}"#).unwrap();
    assert_eq!(event.what, What::Unknown);
    assert_eq!(event.subject.as_deref(), Some("P1"));
    assert_eq!(event.at.timestamp_subsec_nanos(), 123_456_000);
    let event = unsigned(
        "project.published",
        r#"{"project":"P1","client":"C1","title":" a\nb ","budget":12.345,"x":{}}"#,
    );
    let What::Published { details, .. } = event.unwrap().what else {
        panic!("published")
    };
    assert_eq!(details.title.as_deref(), Some("a b"));
    assert_eq!(details.budget_minor, Some(1_235));
}

// P2, W5: a line counts as signed only when its signature holds over exactly its payload.
#[test]
fn a_signed_line_is_checked() {
    let secret = secrecy::SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let secrets = Secrets::new(Some(&secret)).unwrap();
    let payload = r#"{"id":"e1","type":"project.cancelled_by_client","at":"2026-01-02T03:04:05Z","data":{"project":"P1","client":"C1","reason":"other"}}"#;
    let line = |payload: &str, signature: &str| {
        serde_json::json!({"webhook-id": "m1", "webhook-timestamp": "1767323045", "webhook-signature": signature, "payload": payload})
            .to_string()
    };
    let signature = secrets.sign("m1", 1_767_323_045, payload).unwrap();
    assert!(RawEvent::line(&line(payload, &signature), &secrets).is_ok());
    let other = payload.replace("P1", "P2");
    assert_eq!(
        RawEvent::line(&line(&other, &signature), &secrets).unwrap_err(),
        Reject::Signature
    );
    assert_eq!(
        RawEvent::line(&line(payload, &signature), &Secrets::default()).unwrap_err(),
        Reject::Signature
    );
    assert_eq!(
        RawEvent::line(payload, &secrets).unwrap_err(),
        Reject::Unsigned
    );
}
