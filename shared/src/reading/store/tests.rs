//! Filing on both engines (a7-a9, a12, a13, a15, a24, N15; threats P3, M1-M4).

use crate::clock::Clock;
use crate::config::Settings;
use crate::env::Env;
use crate::mail::{Composed, Letter, LetterKind, reply_token};
use crate::outbox;
use crate::project::ProjectId;
use crate::testing::store::{a_client, a_pending_project, each_prepares};
use crate::testing::{day, each_engine};

use super::*;

mod machines;
mod staff;
mod wishes;

const AUTHSERV: &str = "mx.ours.example";

struct Asked {
    letter: Composed,
    project: ProjectId,
}

async fn a_letter(env: &Env, composer: &crate::mail::Composer) -> anyhow::Result<Asked> {
    let client = a_client(&env.db, "c1", day(0)).await?;
    let project = a_pending_project(&env.db, client, "p1", day(0)).await?;
    let letter = Letter {
        kind: LetterKind::FollowUp,
        client: Some(client),
        provider: None,
        name: "Client c1".to_owned(),
        email: "c1@clients.example".to_owned(),
        locale: crate::account::Locale::Fr,
        zone: chrono_tz::Europe::Paris,
        dedupe: "follow_up:c1:1".to_owned(),
        due_at: day(1),
        projects: vec![project],
        values: serde_json::json!({"projects": [{"reference": "p1", "title": "Projet p1", "published_at": day(0)}]}),
    };
    let letter = composer.compose(&letter, day(1))?;
    let mut tx = env.db.begin().await?;
    outbox::store::put(&mut tx, std::slice::from_ref(&letter), day(1)).await?;
    tx.commit().await?;
    Ok(Asked { letter, project })
}

fn answer(token: &str, from: &str, authentic: bool, words: &str) -> Vec<u8> {
    let results = if authentic {
        format!("Authentication-Results: {AUTHSERV}; dmarc=pass header.from=clients.example\r\n")
    } else {
        String::new()
    };
    format!(
        "{results}From: C <{from}>\r\nTo: REPLY+{}@localhost\r\nSubject: Re: x\r\nMessage-ID: <{}@clients.example>\r\n\r\n{words}\r\n",
        token.to_uppercase(),
        crate::token::hash(words)
    )
    .into_bytes()
}

async fn filed(desk: &Desk<'_>, raw: &[u8]) -> anyhow::Result<Row> {
    let id = receive(desk.db, raw, day(3))
        .await?
        .expect("not seen before");
    Ok(file(desk, id, day(3)).await?.expect("nobody else reads"))
}

async fn each_desk(test: impl AsyncFn(&Desk<'_>, &Env, &Asked, &str) -> anyhow::Result<()>) {
    each_engine(async |db| {
        let env = Env::for_tests(&db, &Clock::fixed(day(3)));
        let composer = crate::mail::Composer::new(&Settings::default(), &env.keys)?;
        let asked = a_letter(&env, &composer).await?;
        let token = reply_token(&env.keys, asked.letter.id);
        let desk = Desk {
            db: &db,
            keys: &env.keys,
            authserv: Some(AUTHSERV),
            composer: &composer,
            rhythm: &env.settings.follow_up,
        };
        test(&desk, &env, &asked, &token).await
    })
    .await;
}

async fn stage(db: &Db, project: ProjectId) -> anyhow::Result<Option<String>> {
    let stage: Option<Option<String>> = on_engine!(db.read(), pool => sqlx::query_scalar(
        "SELECT stage FROM project_facts WHERE project_id = $1").bind(project).fetch_optional(pool).await)?;
    Ok(stage.flatten())
}

async fn state(db: &Db, project: ProjectId) -> anyhow::Result<String> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar("SELECT state FROM projects WHERE id = $1").bind(project)
        .fetch_one(pool).await)?,
    )
}

async fn count(db: &Db, what: &'static str) -> anyhow::Result<i64> {
    Ok(on_engine!(db.read(), pool => sqlx::query_scalar(what).fetch_one(pool).await)?)
}

async fn kinds(db: &Db) -> anyhow::Result<Vec<String>> {
    Ok(
        on_engine!(db.read(), pool => sqlx::query_scalar("SELECT kind FROM contacts WHERE source LIKE 'inbox:%' ORDER BY seq")
        .fetch_all(pool).await)?,
    )
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&ALL_SQL.concat().concat(), &[]).await;
}

// a7, a24
#[tokio::test]
async fn a_proven_answer_is_on_the_timeline_once_whatever_way_it_comes() {
    each_desk(async |desk, _, asked, token| {
        let raw = answer(
            token,
            "c1@clients.example",
            true,
            "Bonjour, je cherche toujours un prestataire.",
        );
        let row = filed(desk, &raw).await?;
        assert_eq!(
            (row.state.as_str(), row.matched.as_str()),
            ("filed", "token"),
            "{row:?}"
        );
        assert_eq!(
            stage(desk.db, asked.project).await?.as_deref(),
            Some("searching")
        );
        let again = [b"Received: from elsewhere\r\n".as_slice(), &raw].concat();
        assert_eq!(receive(desk.db, &again, day(4)).await?, None);
        Ok(())
    })
    .await;
}

// M1, a9
#[tokio::test]
async fn what_is_not_proven_or_comes_from_elsewhere_waits_for_a_person() {
    each_desk(async |desk, _, asked, token| {
        let unproven = filed(
            desk,
            &answer(
                token,
                "c1@clients.example",
                false,
                "On abandonne le projet.",
            ),
        )
        .await?;
        assert_eq!(unproven.state, "tray");
        let elsewhere = filed(
            desk,
            &answer(
                token,
                "other@clients.example",
                true,
                "Le projet est abandonné.",
            ),
        )
        .await?;
        assert_eq!(elsewhere.state, "tray");
        assert_eq!(stage(desk.db, asked.project).await?, None);
        Ok(())
    })
    .await;
}

// P3, N15, S11: "annulez" by mail: still pending, and the way to the account is sent.
#[tokio::test]
async fn a_wish_to_cancel_ends_nothing_and_is_shown_the_way_once_a_day() {
    each_desk(async |desk, _, asked, token| {
        for words in [
            "Merci d'annuler mon projet.",
            "Annulez mon projet s'il vous plaît.",
        ] {
            filed(desk, &answer(token, "c1@clients.example", true, words)).await?;
        }
        assert_eq!(state(desk.db, asked.project).await?, "pending");
        let letters: i64 = on_engine!(desk.db.read(), pool => sqlx::query_scalar(
            "SELECT COUNT(*) FROM outbox WHERE kind = 'way_to_account'").fetch_one(pool).await)?;
        assert_eq!(letters, 1);
        Ok(())
    })
    .await;
}

// a7, a8: what `inbox explain` says is what filing finds, and nothing is written.
#[tokio::test]
async fn looking_a_message_up_finds_its_letter_and_changes_nothing() {
    each_desk(async |desk, _, _, token| {
        let raw = answer(token, "c1@clients.example", true, "Toujours d'actualité.");
        let mail = Mail::parse(&raw)?;
        let (matched, asked) = look_up(desk.db, desk.keys, &mail).await?;
        assert_eq!(
            (matched, asked[0].reference.as_str()),
            (Matched::Token, "p1")
        );
        let raw = answer("x", "c1@clients.example", true, "Toujours d'actualité.");
        let (matched, _) = look_up(desk.db, desk.keys, &Mail::parse(&raw)?).await?;
        assert_eq!(matched, Matched::Inferred);
        assert_eq!(last_raw(desk.db).await?, None);
        filed(desk, &raw).await?;
        assert_eq!(last_raw(desk.db).await?.as_deref(), Some(raw.as_slice()));
        Ok(())
    })
    .await;
}

// M4: nothing is lost
#[tokio::test]
async fn what_cannot_be_read_is_parked_with_its_bytes() {
    each_desk(async |desk, _, _, _| {
        let raw = ["X: y\r\n".repeat(200_000).into_bytes(), b"\r\nx".to_vec()].concat();
        let row = filed(desk, &raw).await?;
        assert_eq!(row.state, "parked");
        assert_eq!(
            super::raw(desk.db, row.id).await?.as_deref(),
            Some(raw.as_slice())
        );
        Ok(())
    })
    .await;
}

// The database guards what came.
#[tokio::test]
async fn a_raw_message_can_only_be_erased() {
    each_desk(async |desk, _, _, token| {
        filed(desk, &answer(token, "c1@clients.example", true, "Toujours d'actualité.")).await?;
        for attack in ["UPDATE inbox SET raw = 'x'", "UPDATE inbox SET message_id = 'x'", "DELETE FROM inbox", "UPDATE inbox SET state = 'gone'"] {
            let done = on_engine!(desk.db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
            assert!(done.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}

// D4: a client's messages are given on demand and end with the client, those that wait for a person too.
#[tokio::test]
async fn an_erased_client_leaves_no_words_in_the_inbox() {
    const LEFT: &str = "SELECT COUNT(*) FROM inbox WHERE client_id IS NOT NULL AND (raw IS NOT NULL OR sentence IS NOT NULL)";
    each_desk(async |desk, _, _, token| {
        filed(
            desk,
            &answer(
                token,
                "c1@clients.example",
                true,
                "Je cherche toujours un prestataire.",
            ),
        )
        .await?;
        let waits = filed(
            desk,
            &answer(
                token,
                "c1@clients.example",
                false,
                "On abandonne le projet.",
            ),
        )
        .await?;
        let again = filed(
            desk,
            &answer(
                token,
                "c1@clients.example",
                false,
                "Nous comparons les devis.",
            ),
        )
        .await?;
        replay(desk.db, again.id, day(4)).await?;
        let client = crate::privacy::store::find(desk.db, "c1@clients.example").await?[0].0;
        let mut given = 0;
        crate::privacy::store::export(desk.db, client, |table, _| {
            given += usize::from(table == "inbox");
        })
        .await?;
        assert_eq!((given, count(desk.db, LEFT).await?), (3, 3));
        let erased =
            crate::privacy::store::erase(desk.db, client, chrono_tz::Europe::Paris, day(5)).await?;
        assert!(erased.rows.contains(&("inbox", 3)), "{erased:?}");
        assert_eq!(
            (
                count(desk.db, LEFT).await?,
                super::desk(desk.db).await?.len()
            ),
            (0, 0)
        );
        let row = get(desk.db, waits.id).await?;
        assert_eq!(
            (row.state.as_str(), row.reason.as_deref()),
            ("filed", Some("erased"))
        );
        assert!(waiting(desk.db).await?.is_empty());
        Ok(())
    })
    .await;
}
