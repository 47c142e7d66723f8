//! What the stories of the client's page begin with.

use chrono::TimeDelta;
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
use relance_shared::testing::day;
use relance_shared::testing::store::{a_client, a_pending_project, a_provider, an_application};
use relance_tests::chromium::Chromium;
use relance_tests::site::Site;

/// A client with three pending projects on day 10, a site and a browser.
pub(super) struct Scene {
    pub(super) site: Site,
    pub(super) browser: Chromium,
    pub(super) client: ClientId,
    pub(super) projects: Vec<ProjectId>,
}

impl Scene {
    pub(super) async fn set(db: &Db, locale: Locale) -> anyhow::Result<Self> {
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

    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.browser.quit().await?;
        self.site.stop().await
    }

    /// The follow-up letter that has the links of the page and of the opt-out.
    pub(super) async fn write_letter(&self) -> anyhow::Result<()> {
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

    pub(super) fn pass(&self, minutes: i64) {
        let clock = &self.site.env.clock;
        clock.set(clock.now() + TimeDelta::minutes(minutes));
    }

    pub(super) fn field(&self, n: usize, value: &str) -> String {
        format!("#p{}-{value}", self.projects[n].uuid().simple())
    }

    pub(super) async fn stage(&self, n: usize) -> anyhow::Result<Option<Stage>> {
        let projects = answers::pending(&self.site.env.db, self.client).await?;
        let found = projects
            .iter()
            .find(|project| project.id == self.projects[n]);
        Ok(found.and_then(|project| project.stage))
    }

    pub(super) async fn state(&self, n: usize) -> anyhow::Result<StateName> {
        let db = &self.site.env.db;
        let found = consent::project(db, self.client, self.projects[n]).await?;
        Ok(found.expect("is there").state)
    }

    pub(super) async fn mails(&self) -> anyhow::Result<Mails> {
        let client = answers::client(&self.site.env.db, self.client).await?;
        Ok(client.expect("is there").mails)
    }

    /// How much is in every table that a visit could write to.
    pub(super) async fn rows(&self) -> anyhow::Result<Vec<i64>> {
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
