//! `mail.imap_url`: `imap://user:pass@host:port/MAILBOX` (in the clear) or `imaps://…` (TLS from the first byte).

use std::fmt;

use anyhow::{Context as _, bail, ensure};

/// Where the mailbox is and who asks.
#[derive(PartialEq, Eq)]
pub(super) struct Place {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) mailbox: String,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({}:{})", self.host, self.port)
    }
}

impl Place {
    /// Reads the setting. The user, the password and the mailbox may be percent-encoded; without mailbox it is INBOX.
    ///
    /// # Errors
    /// Says what is wrong, never the text: it holds a password.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        const EXAMPLE: &str = "write imaps://user:password@host/INBOX";
        let url = reqwest::Url::parse(text)
            .map_err(|_| anyhow::anyhow!("mail.imap_url is no address; {EXAMPLE}"))?;
        let tls = match url.scheme() {
            "imap" => false,
            "imaps" => true,
            _ => bail!("mail.imap_url has neither imap:// nor imaps://; {EXAMPLE}"),
        };
        let host = url.host_str().unwrap_or_default();
        ensure!(!host.is_empty(), "mail.imap_url has no host; {EXAMPLE}");
        let user = plain(url.username())?;
        let password = plain(url.password().unwrap_or_default())?;
        ensure!(!user.is_empty(), "mail.imap_url has no user; {EXAMPLE}");
        let mailbox = plain(url.path().trim_matches('/'))?;
        Ok(Self {
            tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(if tls { 993 } else { 143 }),
            user,
            password,
            mailbox: if mailbox.is_empty() {
                "INBOX".to_owned()
            } else {
                mailbox
            },
        })
    }
}

/// Takes percent-encoding away.
fn plain(text: &str) -> anyhow::Result<String> {
    const WRONG: &str = "mail.imap_url has a wrong percent sign: a real one is written %25";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            rest.next()
                .and_then(|byte| char::from(byte).to_digit(16))
                .context(WRONG)
        };
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value)?);
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("mail.imap_url is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // a7
    #[test]
    fn the_address_of_a_mailbox_is_read_and_its_errors_keep_the_password() {
        let place = Place::parse("imaps://an%40a:s%2F%C3%A9@mail.example/Box%2FIn").expect("good");
        assert_eq!(
            place,
            Place {
                tls: true,
                host: "mail.example".to_owned(),
                port: 993,
                user: "an@a".to_owned(),
                password: "s/é".to_owned(),
                mailbox: "Box/In".to_owned(),
            }
        );
        let place = Place::parse("imap://ana:hushhush@[::1]:1143").expect("good");
        assert_eq!(
            (place.host.as_str(), place.port, place.mailbox.as_str()),
            ("::1", 1143, "INBOX")
        );
        assert!(!format!("{place:?}").contains("hushhush"));
        for bad in [
            "hushhush",
            "http://ana:hushhush@host/INBOX",
            "imap://:hushhush@host/INBOX",
            "imap://ana:hushhush%2@host/INBOX",
            "imap://ana:hushhush%FF@host/INBOX",
            "imap://ana:hushhush@host:99999/INBOX",
        ] {
            let error = Place::parse(bad).expect_err(bad);
            assert!(!format!("{error:?}").contains("hushhush"), "{error:?}");
        }
    }
}
