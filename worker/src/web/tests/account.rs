//! The account: signing in by mail, cancelling in two steps, the way back; and what the account does not tell.

use chrono::TimeDelta;
use mail_parser::MessageParser;
use relance_shared::account::ClientId;
use relance_shared::consent::store as consent;
use relance_shared::coverage::store::coverage;
use relance_shared::listing::store::StateName;
use relance_shared::outbox;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project};
use relance_shared::token::Purpose;

use super::*;

/// A client with one pending project, P1, on day 10.
pub(super) struct Scene {
    pub(super) env: Env,
    pub(super) router: Router,
    pub(super) client: ClientId,
    pub(super) project: ProjectId,
}

impl Scene {
    pub(super) async fn set(db: &Db) -> anyhow::Result<Self> {
        let client = a_client(db, "C1", day(0)).await?;
        let project = a_pending_project(db, client, "P1", day(1)).await?;
        let env = an_env(db);
        Ok(Self {
            router: router(env.clone()),
            env,
            client,
            project,
        })
    }

    pub(super) async fn send(
        &self,
        request: Request<Body>,
        cookie: &str,
    ) -> (StatusCode, header::HeaderMap, String) {
        let mut request = request;
        if !cookie.is_empty() {
            let value = cookie.parse().expect("a cookie is a header");
            request.headers_mut().insert(header::COOKIE, value);
        }
        ask(&self.router, request).await
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, String) {
        let (status, _, text) = self.send(get_of(path), cookie).await;
        (status, text)
    }

    pub(super) async fn post(
        &self,
        path: &str,
        cookie: &str,
        fields: &[(&str, &str)],
    ) -> (StatusCode, header::HeaderMap, String) {
        self.send(post_of(path, fields), cookie).await
    }

    /// The path of our own link in the newest letter.
    pub(super) async fn mailed_path(&self) -> anyhow::Result<String> {
        let letters = outbox::store::list(&self.env.db, None, 10).await?;
        let newest = letters
            .iter()
            .max_by_key(|letter| letter.id)
            .expect("a letter");
        let (_, raw) = outbox::store::get(&self.env.db, newest.id).await?;
        let raw = raw.expect("the bytes are kept");
        let letter = MessageParser::new().parse(&raw).expect("a message");
        let text = letter.body_text(0).expect("a text").into_owned();
        let root = self.env.settings.web.public_url.as_str();
        let link = text.split_whitespace().find(|word| word.starts_with(root));
        Ok(link.expect("a link").trim_start_matches(root).to_owned())
    }

    async fn letters(&self) -> anyhow::Result<usize> {
        Ok(outbox::store::list(&self.env.db, None, 100).await?.len())
    }

    /// Signs `address` in by its mailed link and gives the cookie.
    pub(super) async fn signed_in(&self, address: &str) -> anyhow::Result<String> {
        let (_, page) = self.get("/account/sign-in", "").await;
        let asked = [("form", hidden(&page, "form")), ("email", address)];
        self.post("/account/sign-in", "", &asked).await;
        let path = self.mailed_path().await?;
        let (_, page) = self.get(&path, "").await;
        let mark = [("form", hidden(&page, "form")), ("go", "yes")];
        let (status, headers, _) = self.post(&path, "", &mark).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let cookie = headers[header::SET_COOKIE].to_str()?;
        // The newest letter is found by its time.
        let clock = &self.env.clock;
        clock.set(clock.now() + TimeDelta::minutes(1));
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    pub(super) async fn state(&self) -> anyhow::Result<StateName> {
        let found = consent::project(&self.env.db, self.client, self.project).await?;
        Ok(found.expect("is there").state)
    }
}

/// The receipt's way back: a choice on a page, once.
async fn comes_back(scene: &Scene) -> anyhow::Result<()> {
    let back = scene.mailed_path().await?;
    assert!(back.starts_with("/account/back/"), "{back}");
    let (_, page) = scene.get(&back, "").await;
    let mark = hidden(&page, "form");
    let (status, ..) = scene.post(&back, "", &[("form", mark)]).await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a robot chooses nothing"
    );
    let (_, _, left) = scene
        .post(&back, "", &[("form", mark), ("choice", "keep")])
        .await;
    assert!(left.contains("il reste annulé"), "{left}");
    assert_eq!(scene.state().await?, StateName::Cancelled);
    let (_, _, done) = scene
        .post(&back, "", &[("form", mark), ("choice", "reopen")])
        .await;
    assert!(done.contains("de nouveau sur la liste"), "{done}");
    assert_eq!(scene.state().await?, StateName::Pending);
    assert_eq!(scene.get(&back, "").await.0, StatusCode::GONE, "once");
    Ok(())
}

// S11, S12, S20, b13, b14: the whole way of a client who cancels, and back.
#[tokio::test]
async fn a_client_signs_in_by_mail_cancels_with_a_reason_and_comes_back() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let (status, _) = scene.get("/account", "").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "to the sign-in");
        let cookie = scene.signed_in("c1@CLIENTS.example").await?;
        let (_, account) = scene.get("/account", &cookie).await;
        assert!(
            account.contains("Projet P1") && account.contains("lang=\"fr\""),
            "{account}"
        );

        let path = format!("/account/projects/{}/cancel", scene.project);
        let (_, page) = scene.get(&path, &cookie).await;
        let mark = hidden(&page, "form");
        let (status, _, text) = scene.post(&path, &cookie, &[("form", mark)]).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "a reason, if only “not said”"
        );
        assert!(text.contains("rien n’a été changé"), "{text}");
        let chosen = [
            ("form", mark),
            ("reason", "found_elsewhere"),
            ("text", "merci <b>"),
        ];
        let (status, _, page) = scene.post(&path, &cookie, &chosen).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("recopiez le numéro du projet") && page.contains("merci &lt;b&gt;"),
            "{page}"
        );
        let wrong = [
            ("form", mark),
            ("reason", "found_elsewhere"),
            ("number", "P2"),
        ];
        let (status, ..) = scene.post(&path, &cookie, &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(scene.state().await?, StateName::Pending);
        let sure = [
            ("form", mark),
            ("reason", "found_elsewhere"),
            ("text", "merci <b>"),
            ("number", " p1 "),
        ];
        let (status, headers, _) = scene.post(&path, &cookie, &sure).await;
        assert_eq!(
            (status, &headers[header::LOCATION]),
            (StatusCode::SEE_OTHER, &"/account?done=cancelled".parse()?)
        );
        assert_eq!(scene.state().await?, StateName::Cancelled);
        // S12: the reasons are counted.
        let figures = coverage(&scene.env.db, scene.env.clock.now()).await?;
        let counted: Vec<_> = (figures.cancelled_because.iter())
            .map(|of| (of.reason.as_str(), of.times))
            .collect();
        assert_eq!(counted, [("found_elsewhere", 1)]);
        scene.env.clock.set(day(11));
        comes_back(&scene).await
    })
    .await;
}

// b18: the public page says plainly what became of a project.
#[tokio::test]
async fn a_cancelled_project_keeps_its_public_page() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let cookie = scene.signed_in("c1@clients.example").await?;
        let path = format!("/account/projects/{}/cancel", scene.project);
        let (_, page) = scene.get(&path, &cookie).await;
        let sure = [
            ("form", hidden(&page, "form")),
            ("reason", "not_said"),
            ("number", "P1"),
        ];
        scene.post(&path, &cookie, &sure).await;
        let (status, page) = scene.get("/projects/P1", "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("Cancelled by its client on 11 January 2026"),
            "{page}"
        );
        let (_, list) = scene.get("/projects", "").await;
        assert!(!list.contains("Projet P1"));
        Ok(())
    })
    .await;
}

// W2, OWASP "forgot password": the page says the same for every address; one that is known gets a letter.
#[tokio::test]
async fn the_sign_in_page_tells_nobody_who_is_a_client() {
    each_engine(async |db| {
        let scene = Scene::set(&db).await?;
        let (_, page) = scene.get("/account/sign-in", "").await;
        let mark = hidden(&page, "form");
        let mut answers = Vec::new();
        for address in ["c1@clients.example", "nobody@clients.example"] {
            let (status, _, text) = scene
                .post(
                    "/account/sign-in",
                    "",
                    &[("form", mark), ("email", address)],
                )
                .await;
            answers.push((status, text));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(scene.letters().await?, 1);
        for _ in 0..10 {
            let sent = [("form", mark), ("email", "c1@clients.example")];
            let (status, _, text) = scene.post("/account/sign-in", "", &sent).await;
            assert_eq!((status, text), answers[0]);
        }
        assert_eq!(scene.letters().await?, 5, "five an hour");
        Ok(())
    })
    .await;
}

// W2, RFC 6265bis: scripts cannot read the cookie, other sites cannot use it; a link opens one session.
#[tokio::test]
async fn the_cookie_is_guarded_and_the_session_ends() {
    each_engine(async |db| {
        let mut scene = Scene::set(&db).await?;
        let mut settings = (*scene.env.settings).clone();
        settings.web.public_url = "https://relance.example".to_owned();
        scene.env.settings = settings.into();
        scene.router = router(scene.env.clone());
        let (_, page) = scene.get("/account/sign-in", "").await;
        let asked = [
            ("form", hidden(&page, "form")),
            ("email", "c1@clients.example"),
        ];
        scene.post("/account/sign-in", "", &asked).await;
        let path = scene.mailed_path().await?;
        let (_, page) = scene.get(&path, "").await;
        let mark = hidden(&page, "form").to_owned();
        let (_, headers, _) = scene
            .post(&path, "", &[("form", &mark), ("go", "yes")])
            .await;
        let set = headers[header::SET_COOKIE].to_str()?.to_owned();
        for part in [
            "__Host-relance=",
            "; Path=/",
            "; HttpOnly",
            "; SameSite=Strict",
            "; Secure",
        ] {
            assert!(set.contains(part), "{part} in {set}");
        }
        let (status, ..) = scene
            .post(&path, "", &[("form", &mark), ("go", "yes")])
            .await;
        assert_eq!(status, StatusCode::GONE, "once");
        let cookie = set.split(';').next().unwrap_or_default();
        let (status, account) = scene.get("/account", cookie).await;
        assert_eq!(status, StatusCode::OK);
        let sign_out = [("form", hidden(&account, "form")), ("end", "yes")];
        let (status, headers, _) = scene.post("/account/sign-out", cookie, &sign_out).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(headers[header::SET_COOKIE].to_str()?.contains("Max-Age=0"));
        assert_eq!(scene.get("/account", cookie).await.0, StatusCode::SEE_OTHER);
        Ok(())
    })
    .await;
}

// Beside a platform, the account is there: reading leads to it, nothing can be sent here.
#[tokio::test]
async fn with_the_platforms_account_our_own_is_not_served() {
    each_engine(async |db| {
        let mut scene = Scene::set(&db).await?;
        let mut settings = (*scene.env.settings).clone();
        settings.platform.account_url = Some("https://platform.example/me".to_owned());
        scene.env.settings = settings.into();
        let cookie = scene.signed_in("c1@clients.example").await?;
        scene.router = router(scene.env.clone());
        let cancel = format!("/account/projects/{}/cancel", scene.project);
        for path in ["/account", "/account/sign-in", &cancel] {
            let (status, headers, _) = scene.send(get_of(path), &cookie).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
            assert_eq!(headers[header::LOCATION], "https://platform.example/me");
        }
        let form = [("reason", "other"), ("number", "P1")];
        assert_eq!(
            scene.post(&cancel, &cookie, &form).await.0,
            StatusCode::NOT_FOUND
        );
        let until = day(10) + TimeDelta::days(1);
        let token = scene
            .env
            .keys
            .mint(Purpose::ClientPage, scene.client.uuid(), until);
        let (_, page) = scene.get(&format!("/c/{token}"), "").await;
        assert!(
            page.contains("platform.example") && !page.contains("/sign-in"),
            "{page}"
        );
        let sign_in = format!("/c/{token}/sign-in");
        assert_eq!(scene.post(&sign_in, "", &[]).await.0, StatusCode::NOT_FOUND);
        assert_eq!(scene.state().await?, StateName::Pending);
        Ok(())
    })
    .await;
}
