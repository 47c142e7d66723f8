//! What every answer has in common.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::get;
use relance_shared::account::Locale;
use relance_shared::testing::each_engine;
use tower::ServiceExt as _;

mod account;
mod client;
mod crowd;
mod hooks;
mod lists;
mod nothing_else_cancels;

use super::*;
use relance_shared::clock::Clock;
use relance_shared::db::Db;
use relance_shared::outbox::store::{Away, relay_away};
use relance_shared::testing::day;

/// Asks `router` and gives status, headers and text.
async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, header::HeaderMap, String) {
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let text = to_bytes(body, usize::MAX).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8(text.to_vec()).unwrap(),
    )
}

fn an_env(db: &Db) -> Env {
    Env::for_tests(db, &Clock::fixed(day(10)))
}

/// A form as a browser sends it from our own page.
fn post_of(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<Vec<_>>()
            .concat()
    };
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body.join("&")))
        .unwrap()
}

/// The value of the hidden field `name` of a page.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let field = format!("name=\"{name}\" value=\"");
    let at = page.find(&field).expect("the page has the field") + field.len();
    page[at..].split('"').next().unwrap_or_default()
}

fn get_of(path: &str) -> Request<Body> {
    Request::get(path)
        .header(header::ACCEPT_LANGUAGE, "en-GB,en;q=0.9,fr;q=0.8")
        .body(Body::empty())
        .unwrap()
}

// W2, W4: no scripts, no frames, no referrer, nothing cached, whatever is asked.
#[tokio::test]
async fn every_answer_carries_the_guarding_headers() {
    each_engine(async |db| {
        let router = router(an_env(&db));
        for path in ["/healthz", "/nowhere", "/style.css", "/metrics"] {
            let (_, headers, _) = ask(&router, get_of(path)).await;
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str()?;
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{path}"
            );
            assert!(
                !policy.contains("script-src") && !policy.contains("unsafe"),
                "{path}"
            );
            assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
            assert!(headers.contains_key(header::CACHE_CONTROL), "{path}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_a_page_for_people_and_a_problem_document_for_machines() {
    each_engine(async |db| {
        let router = router(an_env(&db));
        let (status, headers, text) = ask(&router, get_of("/nowhere")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(
            headers[header::CONTENT_TYPE]
                .to_str()?
                .starts_with("text/html")
        );
        assert!(
            text.contains("There is no such page") && text.contains("lang=\"en\""),
            "{text}"
        );
        let (status, headers, text) = ask(&router, get_of("/api/v1/nowhere")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text)?["status"],
            404
        );
        let wrong = Request::builder()
            .method(Method::POST)
            .uri("/healthz")
            .body(Body::empty())?;
        let (status, headers, _) = ask(&router, wrong).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(headers.contains_key(header::ALLOW));
        Ok(())
    })
    .await;
}

// D5: the page shows a reference, neither the panic's words nor the token of the address.
#[tokio::test]
async fn a_panic_is_an_error_page_with_a_reference_and_the_next_request_is_served() {
    each_engine(async |db| {
        let env = an_env(&db);
        let broken = async || -> &'static str { panic!("secret of Jeanne") };
        let router = dressed(
            Router::new().route("/broken", get(broken)).merge(routes()),
            env,
            Limits::default(),
        );
        let (status, _, text) = ask(&router, get_of("/broken")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            text.contains("Reference to give us") && !text.contains("Jeanne"),
            "{text}"
        );
        assert_eq!(ask(&router, get_of("/healthz")).await.0, StatusCode::OK);
        Ok(())
    })
    .await;
}

// O1: alive and ready are two questions.
#[tokio::test]
async fn readiness_asks_the_database_and_the_clock_while_health_only_says_alive() {
    each_engine(async |db| {
        let env = an_env(&db);
        let router = router(env.clone());
        let (status, _, text) = ask(&router, get_of("/readyz")).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        env.clock.set(chrono::DateTime::UNIX_EPOCH);
        let (status, _, text) = ask(&router, get_of("/readyz")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(text.contains("\"clock\":false"), "{text}");
        db.close().await;
        let (status, _, text) = ask(&router, get_of("/readyz")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(text.contains("\"database\":false"), "{text}");
        assert_eq!(ask(&router, get_of("/healthz")).await.0, StatusCode::OK);
        Ok(())
    })
    .await;
}

// O1, O7: a dead relay is told and counted, and the pages stay in service.
#[tokio::test]
async fn a_dead_relay_is_told_and_keeps_nothing_from_being_served() {
    each_engine(async |db| {
        let router = router(an_env(&db));
        let (_, _, text) = ask(&router, get_of("/readyz")).await;
        assert!(text.contains("\"relay\":true"), "{text}");
        let away = Away {
            since_at: day(9),
            failed_at: day(9),
            again_at: day(9),
            failures: 3,
            why: "connection refused".to_owned(),
        };
        relay_away(&db, &away).await?;
        let (status, _, text) = ask(&router, get_of("/readyz")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("\"relay\":false"), "{text}");
        let (_, _, text) = ask(&router, get_of("/metrics")).await;
        for figure in ["relance_relay_away", "relance_letters_waiting"] {
            assert!(text.contains(figure), "{text}");
        }
        Ok(())
    })
    .await;
}

// D5: a token in a path never becomes a label.
#[tokio::test]
async fn figures_name_routes_and_never_paths() {
    each_engine(async |db| {
        let router = router(an_env(&db));
        ask(&router, get_of("/c/token-of-jeanne")).await;
        let (status, _, text) = ask(&router, get_of("/metrics")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            text.contains("relance_http_requests_total") && !text.contains("jeanne"),
            "{text}"
        );
        Ok(())
    })
    .await;
}

#[test]
fn the_language_is_the_heaviest_of_ours_that_the_browser_asks_for() {
    for (asked, locale) in [
        ("fr-FR,fr;q=0.9,en;q=0.8", Locale::Fr),
        ("en;q=0.4, fr;q=0.6", Locale::Fr),
        ("de,en;q=0.5", Locale::En),
        ("de", Locale::En),
        ("fr;q=0, en;q=0.1", Locale::En),
        ("", Locale::En),
        ("f,é", Locale::En),
    ] {
        assert_eq!(layout::preferred(asked), locale, "{asked}");
    }
}
