//! What every command and job is given: settings, database, clock, keys.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::clock::Clock;
use crate::config::{Settings, Web};
use crate::db::Db;
use crate::queue;
use crate::token::{self, Keys};
use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

/// Random bytes of a signing key that we make ourselves.
const NEW_KEY_BYTES: usize = 48;

/// The signing key that we made ourselves, in the data folder.
const KEY_FILE: &str = "web.key";

/// The program's surroundings; cheap to clone.
#[derive(Debug, Clone)]
pub struct Env {
    /// Every setting.
    pub settings: std::sync::Arc<Settings>,
    /// The migrated database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The keys of links and evidence.
    pub keys: Keys,
}

impl Env {
    /// Opens and migrates the database and reads (or makes, once) the signing key.
    ///
    /// # Errors
    /// Says which setting or file to look at.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        if settings.data.is_file() {
            bail!(
                "--data wants a folder and {} is a file; RELANCE__DATABASE__URL=sqlite://FILE reads a copy of the database",
                settings.data.display()
            );
        }
        let db = Db::open(settings.database_url().expose_secret()).await?;
        db.migrate().await?;
        queue::migrate(&db).await?;
        let keys = keys(&settings.web, &settings.data)?;
        let clock = settings.clock();
        token::store::claim(&db, &keys, clock.now()).await?;
        Ok(Self {
            clock,
            settings: settings.into(),
            db,
            keys,
        })
    }

    /// Opens what is there and makes nothing: none without a database of this version or without its signing key.
    ///
    /// # Errors
    /// When the database is there and does not answer.
    pub async fn look(settings: Settings) -> anyhow::Result<Option<Self>> {
        let url = settings.database_url();
        let file = Db::embedded_file(url.expose_secret());
        let is_there = file.is_none_or(|file| file.is_file());
        let has_key = settings.web.key.is_some() || settings.data.join(KEY_FILE).is_file();
        if !is_there || !has_key {
            return Ok(None);
        }
        let db = Db::open(url.expose_secret()).await?;
        if !db.fits().await.is_ok_and(|fits| fits.migrated) {
            return Ok(None);
        }
        let keys = keys(&settings.web, &settings.data)?;
        Ok(Some(Self {
            clock: settings.clock(),
            settings: settings.into(),
            db,
            keys,
        }))
    }

    /// [`Env::open`] for a command that makes no sense on a new database: a misspelt folder must not become one.
    ///
    /// # Errors
    /// When there is no database; says how one begins.
    pub async fn open_existing(settings: Settings) -> anyhow::Result<Self> {
        let file = Db::embedded_file(settings.database_url().expose_secret());
        if let Some(file) = file.filter(|file| !file.exists()) {
            bail!(
                "there is no database {}: `relance-worker import`, `run` or `migrate` begins one; --data or RELANCE_DATA \
                 names the folder of another",
                file.display()
            );
        }
        Self::open(settings).await
    }
}

#[cfg(any(test, feature = "testing"))]
impl Env {
    /// Built-in settings, a key for tests, a database and a clock that the test holds.
    #[must_use]
    pub fn for_tests(db: &Db, clock: &Clock) -> Self {
        Self {
            settings: Settings::default().into(),
            db: db.clone(),
            clock: clock.clone(),
            keys: crate::testing::keys(),
        }
    }
}

fn keys(web: &Web, data: &Path) -> anyhow::Result<Keys> {
    let present = match &web.key {
        Some(key) => key.clone(),
        None => kept_key(data)?,
    };
    Keys::new(present, web.key_previous.clone()).context("web.key")
}

/// The key in `DATA/web.key`, made on first use and readable by its owner only.
fn kept_key(data: &Path) -> anyhow::Result<SecretString> {
    let path = data.join(KEY_FILE);
    let here = || path.display().to_string();
    if !path.exists() {
        let mut bytes = [0_u8; NEW_KEY_BYTES];
        getrandom::fill(&mut bytes).context("the operating system gives no random bytes")?;
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let made = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match made {
            Ok(mut file) => file
                .write_all(URL_SAFE_NO_PAD.encode(bytes).as_bytes())
                .with_context(here)?,
            // Another process of ours was faster; its key is the key.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(here),
        }
    }
    Ok(std::fs::read_to_string(&path)
        .with_context(here)?
        .trim()
        .to_owned()
        .into())
}
