use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use relance_shared::clock::Clock;
use relance_shared::config::{Platform, Settings};
use relance_shared::listing::store::{List, count};
use relance_shared::testing::{day, each_engine};
use secrecy::SecretString;
use serde_json::json;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn event(n: usize) -> Value {
    let data = json!({"project": format!("P{n}"), "client": "C1", "title": "Un site"});
    json!({"id": format!("p{n}"), "type": "project.published", "at": day(1).to_rfc3339(), "data": data})
}

/// A feed of a client, five projects, an unsigned and a signed cancellation, two events a page; the answers asked of it.
async fn a_feed(asked: Arc<Mutex<Vec<String>>>, fails: Arc<Mutex<bool>>) -> String {
    let cancelled = |id: &str, n: usize| {
        let data = json!({"project": format!("P{n}"), "client": "C1", "reason": "other"});
        json!({"id": id, "type": "project.cancelled_by_client", "at": day(2).to_rfc3339(), "data": data})
    };
    let client = json!({"id": "c1", "type": "client.upserted", "at": day(0).to_rfc3339(), "data": {"client": "C1", "name": "Ana"}});
    let mut events = vec![client];
    events.extend((0..5).map(event));
    events.push(cancelled("x0", 0));
    let payload = cancelled("x1", 1).to_string();
    let secrets = Secrets::new(Some(&SecretString::from(SECRET))).unwrap();
    let timestamp = day(2).timestamp();
    let signature = secrets.sign("m1", timestamp, &payload);
    events.push(json!({
        "webhook-id": "m1", "webhook-timestamp": timestamp, "webhook-signature": signature, "payload": payload,
    }));
    let serve = get(
        move |Query(query): Query<HashMap<String, String>>| async move {
            let cursor = query.get("cursor").cloned().unwrap_or_default();
            asked.lock().unwrap().push(cursor.clone());
            if *fails.lock().unwrap() {
                return (StatusCode::BAD_GATEWAY, String::new());
            }
            let from: usize = cursor.parse().unwrap_or(0);
            let page = &events[from.min(events.len())..(from + 2).min(events.len())];
            let page = json!({"events": page, "cursor": (from + page.len()).to_string()});
            (StatusCode::OK, page.to_string())
        },
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/feed", serve)).await });
    format!("http://{address}/feed")
}

// The cursor is kept, a page is taken once, a failing feed is asked less and less often; unsigned, nothing cancels (P3).
#[tokio::test]
async fn a_feed_is_read_from_where_it_ended_and_left_alone_while_it_fails() {
    each_engine(async |db| {
        let (asked, fails) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(true)));
        let clock = Clock::fixed(day(3));
        let platform = Platform {
            secret: Some(SecretString::from(SECRET)),
            feed_url: Some(a_feed(asked.clone(), fails.clone()).await),
            ..Platform::default()
        };
        let env = Env {
            settings: Settings {
                platform,
                ..Settings::default()
            }
            .into(),
            ..Env::for_tests(&db, &clock)
        };
        run(&env).await?;
        run(&env).await?;
        assert_eq!(
            asked.lock().unwrap().len(),
            1,
            "a failing feed is not hammered"
        );
        *fails.lock().unwrap() = false;
        clock.set(day(3) + TimeDelta::seconds(PAUSE_SECS_FIRST));
        run(&env).await?;
        assert_eq!(
            count(&db, List::Pending).await?,
            4,
            "of five, one was cancelled, signed"
        );
        run(&env).await?;
        assert_eq!(asked.lock().unwrap().join(","), ",,2,4,6,8,8");
        Ok(())
    })
    .await;
}

// M4: what is no feed is a failure, not a panic.
#[test]
fn a_page_is_an_object_or_lines() {
    assert!(page("<html>").is_err());
    assert!(page("").is_ok_and(|page| page.lines.is_empty() && page.cursor.is_none()));
    let lines = page("{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n").unwrap();
    assert_eq!((lines.lines.len(), lines.cursor.as_deref()), (2, Some("b")));
}
