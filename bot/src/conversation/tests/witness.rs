//! Two accounts that differ: the staff see the columns, and nobody else sees anything.

use relance_shared::account::Role;
use relance_shared::account::store::{NewStaff, add_staff};
use relance_shared::platform::store::take;
use relance_shared::platform::{RawEvent, Source};
use relance_shared::report;
use relance_shared::testing::keys;

use super::*;

/// Among the projects, the client of 31200 said on day 5 that the search goes on.
async fn a_scene(db: &Db) -> anyhow::Result<()> {
    a_list(db).await?;
    a_provider(db, "V9", day(0)).await?;
    let subscribed = serde_json::json!({"id": "s1", "type": "subscription.changed", "at": day(1).to_rfc3339(),
        "data": {"provider": "V9", "plan": "privilege", "from": day(1).to_rfc3339()}});
    let subscribed = RawEvent::unsigned(&subscribed.to_string())?;
    take(db, &keys(), Source::File, &[subscribed], day(1)).await?;
    let anne = NewStaff {
        reference: "anne".to_owned(),
        name: "Anne".to_owned(),
        email: "anne@staff.example".to_owned(),
        locale: Locale::Fr,
        role: Role::Support,
        provider: None,
    };
    add_staff(db, &anne, day(0)).await?;
    Ok(())
}

/// What everybody outside sees, in both languages: the list, the project, a subscriber's CRM window.
async fn seen_outside(desk: &Desk) -> anyhow::Result<Vec<String>> {
    let mut seen = Vec::new();
    for name in [Some("V9"), Some("C1"), None] {
        for locale in [Locale::Fr, Locale::En] {
            let lines = ["/pending 3", "/project 31200", "1", "/project 31249"];
            seen.push(talk(desk, &terminal(name, locale), &lines).await?);
        }
    }
    Ok(seen)
}

// N2, N3, N11, S19, a28: the flag and the columns are the staff's; for everybody else not a byte changes.
#[tokio::test]
async fn two_accounts_that_differ_are_shown_to_the_staff_alone() {
    each_engine(async |db| {
        a_scene(&db).await?;
        let desk = desk(&db, &Clock::fixed(day(50)));
        let before = seen_outside(&desk).await?;
        assert!(
            before[0].contains("Fiche CRM"),
            "the window is open: {}",
            before[0]
        );
        for (reference, n) in [("V1", 20), ("V2", 21), ("V3", 22)] {
            let provider = a_provider(&db, reference, day(0)).await?;
            report::store::take(&db, provider, &["31200".to_owned()], day(n)).await?;
        }
        assert_eq!(seen_outside(&desk).await?, before);
        for locale in [Locale::Fr, Locale::En] {
            let shown = talk(&desk, &terminal(Some("anne"), locale), &["/project 31200"]).await?;
            insta::assert_snapshot!(format!("witness_{locale:?}"), shown);
        }
        Ok(())
    })
    .await;
}
