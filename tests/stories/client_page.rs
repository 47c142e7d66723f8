//! The client's page and account in a browser: as a person uses them, and as mail scanners do.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use fantoccini::Locator;
use relance_shared::account::{ClientId, Locale, Mails};
use relance_shared::answer::store as answers;
use relance_shared::clock::Clock;
use relance_shared::consent::store as consent;
use relance_shared::contact::Stage;
use relance_shared::db::Db;
use relance_shared::listing::store::StateName;
use relance_shared::mail::{Composer, FollowUpProject, FollowUpValues, Letter, LetterKind};
use relance_shared::on_engine;
use relance_shared::outbox;
use relance_shared::project::ProjectId;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider, an_application};
use relance_shared::testing::{day, each_engine};
use relance_shared::token::Purpose;
use relance_tests::chromium::Chromium;
use relance_tests::site::Site;
use serde_json::json;

/// A client with three pending projects on day 10, a site and a browser.
struct Scene {
    site: Site,
    browser: Chromium,
    client: ClientId,
    projects: Vec<ProjectId>,
}

impl Scene {
    async fn set(db: &Db, locale: Locale) -> anyhow::Result<Self> {
        let client = a_client(db, "C1", day(0)).await?;
        on_engine!(db.write(), pool => sqlx::query("UPDATE clients SET locale = $1, name = 'Jeanne Martin'")
            .bind(locale).execute(pool).await.map(drop))?;
        let mut projects = Vec::new();
        for (n, title) in [
            (1, "Rénovation d’une salle de bains à Nantes"),
            (2, "Site vitrine pour un cabinet d’architectes"),
            (
                3,
                "Traduction d’un catalogue de 40 pages, français vers anglais",
            ),
        ] {
            let project = a_pending_project(db, client, &format!("3120{n}"), day(n)).await?;
            on_engine!(db.write(), pool => sqlx::query("UPDATE projects SET title = $2 WHERE id = $1")
                .bind(project).bind(title).execute(pool).await.map(drop))?;
            projects.push(project);
        }
        for name in ["V1", "V2"] {
            let provider = a_provider(db, name, day(0)).await?;
            an_application(db, projects[0], provider, day(5)).await?;
        }
        let language = match locale {
            Locale::Fr => "fr",
            Locale::En => "en",
        };
        Ok(Self {
            site: Site::serve(db, &Clock::fixed(day(10))).await?,
            browser: Chromium::start(language).await?,
            client,
            projects,
        })
    }

    async fn end(self) -> anyhow::Result<()> {
        self.browser.quit().await?;
        self.site.stop().await
    }

    /// The follow-up letter that has the links of the page and of the opt-out.
    async fn write_letter(&self) -> anyhow::Result<()> {
        let env = &self.site.env;
        let now = env.clock.now();
        let projects = answers::pending(&env.db, self.client).await?;
        let lines = projects.iter().map(|project| FollowUpProject {
            reference: project.reference.clone(),
            title: project.title.clone(),
            published_at: project.published_at,
        });
        let client = answers::client(&env.db, self.client)
            .await?
            .expect("is there");
        let letter = Letter {
            kind: LetterKind::FollowUp,
            client: Some(self.client),
            provider: None,
            zone: client.zone(),
            locale: client.locale,
            name: client.name,
            email: client.email.expect("has an address"),
            dedupe: "follow_up:story".to_owned(),
            due_at: now,
            projects: projects.iter().map(|project| project.id).collect(),
            values: FollowUpValues {
                projects: lines.collect(),
            }
            .into_value(),
        };
        let letter = Composer::new(&env.settings, &env.keys)?.compose(&letter, now)?;
        let mut tx = env.db.begin().await?;
        outbox::store::put(&mut tx, &[letter], now).await?;
        Ok(tx.commit().await?)
    }

    fn pass(&self, minutes: i64) {
        let clock = &self.site.env.clock;
        clock.set(clock.now() + TimeDelta::minutes(minutes));
    }

    fn field(&self, n: usize, value: &str) -> String {
        format!("#p{}-{value}", self.projects[n].uuid().simple())
    }

    async fn stage(&self, n: usize) -> anyhow::Result<Option<Stage>> {
        let projects = answers::pending(&self.site.env.db, self.client).await?;
        let found = projects
            .iter()
            .find(|project| project.id == self.projects[n]);
        Ok(found.and_then(|project| project.stage))
    }

    async fn state(&self, n: usize) -> anyhow::Result<StateName> {
        let db = &self.site.env.db;
        let found = consent::project(db, self.client, self.projects[n]).await?;
        Ok(found.expect("is there").state)
    }

    async fn mails(&self) -> anyhow::Result<Mails> {
        let client = answers::client(&self.site.env.db, self.client).await?;
        Ok(client.expect("is there").mails)
    }

    /// How much is in every table that a visit could write to.
    async fn rows(&self) -> anyhow::Result<Vec<i64>> {
        let mut rows = Vec::new();
        for count in [
            "SELECT COUNT(*) FROM contacts",
            "SELECT COUNT(*) FROM project_events",
            "SELECT COUNT(*) FROM platform_events",
            "SELECT COUNT(*) FROM platform_out",
            "SELECT COUNT(*) FROM outbox",
            "SELECT COUNT(*) FROM suppressions",
            "SELECT COUNT(*) FROM sign_ins",
            "SELECT COUNT(*) FROM sign_ins WHERE used_at IS NOT NULL",
            "SELECT COUNT(*) FROM account_sessions",
            "SELECT COUNT(*) FROM ways_back",
        ] {
            rows.push(on_engine!(self.site.env.db.read(), pool =>
                sqlx::query_scalar(count).fetch_one(pool).await)?);
        }
        Ok(rows)
    }
}

// a5, a16, a29, b19, S11, S12, S20: answers, puts off, asks for fewer mails, signs in by mail, cancels with a reason, finds
// the receipt, comes back; on a telephone, in French, with nothing that keeps people out on any page.
#[tokio::test]
async fn a_person_answers_cancels_and_comes_back_on_a_telephone() {
    each_engine(async |db| {
        let scene = Scene::set(&db, Locale::Fr).await?;
        let (site, browser) = (&scene.site, &scene.browser);
        scene.write_letter().await?;
        let page = site.newest_link().await?;
        browser.open(&page).await?;
        browser.sees("Bonjour Jeanne Martin").await?;
        browser.examine("client-fr").await?;

        browser.click(&scene.field(0, "comparing")).await?;
        browser.click(&scene.field(1, "postponed")).await?;
        let date = browser.find(&scene.field(1, "date")).await?;
        let set = "arguments[0].value = '2026-03-02'";
        browser
            .client
            .execute(set, vec![serde_json::to_value(date)?])
            .await?;
        browser.press("form button").await?;
        browser.sees("Rien n’est encore enregistré").await?;
        browser.sees("à partir du 2 mars 2026").await?;
        browser.examine("review-fr").await?;
        browser.click("#sure").await?;
        browser.press("form button").await?;
        browser.sees("vos réponses sont enregistrées").await?;
        assert_eq!(scene.stage(0).await?, Some(Stage::Comparing));
        assert_eq!(scene.stage(1).await?, Some(Stage::Postponed));
        assert_eq!(scene.stage(2).await?, None);

        browser.click("#mails-fewer").await?;
        browser.press("form[action$='/mails'] button").await?;
        browser.sees("le rythme de nos mails est changé").await?;
        assert_eq!(scene.mails().await?, Mails::Fewer);

        browser.click(&scene.field(2, "dropped")).await?;
        browser.press("form button").await?;
        browser.click("#sure").await?;
        browser.press("form button").await?;
        browser
            .sees("Ce projet figure toujours sur la liste")
            .await?;
        browser.examine("client-answered-fr").await?;
        scene.pass(1);
        browser.press("form[action$='/sign-in'] button").await?;
        browser
            .sees("Un lien de connexion vient de vous être envoyé")
            .await?;

        cancels_and_comes_back(&scene).await?;
        scene.end().await
    })
    .await;
}

/// From the mailed sign-in link to the cancellation of the third project and back.
async fn cancels_and_comes_back(scene: &Scene) -> anyhow::Result<()> {
    let (site, browser) = (&scene.site, &scene.browser);
    browser.open(&site.newest_link().await?).await?;
    browser.examine("enter-fr").await?;
    browser.press("form button").await?;
    browser.sees("Traduction d’un catalogue").await?;
    browser.examine("account-fr").await?;
    browser
        .press(&format!("a[href$='{}/cancel']", scene.projects[2]))
        .await?;
    browser.examine("cancel-fr").await?;
    browser.press("form button").await?;
    browser
        .sees("Choisissez une réponse : rien n’a été changé")
        .await?;
    browser.click("#reason-fell_through").await?;
    browser
        .find("#text")
        .await?
        .send_keys("Budget reporté")
        .await?;
    browser.press("form button").await?;
    browser.sees("recopiez le numéro du projet : 31203").await?;
    browser.examine("cancel-confirm-fr").await?;
    browser.find("#number").await?.send_keys("31202").await?;
    browser.press("form button").await?;
    browser.sees("Ce n’est pas le numéro de ce projet").await?;
    assert_eq!(scene.state(2).await?, StateName::Pending);
    scene.pass(1);
    browser.find("#number").await?.send_keys("31203").await?;
    browser.press("form button").await?;
    browser
        .sees("Votre projet est annulé. Un reçu vous est envoyé")
        .await?;
    browser.examine("account-cancelled-fr").await?;
    assert_eq!(scene.state(2).await?, StateName::Cancelled);

    scene.pass(60);
    browser.open(&site.newest_link().await?).await?;
    browser.examine("back-fr").await?;
    browser.click("#reopen").await?;
    browser.press("form button").await?;
    browser.sees("de nouveau sur la liste").await?;
    assert_eq!(scene.state(2).await?, StateName::Pending);
    Ok(())
}

// Every page in both languages, light and dark, has nothing serious or critical for axe and fits a telephone.
#[tokio::test]
async fn no_page_keeps_people_out() {
    for (locale, name) in [(Locale::Fr, "fr"), (Locale::En, "en")] {
        let (_folder, db) = relance_shared::testing::sqlite().await;
        every_page(&db, locale, name).await.expect(name);
    }
}

async fn every_page(db: &Db, locale: Locale, name: &str) -> anyhow::Result<()> {
    let scene = Scene::set(db, locale).await?;
    let (site, browser) = (&scene.site, &scene.browser);
    let token = |purpose| {
        let until = day(10) + TimeDelta::days(1);
        site.env.keys.mint(purpose, scene.client.uuid(), until)
    };
    let page = format!("/c/{}", token(Purpose::ClientPage));
    let unsubscribe = format!("/unsubscribe/{}", token(Purpose::Unsubscribe));
    for (path, what) in [
        ("/projects", "list"),
        ("/projects/in-progress", "in-progress"),
        ("/projects/31201", "project"),
        ("/nowhere", "problem"),
        ("/account/sign-in", "sign-in"),
        (&unsubscribe, "unsubscribe"),
        (&page, "page"),
    ] {
        browser.open(&site.at(path)).await?;
        browser.examine(&format!("{what}-{name}")).await?;
    }
    browser.press("form button").await?;
    browser.examine(&format!("page-mistake-{name}")).await?;
    browser.click(&scene.field(0, "chosen_here")).await?;
    browser.click(&scene.field(1, "dropped")).await?;
    browser.examine(&format!("page-chosen-{name}")).await?;
    browser.press("form button").await?;
    browser.examine(&format!("review-both-{name}")).await?;
    browser.open(&site.at("/account/sign-in")).await?;
    browser
        .find("#email")
        .await?
        .send_keys("c1@clients.example")
        .await?;
    browser.press("form button").await?;
    browser.examine(&format!("sent-{name}")).await?;
    browser.open(&site.newest_link().await?).await?;
    browser.examine(&format!("enter-both-{name}")).await?;
    browser.press("form button").await?;
    browser.examine(&format!("account-both-{name}")).await?;
    browser.press("a[href$='/cancel']").await?;
    browser.examine(&format!("cancel-both-{name}")).await?;
    browser.click("#reason-other").await?;
    browser.press("form button").await?;
    browser.examine(&format!("confirm-both-{name}")).await?;
    scene.end().await
}

/// Pages that a robot opens before it gives up.
const PAGES_MAX: usize = 40;
/// Forms that follow each other which a robot fills one after the other.
const STEPS_MAX: usize = 4;

/// What a robot does with a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Robot {
    /// Sends it as it is, without pressing a button: what scanners do.
    Sends,
    /// Chooses the first or the last of everything, ticks, fills in and presses the button: what no scanner is known to do.
    Fills(&'static str),
}

/// Fills the form number `arguments[0]`, choosing the `arguments[1]` of everything.
const FILL: &str = "const form = document.forms[arguments[0]], last = arguments[1] === 'last';
    const pick = list => list[last ? list.length - 1 : 0];
    const groups = {};
    for (const field of form.elements) {
        if (field.type === 'radio') (groups[field.name] = groups[field.name] || []).push(field);
        else if (field.type === 'checkbox') field.checked = true;
        else if (field.type === 'date') field.value = last ? field.max : field.min;
        else if (field.type === 'email') field.value = 'c1@clients.example';
        else if (field.tagName === 'SELECT') field.selectedIndex = last ? field.length - 1 : 0;
        else if (field.type === 'text' || field.tagName === 'TEXTAREA') field.value = '1';
    }
    for (const name in groups) pick(groups[name]).checked = true;";

impl Robot {
    /// Follows every link and sends every form of every letter, also of those that its own visits cause.
    async fn scan(self, scene: &Scene) -> anyhow::Result<usize> {
        let mut seen = BTreeSet::new();
        let mut queue = Vec::new();
        while seen.len() < PAGES_MAX {
            if queue.is_empty() {
                queue = scene.site.mailed_links().await?.concat();
                queue.retain(|url| !seen.contains(url));
            }
            let Some(url) = queue.pop() else { break };
            if seen.insert(url.clone()) {
                queue.extend(self.visit(scene, &url).await?);
                scene.pass(1);
            }
        }
        Ok(seen.len())
    }

    /// Opens a page and sends each of its forms; gives the links of all pages seen on the way.
    async fn visit(self, scene: &Scene, url: &str) -> anyhow::Result<Vec<String>> {
        let browser = &scene.browser;
        browser.open(url).await?;
        let mut links = self.links(scene).await?;
        let forms = browser.client.find_all(Locator::Css("form")).await?.len();
        for form in 0..forms {
            browser.open(url).await?;
            let mut at = form;
            for _ in 0..STEPS_MAX {
                if !self.send(scene, at).await? {
                    break;
                }
                links.extend(self.links(scene).await?);
                at = 0;
            }
        }
        Ok(links)
    }

    async fn links(self, scene: &Scene) -> anyhow::Result<Vec<String>> {
        let all = "return [...document.links].map(a => a.href.split('#')[0])";
        let all = scene.browser.client.execute(all, Vec::new()).await?;
        let all: Vec<String> = serde_json::from_value(all)?;
        let own = all
            .into_iter()
            .filter(|url| url.starts_with(&scene.site.at("/")));
        Ok(own.collect())
    }

    /// Whether there was a form number `at` to send.
    async fn send(self, scene: &Scene, at: usize) -> anyhow::Result<bool> {
        let client = &scene.browser.client;
        let forms = client.find_all(Locator::Css("form")).await?;
        let Some(form) = forms.get(at) else {
            return Ok(false);
        };
        scene.browser.mark().await?;
        match self {
            Self::Sends => {
                let send = "document.forms[arguments[0]].submit()";
                client.execute(send, vec![json!(at)]).await?;
            }
            Self::Fills(which) => {
                client.execute(FILL, vec![json!(at), json!(which)]).await?;
                form.find(Locator::Css("button")).await?.click().await?;
            }
        }
        scene.browser.arrives().await?;
        Ok(true)
    }
}

// a16, W1, S11: a scanner that opens every link of a letter and sends every form changes nothing at all.
#[tokio::test]
async fn a_mail_scanner_changes_nothing() {
    each_engine(async |db| {
        let scene = Scene::set(&db, Locale::Fr).await?;
        scene.write_letter().await?;
        scene
            .browser
            .open(&scene.site.at("/account/sign-in"))
            .await?;
        scene
            .browser
            .find("#email")
            .await?
            .send_keys("c1@clients.example")
            .await?;
        scene.browser.press("form button").await?;
        let before = scene.rows().await?;
        let pages = Robot::Sends.scan(&scene).await?;
        assert!(pages >= 3, "page, opt-out, sign-in; {pages} pages");
        assert_eq!(scene.rows().await?, before);
        assert_eq!(scene.mails().await?, Mails::Normal);
        scene.end().await
    })
    .await;
}

// S11, S23, P3: even a robot that fills in everything, presses every button, reads the letters that this causes and goes on
// in the session that it opened cancels nothing.
#[tokio::test]
async fn a_robot_that_fills_every_form_cannot_cancel() {
    let (_folder, db) = relance_shared::testing::sqlite().await;
    let told = async {
        let scene = Scene::set(&db, Locale::En).await?;
        scene.write_letter().await?;
        for which in ["first", "last"] {
            Robot::Fills(which).scan(&scene).await?;
        }
        let rows = scene.rows().await?;
        assert_eq!(rows[1], 0, "no project changed its state");
        assert!(rows[8] > 0, "it got as far as the account");
        for n in 0..3 {
            assert_eq!(scene.state(n).await?, StateName::Pending);
        }
        scene.end().await
    };
    told.await.expect("the robot is free to try");
}
