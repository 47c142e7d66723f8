//! The client's page and the opt-out.

use chrono::TimeDelta;
use relance_shared::account::{ClientId, Mails};
use relance_shared::answer::store::{self, PageProject};
use relance_shared::contact::Stage;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider, an_application};
use relance_shared::token::Purpose;

use super::*;

struct Scene {
    env: Env,
    router: Router,
    client: ClientId,
    projects: Vec<ProjectId>,
    page: String,
}

impl Scene {
    /// A client with two pending projects on day 10, and the address of their page.
    async fn set(db: &Db) -> anyhow::Result<Self> {
        let client = a_client(db, "C1", day(0)).await?;
        let projects = vec![
            a_pending_project(db, client, "P1", day(1)).await?,
            a_pending_project(db, client, "P2", day(2)).await?,
        ];
        let env = an_env(db);
        let until = day(10) + TimeDelta::days(200);
        let token = env.keys.mint(Purpose::ClientPage, client.uuid(), until);
        Ok(Self {
            router: router(env.clone()),
            env,
            client,
            projects,
            page: format!("/c/{token}"),
        })
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let (status, _, text) = ask(&self.router, get_of(path)).await;
        (status, text)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let (status, _, text) = ask(&self.router, post_of(path, fields)).await;
        (status, text)
    }

    async fn pending(&self) -> anyhow::Result<Vec<PageProject>> {
        Ok(store::pending(&self.env.db, self.client).await?)
    }

    async fn stages(&self) -> anyhow::Result<Vec<Option<Stage>>> {
        let mut projects = self.pending().await?;
        projects.sort_by(|a, b| a.reference.cmp(&b.reference));
        Ok(projects.iter().map(|p| p.stage).collect())
    }

    async fn mails(&self) -> anyhow::Result<Mails> {
        let client = store::client(&self.env.db, self.client).await?;
        Ok(client.expect("is there").mails)
    }

    fn field(&self, n: usize) -> String {
        format!("p{}", self.projects[n].uuid().simple())
    }
}

// a16, N14: the page asks in the client's language, whatever the browser says, and GET changes nothing.
#[tokio::test]
async fn the_page_lists_the_clients_pending_projects_in_their_language() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let provider = a_provider(&db, "V1", day(0)).await?;
        an_application(&db, scene.projects[0], provider, day(3)).await?;
        let (status, page) = scene.get(&scene.page).await;
        assert_eq!(status, StatusCode::OK);
        for part in [
            "lang=\"fr\"",
            "Projet P1",
            "Projet P2",
            "Je cherche toujours",
            "Prestataire V1",
            "Une seule réponse pour tous vos projets",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("<script"));
        assert_eq!(scene.stages().await?, [None, None]);
        let head = Request::head(&scene.page).body(Body::empty())?;
        assert_eq!(ask(&scene.router, head).await.0, StatusCode::OK);
        Ok(())
    })
    .await;
}

// a5: one answer for all, unless a project says otherwise.
#[tokio::test]
async fn one_answer_covers_all_projects_except_those_that_say_otherwise() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let (_, page) = scene.get(&scene.page).await;
        let own = scene.field(1);
        let sent = [
            ("form", hidden(&page, "form")),
            ("all", "still_searching"),
            (own.as_str(), "comparing"),
        ];
        let (status, _) = scene.post(&scene.page, &sent).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(
            scene.stages().await?,
            [Some(Stage::Searching), Some(Stage::Comparing)]
        );
        let (_, page) = scene.get(&format!("{}?done=answers", scene.page)).await;
        assert!(page.contains("vos réponses sont enregistrées") && page.contains("vous comparez"));
        Ok(())
    })
    .await;
}

// P3, S11, a16: what sounds like an end is looked at twice, recorded as a word, and leads to the account.
#[tokio::test]
async fn an_answer_that_ends_a_project_is_only_a_word_and_shows_the_way_to_the_account() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let (_, page) = scene.get(&scene.page).await;
        let field = scene.field(0);
        let sent = [("form", hidden(&page, "form")), (field.as_str(), "dropped")];
        let (status, review) = scene.post(&scene.page, &sent).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            review.contains("Est-ce bien ce que vous voulez dire"),
            "{review}"
        );
        assert_eq!(
            scene.stages().await?,
            [None, None],
            "nothing is recorded before the second look"
        );
        let sure = [
            ("form", hidden(&review, "form")),
            (field.as_str(), hidden(&review, &field)),
            ("sure", "yes"),
        ];
        let (status, _) = scene.post(&scene.page, &sure).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(scene.stages().await?, [Some(Stage::Dropped), None]);
        let (_, page) = scene.get(&scene.page).await;
        assert!(
            page.contains("Ce projet figure toujours sur la liste"),
            "{page}"
        );
        Ok(())
    })
    .await;
}

// W1: a form without a choice, without our mark, with somebody else's, or from another site changes nothing.
#[tokio::test]
async fn a_form_that_is_not_the_clients_own_choice_changes_nothing() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let (_, page) = scene.get(&scene.page).await;
        let mark = hidden(&page, "form");
        let (status, text) = scene.post(&scene.page, &[("form", mark)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.contains("Choisissez au moins une réponse"), "{text}");
        let foreign = scene
            .env
            .keys
            .mint(Purpose::Form, scene.projects[0].uuid(), day(11));
        for wrong in ["", "x", &foreign] {
            let sent = [("form", wrong), ("all", "still_searching")];
            let (status, _) = scene.post(&scene.page, &sent).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        let mut elsewhere = post_of(&scene.page, &[("form", mark), ("all", "comparing")]);
        elsewhere
            .headers_mut()
            .insert("sec-fetch-site", "cross-site".parse()?);
        assert_eq!(
            ask(&scene.router, elsewhere).await.0,
            StatusCode::BAD_REQUEST
        );
        let (status, _) = scene
            .post(&scene.page, &[("form", mark), ("all", "cancel")])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let late = [
            ("form", mark),
            ("all", "postponed"),
            ("all_date", "2026-01-01"),
        ];
        let (status, text) = scene.post(&scene.page, &late).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.contains("Indiquez un jour entre demain"), "{text}");
        assert_eq!(scene.stages().await?, [None, None]);
        Ok(())
    })
    .await;
}

// W2: an altered, expired or other link opens nothing, and people are not told which.
#[tokio::test]
async fn a_link_opens_only_what_it_was_made_for() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let mint = |purpose, n| scene.env.keys.mint(purpose, scene.client.uuid(), day(n));
        for token in [
            mint(Purpose::ClientPage, 9),
            mint(Purpose::Session, 20),
            "x".to_owned(),
        ] {
            for path in [format!("/c/{token}"), format!("/unsubscribe/{token}")] {
                let (status, text) = scene.get(&path).await;
                assert_eq!(status, StatusCode::GONE, "{path}");
                assert!(text.contains("This link is no longer valid"), "{text}");
            }
        }
        Ok(())
    })
    .await;
}

// a29, D2, RFC 8058: GET shows, one click acts, a form without its button does not; the client may change their mind.
#[tokio::test]
async fn the_opt_out_acts_on_one_click_and_on_the_button_only() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let token = scene
            .env
            .keys
            .mint(Purpose::Unsubscribe, scene.client.uuid(), day(100));
        let path = format!("/unsubscribe/{token}");
        let (status, page) = scene.get(&path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Ne plus m’écrire"), "{page}");
        let (status, _) = scene.post(&path, &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(scene.mails().await?, Mails::Normal);
        let one_click = Request::post(&path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("List-Unsubscribe=One-Click"))?;
        let (status, _, page) = ask(&scene.router, one_click).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("vous ne recevrez plus de relance par mail"),
            "{page}"
        );
        assert_eq!(scene.mails().await?, Mails::None);
        scene.post(&path, &[("choice", "normal")]).await;
        assert_eq!(scene.mails().await?, Mails::Normal);
        Ok(())
    })
    .await;
}

// a29: fewer mails from the page; what the form already shows is no change.
#[tokio::test]
async fn the_rhythm_of_the_mails_is_changed_from_the_page() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let (_, page) = scene.get(&scene.page).await;
        let mark = hidden(&page, "form");
        let path = format!("{}/mails", scene.page);
        let (status, _) = scene
            .post(&path, &[("form", mark), ("mails", "fewer")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(scene.mails().await?, Mails::Fewer);
        assert_eq!(
            scene.post(&path, &[("form", mark)]).await.0,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(scene.get(&path).await.0, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(scene.mails().await?, Mails::Fewer);
        Ok(())
    })
    .await;
}
