//! The real web face on a local port, and the letters that it wrote.

use anyhow::Context as _;
use mail_parser::MessageParser;
use relance_shared::clock::Clock;
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::outbox;
use relance_worker::web;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running site; [`Site::stop`] ends it.
pub struct Site {
    /// What it was started with; `web.public_url` is its address.
    pub env: Env,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Site {
    /// Serves `db` at a time that the test holds.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn serve(db: &Db, clock: &Clock) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut env = Env::for_tests(db, clock);
        let mut settings = (*env.settings).clone();
        settings.web.public_url = format!("http://{}", listener.local_addr()?);
        env.settings = settings.into();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(web::serve(env.clone(), listener, async move {
            // An error means that the test is over.
            let _ = stopped.await;
        }));
        Ok(Self { env, stop, served })
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it had broken.
    pub async fn stop(self) -> anyhow::Result<()> {
        drop(self.stop);
        Ok(self.served.await?)
    }

    /// The address of `path`.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.env.settings.web.public_url)
    }

    /// Our own links in each letter of the outbox, the oldest letter first.
    ///
    /// # Errors
    /// When a letter cannot be read.
    pub async fn mailed_links(&self) -> anyhow::Result<Vec<Vec<String>>> {
        let mut letters = outbox::store::list(&self.env.db, None, 100).await?;
        letters.sort_by_key(|letter| letter.id);
        let mut links = Vec::new();
        for letter in letters {
            let (_, raw) = outbox::store::get(&self.env.db, letter.id).await?;
            let raw = raw.context("the bytes are kept")?;
            let message = MessageParser::new().parse(&raw).context("a message")?;
            let text = message.body_text(0).context("a text")?;
            let root = self.env.settings.web.public_url.as_str();
            let own = text
                .split_whitespace()
                .filter(|word| word.starts_with(root));
            links.push(own.map(str::to_owned).collect());
        }
        Ok(links)
    }

    /// The link of the newest letter.
    ///
    /// # Errors
    /// When there is none.
    pub async fn newest_link(&self) -> anyhow::Result<String> {
        let letters = self.mailed_links().await?;
        let newest = letters.last().context("a letter")?;
        newest.first().cloned().context("a link in it")
    }
}
