use std::collections::BTreeMap;

use super::*;
use crate::account::Locale;
use crate::clock::Clock;
use crate::consent::CancelReason;
use crate::db::Engine;
use crate::env::Env;
use crate::mail::{Composer, Letter, LetterKind};
use crate::testing::store::{a_client, a_pending_project, each_prepares};
use crate::testing::{day, each_engine};
use chrono_tz::Tz;

struct Account {
    env: Env,
    composer: Composer,
    client: ClientId,
    project: ProjectId,
}

impl Account {
    /// A client with a pending project, on day 10.
    async fn open(db: &Db) -> anyhow::Result<Self> {
        let env = Env::for_tests(db, &Clock::fixed(day(10)));
        let client = a_client(db, "C1", day(0)).await?;
        Ok(Self {
            project: a_pending_project(db, client, "P1", day(1)).await?,
            composer: Composer::new(&env.settings, &env.keys)?,
            client,
            env,
        })
    }

    /// Asks for a link and gives its token; none when a limit was reached.
    async fn link(&self) -> anyhow::Result<Option<String>> {
        let now = self.env.clock.now();
        let id = SignInId::at(now);
        let token = self
            .env
            .keys
            .mint(Purpose::SignIn, id.uuid(), now + SIGN_IN_LIFE);
        let letter = Letter {
            kind: LetterKind::SignIn,
            client: Some(self.client),
            provider: None,
            name: "Jeanne".to_owned(),
            email: "C1@clients.example".to_owned(),
            locale: Locale::Fr,
            zone: Tz::Europe__Paris,
            dedupe: format!("sign_in:{id}"),
            due_at: now,
            projects: Vec::new(),
            values: serde_json::json!({"url": "https://relance.example/x", "minutes": 30}),
        };
        let link = Link {
            id,
            client: self.client,
            token: &token,
            letter: &self.composer.compose(&letter, now)?,
        };
        let asked = ask(&self.env.db, "c1@clients.example", Some(link), now).await?;
        Ok(asked.then_some(token))
    }

    async fn signed_in(&self) -> anyhow::Result<String> {
        let link = self.link().await?.expect("within the limits");
        let cookie = enter(&self.env.db, &self.env.keys, &link, self.env.clock.now()).await?;
        Ok(cookie.expect("a fresh link opens"))
    }

    async fn cancel(&self, cookie: &str, project: ProjectId) -> Result<Done, StoreError> {
        let why = Why {
            reason: CancelReason::FellThrough,
            text: "plus  le\nbudget",
        };
        cancel(&self.env, &self.composer, Asking { cookie, project }, why).await
    }

    async fn state(&self) -> anyhow::Result<StateName> {
        let found = project(&self.env.db, self.client, self.project).await?;
        Ok(found.expect("is there").state)
    }

    /// How many rows each table has that an act writes.
    async fn rows(&self) -> anyhow::Result<BTreeMap<&'static str, i64>> {
        let mut rows = BTreeMap::new();
        for (table, count) in [
            ("events", "SELECT COUNT(*) FROM project_events"),
            ("proofs", "SELECT COUNT(*) FROM client_proofs"),
            ("letters", "SELECT COUNT(*) FROM outbox"),
        ] {
            rows.insert(
                table,
                on_engine!(self.env.db.read(), pool =>
                sqlx::query_scalar(count).fetch_one(pool).await)?,
            );
        }
        Ok(rows)
    }
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&ALL_SQL.concat(), &[]).await;
}

// S20, W2: a link opens the account once and only in time; the log-in is a sign of life.
#[tokio::test]
async fn a_mailed_link_opens_one_session() {
    each_engine(async |db| {
        let account = Account::open(&db).await?;
        let (keys, now) = (&account.env.keys, account.env.clock.now());
        let link = account.link().await?.expect("within the limits");
        let late = enter(&db, keys, &link, now + SIGN_IN_LIFE).await?;
        assert_eq!(late, None, "too late");
        let cookie = enter(&db, keys, &link, now).await?.expect("opens");
        assert_eq!(enter(&db, keys, &link, now).await?, None, "once");
        let signed_in = session(&db, keys, &cookie, now).await?.expect("is open");
        assert_eq!(signed_in.client, account.client);
        assert_eq!(
            session(&db, keys, &link, now).await?,
            None,
            "a link is no cookie"
        );
        assert_eq!(session(&db, keys, &cookie, now + SESSION_LIFE).await?, None);
        end(&db, signed_in.session, now).await?;
        assert_eq!(session(&db, keys, &cookie, now).await?, None, "signed out");
        assert_eq!(
            account.cancel(&cookie, account.project).await?,
            Done::NotAllowed
        );
        let facts = crate::listing::store::find(&db, "P1")
            .await?
            .expect("is there");
        assert_eq!(facts.last_sign_kind, Some(LineKind::Login));
        Ok(())
    })
    .await;
}

// W2: neither a flood nor a look at who has an account.
#[tokio::test]
async fn an_address_can_ask_for_five_links_an_hour_known_or_not() {
    each_engine(async |db| {
        let account = Account::open(&db).await?;
        for n in 0..LINKS_PER_ADDRESS_HOUR_MAX + 2 {
            let is_within = n < LINKS_PER_ADDRESS_HOUR_MAX;
            assert_eq!(account.link().await?.is_some(), is_within);
            let now = account.env.clock.now();
            assert_eq!(ask(&db, "nobody@example.org", None, now).await?, is_within);
        }
        assert_eq!(account.rows().await?["letters"], LINKS_PER_ADDRESS_HOUR_MAX);
        // A stranger who asks in somebody's name delays them, and does not keep them out.
        account.env.clock.set(day(10) + LINKS_PER_ADDRESS_PAUSE);
        assert!(account.link().await?.is_some());
        assert!(account.link().await?.is_none(), "one");
        account.env.clock.set(day(10) + TimeDelta::minutes(61));
        assert!(account.link().await?.is_some(), "an hour later");
        Ok(())
    })
    .await;
}

// S11, S23, P2: signed in, the owner cancels; the evidence is signed, the receipt is written, the way back works once.
#[tokio::test]
async fn the_signed_in_owner_cancels_and_finds_the_way_back() {
    each_engine(async |db| {
        let account = Account::open(&db).await?;
        let cookie = account.signed_in().await?;
        assert_eq!(account.cancel(&cookie, account.project).await?, Done::Yes);
        assert_eq!(account.state().await?, StateName::Cancelled);
        assert_eq!(
            account.cancel(&cookie, account.project).await?,
            Done::NotNow
        );
        let rows = account.rows().await?;
        assert_eq!((rows["events"], rows["proofs"], rows["letters"]), (1, 1, 2));
        assert!(crate::verify::store::chains(&db).await?.is_empty());
        let now = account.env.clock.now();
        let until = now + crate::consent::WAY_BACK_LIFE;
        let link = account
            .env
            .keys
            .mint(Purpose::WayBack, account.project.uuid(), until);
        let (keys, db) = (&account.env.keys, &account.env.db);
        let shown = way_back(db, keys, &link, now).await?.expect("is open");
        assert_eq!(shown.reference, "P1");
        assert_eq!(
            reopen_by_way_back(db, keys, &link, until).await?,
            Done::NotAllowed
        );
        let soon = now + TimeDelta::minutes(5);
        assert_eq!(reopen_by_way_back(db, keys, &link, soon).await?, Done::Yes);
        assert_eq!(account.state().await?, StateName::Pending);
        let later = now + TimeDelta::hours(1);
        account.env.clock.set(later);
        assert_eq!(account.cancel(&cookie, account.project).await?, Done::Yes);
        let again = reopen_by_way_back(db, keys, &link, later).await?;
        assert_eq!(
            again,
            Done::NotAllowed,
            "an old receipt does not undo a new cancellation"
        );
        let asking = Asking {
            cookie: &cookie,
            project: account.project,
        };
        let soon = later + TimeDelta::minutes(5);
        assert_eq!(reopen(db, keys, asking, soon).await?, Done::Yes);
        assert_eq!(account.state().await?, StateName::Pending);
        Ok(())
    })
    .await;
}

// S23: somebody else's session changes nothing of the project.
#[tokio::test]
async fn another_client_cannot_cancel() {
    each_engine(async |db| {
        let account = Account::open(&db).await?;
        let other = a_client(&db, "C2", day(2)).await?;
        let foreign = a_pending_project(&db, other, "P2", day(3)).await?;
        let cookie = account.signed_in().await?;
        let before = account.rows().await?;
        assert_eq!(account.cancel(&cookie, foreign).await?, Done::NotNow);
        assert_eq!(
            account.cancel("x", account.project).await?,
            Done::NotAllowed
        );
        let form = account
            .env
            .keys
            .mint(Purpose::Form, account.client.uuid(), day(11));
        assert_eq!(
            account.cancel(&form, account.project).await?,
            Done::NotAllowed
        );
        assert_eq!(account.rows().await?, before);
        assert_eq!(account.state().await?, StateName::Pending);
        Ok(())
    })
    .await;
}

// W2, P2: what a link, a session or a way back is cannot be rewritten, by whoever may write to the database.
#[tokio::test]
async fn links_and_sessions_cannot_be_forged_with_sql() {
    each_engine(async |db| {
        let account = Account::open(&db).await?;
        let cookie = account.signed_in().await?;
        account.cancel(&cookie, account.project).await?;
        let other = a_client(&db, "C2", day(2)).await?;
        for attack in [
            "UPDATE sign_ins SET used_at = NULL",
            "UPDATE sign_ins SET client_id = $1",
            "UPDATE sign_ins SET expires_at = asked_at",
            "INSERT INTO sign_ins (id, client_id, address_hash, asked_at, expires_at)
                SELECT $1, client_id, 'x', asked_at, expires_at FROM sign_ins",
            "INSERT INTO sign_ins (id, address_hash, token_hash, asked_at, expires_at)
                SELECT $1, 'x', 'x', asked_at, expires_at FROM sign_ins",
            "UPDATE account_sessions SET client_id = $1",
            "UPDATE account_sessions SET expires_at = '2099-01-01T00:00:00+00:00'",
            "INSERT INTO account_sessions (id, client_id, sign_in, token_hash, made_at, expires_at)
                SELECT $1, $1, sign_in, 'x', made_at, expires_at FROM account_sessions",
            "UPDATE ways_back SET client_id = $1",
            "UPDATE ways_back SET expires_at = '2099-01-01T00:00:00+00:00'",
            "UPDATE ways_back SET used_at = expires_at",
            "INSERT INTO ways_back (token_hash, project_id, client_id, made_at, expires_at)
                SELECT 'x', project_id, $1, made_at, expires_at FROM ways_back",
        ] {
            let done = on_engine!(db.write(), pool => sqlx::query(sqlx::AssertSqlSafe(attack))
                .bind(other).execute(pool).await.map(drop));
            let refused = done.is_err_and(|error| !matches!(&error, sqlx::Error::Database(why) if why.message().contains("syntax")));
            assert!(refused, "{attack}");
        }
        if let Engine::Sqlite(pool) = db.write() {
            let replace = "INSERT OR REPLACE INTO sign_ins SELECT * FROM sign_ins";
            assert!(sqlx::query(replace).execute(pool).await.is_err());
        }
        Ok(())
    })
    .await;
}

// D4, W2: links, sessions and counters that are over are deleted, the rest stays.
#[tokio::test]
async fn what_is_over_is_forgotten() {
    each_engine(async |db| {
        let account = Account::open(&db).await?;
        let cookie = account.signed_in().await?;
        account.cancel(&cookie, account.project).await?;
        forget(&db, day(10)).await?;
        let now = account.env.clock.now();
        assert!(
            session(&db, &account.env.keys, &cookie, now)
                .await?
                .is_some()
        );
        forget(&db, day(40)).await?;
        let left: i64 = on_engine!(db.read(), pool => sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM sign_ins) + (SELECT COUNT(*) FROM account_sessions)
                + (SELECT COUNT(*) FROM ways_back)").fetch_one(pool).await)?;
        assert_eq!(left, 0);
        Ok(())
    })
    .await;
}
