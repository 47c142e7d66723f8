//! `POST /hooks/platform` and `POST /hooks/mail`: W5.

use relance_shared::config::{Platform, Settings};
use relance_shared::listing::store::find;
use relance_shared::platform::webhook::Secrets;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn with_secret(db: &Db, secret: &str) -> Env {
    let platform = Platform {
        secret: Some(SecretString::from(secret)),
        ..Platform::default()
    };
    Env {
        settings: Settings {
            platform,
            ..Settings::default()
        }
        .into(),
        ..an_env(db)
    }
}

fn body(id: &str, kind: &str, n: i64, data: &Value) -> String {
    json!({"id": id, "type": kind, "at": day(n).to_rfc3339(), "data": data}).to_string()
}

fn hook(id: &str, timestamp: i64, signature: &str, body: &str) -> Request<Body> {
    Request::post("/hooks/platform")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(Body::from(body.to_owned()))
        .unwrap()
}

fn signed(body: &str) -> Request<Body> {
    let secrets = Secrets::new(Some(&SecretString::from(SECRET))).unwrap();
    let timestamp = day(10).timestamp();
    hook(
        "msg_1",
        timestamp,
        &secrets.sign("msg_1", timestamp, body).unwrap(),
        body,
    )
}

// W5, P2: a signed cancellation of the project's own client cancels; the same again changes nothing.
#[tokio::test]
async fn a_signed_event_is_taken_once() {
    each_engine(async |db| {
        let router = router(with_secret(
            &db,
            &format!("whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk,{SECRET}"),
        ));
        let events = [
            body(
                "e1",
                "client.upserted",
                1,
                &json!({"client": "C1", "name": "Ana"}),
            ),
            body(
                "e2",
                "project.published",
                2,
                &json!({"project": "P1", "client": "C1", "title": "Un site"}),
            ),
            body(
                "e3",
                "project.cancelled_by_client",
                9,
                &json!({"project": "P1", "client": "C1", "reason": "other"}),
            ),
        ];
        for event in &events {
            let (status, _, text) = ask(&router, signed(event)).await;
            assert_eq!(
                (status, text.contains("applied")),
                (StatusCode::OK, true),
                "{text}"
            );
        }
        let (status, _, text) = ask(&router, signed(&events[2])).await;
        assert_eq!(
            (status, text.contains("duplicate")),
            (StatusCode::OK, true),
            "{text}"
        );
        let found = find(&db, "P1").await?.expect("it is there");
        assert_eq!(found.cancelled_at, Some(day(9)));
        let other = body(
            "e2",
            "project.published",
            3,
            &json!({"project": "P2", "client": "C1", "title": "x"}),
        );
        assert_eq!(ask(&router, signed(&other)).await.0, StatusCode::CONFLICT);
        Ok(())
    })
    .await;
}

// W5: altered, old, unsigned, oversized or senseless requests are refused with a problem document, and nothing is kept.
#[tokio::test]
async fn what_is_not_signed_now_over_exactly_this_body_is_refused() {
    each_engine(async |db| {
        let router = router(with_secret(&db, SECRET));
        let secrets = Secrets::new(Some(&SecretString::from(SECRET))).unwrap();
        let event = body(
            "e1",
            "client.upserted",
            1,
            &json!({"client": "C1", "name": "Ana"}),
        );
        let now = day(10).timestamp();
        let right = secrets.sign("msg_1", now, &event).unwrap();
        let old = secrets.sign("msg_1", now - 301, &event).unwrap();
        let ahead = secrets.sign("msg_1", now + 301, &event).unwrap();
        let refused = [
            (
                hook("msg_1", now, &right, &event.replace("Ana", "Eve")),
                StatusCode::UNAUTHORIZED,
            ),
            (hook("msg_2", now, &right, &event), StatusCode::UNAUTHORIZED),
            (
                hook("msg_1", now - 301, &old, &event),
                StatusCode::UNAUTHORIZED,
            ),
            (
                hook("msg_1", now + 301, &ahead, &event),
                StatusCode::UNAUTHORIZED,
            ),
            (
                hook("msg_1", now, "v1,AAAA", &event),
                StatusCode::UNAUTHORIZED,
            ),
            (
                Request::post("/hooks/platform")
                    .body(Body::from(event.clone()))
                    .unwrap(),
                StatusCode::UNAUTHORIZED,
            ),
            (signed("{\"id\":\"e1\"}"), StatusCode::UNPROCESSABLE_ENTITY),
            (signed(&"x".repeat(300_000)), StatusCode::PAYLOAD_TOO_LARGE),
        ];
        for (request, meant) in refused {
            let (status, headers, text) = ask(&router, request).await;
            assert_eq!(status, meant, "{text}");
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        }
        assert_eq!(db.fits().await?.last_recorded_at, None);
        let unset = super::super::router(an_env(&db));
        assert_eq!(
            ask(&unset, signed(&event)).await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
        Ok(())
    })
    .await;
}

fn mail(timestamp: i64, signature: &str, body: &[u8]) -> Request<Body> {
    Request::post("/hooks/mail")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(Body::from(body.to_vec()))
        .unwrap()
}

// W5, M4: a signed raw message, in whatever bytes, is stored once; what is not signed now over these bytes is not.
#[tokio::test]
async fn a_signed_raw_message_is_stored_once_and_waits_to_be_read() {
    const RAW: &[u8] = b"From: c@clients.example\r\nSubject: x\r\n\r\nD\xe9j\xe0 trouv\xe9.\r\n";
    each_engine(async |db| {
        let router = router(with_secret(&db, SECRET));
        let secrets = Secrets::new(Some(&SecretString::from(SECRET))).unwrap();
        let now = day(10).timestamp();
        let sign = |timestamp, body: &[u8]| secrets.sign("msg_1", timestamp, body).unwrap();
        let large = vec![b'x'; relance_shared::reading::message::MESSAGE_BYTES_MAX + 1];
        let refused = [
            (
                mail(now, &sign(now, b"other"), RAW),
                StatusCode::UNAUTHORIZED,
            ),
            (
                mail(now - 301, &sign(now - 301, RAW), RAW),
                StatusCode::UNAUTHORIZED,
            ),
            (
                Request::post("/hooks/mail").body(Body::from(RAW)).unwrap(),
                StatusCode::UNAUTHORIZED,
            ),
            (
                mail(now, &sign(now, b""), b""),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                mail(now, &sign(now, &large), &large),
                StatusCode::PAYLOAD_TOO_LARGE,
            ),
        ];
        for (request, meant) in refused {
            let (status, headers, text) = ask(&router, request).await;
            assert_eq!(status, meant, "{text}");
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        }
        assert!(
            relance_shared::reading::store::waiting(&db)
                .await?
                .is_empty()
        );
        for outcome in ["stored", "duplicate"] {
            let (status, _, text) = ask(&router, mail(now, &sign(now, RAW), RAW)).await;
            assert_eq!(
                (status, text.contains(outcome)),
                (StatusCode::ACCEPTED, true),
                "{text}"
            );
        }
        let waiting = relance_shared::reading::store::waiting(&db).await?;
        let [id] = waiting[..] else {
            anyhow::bail!("one message waits, not {waiting:?}")
        };
        let raw = relance_shared::reading::store::raw(&db, id).await?;
        assert_eq!(raw.as_deref(), Some(RAW));
        let unset = super::super::router(an_env(&db));
        assert_eq!(
            ask(&unset, mail(now, &sign(now, RAW), RAW)).await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
        Ok(())
    })
    .await;
}
