//! The staff, the ties and the codes on both engines.

use chrono::TimeDelta;

use super::*;
use crate::account::link::{ATTEMPTS_MAX, AccountId, CODE_LIFE, REQUESTS_MAX};
use crate::testing::store::{a_client, a_provider, each_prepares};
use crate::testing::{day, each_engine};

const SUBSCRIBE: &str = "INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at) VALUES ($1, $2, $3, $4, $3)";

const TWO: &str = "INSERT INTO discord_links (discord_user, provider_id, client_id, linked_at) VALUES ('1', $1, $2, $3)";
const TURN: &str = "UPDATE discord_links SET provider_id = $1, client_id = NULL";
const CODE: &str =
    "INSERT INTO link_codes (discord_user, provider_id, code_mac, attempts, made_at, expires_at)
        VALUES ('1', $1, 'm', 6, $2, $3)";

const USER: DiscordUser = DiscordUser(1_234_567_890_123_456_789);

async fn subscribe(
    db: &Db,
    provider: ProviderId,
    plan: Plan,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    on_engine!(db.write(), pool => sqlx::query(SUBSCRIBE).bind(provider).bind(plan).bind(from).bind(until)
        .execute(pool).await.map(drop))?;
    Ok(())
}

async fn tied(db: &Db, user: DiscordUser, account: AccountId) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    assert!(
        tie(&mut tx, user, account, day(1)).await?,
        "{user:?} is somebody already"
    );
    tx.commit().await
}

fn anna() -> NewStaff {
    NewStaff {
        reference: "anna".to_owned(),
        name: "Anna".to_owned(),
        email: "Anna@Platform.example".to_owned(),
        locale: Locale::Fr,
        role: Role::Admin,
        provider: None,
    }
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&[ALL_SQL, links::ALL_SQL, staff::ALL_SQL].concat(), &[]).await;
}

// S10, N12, B1: the second at which the subscription lapses decides, whatever was said a second before.
#[tokio::test]
async fn privilege_is_there_until_the_second_it_lapses() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        tied(&db, USER, AccountId::Provider(provider)).await?;
        let plan = async |at| {
            let Identity::Provider { plan, .. } = who(&db, USER, at).await? else {
                anyhow::bail!("linked to a provider");
            };
            assert_eq!(plan, plan_of(&db, provider, at).await?);
            Ok(plan)
        };
        subscribe(&db, provider, Plan::Privilege, day(1), Some(day(31))).await?;
        assert_eq!(plan(day(0)).await?, None);
        assert_eq!(
            plan(day(31) - TimeDelta::seconds(1)).await?,
            Some(Plan::Privilege)
        );
        assert_eq!(plan(day(31)).await?, None);
        subscribe(&db, provider, Plan::Privilege, day(40), None).await?;
        subscribe(&db, provider, Plan::Basic, day(50), None).await?;
        assert_eq!(plan(day(49)).await?, Some(Plan::Privilege));
        assert_eq!(
            plan(day(50)).await?,
            Some(Plan::Basic),
            "the later one counts"
        );
        Ok(())
    })
    .await;
}

// B1: membership is looked up each time; one who left is nobody, and cannot be deleted behind the decisions' back.
#[tokio::test]
async fn who_left_the_staff_is_nobody_at_once() {
    each_engine(async |db| {
        let id = add_staff(&db, &anna(), day(0)).await?;
        assert_eq!(add_staff(&db, &anna(), day(1)).await?, id, "the same person");
        assert_eq!(tie_staff(&db, USER, "anna", day(1)).await?, StaffTie::Tied);
        let Identity::Staff(member) = who(&db, USER, day(2)).await? else {
            anyhow::bail!("linked to the staff");
        };
        assert_eq!((member.role, member.email.as_str()), (Role::Admin, "anna@platform.example"));
        assert!(remove_staff(&db, "anna", day(3)).await?);
        assert_eq!(who(&db, USER, day(3)).await?, Identity::Nobody);
        let delete = on_engine!(db.write(), pool => sqlx::query("DELETE FROM staff").execute(pool).await.map(drop));
        assert!(delete.is_err());
        Ok(())
    })
    .await;
}

// W2, B1: five guesses, one use, a quarter of an hour; the account goes with the newest code's user.
#[tokio::test]
async fn a_code_is_used_once_in_time_and_guessed_five_times_at_most() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let account = AccountId::Provider(provider);
        let put = async |at| {
            let mut tx = db.begin().await?;
            put_code(&mut tx, USER, account, "mac", at, at + CODE_LIFE).await?;
            tx.commit().await
        };
        put(day(1)).await?;
        assert_eq!(
            link(&db, USER, |_| true, day(1) + CODE_LIFE).await?,
            Linked::Wrong,
            "too old"
        );
        for _ in 0..ATTEMPTS_MAX - 1 {
            let typed = link(&db, USER, |_| false, day(1)).await?;
            assert_eq!(typed, Linked::Wrong, "another code");
        }
        assert_eq!(
            link(&db, DiscordUser(7), |_| true, day(1)).await?,
            Linked::Wrong,
            "somebody else"
        );
        assert_eq!(
            link(&db, USER, |_| false, day(1)).await?,
            Linked::Wrong,
            "the fifth guess"
        );
        assert_eq!(
            link(&db, USER, |_| true, day(1)).await?,
            Linked::Wrong,
            "right, but too late"
        );
        put(day(2)).await?;
        assert_eq!(
            link(&db, USER, |mac| mac == "mac", day(2)).await?,
            Linked::Tied
        );
        let again = link(&db, USER, |_| true, day(2)).await?;
        assert_eq!(again, Linked::Wrong, "used");
        assert_eq!(who(&db, USER, day(2)).await?.provider(), Some(provider));
        tied(&db, DiscordUser(7), account).await?;
        assert_eq!(
            who(&db, USER, day(2)).await?,
            Identity::Nobody,
            "the account moved"
        );
        assert_eq!(user_of(&db, provider).await?, Some(DiscordUser(7)));
        Ok(())
    })
    .await;
}

// W2, c15: by user and by address, so nobody fills a mailbox through us.
#[tokio::test]
async fn codes_are_limited_by_user_and_by_address() {
    each_engine(async |db| {
        let allow = async |user, address: &str, at| {
            let mut tx = db.begin().await?;
            let allowed = allow_code(&mut tx, DiscordUser(user), address, at).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(allowed)
        };
        for n in 0..u64::try_from(REQUESTS_MAX)? {
            assert!(allow(1, &format!("{n}@x.example"), day(1)).await?);
            assert!(allow(10 + n, "same@x.example", day(1)).await?);
        }
        assert!(!allow(1, "other@x.example", day(1)).await?);
        assert!(!allow(2, "same@x.example", day(1)).await?);
        assert!(allow(1, "same@x.example", day(1) + TimeDelta::hours(1)).await?);
        Ok(())
    })
    .await;
}

// Providers and clients are found by address.
#[tokio::test]
async fn an_address_leads_to_one_account() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let client = a_client(&db, "C1", day(0)).await?;
        let found = async |address| by_email(&db, address).await.map(|a| a.map(|a| a.id));
        assert_eq!(
            found("v1@prestataires.example").await?,
            Some(AccountId::Provider(provider))
        );
        assert_eq!(
            found("c1@clients.example").await?,
            Some(AccountId::Client(client))
        );
        add_staff(&db, &anna(), day(0)).await?;
        assert_eq!(found("nobody@x.example").await?, None);
        assert!(matches!(
            named(&db, "anna", day(1)).await?,
            Some(Identity::Staff(_))
        ));
        assert!(matches!(
            named(&db, "C1", day(1)).await?,
            Some(Identity::Client { .. })
        ));
        Ok(())
    })
    .await;
}

// B1: nobody becomes somebody else by a code; a member of the staff least of all, whose tie is the operator's.
#[tokio::test]
async fn a_code_ties_only_a_user_who_is_nobody_yet() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let other = a_provider(&db, "V2", day(0)).await?;
        let client = a_client(&db, "C1", day(0)).await?;
        let code = async |account| {
            let mut tx = db.begin().await?;
            put_code(&mut tx, USER, account, "mac", day(1), day(1) + CODE_LIFE).await?;
            tx.commit().await?;
            link(&db, USER, |_| true, day(1)).await
        };
        add_staff(&db, &anna(), day(0)).await?;
        assert_eq!(tie_staff(&db, USER, "anna", day(1)).await?, StaffTie::Tied);
        assert_eq!(code(AccountId::Provider(provider)).await?, Linked::Taken);
        assert!(who(&db, USER, day(1)).await?.staff().is_some());
        assert!(!end_own(&db, USER).await?, "the operator's to end");
        assert!(remove_staff(&db, "anna", day(2)).await?);
        let left = code(AccountId::Provider(provider)).await?;
        assert_eq!(left, Linked::Taken, "until the operator unties them");
        assert!(untie_staff(&db, "anna").await?);

        assert_eq!(code(AccountId::Provider(provider)).await?, Linked::Tied);
        for account in [AccountId::Provider(other), AccountId::Client(client)] {
            assert_eq!(code(account).await?, Linked::Taken);
        }
        assert_eq!(who(&db, USER, day(1)).await?.provider(), Some(provider));
        assert!(end_own(&db, USER).await? && !end_own(&db, USER).await?);
        assert_eq!(code(AccountId::Client(client)).await?, Linked::Tied);
        let turned = on_engine!(db.write(), pool => sqlx::query(TURN).bind(provider).execute(pool).await.map(drop));
        assert!(turned.is_err(), "a tie is never turned into another one");
        Ok(())
    })
    .await;
}

// B1: the database refuses a tie to two accounts or to none, and codes tried without end.
#[tokio::test]
async fn raw_sql_cannot_tie_a_user_to_two_accounts() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let client = a_client(&db, "C1", day(0)).await?;
        let two = on_engine!(db.write(), pool => sqlx::query(TWO).bind(provider).bind(client).bind(day(0))
            .execute(pool).await.map(drop));
        assert!(two.is_err());
        let none = on_engine!(db.write(), pool => sqlx::query(TWO).bind(None::<ProviderId>).bind(None::<ClientId>)
            .bind(day(0)).execute(pool).await.map(drop));
        assert!(none.is_err());
        let tried = on_engine!(db.write(), pool => sqlx::query(CODE).bind(provider).bind(day(0)).bind(day(1))
            .execute(pool).await.map(drop));
        assert!(tried.is_err());
        Ok(())
    })
    .await;
}

// B1: the operator ties one Discord user to one member; nobody is untied by it, whoever holds either stays.
#[tokio::test]
async fn the_operator_ties_a_member_to_a_user_who_is_free_and_unties_them() {
    each_engine(async |db| {
        let other = DiscordUser(USER.0 + 1);
        let provider = a_provider(&db, "V1", day(0)).await?;
        let anna_id = add_staff(&db, &anna(), day(0)).await?;
        let ben = NewStaff {
            reference: "ben".to_owned(),
            email: "ben@platform.example".to_owned(),
            ..anna()
        };
        add_staff(&db, &ben, day(0)).await?;
        tied(&db, other, AccountId::Provider(provider)).await?;
        assert_eq!(
            tie_staff(&db, USER, "nobody", day(1)).await?,
            StaffTie::NoMember
        );
        assert_eq!(
            tie_staff(&db, other, "anna", day(1)).await?,
            StaffTie::UserTaken(None)
        );
        assert_eq!(tie_staff(&db, USER, "anna", day(1)).await?, StaffTie::Tied);
        assert_eq!(
            who(&db, USER, day(1))
                .await?
                .staff()
                .map(|member| member.id),
            Some(anna_id)
        );
        let taken = StaffTie::UserTaken(Some("anna".to_owned()));
        assert_eq!(tie_staff(&db, USER, "ben", day(2)).await?, taken);
        let third = DiscordUser(USER.0 + 2);
        assert_eq!(
            tie_staff(&db, third, "anna", day(2)).await?,
            StaffTie::MemberTied(USER)
        );
        assert!(
            matches!(who(&db, other, day(2)).await?, Identity::Provider { .. }),
            "untouched"
        );
        assert!(remove_staff(&db, "anna", day(3)).await?);
        assert_eq!(
            tie_staff(&db, third, "anna", day(3)).await?,
            StaffTie::NoMember,
            "who left"
        );
        assert!(
            untie_staff(&db, "anna").await?,
            "one who left is untied, too"
        );
        assert!(!untie_staff(&db, "anna").await?);
        assert_eq!(tie_staff(&db, USER, "ben", day(4)).await?, StaffTie::Tied);
        Ok(())
    })
    .await;
}
