//! Server errors, cut lines, a gateway that goes, an API that is not there.

use relance_shared::clock::Clock;
use relance_shared::config::Settings;
use relance_shared::env::Env;
use relance_shared::testing::sqlite;
use relance_tests::discord::{Discord, FaultKind, Way};
use serde_json::json;

use super::{ANN, a_list, env, start};

async fn faults_over(way: Way) -> anyhow::Result<()> {
    let discord = Discord::start(way).await?;
    let (_folder, db) = sqlite().await;
    a_list(&db, 3).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    discord.registered().await?;
    let faults = [
        ("/callback", FaultKind::Status(502), 2),
        ("/callback", FaultKind::CutBefore, 1),
        ("/callback", FaultKind::CutAfter, 1),
        ("/callback", FaultKind::TooMany(50), 1),
        ("@original", FaultKind::Status(500), 2),
        ("@original", FaultKind::CutBefore, 1),
        ("@original", FaultKind::CutAfter, 1),
        ("@original", FaultKind::TooMany(50), 1),
    ];
    for (path, kind, times) in faults {
        discord.fault(path, kind, times);
        let asked = discord.command(ANN, "fr", "pending", &json!([]));
        let shown = discord.shown(&asked).await?;
        assert!(
            shown.text().contains("page 1"),
            "{path} {kind:?}: {}",
            shown.text()
        );
        assert_eq!(shown.acknowledgements, 1, "{path} {kind:?}");
    }
    running.stop().await?;
    discord.check()
}

// Own retry: server errors, cut lines before and after the deed, too many requests; 40060 means that it arrived.
#[tokio::test(flavor = "multi_thread")]
async fn server_errors_and_cut_lines_are_answered_all_the_same_on_the_plain_path()
-> anyhow::Result<()> {
    faults_over(Way::Plain).await
}

#[tokio::test(flavor = "multi_thread")]
async fn server_errors_and_cut_lines_are_answered_all_the_same_on_the_tls_path()
-> anyhow::Result<()> {
    faults_over(Way::Tls).await
}

// Gateway: op 7, a cut line, op 9; what was asked meanwhile is answered, what comes twice is answered once.
#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_taken_up_again_and_nothing_is_answered_twice() -> anyhow::Result<()> {
    let discord = Discord::start(Way::Plain).await?;
    let (_folder, db) = sqlite().await;
    a_list(&db, 3).await?;
    let running = start(env(&db, &discord)).await?;
    discord.sessions(1).await?;
    for resumes in 1..=2 {
        if resumes == 1 {
            discord.ask_to_reconnect();
        } else {
            discord.drop_gateway();
        }
        let asked = discord.command(ANN, "fr", "pending", &json!([]));
        discord.resumes(resumes).await?;
        assert_eq!(discord.shown(&asked).await?.acknowledgements, 1);
        discord.repeat(&asked);
    }
    discord.invalidate_session();
    discord.sessions(2).await?;
    let asked = discord.command(ANN, "fr", "pending", &json!([]));
    assert!(discord.shown(&asked).await?.text().contains("page 1"));
    running.stop().await?;
    discord.check()
}

// A bot whose own look at the API fails must not go on and try Discord itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_without_its_api_refuses_to_start() -> anyhow::Result<()> {
    let (_folder, db) = sqlite().await;
    let mut settings = Settings::default();
    settings.discord.token = Some("test-token".to_owned().into());
    settings.discord.api_base = Some("http://127.0.0.1:9".to_owned());
    let mut env = Env::for_tests(&db, &Clock::system());
    env.settings = settings.into();
    let Err(refused) = start(env).await else {
        anyhow::bail!("it started");
    };
    let told = format!("{refused:#}");
    assert!(
        told.contains("does not answer") && !told.contains("test-token"),
        "{told}"
    );
    Ok(())
}
