//! Mail scanners, and worse: what opens every link of a letter and sends every form.

use std::collections::BTreeSet;

use fantoccini::Locator;
use relance_shared::account::{Locale, Mails};
use relance_shared::listing::store::StateName;
use relance_shared::testing::each_engine;
use serde_json::json;

use super::scene::Scene;

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
