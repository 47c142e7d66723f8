//! A relay over SMTP: lettre's protocol on sockets of ours (it never sets `TCP_NODELAY`: 23 letters a second instead of
//! 12,000), command by command, so that it is known how far each letter came.

mod answer;
mod server;
mod speech;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Rset;
use relance_shared::outbox::Verdict;
use relance_shared::outbox::store::Claimed;
use tokio::time::{Instant, timeout_at};

use super::Stop;
use server::{Open, Server};
use speech::Cut;

/// Letters over one connection before it is renewed. Source: common limit of relays.
const LETTERS_PER_CONNECTION_MAX: u32 = 1_000;
/// An idle connection is thrown away after so long; relays close it after five minutes (RFC 5321 4.5.3.2.7).
const IDLE_MAX: Duration = Duration::from_mins(1);

/// One relay with its connections.
#[derive(Debug)]
pub(super) struct Smtp {
    server: Server,
    /// A letter has so long altogether, greeting to verdict (`mail.letter_seconds_max`).
    letter_time: Duration,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    smtp: AsyncSmtpConnection,
    pipelines: bool,
    letters: u32,
    used_at: Instant,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("letters", &self.letters)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    pub(super) fn new(url: &str, ca: Option<&Path>, letter_time: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            server: Server::of_url(url, ca)?,
            letter_time,
            idle: Mutex::default(),
        })
    }

    /// Whether a connection is open.
    pub(super) fn is_ready(&self) -> bool {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter()
            .any(|connection| connection.used_at.elapsed() < IDLE_MAX)
    }

    /// Opens a connection unless one is open.
    pub(super) async fn ready(&self) -> Result<(), String> {
        if let Some(connection) = self.idle() {
            self.keep(connection);
            return Ok(());
        }
        let connection = self.open(Instant::now() + self.letter_time).await?;
        self.keep(connection);
        Ok(())
    }

    /// Hands one letter over.
    pub(super) async fn send(&self, letter: &Claimed, mut stop: Stop) -> Verdict {
        let (Ok(from), Ok(to)) = (letter.return_path.parse(), letter.recipient.parse()) else {
            return Verdict::Refused("an address that cannot be written on an envelope".to_owned());
        };
        let deadline = Instant::now() + self.letter_time;
        // Before the text a stop costs nothing: the letter goes back.
        let begun = tokio::select! {
            begun = self.begin(from, to, deadline) => begun,
            _ = stop.wait_for(|told| *told) => return Verdict::NotTried("the program stops".to_owned()),
        };
        let mut connection = match begun {
            Ok(connection) => connection,
            Err(verdict) => return verdict,
        };
        // From here on a silence is no verdict.
        let verdict =
            match timeout_at(deadline, speech::text(&mut connection.smtp, &letter.raw)).await {
                Ok(Ok(_)) => Verdict::Accepted,
                Ok(Err(error)) => answer::to_text(&error),
                Err(_) => Verdict::Unknown("no answer to the text in time".to_owned()),
            };
        if !matches!(verdict, Verdict::Unknown(_)) {
            self.keep(connection);
        }
        verdict
    }

    /// Envelope and DATA, up to the relay's leave to send the text. A connection that the relay had closed meanwhile is
    /// replaced by a fresh one, once.
    async fn begin(
        &self,
        from: Address,
        to: Address,
        deadline: Instant,
    ) -> Result<Connection, Verdict> {
        let mut pooled = self.idle();
        loop {
            let is_fresh = pooled.is_none();
            let mut connection = match pooled.take() {
                Some(connection) => connection,
                None => self.open(deadline).await.map_err(Verdict::NotTried)?,
            };
            let Connection {
                smtp, pipelines, ..
            } = &mut connection;
            let said = speech::envelope(smtp, *pipelines, &from, &to);
            match timeout_at(deadline, said).await {
                Ok(Ok(())) => return Ok(connection),
                Ok(Err(Cut::Answered(verdict))) => {
                    if let Ok(Ok(_)) = timeout_at(deadline, connection.smtp.command(Rset)).await {
                        self.keep(connection);
                    }
                    return Err(verdict);
                }
                Ok(Err(Cut::AnsweredLast(verdict))) => return Err(verdict),
                Ok(Err(Cut::Broken(why))) if is_fresh => return Err(Verdict::Later(why)),
                Ok(Err(Cut::Broken(_))) => {}
                Err(_) => {
                    return Err(Verdict::Later(
                        "no answer to the envelope in time".to_owned(),
                    ));
                }
            }
        }
    }

    async fn open(&self, deadline: Instant) -> Result<Connection, String> {
        match timeout_at(deadline, self.server.connect()).await {
            Ok(Ok(Open { smtp, pipelines })) => Ok(Connection {
                smtp,
                pipelines,
                letters: 0,
                used_at: Instant::now(),
            }),
            Ok(Err(why)) => Err(why),
            Err(_) => Err("no answer from the relay in time".to_owned()),
        }
    }

    fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| connection.used_at.elapsed() < IDLE_MAX);
        idle.pop()
    }

    fn keep(&self, mut connection: Connection) {
        connection.letters += 1;
        connection.used_at = Instant::now();
        if connection.letters < LETTERS_PER_CONNECTION_MAX && !connection.smtp.has_broken() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }
}
