//! Who is asking: providers, the staff, subscribers.

use mail_parser::MessageParser;
use relance_shared::account::store::{NewStaff, StaffTie};
use relance_shared::account::{self, DiscordUser, Locale, Role};
use relance_shared::clock::Clock;
use relance_shared::db::Db;
use relance_shared::on_engine;
use relance_shared::testing::store::a_provider;
use relance_shared::testing::{day, each_engine};
use relance_tests::discord::{Discord, Way};
use serde_json::{Value, json};

use super::{ANN, BOB, LETTERS, a_linked_provider, a_list, env, start, text};

async fn code_of_the_letter(db: &Db) -> anyhow::Result<String> {
    let raw: Vec<u8> = on_engine!(db.read(), pool => sqlx::query_scalar(LETTERS).bind("link_code").fetch_one(pool).await)?;
    let letter = MessageParser::default()
        .parse(&raw)
        .ok_or_else(|| anyhow::anyhow!("no letter"))?;
    let body = letter.body_text(0).unwrap_or_default();
    let code = body
        .split_whitespace()
        .find(|word| word.len() == 9 && word.as_bytes()[4] == b'-');
    Ok(code
        .ok_or_else(|| anyhow::anyhow!("no code in {body}"))?
        .to_owned())
}

// B1: who is asking: the code of the letter ties the account; what only a provider may see opens then.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_ties_their_account_by_the_code_of_the_letter() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        a_provider(&db, "V1", day(0)).await?;
        let running = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let link = |name: &str, option: &str, value: &str| {
            json!([{"name": name, "type": 1, "options": [{"name": option, "type": 3, "value": value}]}])
        };
        let say = async |user, name: &str, options: &Value| {
            let asked = discord.command(user, "en-US", name, options);
            Ok::<_, anyhow::Error>(discord.shown(&asked).await?.text())
        };
        assert!(say(ANN, "credits", &json!([])).await?.contains("/link email"));
        say(ANN, "link", &link("email", "address", "v1@prestataires.example")).await?;
        let code = code_of_the_letter(&db).await?;
        let stolen = say(BOB, "link", &link("code", "code", &code)).await?;
        assert!(stolen.contains("not the right one"), "{stolen}");
        let tied = say(ANN, "link", &link("code", "code", &code)).await?;
        assert!(tied.contains("is tied to"), "{tied}");
        let credits = say(ANN, "credits", &json!([])).await?;
        assert!(credits.contains("Credits available: 0"), "{credits}");
        running.stop().await?;
        discord.check()
    })
    .await;
}

// B1: the tie makes the staff's commands answer, for that user alone and while it lasts.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_whom_the_operator_tied_sees_the_status_and_nobody_else_does() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        let anna = NewStaff {
            reference: "anna".to_owned(),
            name: "Anna".to_owned(),
            email: "anna@platform.example".to_owned(),
            locale: Locale::En,
            role: Role::Support,
            provider: None,
        };
        account::store::add_staff(&db, &anna, day(0)).await?;
        let running = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let status = async |user| {
            let asked = discord.command(user, "en-US", "status", &json!([]));
            discord.shown(&asked).await
        };
        assert!(status(ANN).await?.text().contains("for the staff"));
        let tie = account::store::tie_staff(&db, DiscordUser(ANN), "anna", day(1)).await?;
        assert_eq!(tie, StaffTie::Tied);
        let seen = status(ANN).await?;
        assert!(
            seen.is_private && seen.text().contains("**Status**"),
            "{}",
            seen.text()
        );
        assert!(status(BOB).await?.text().contains("for the staff"));
        assert!(account::store::untie_staff(&db, "anna").await?);
        assert!(status(ANN).await?.text().contains("for the staff"));
        running.stop().await?;
        discord.check()
    })
    .await;
}

const SUBSCRIBE: &str = "INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at)
    VALUES ($1, 'privilege', $2, $3, $2)";
const LAPSE: &str = "UPDATE subscriptions SET until_at = $2 WHERE provider_id = $1";

// S10, N12, B1, B4, c12: the window opens to a subscriber alone, each reading is noted, and an old button opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_crm_window_closes_with_the_subscription_whatever_button_is_left() {
    each_engine(async |db| {
        let discord = Discord::start(Way::Plain).await?;
        a_list(&db, 1).await?;
        let provider = a_linked_provider(&db, "V1", ANN).await?;
        let now = Clock::system().now();
        on_engine!(db.write(), pool => sqlx::query(SUBSCRIBE).bind(provider).bind(day(1)).bind(None::<chrono::DateTime<chrono::Utc>>)
            .execute(pool).await.map(drop))?;
        let running = start(env(&db, &discord)).await?;
        discord.sessions(1).await?;
        let shown = discord.shown(&discord.command(ANN, "fr", "project", &text("reference", "31200"))).await?;
        let button = shown.buttons()[0].clone();
        let other = discord.shown(&discord.command(BOB, "fr", "project", &text("reference", "31200"))).await?;
        assert!(other.buttons().is_empty(), "nobody else sees the button");
        let window = discord.shown(&discord.press(ANN, "fr", &button, shown.message())).await?;
        assert!(window.is_private && window.text().contains("Fiche CRM"), "{}", window.text());
        let borrowed = discord.shown(&discord.press(BOB, "fr", &button, shown.message())).await?;
        assert!(borrowed.text().contains("réservée aux prestataires"), "{}", borrowed.text());
        on_engine!(db.write(), pool => sqlx::query(LAPSE).bind(provider).bind(now).execute(pool).await.map(drop))?;
        let lapsed = discord.shown(&discord.press(ANN, "fr", &button, shown.message())).await?;
        assert!(lapsed.text().contains("abonnement privilège en cours"), "{}", lapsed.text());
        running.stop().await?;
        discord.check()
    })
    .await;
}
