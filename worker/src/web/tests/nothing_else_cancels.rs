//! S23: everything that must not cancel, tried.

use chrono::TimeDelta;
use relance_shared::listing::store::StateName;
use relance_shared::testing::store::a_client;
use relance_shared::token::Purpose;

use super::account::Scene;
use super::*;

/// Every address that the sources of the web face name, so that a new one is tried too.
fn addresses() -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/web"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs")
                && !path.ends_with("tests.rs")
            {
                let text = std::fs::read_to_string(&path)?;
                for rest in text.split(".route(").skip(1) {
                    found.extend(
                        rest.trim_start()
                            .strip_prefix('"')
                            .and_then(|r| r.split('"').next())
                            .map(str::to_owned),
                    );
                }
            }
        }
    }
    Ok(found)
}

/// What a robot sends that fills every field it ever saw, in the name of `mark`.
fn everything<'a>(mark: &'a str, field: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("form", mark),
        ("all", "dropped"),
        (field, "chosen_elsewhere"),
        ("sure", "yes"),
        ("mails", "none"),
        ("send", "yes"),
        ("end", "yes"),
        ("go", "yes"),
        ("choice", "reopen"),
        ("reason", "found_elsewhere"),
        ("text", "x"),
        ("number", "1"),
        ("email", "c1@clients.example"),
        ("List-Unsubscribe", "One-Click"),
    ]
}

/// Asks at `filled` with every token, method, role and mark; gives how many roles there were.
async fn all_ways(
    scene: &Scene,
    (address, filled): (&str, &str),
    tokens: &[String],
    marks: &[String],
    [other, owner]: [&str; 2],
) -> anyhow::Result<usize> {
    let field = format!("p{}", scene.project.uuid().simple());
    let mut tried = 0;
    for token in tokens {
        let path = filled.replace("{token}", token);
        for cookie in ["", other, owner] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                let bare = Request::builder()
                    .method(method)
                    .uri(&path)
                    .body(Body::empty())?;
                scene.send(bare, cookie).await;
            }
            // Signing out would only make the rest harmless.
            for mark in marks.iter().filter(|_| address != "/account/sign-out") {
                scene.post(&path, cookie, &everything(mark, &field)).await;
            }
            tried += 1;
        }
        assert_eq!(scene.state().await?, StateName::Pending, "{address}");
        if path == filled {
            break;
        }
    }
    Ok(tried)
}

// S23, P2, P3, W1: every address, every method, every role; only the signed-in owner's confirmed form cancels.
#[tokio::test]
async fn nothing_but_the_owners_confirmed_form_cancels() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        a_client(&db, "C2", day(2)).await?;
        let owner = scene.signed_in("c1@clients.example").await?;
        let other = scene.signed_in("c2@clients.example").await?;
        let keys = &scene.env.keys;
        let until = day(10) + TimeDelta::days(1);
        let (client, project) = (scene.client.uuid(), scene.project.uuid());
        let session = |cookie: &str| {
            let cookie = cookie.trim_start_matches("relance=");
            keys.read(Purpose::Session, cookie, day(10))
                .expect("a session")
        };
        let tokens = [
            keys.mint(Purpose::ClientPage, client, until),
            keys.mint(Purpose::Unsubscribe, client, until),
            keys.mint(Purpose::WayBack, project, until),
            scene
                .mailed_path()
                .await?
                .trim_start_matches("/account/enter/")
                .to_owned(),
        ];
        let marks = [client, project, session(&owner), session(&other)]
            .map(|subject| keys.mint(Purpose::Form, subject, until));
        let mut tried = 0;
        for address in addresses()? {
            let filled = address
                .replace("{id}", &project.to_string())
                .replace("{reference}", "P1");
            tried += all_ways(
                &scene,
                (&address, &filled),
                &tokens,
                &marks,
                [&other, &owner],
            )
            .await?;
        }
        assert!(tried > 60, "{tried} addresses and roles");
        let path = format!("/account/projects/{project}/cancel");
        let number = [
            ("form", marks[2].as_str()),
            ("reason", "other"),
            ("number", "P1"),
        ];
        for cookie in ["", &other] {
            scene.post(&path, cookie, &number).await;
            assert_eq!(scene.state().await?, StateName::Pending);
        }
        scene.post(&path, &owner, &number).await;
        assert_eq!(scene.state().await?, StateName::Cancelled);
        Ok(())
    })
    .await;
}
