//! What everybody may read, questions that a person takes, ties that are ended before another one is made.

use relance_shared::account::store::{NewStaff, StaffTie, add_staff, tie_staff};
use relance_shared::account::{Locale, Role};
use relance_shared::faq::handover;
use relance_shared::testing::store::a_provider;

use super::*;

const ANN: u64 = 41;

fn on_discord(user: u64) -> Caller {
    Caller {
        user: Some(DiscordUser(user)),
        chosen: None,
        locale: Locale::En,
        surface: Surface::Discord,
        interaction: None,
    }
}

async fn a_member(db: &Db) -> anyhow::Result<()> {
    let anna = NewStaff {
        reference: "anna".to_owned(),
        name: "Anna".to_owned(),
        email: "anna@platform.example".to_owned(),
        locale: Locale::En,
        role: Role::Support,
        provider: None,
    };
    add_staff(db, &anna, day(0)).await?;
    Ok(())
}

fn button<'a>(reply: &'a Reply, action: &str) -> Option<&'a str> {
    let all = reply.buttons.iter().flatten();
    let mut ids = all.map(|button| button.id.as_str());
    ids.find(|id| id.starts_with(&format!("v1:{action}:")))
}

// c7, c11, c12: private with the asker's own facts; what everybody reads on request is the fixed wording alone.
#[tokio::test]
async fn what_is_shown_to_everybody_is_the_fixed_wording_without_any_fact() {
    each_engine(async |db| {
        a_list(&db).await?;
        a_provider(&db, "V1", day(0)).await?;
        let desk = desk(&db, &Clock::fixed(day(50)));
        let caller = terminal(Some("V1"), Locale::En);
        let question = "do you refund the credits I used on project 31200?";
        let own = desk.answer(&caller, &console::command(question)).await;
        assert!(!own.is_public);
        assert!(
            own.text.contains("31200") && own.text.contains("Your balance"),
            "{}",
            own.text
        );
        let show = button(&own, "faq-show")
            .expect("an answer can be shown")
            .to_owned();
        let shown = desk.answer(&caller, &Request::Button(show)).await;
        assert!(shown.is_public && shown.buttons.is_empty());
        assert!(
            shown.text.contains("credits-refund-expired"),
            "{}",
            shown.text
        );
        assert!(
            !shown.text.contains("31200") && !shown.text.contains("Your balance"),
            "{}",
            shown.text
        );
        for private in [
            "/credits",
            "/project 31200",
            "/pending",
            "/refund",
            "zzzz zzzz",
        ] {
            let reply = desk.answer(&caller, &console::command(private)).await;
            assert!(
                !reply.is_public && button(&reply, "faq-show").is_none(),
                "{private}"
            );
        }
        for forged in ["v1:faq-show:31200.en", "v1:faq-show:crm", "v1:faq-show:"] {
            let reply = desk
                .answer(&caller, &Request::Button(forged.to_owned()))
                .await;
            assert!(
                !reply.is_public && reply.text.contains("earlier version"),
                "{forged}"
            );
        }
        Ok(())
    })
    .await;
}

// c17, B1: a press hands over once; only the staff list and settle, and what is settled leaves the list.
#[tokio::test]
async fn a_person_is_asked_for_once_and_the_staff_settle_it() {
    each_engine(async |db| {
        a_member(&db).await?;
        let desk = desk(&db, &Clock::fixed(day(50)));
        let (anybody, member) = (on_discord(ANN), terminal(Some("anna"), Locale::En));
        let unknown = desk.answer(&anybody, &console::command("zzzz zzzz")).await;
        let press = button(&unknown, "faq-person")
            .expect("the way to a person")
            .to_owned();
        for _ in 0..2 {
            let passed = desk.answer(&anybody, &Request::Button(press.clone())).await;
            assert!(passed.text.contains("passed on"), "{}", passed.text);
        }
        let refused = desk.answer(&anybody, &console::command("/handovers")).await;
        assert!(refused.text.contains("for the staff"), "{}", refused.text);
        let list = desk.answer(&member, &console::command("/handovers")).await;
        assert!(
            list.text.contains("person: 1") && list.text.contains("zzzz zzzz"),
            "{}",
            list.text
        );
        let done = button(&list, handover::DONE).expect("a button").to_owned();
        let refused = desk.answer(&anybody, &Request::Button(done.clone())).await;
        assert!(refused.text.contains("for the staff"), "{}", refused.text);
        let first = desk.answer(&member, &Request::Button(done.clone())).await;
        assert!(first.text.contains("no. 1 is resolved"), "{}", first.text);
        let second = desk.answer(&member, &Request::Button(done)).await;
        assert!(second.text.contains("was resolved by"), "{}", second.text);
        let list = desk.answer(&member, &console::command("/handovers")).await;
        assert!(list.text.contains("No question waits"), "{}", list.text);
        let gone = format!("v1:{}:{}", handover::DONE, uuid::Uuid::nil());
        let gone = desk.answer(&member, &Request::Button(gone)).await;
        assert!(gone.text.contains("earlier version"), "{}", gone.text);
        Ok(())
    })
    .await;
}

// B1: a Discord user is one person in one role; a tie is ended before another one is made, the staff's by the operator.
#[tokio::test]
async fn nobody_becomes_somebody_else_by_a_code() {
    each_engine(async |db| {
        a_member(&db).await?;
        let provider = a_provider(&db, "V1", day(0)).await?;
        let desk = desk(&db, &Clock::fixed(day(1)));
        let say = async |user, line: &str| {
            let reply = desk
                .answer(&on_discord(user), &console::command(line))
                .await;
            reply.text
        };
        let mail = "/link email v1@prestataires.example";
        assert_eq!(
            tie_staff(&db, DiscordUser(ANN), "anna", day(1)).await?,
            StaffTie::Tied
        );
        for line in [mail, "/link end"] {
            let refused = say(ANN, line).await;
            assert!(refused.contains("only the operator"), "{refused}");
        }
        assert!(
            say(ANN, "/handovers").await.contains("No question waits"),
            "still of the staff"
        );

        let mut tx = db.begin().await?;
        let account = relance_shared::account::link::AccountId::Provider(provider);
        assert!(
            relance_shared::account::store::tie(&mut tx, DiscordUser(7), account, day(1)).await?
        );
        tx.commit().await?;
        let tied = say(7, mail).await;
        assert!(
            tied.contains("already tied") && tied.contains("/link end"),
            "{tied}"
        );
        assert!(say(7, "/link end").await.contains("no longer tied"));
        assert!(say(7, "/credits").await.contains("/link email"));
        assert!(say(7, "/link end").await.contains("tied to no account"));
        assert!(say(7, mail).await.contains("a code has just left"));
        Ok(())
    })
    .await;
}
