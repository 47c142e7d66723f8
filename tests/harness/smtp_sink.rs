//! An SMTP server that does what a test tells it: accepts, refuses, breaks off at each place. It keeps what it received.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the server does with one letter, by its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Takes it.
    Accept,
    /// Answers RCPT so, for example `550 5.1.1 no such user`.
    SayToRecipient(&'static str),
    /// Answers DATA so.
    SayToData(&'static str),
    /// Takes the text, then answers the final dot so.
    SayToText(&'static str),
    /// Breaks off instead of answering RCPT.
    DropAtRecipient,
    /// Breaks off in the middle of the text.
    DropInText,
    /// Takes the whole text, and breaks off instead of answering.
    DropAfterText,
    /// Takes the whole text and never answers.
    HangAfterText,
    /// Never answers RCPT.
    HangAtRecipient,
}

/// Whether the server takes several commands in one packet (RFC 2920).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipelining {
    /// It does not offer it.
    No,
    /// It does; DATA without a recipient is refused.
    Yes,
    /// It does; DATA is taken even without a recipient, which the standard allows.
    DataAnyway,
}

/// A letter whose final dot came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its return path.
    pub from: String,
    /// Its recipient.
    pub to: String,
    /// Its text as it travelled, dots undone.
    pub raw: Vec<u8>,
}

impl Received {
    /// Its Message-ID, with angle brackets.
    #[must_use]
    pub fn message_id(&self) -> String {
        let text = String::from_utf8_lossy(&self.raw);
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("Message-ID: "));
        line.unwrap_or_default().to_owned()
    }
}

/// The running server. It ends with the runtime of the test.
#[derive(Debug, Clone)]
pub struct SmtpSink {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    count: watch::Receiver<usize>,
}

struct Server {
    act: Box<dyn Fn(&str) -> Act + Send + Sync>,
    pipelining: Pipelining,
    received: Arc<Mutex<Vec<Received>>>,
    count: watch::Sender<usize>,
}

impl SmtpSink {
    /// Starts a server that does `act` with the letter to the address it is given.
    ///
    /// # Errors
    /// When the system has no port.
    pub async fn start(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> anyhow::Result<Self> {
        Self::start_with(Pipelining::No, act).await
    }

    /// The same, with or without `pipelining`.
    ///
    /// # Errors
    /// When the system has no port.
    pub async fn start_with(
        pipelining: Pipelining,
        act: impl Fn(&str) -> Act + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let received = Arc::default();
        let (sender, count) = watch::channel(0);
        let sink = Self {
            port: listener.local_addr()?.port(),
            received: Arc::clone(&received),
            count,
        };
        let server = Arc::new(Server {
            act: Box::new(act),
            pipelining,
            received,
            count: sender,
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = Arc::clone(&server);
                // A client that breaks off is part of the tests.
                tokio::spawn(async move { server.serve(stream).await.ok() });
            }
        });
        Ok(sink)
    }

    /// For `mail.smtp_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Everything received, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until `count` letters were received altogether.
    pub async fn reached(&self, count: usize) {
        let mut reached = self.count.clone();
        // The server lives as long as the test.
        let _count = reached.wait_for(|reached| *reached >= count).await;
    }
}

impl Server {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        say(&mut stream, "220 sink ready").await?;
        let (mut from, mut to, mut line) = (String::new(), String::new(), String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let act = (self.act)(&to);
            match line
                .get(..4)
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "EHLO" => {
                    let words = match self.pipelining {
                        Pipelining::No => "250-sink\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME",
                        Pipelining::Yes | Pipelining::DataAnyway => {
                            "250-sink\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME"
                        }
                    };
                    say(&mut stream, words).await?;
                }
                "MAIL" => {
                    from = address(&line);
                    say(&mut stream, "250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    to = address(&line);
                    match (self.act)(&to) {
                        Act::SayToRecipient(words) => say(&mut stream, words).await?,
                        Act::DropAtRecipient => return Ok(()),
                        Act::HangAtRecipient => std::future::pending().await,
                        _ => say(&mut stream, "250 2.1.5 ok").await?,
                    }
                }
                "DATA" => {
                    if self.pipelining == Pipelining::Yes && matches!(act, Act::SayToRecipient(_)) {
                        say(&mut stream, "554 5.5.1 no valid recipients").await?;
                        continue;
                    }
                    if let Act::SayToData(words) = act {
                        say(&mut stream, words).await?;
                        continue;
                    }
                    say(&mut stream, "354 go on").await?;
                    if act == Act::DropInText {
                        stream.read_exact(&mut [0; 64]).await?;
                        return Ok(());
                    }
                    let raw = text(&mut stream).await?;
                    let letter = Received {
                        from: from.clone(),
                        to: to.clone(),
                        raw,
                    };
                    self.keep(letter, act);
                    match act {
                        Act::SayToText(words) => say(&mut stream, words).await?,
                        Act::DropAfterText => return Ok(()),
                        Act::HangAfterText => std::future::pending().await,
                        _ => say(&mut stream, "250 2.0.0 taken").await?,
                    }
                }
                "QUIT" => return say(&mut stream, "221 bye").await,
                _ => say(&mut stream, "250 ok").await?,
            }
        }
    }

    fn keep(&self, letter: Received, act: Act) {
        if matches!(act, Act::SayToText(_)) {
            return;
        }
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.push(letter);
        self.count.send_replace(received.len());
    }
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) -> std::io::Result<()> {
    stream
        .get_mut()
        .write_all(format!("{words}\r\n").as_bytes())
        .await
}

/// The text up to the final dot.
async fn text(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let (mut raw, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.as_slice() {
            b".\r\n" => return Ok(raw),
            [b'.', rest @ ..] => raw.extend_from_slice(rest),
            whole => raw.extend_from_slice(whole),
        }
    }
}

fn address(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
