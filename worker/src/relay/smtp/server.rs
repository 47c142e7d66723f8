//! Where the relay is, and how a connection to it is opened.

use std::path::Path;

use anyhow::{Context as _, bail};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters,
};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::relay::tls;

/// Ports of `smtp://` and `smtps://` when the setting names none (RFC 5321, RFC 8314).
const PORT_PLAIN: u16 = 25;
const PORT_TLS: u16 = 465;

/// The extension of RFC 2920: several commands in one packet. lettre does not look for it.
const PIPELINING: &str = "PIPELINING";

/// An open connection.
pub(super) struct Open {
    pub(super) smtp: AsyncSmtpConnection,
    /// Whether the relay takes several commands in one packet.
    pub(super) pipelines: bool,
}

/// The relay of `mail.smtp_url`.
pub(super) struct Server {
    host: String,
    port: u16,
    /// TLS from the first byte.
    implicit: Option<TlsConnector>,
    /// For a relay that offers STARTTLS.
    starttls: TlsParameters,
    credentials: Option<Credentials>,
    is_loopback: bool,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Server {
    /// # Errors
    /// Says what of `mail.smtp_url` cannot be used; never shows the password.
    pub(super) fn of_url(url: &str, ca: Option<&Path>) -> anyhow::Result<Self> {
        let wrong = "mail.smtp_url must be smtp://host:port or smtps://user:password@host";
        let Ok(url) = Url::parse(url) else {
            bail!("{wrong}");
        };
        let host = url
            .host_str()
            .context(wrong)?
            .trim_matches(['[', ']'])
            .to_owned();
        let is_implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => bail!("{wrong}"),
        };
        let is_loopback = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let credentials = url
            .password()
            .map(|password| Credentials::new(decoded(url.username()), decoded(password)));
        let mut parameters = TlsParameters::builder(host.clone());
        if let Some(path) = ca {
            let pem = std::fs::read(path)
                .with_context(|| format!("mail.smtp_ca: cannot read {}", path.display()))?;
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem)?);
        } else if is_loopback {
            // A relay on this machine has a certificate of its own making as a rule, and nobody stands between.
            parameters = parameters
                .dangerous_accept_invalid_certs(true)
                .dangerous_accept_invalid_hostnames(true);
        }
        Ok(Self {
            port: url
                .port()
                .unwrap_or(if is_implicit { PORT_TLS } else { PORT_PLAIN }),
            implicit: is_implicit.then(|| tls::connector(ca)).transpose()?,
            starttls: parameters.build()?,
            host,
            credentials,
            is_loopback,
        })
    }

    /// Opens a connection, encrypted when the relay can, signed in when the setting says how.
    ///
    /// # Errors
    /// Which step failed, without secrets.
    pub(super) async fn connect(&self) -> Result<Open, String> {
        let failed = |step: &str| {
            let step = step.to_owned();
            move |error: lettre::transport::smtp::Error| match error.status() {
                Some(code) => format!("{step}: the relay answered {code}"),
                None => format!(
                    "{step}: the connection broke, or the certificate is not believed (mail.smtp_ca)"
                ),
            }
        };
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await;
        let tcp = tcp.map_err(|error| format!("cannot connect to the relay: {}", error.kind()))?;
        // lettre writes the text and its final dot apart; without this each letter waits 40 ms for an acknowledgement.
        tcp.set_nodelay(true)
            .map_err(|error| error.kind().to_string())?;
        let stream: Box<dyn AsyncTokioStream> = match &self.implicit {
            None => Box::new(tcp),
            Some(connector) => {
                let wrapped = tls::wrap(connector, &self.host, tcp).await;
                Box::new(wrapped.map_err(|error| format!("TLS with the relay: {error}"))?)
            }
        };
        let hello = ClientId::default();
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello).await;
        let mut smtp = greeted.map_err(failed("greeting"))?;
        let mut is_encrypted = self.implicit.is_some();
        if !is_encrypted && smtp.can_starttls() {
            smtp.starttls(self.starttls.clone(), &hello)
                .await
                .map_err(failed("STARTTLS"))?;
            is_encrypted = true;
        }
        let offered = smtp.command(Ehlo::new(hello)).await;
        let offered = offered.map_err(failed("greeting"))?;
        let pipelines = offered
            .message()
            .any(|line| line.trim().eq_ignore_ascii_case(PIPELINING));
        if let Some(credentials) = &self.credentials {
            if !is_encrypted && !self.is_loopback {
                return Err(
                    "the relay offers no TLS, so the password is not sent: take smtps://"
                        .to_owned(),
                );
            }
            let signed_in = smtp.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(failed("signing in (user and password of mail.smtp_url)"))?;
        }
        Ok(Open { smtp, pipelines })
    }
}

/// Percent signs of a URL's user and password undone.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            Some(_) | None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_named_by_its_url() {
        let server = Server::of_url("smtps://me:p%40ss%2Fw@mail.example", None).unwrap();
        assert_eq!(format!("{server:?}"), "mail.example:465");
        assert!(server.implicit.is_some() && !server.is_loopback);
        assert_eq!(
            format!("{:?}", Server::of_url("smtp://127.0.0.1", None).unwrap()),
            "127.0.0.1:25"
        );
        assert_eq!(decoded("p%40ss%2Fw%"), "p@ss/w%");
    }

    // O8: an error never shows the password.
    #[test]
    fn a_wrong_url_is_refused_without_showing_it() {
        for url in [
            "",
            "mail.example",
            "http://me:secret@mail.example",
            "smtp://me:secret@",
        ] {
            let error = format!("{:#}", Server::of_url(url, None).unwrap_err());
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
