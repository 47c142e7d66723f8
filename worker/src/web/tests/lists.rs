//! The lists, the page of a project, and the same for programs.

use relance_shared::account::Identity;
use relance_shared::account::store::named;
use relance_shared::contact::{self, Channel, Line, LineKind, Stage};
use relance_shared::listing::store::rerank_by_rules;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider};
use relance_shared::{report, witness};
use serde_json::Value;

use super::*;

/// Forty-one pending projects of one client: three pages, P00 the oldest.
async fn a_list(db: &Db) -> anyhow::Result<Vec<ProjectId>> {
    let client = a_client(db, "C1", day(0)).await?;
    let mut ids = Vec::new();
    for n in 0..41 {
        ids.push(a_pending_project(db, client, &format!("P{n:02}"), day(n)).await?);
    }
    let call = Line {
        client,
        project: Some(ids[0]),
        kind: LineKind::CallNoAnswer,
        channel: Channel::Phone,
        stage: None,
        ask_again_at: None,
        note: Some("sonne dans le vide".to_owned()),
        source: "test:1".to_owned(),
        at: day(20),
    };
    let mut tx = db.begin().await?;
    contact::store::append(&mut tx, &[call], day(20)).await?;
    tx.commit().await?;
    rerank_by_rules(db, day(50)).await?;
    Ok(ids)
}

fn at_day_50(db: &Db) -> Router {
    router(Env::for_tests(db, &Clock::fixed(day(50))))
}

// S4, S13, P5: advice first, newer before older, every project on some page.
#[tokio::test]
async fn the_list_gives_the_advice_first_and_every_pending_project_a_page() {
    each_engine(async |db| {
        a_list(&db).await?;
        let router = at_day_50(&db);
        let (status, _, first) = ask(&router, get_of("/projects")).await;
        assert_eq!(status, StatusCode::OK);
        let at = |text: &str| first.find(text).unwrap_or(usize::MAX);
        assert!(at("pages 1 and 2") < at("Projet P40") && at("Projet P40") < at("Projet P39"));
        assert!(
            first.contains("never heard from the client so far"),
            "{first}"
        );
        let (status, headers, _) = ask(&router, get_of("/")).await;
        assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(headers["location"], "/projects");
        let (_, _, last) = ask(&router, get_of("/projects?page=3")).await;
        assert!(
            last.contains("Projet P00") && last.contains("one call unanswered"),
            "{last}"
        );
        assert!(!last.contains("sonne"), "a note is nobody's business here");
        for path in ["/projects?page=0", "/projects?page=4", "/projects?page=x"] {
            assert_eq!(
                ask(&router, get_of(path)).await.0,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let (status, _, empty) = ask(&router, get_of("/projects/in-progress")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(empty.contains("No project at present"), "{empty}");
        Ok(())
    })
    .await;
}

// b8, b9, N6, N22, S2, S4: state, age, last sign or "never heard", the place and why, who may cancel.
#[tokio::test]
async fn the_page_of_a_project_says_what_is_known_and_why_it_is_there() {
    each_engine(async |db| {
        a_list(&db).await?;
        let router = at_day_50(&db);
        let (status, _, text) = ask(&router, get_of("/projects/P00")).await;
        assert_eq!(status, StatusCode::OK);
        for part in [
            "Page 3: online 50 days (since 1 January 2026), never heard from the client so far, one call unanswered.",
            "Only its client can cancel a project, from their account.",
            "This project is on page 3.",
            "Pending",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let (_, _, recent) = ask(&router, get_of("/projects/P40")).await;
        assert!(recent.contains("Page 1: ") && !recent.contains("This project is on page"));
        let french = Request::get("/projects/P00").body(Body::empty())?;
        let (_, _, text) = ask(&router, french).await;
        assert!(text.contains("lang=\"fr\"") && text.contains("Page 3\u{a0}: en ligne"), "{text}");
        let (status, ..) = ask(&router, get_of("/projects/P99")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        Ok(())
    })
    .await;
}

// b18: what left the list stays readable and says so.
#[tokio::test]
async fn a_project_that_ended_before_we_knew_it_keeps_a_page() {
    each_engine(async |db| {
        relance_shared::testing::store::a_past_project(&db, "OLD/1", day(0), day(30)).await?;
        let router = at_day_50(&db);
        let (status, _, text) = ask(&router, get_of("/projects/OLD%2F1")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("Ended on 31 January 2026"), "{text}");
        assert!(text.contains("no longer on the list"), "{text}");
        let (_, _, json) = ask(&router, get_of("/api/v1/projects/OLD%2F1")).await;
        assert_eq!(serde_json::from_str::<Value>(&json)?["state"], "past");
        Ok(())
    })
    .await;
}

// W4: links come from the settings, whatever Host says.
#[tokio::test]
async fn programs_read_the_same_facts_with_links_to_the_pages_around() {
    each_engine(async |db| {
        a_list(&db).await?;
        let router = at_day_50(&db);
        let forged = Request::get("/api/v1/projects?page=2")
            .header(header::HOST, "evil.example")
            .body(Body::empty())?;
        let (status, headers, text) = ask(&router, forged).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            headers[header::LINK],
            "<http://127.0.0.1:8080/api/v1/projects?page=1>; rel=\"first\", \
             <http://127.0.0.1:8080/api/v1/projects?page=3>; rel=\"last\", \
             <http://127.0.0.1:8080/api/v1/projects?page=1>; rel=\"prev\", \
             <http://127.0.0.1:8080/api/v1/projects?page=3>; rel=\"next\""
        );
        let page: Value = serde_json::from_str(&text)?;
        assert_eq!((&page["total"], &page["pages"]), (&41.into(), &3.into()));
        assert_eq!(page["projects"][0]["place"]["position"], 21);
        assert!(page["projects"][0]["last_sign"].is_null());
        let (_, _, text) = ask(&router, get_of("/api/v1/projects/P00")).await;
        let project: Value = serde_json::from_str(&text)?;
        assert_eq!(project["place"]["page"], 3);
        assert_eq!(project["calls_unanswered"], 1);
        assert!(
            project["explanation"]["fr"]
                .as_str()
                .is_some_and(|why| why.starts_with("Page 3\u{a0}: "))
        );
        assert!(
            project.get("stage").is_none(),
            "the client's words are not for everybody"
        );
        let (status, headers, _) = ask(&router, get_of("/api/v1/projects?page=9")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        Ok(())
    })
    .await;
}

// M5: what a client wrote is text, in every place where it is shown.
#[tokio::test]
async fn a_title_cannot_become_markup() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        a_pending_project(&db, client, "<b>\"x", day(1)).await?;
        let router = at_day_50(&db);
        for path in ["/projects", "/projects/%3Cb%3E%22x"] {
            let (status, _, text) = ask(&router, get_of(path)).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(
                text.contains("&lt;b&gt;") && !text.contains("<b>"),
                "{path}: {text}"
            );
        }
        Ok(())
    })
    .await;
}

// N3, N11, S19: two providers against the client's word are a matter of the staff; no page changes by a byte.
#[tokio::test]
async fn the_pages_say_nothing_of_two_accounts_that_differ() {
    each_engine(async |db| {
        let ids = a_list(&db).await?;
        let Some(Identity::Client { id: client, .. }) = named(&db, "C1", day(30)).await? else {
            anyhow::bail!("C1 is a client");
        };
        let current = Line {
            client,
            project: Some(ids[0]),
            kind: LineKind::Answer,
            channel: Channel::Email,
            stage: Some(Stage::Searching),
            ask_again_at: None,
            note: None,
            source: "test:2".to_owned(),
            at: day(30),
        };
        let mut tx = db.begin().await?;
        contact::store::append(&mut tx, &[current], day(30)).await?;
        tx.commit().await?;
        rerank_by_rules(&db, day(50)).await?;
        let router = at_day_50(&db);
        let paths = [
            "/projects",
            "/projects?page=3",
            "/projects/P00",
            "/projects/in-progress",
            "/api/v1/projects?page=3",
            "/api/v1/projects/P00",
        ];
        let pages = async || {
            let mut pages = Vec::new();
            for path in paths {
                pages.push(ask(&router, get_of(path)).await);
            }
            pages
        };
        let before = pages().await;
        for reference in ["V1", "V2", "V3"] {
            let provider = a_provider(&db, reference, day(0)).await?;
            report::store::take(&db, provider, &["P00".to_owned()], day(49)).await?;
        }
        assert_eq!(
            witness::store::flags(&db, day(50)).await?.len(),
            1,
            "the staff are told"
        );
        rerank_by_rules(&db, day(50)).await?;
        assert_eq!(pages().await, before);
        Ok(())
    })
    .await;
}
