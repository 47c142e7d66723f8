use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use relance_shared::clock::Clock;
use relance_shared::config::{Platform, Settings};
use relance_shared::db::Db;
use relance_shared::platform::Signature;
use relance_shared::testing::{day, each_engine};
use secrecy::SecretString;
use serde_json::json;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a platform received, and what it answers: the front of the list, then 204.
#[derive(Clone, Default)]
struct Received {
    events: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

/// A platform on this machine; its address.
async fn a_platform(received: Received) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let take = post(move |headers: HeaderMap, body: String| async move {
        received.events.lock().unwrap().push((headers, body));
        received
            .answers
            .lock()
            .unwrap()
            .pop()
            .unwrap_or(StatusCode::NO_CONTENT)
    });
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", take)).await });
    format!("http://{address}/events")
}

/// An installation that tells the platform at `url` its events.
fn towards(url: String, secret: Option<&str>, db: &Db, clock: &Clock) -> Env {
    let platform = Platform {
        secret: secret.map(SecretString::from),
        events_url: Some(url),
        ..Platform::default()
    };
    let settings = Settings {
        platform,
        ..Settings::default()
    };
    Env {
        settings: settings.into(),
        ..Env::for_tests(db, clock)
    }
}

// A platform that is down delays events, never reorders or loses them; what it took is signed and told once.
#[tokio::test]
async fn events_arrive_signed_in_order_and_are_retried() {
    each_engine(async |db| {
        let received = Received::default();
        let clock = Clock::fixed(day(1));
        let env = towards(
            a_platform(received.clone()).await,
            Some(SECRET),
            &db,
            &clock,
        );
        let mut tx = db.begin().await?;
        for n in 0..3 {
            out::tell(&mut tx, "project.state_changed", json!({"n": n}), day(1)).await?;
        }
        tx.commit().await?;
        *received.answers.lock().unwrap() = vec![StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK];
        run(&env).await?;
        assert_eq!(
            received.events.lock().unwrap().len(),
            2,
            "the second failed, nothing overtakes it"
        );
        run(&env).await?;
        assert_eq!(
            received.events.lock().unwrap().len(),
            2,
            "and it is not hammered"
        );
        clock.set(day(1) + TimeDelta::seconds(PAUSES_SECS[0]));
        run(&env).await?;
        run(&env).await?;
        let events = received.events.lock().unwrap().clone();
        let numbers: Vec<i64> = events
            .iter()
            .map(|(_, body)| {
                serde_json::from_str::<serde_json::Value>(body).unwrap()["data"]["n"]
                    .as_i64()
                    .unwrap()
            })
            .collect();
        assert_eq!(numbers, [0, 1, 1, 2]);
        assert_eq!(
            events[1].0["webhook-id"], events[2].0["webhook-id"],
            "an attempt is recognisable"
        );
        let header = |name: &str| events[3].0[name].to_str().unwrap().to_owned();
        let signature = Signature {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp").parse()?,
            signature: header("webhook-signature"),
        };
        let secrets = Secrets::new(env.settings.platform.secret.as_ref())?;
        assert!(secrets.holds(&signature, &events[3].1));
        Ok(())
    })
    .await;
}

// E7: an event that never gets through is parked after a bound, and the next one goes.
#[tokio::test]
async fn an_event_that_never_gets_through_is_parked() {
    each_engine(async |db| {
        let received = Received::default();
        let clock = Clock::fixed(day(1));
        let env = towards(a_platform(received.clone()).await, None, &db, &clock);
        let mut tx = db.begin().await?;
        out::tell(&mut tx, "a", json!({}), day(1)).await?;
        out::tell(&mut tx, "b", json!({}), day(1)).await?;
        tx.commit().await?;
        let max = usize::try_from(ATTEMPTS_MAX)?;
        *received.answers.lock().unwrap() = vec![StatusCode::INTERNAL_SERVER_ERROR; max];
        for n in 0..ATTEMPTS_MAX {
            clock.set(day(1 + n));
            run(&env).await?;
        }
        assert_eq!(received.events.lock().unwrap().len(), max + 1);
        assert!(out::next(&db).await?.is_empty());
        Ok(())
    })
    .await;
}
