//! What we ask of an IMAP server, each step with a time limit.

use std::fmt::Debug;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::TryStreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;

use super::url::Place;
use crate::relay::tls;

/// How long one exchange may take, in seconds. Source: 30 MiB at 1 MiB a second, twice.
const STEP_SECONDS_MAX: u64 = 60;
/// How long the farewell may take, in seconds; nothing depends on it.
const FAREWELL_SECONDS_MAX: u64 = 5;
/// Folder of ours in the mailbox.
const OURS: &str = "Relance";

/// A connection, encrypted or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Wire for T {}

/// A connection as the library takes it.
pub(super) type Line = Box<dyn Wire>;

/// A mailbox, open for reading and moving.
pub(super) struct Session {
    imap: async_imap::Session<Line>,
    messages: u32,
    can_move: bool,
    can_expunge_one: bool,
    can_idle: bool,
}

/// Waits for one exchange.
///
/// # Errors
/// Names the step that failed or took longer than [`STEP_SECONDS_MAX`].
pub(super) async fn step<T>(
    name: &'static str,
    exchange: impl Future<Output = async_imap::error::Result<T>>,
) -> anyhow::Result<T> {
    timeout(Duration::from_secs(STEP_SECONDS_MAX), exchange)
        .await
        .with_context(|| format!("IMAP {name}: no answer in {STEP_SECONDS_MAX} s"))?
        .with_context(|| format!("IMAP {name}"))
}

impl Session {
    /// Connects, logs in and selects the mailbox.
    ///
    /// # Errors
    /// Says at which step, and never the password.
    pub(super) async fn open(place: &Place, ca: Option<&Path>) -> anyhow::Result<Self> {
        let limit = Duration::from_secs(STEP_SECONDS_MAX);
        let line = timeout(limit, connect(place, ca))
            .await
            .context("IMAP connection: no answer")?
            .with_context(|| format!("IMAP connection to {}:{}", place.host, place.port))?;
        let mut client = async_imap::Client::new(line);
        timeout(limit, client.read_response())
            .await
            .context("IMAP greeting: no answer")??
            .context("the mail server hung up without greeting")?;
        let login = timeout(limit, client.login(&place.user, &place.password))
            .await
            .context("IMAP login: no answer")?;
        // The server's own words are left out: some repeat what they were told.
        let Ok(mut imap) = login else {
            anyhow::bail!(
                "the mail server refused the login; check user and password of mail.imap_url"
            );
        };
        let can = step("CAPABILITY", imap.capabilities()).await?;
        let mailbox = step("SELECT", imap.select(&place.mailbox)).await?;
        Ok(Self {
            imap,
            messages: mailbox.exists,
            can_move: can.has_str("MOVE"),
            can_expunge_one: can.has_str("UIDPLUS"),
            can_idle: can.has_str("IDLE"),
        })
    }

    /// Messages that lay in the mailbox when it was selected.
    pub(super) const fn messages(&self) -> u32 {
        self.messages
    }

    /// Whether the server announces new messages.
    pub(super) const fn can_idle(&self) -> bool {
        self.can_idle
    }

    /// The library's session, to wait for news with.
    pub(super) fn into_imap(self) -> async_imap::Session<Line> {
        self.imap
    }

    /// UID and size in bytes of the oldest messages, at most `count`, oldest first. A message without size counts as too large.
    ///
    /// # Errors
    /// When the server does not answer as it should.
    pub(super) async fn sizes(&mut self, count: u32) -> anyhow::Result<Vec<(u32, usize)>> {
        let oldest = format!("1:{}", count.min(self.messages));
        let imap = &mut self.imap;
        let fetched: Vec<_> = step("FETCH of the sizes", async {
            imap.fetch(oldest, "(UID RFC822.SIZE)")
                .await?
                .try_collect()
                .await
        })
        .await?;
        let size = |size: Option<u32>| size.map_or(usize::MAX, |size| size as usize);
        let mut sizes: Vec<(u32, usize)> = fetched
            .iter()
            .filter_map(|fetch| Some((fetch.uid?, size(fetch.size))))
            .take(count as usize)
            .collect();
        sizes.sort_unstable();
        Ok(sizes)
    }

    /// The raw bytes of a message, without marking it as read; none when it is gone.
    ///
    /// # Errors
    /// When the server does not answer as it should.
    pub(super) async fn message(&mut self, uid: u32) -> anyhow::Result<Option<Vec<u8>>> {
        let imap = &mut self.imap;
        let fetched: Vec<_> = step("FETCH of a message", async {
            imap.uid_fetch(uid.to_string(), "(UID BODY.PEEK[])")
                .await?
                .try_collect()
                .await
        })
        .await?;
        Ok(fetched
            .iter()
            .filter(|fetch| fetch.uid == Some(uid))
            .find_map(|fetch| fetch.body())
            .map(<[u8]>::to_vec))
    }

    /// The name of a folder of ours as this server writes it, made if it is not there: `Relance/Done`, or below INBOX where
    /// nothing else is allowed.
    ///
    /// # Errors
    /// When the server lets us make neither.
    pub(super) async fn folder(&mut self, leaf: &str) -> anyhow::Result<String> {
        let delimiter = self.listed("\"\"").await?.unwrap_or_else(|| "/".to_owned());
        for root in ["", "INBOX"] {
            let mut parts = vec![root, OURS, leaf];
            parts.retain(|part| !part.is_empty());
            let name = parts.join(&delimiter);
            let quoted = format!("\"{}\"", name.replace('\\', "\\\\"));
            if self.listed(&quoted).await?.is_some()
                || step("CREATE", self.imap.create(&name)).await.is_ok()
                // Another reader made it between the two.
                || self.listed(&quoted).await?.is_some()
            {
                return Ok(name);
            }
        }
        anyhow::bail!(
            "the mail server does not let us make the folder {OURS}/{leaf}; make it by hand"
        )
    }

    /// The delimiter of the folder that `pattern` names; none when there is no such folder.
    async fn listed(&mut self, pattern: &str) -> anyhow::Result<Option<String>> {
        let imap = &mut self.imap;
        let names: Vec<_> = step("LIST", async {
            imap.list(Some(""), Some(pattern))
                .await?
                .try_collect()
                .await
        })
        .await?;
        Ok(names
            .first()
            .map(|name| name.delimiter().unwrap_or("/").to_owned()))
    }

    /// Moves a message to a folder; nothing when it is gone.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn shift(&mut self, uid: u32, folder: &str) -> anyhow::Result<()> {
        let uid = uid.to_string();
        let imap = &mut self.imap;
        if self.can_move {
            return step("MOVE", imap.uid_mv(&uid, folder)).await;
        }
        step("COPY", imap.uid_copy(&uid, folder)).await?;
        let _flags: Vec<_> = step("STORE", async {
            imap.uid_store(&uid, "+FLAGS.SILENT (\\Deleted)")
                .await?
                .try_collect()
                .await
        })
        .await?;
        let _gone: Vec<_> = if self.can_expunge_one {
            step("EXPUNGE", async {
                imap.uid_expunge(&uid).await?.try_collect().await
            })
            .await?
        } else {
            step("EXPUNGE", async {
                imap.expunge().await?.try_collect().await
            })
            .await?
        };
        Ok(())
    }

    /// Says goodbye; a server that does not answer has lost nothing.
    pub(super) async fn close(mut self) {
        let limit = Duration::from_secs(FAREWELL_SECONDS_MAX);
        let _farewell = timeout(limit, self.imap.logout()).await;
    }
}

/// The connection, before anything is said on it.
async fn connect(place: &Place, ca: Option<&Path>) -> anyhow::Result<Line> {
    let stream = TcpStream::connect((place.host.as_str(), place.port)).await?;
    stream.set_nodelay(true)?;
    if !place.tls {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(place.host.clone())?;
    Ok(Box::new(tls::connector(ca)?.connect(name, stream).await?))
}
