//! What takes the letters: `smtp-sink`, or this program started once more, which speaks TLS and wants a password.

use std::io::{BufRead as _, BufReader as StdReader};
use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto};

/// The word that makes this program a sink.
pub const SERVE: &str = "serve-as-sink";
/// `AUTH PLAIN` of user `relance`, password `secret`.
const PASSWORD: &str = "AHJlbGFuY2UAc2VjcmV0";
/// Connections of the sender that only sends.
const CONNECTIONS: usize = 16;
/// Its letters, about as long as ours.
const BODY_LINES: usize = 70;

/// A running sink, stopped when dropped.
pub struct Sink {
    child: Child,
    port: u16,
    certificate: Option<tempfile::TempDir>,
}

impl Sink {
    /// `smtp-sink`, without TLS.
    pub fn plain() -> anyhow::Result<Self> {
        let port = StdListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("smtp-sink")
            .args(["-u", "postfix", &format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("smtp-sink is not there: install Debian's package postfix")?;
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            anyhow::ensure!(
                started.elapsed() < Duration::from_secs(10),
                "smtp-sink does not listen"
            );
            std::thread::yield_now();
        }
        Ok(Self {
            child,
            port,
            certificate: None,
        })
    }

    /// This program, with TLS from the first byte and a password.
    pub fn tls() -> anyhow::Result<Self> {
        let folder = tempfile::TempDir::new()?;
        let mut child = Command::new(std::env::current_exe()?)
            .args([SERVE, &folder.path().display().to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().context("a pipe was asked for")?;
        let mut port = String::new();
        StdReader::new(said).read_line(&mut port)?;
        Ok(Self {
            child,
            port: port.trim().parse()?,
            certificate: Some(folder),
        })
    }

    pub fn name(&self) -> &'static str {
        match self.certificate {
            None => "plain, to smtp-sink",
            Some(_) => "TLS and a password, to a sink of our own in another process",
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// For `mail.smtp_url`.
    pub fn url(&self) -> String {
        match self.certificate {
            None => format!("smtp://127.0.0.1:{}", self.port),
            Some(_) => format!("smtps://relance:secret@localhost:{}", self.port),
        }
    }

    /// For `mail.smtp_ca`.
    pub fn certificate(&self) -> Option<PathBuf> {
        let folder = self.certificate.as_ref()?;
        Some(folder.path().join("sink.pem"))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Gone already: nothing to stop.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

/// How long the sink needs for `letters` from senders that render, claim and record nothing.
pub async fn ceiling(sink: &Sink, letters: usize) -> anyhow::Result<Duration> {
    let line = "Votre projet est toujours sur notre liste : dites-nous où vous en êtes.\r\n";
    let text: Arc<str> = format!("Subject: a\r\n\r\n{}.\r\n", line.repeat(BODY_LINES)).into();
    let began = Instant::now();
    let senders = (0..CONNECTIONS).map(|_| {
        let text = Arc::clone(&text);
        let port = sink.port();
        tokio::spawn(async move {
            let stream = TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let mut stream = BufReader::new(stream);
            answers(&mut stream, 1).await?;
            stream.get_mut().write_all(b"EHLO bench\r\n").await?;
            answers(&mut stream, 1).await?;
            for _ in 0..letters / CONNECTIONS {
                let envelope = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
                stream.get_mut().write_all(envelope).await?;
                answers(&mut stream, 3).await?;
                stream.get_mut().write_all(text.as_bytes()).await?;
                answers(&mut stream, 1).await?;
            }
            anyhow::Ok(())
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await??;
    }
    Ok(began.elapsed())
}

async fn answers(stream: &mut (impl AsyncBufRead + Unpin), mut count: usize) -> anyhow::Result<()> {
    let mut line = String::new();
    while count > 0 {
        line.clear();
        anyhow::ensure!(stream.read_line(&mut line).await? > 0, "the sink is gone");
        anyhow::ensure!(line.starts_with(['2', '3']), "the sink said {line}");
        count -= usize::from(line.as_bytes().get(3) == Some(&b' '));
    }
    Ok(())
}

/// Is the sink: a certificate into the folder of the last argument, the port onto standard output, then serves until killed.
pub async fn serve() -> anyhow::Result<()> {
    let folder = std::env::args().next_back().context("a folder")?;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    std::fs::write(format!("{folder}/sink.pem"), made.cert.pem())?;
    let key = made.signing_key.serialize_der();
    let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(key)
        .map_err(|why| anyhow::anyhow!("the key: {why}"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move { session(acceptor.accept(stream).await?).await });
    }
}

async fn session(stream: impl AsyncRead + AsyncWrite + Unpin) -> anyhow::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut is_known) = (String::new(), false);
    say(&mut stream, "220 sink\r\n").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let words = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
            "AUTH" => {
                is_known = line.trim_end().ends_with(PASSWORD);
                if is_known { "235 ok\r\n" } else { "535 no\r\n" }
            }
            "MAIL" | "RCPT" | "DATA" if !is_known => "530 first the password\r\n",
            "DATA" => {
                say(&mut stream, "354 go on\r\n").await?;
                while line != ".\r\n" {
                    line.clear();
                    if stream.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                }
                "250 taken\r\n"
            }
            "QUIT" => return say(&mut stream, "221 bye\r\n").await,
            _ => "250 ok\r\n",
        };
        say(&mut stream, words).await?;
    }
}

async fn say(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    words: &str,
) -> anyhow::Result<()> {
    let stream = stream.get_mut();
    stream.write_all(words.as_bytes()).await?;
    Ok(stream.flush().await?)
}
