//! The client's page and account in a browser: as a person uses them, and as mail scanners do.

mod robots;
mod scene;

use chrono::TimeDelta;
use relance_shared::account::{Locale, Mails};
use relance_shared::contact::Stage;
use relance_shared::db::Db;
use relance_shared::listing::store::StateName;
use relance_shared::testing::{day, each_engine};
use relance_shared::token::Purpose;

use scene::Scene;

// a5, a16, b3, a29, b19, S11, S12, S20: answers, puts off, asks for fewer mails, signs in by mail, cancels with a reason, finds
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
