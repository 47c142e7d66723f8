//! `check`: looks at every setting and at what it points to, and changes nothing that is not asked for anyway.

mod sample;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use relance_shared::config::{MailInbox, MailTransport, Settings};
use relance_shared::env::Env;
use relance_shared::mail::Composer;
use relance_shared::platform::webhook::Secrets;
use relance_shared::reading::store;
use relance_shared::verify::store as verify;
use reqwest::Url;
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;

use crate::relay::Relay;
use sample::{authentication, sample};

/// How long an address may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What to look at besides the settings.
#[derive(Debug, Default, clap::Args)]
pub struct CheckArgs {
    /// A raw message as your mail server delivered it, to see what its authentication gives; without it, the last one
    /// stored.
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
}

/// What was found about one setting.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Works as it is.
    Fine(String),
    /// Works, and the operator should know this.
    Note(String),
    /// Does not work; says what to do.
    Broken(String),
}

struct Line {
    key: &'static str,
    found: Found,
}

/// Prints a line for each setting that matters.
///
/// # Errors
/// When something does not work; the lines before say what.
pub async fn run(settings: Settings, args: &CheckArgs) -> anyhow::Result<()> {
    let mut lines = vec![data(&settings.data)];
    let mut last = None;
    match Env::open(settings.clone()).await {
        Ok(env) => {
            lines.extend(database(&env).await);
            lines.push(templates(&env));
            lines.push(transport(&env).await);
            last = store::last_raw(&env.db).await.unwrap_or_default();
        }
        Err(error) => lines.push(line("database.url", Found::Broken(format!("{error:#}")))),
    }
    lines.push(way_in(&settings).await);
    lines.push(authentication(&settings));
    lines.extend(sample(&settings, args.sample.as_deref(), last));
    lines.push(public_url(&settings));
    lines.push(listen(&settings).await);
    lines.extend(platform(&settings).await);
    lines.push(discord(&settings));
    lines.extend(roles(&settings));
    lines.extend(clock(&settings));
    for Line { key, found } in &lines {
        let (sign, text) = match found {
            Found::Fine(text) => ("ok  ", text),
            Found::Note(text) => ("note", text),
            Found::Broken(text) => ("FAIL", text),
        };
        println!("{sign}  {key:<24}  {text}");
    }
    let broken = lines
        .iter()
        .filter(|l| matches!(l.found, Found::Broken(_)))
        .count();
    if broken > 0 {
        bail!(
            "{broken} of {} do not work; the lines above say what to do",
            lines.len()
        );
    }
    Ok(())
}

const fn line(key: &'static str, found: Found) -> Line {
    Line { key, found }
}

fn data(folder: &Path) -> Line {
    let shown = folder.display();
    let probe = folder.join(".check");
    let tried = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, b""));
    // The probe did its work; a leftover hurts nobody.
    let _ = std::fs::remove_file(&probe);
    line(
        "--data",
        match tried {
            Ok(()) => Found::Fine(format!("{shown} can be written to")),
            Err(error) => Found::Broken(format!("{shown} cannot be written to: {error}")),
        },
    )
}

async fn database(env: &Env) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.push(line(
        "database.url",
        match env.db.fits().await {
            Ok(fits) if fits.migrated => Found::Fine("answers, tables up to date".to_owned()),
            Ok(_) => Found::Broken("its tables are of another version: run `migrate`".to_owned()),
            Err(error) => Found::Broken(format!("does not answer: {error}")),
        },
    ));
    lines.push(line(
        "database.url",
        match verify::guarded(&env.db).await {
            Ok(()) => Found::Fine("its guards are those of the migrations".to_owned()),
            Err(error) => Found::Broken(error.to_string()),
        },
    ));
    if matches!(env.db.owns_its_tables().await, Ok(true)) {
        lines.push(line(
            "database.url",
            Found::Note("this login owns the tables and could take their guards away; let another one own them, see the README".to_owned()),
        ));
    }
    lines
}

fn templates(env: &Env) -> Line {
    let found = match Composer::new(&env.settings, &env.keys) {
        Ok(_) => Found::Fine("every letter can be composed".to_owned()),
        Err(error) => Found::Broken(error.to_string()),
    };
    line("mail.templates", found)
}

async fn transport(env: &Env) -> Line {
    let ready = match Relay::of(env) {
        Ok(relay) => relay.ready().await,
        Err(error) => Err(format!("{error:#}")),
    };
    let (key, fine) = match env.settings.mail.transport {
        MailTransport::Folder => (
            "mail.transport",
            "letters go into DATA/mail/out/new, nobody receives them",
        ),
        MailTransport::Smtp => ("mail.smtp_url", "the relay answers"),
    };
    line(
        key,
        match (ready, env.settings.mail.transport) {
            (Ok(()), MailTransport::Folder) => Found::Note(fine.to_owned()),
            (Ok(()), MailTransport::Smtp) => Found::Fine(fine.to_owned()),
            (Err(why), _) => Found::Broken(why),
        },
    )
}

async fn way_in(settings: &Settings) -> Line {
    match (settings.mail.inbox, &settings.mail.imap_url) {
        (MailInbox::Imap, Some(url)) => {
            let url = url.expose_secret();
            let port = if url.starts_with("imaps:") { 993 } else { 143 };
            reached("mail.imap_url", url, port).await
        }
        _ => line(
            "mail.inbox",
            Found::Fine("answers are read from the Maildir DATA/mail/in".to_owned()),
        ),
    }
}

fn public_url(settings: &Settings) -> Line {
    let url = &settings.web.public_url;
    let is_local = url.contains("127.0.0.1") || url.contains("localhost");
    let found = if is_local {
        Found::Note(format!(
            "{url} opens on this machine only; links in letters begin with it"
        ))
    } else if url.starts_with("https://") {
        Found::Fine(url.clone())
    } else {
        Found::Note(format!(
            "{url} is not encrypted; links in letters open a client's page"
        ))
    };
    line("web.public_url", found)
}

async fn listen(settings: &Settings) -> Line {
    let address = &settings.web.listen;
    let found = match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Found::Fine(format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Found::Note(format!(
            "{address} is taken: a running worker holds it, or another program"
        )),
        Err(error) => Found::Broken(format!(
            "{address}: {error}; an address looks like 127.0.0.1:8080"
        )),
    };
    line("web.listen", found)
}

async fn platform(settings: &Settings) -> Vec<Line> {
    let platform = &settings.platform;
    let secret = match Secrets::new(platform.secret.as_ref()) {
        Ok(secrets) if secrets.is_empty() => Found::Note(
            "not set: nothing signed can be believed, so no event cancels and the webhook refuses"
                .to_owned(),
        ),
        Ok(_) => Found::Fine("can be read".to_owned()),
        Err(error) => Found::Broken(error.to_string()),
    };
    let mut lines = vec![line("platform.secret", secret)];
    for (key, url) in [
        ("platform.feed_url", &platform.feed_url),
        ("platform.events_url", &platform.events_url),
    ] {
        if let Some(url) = url {
            lines.push(reached(key, url, 443).await);
        }
    }
    lines
}

fn discord(settings: &Settings) -> Line {
    let found = if settings.discord.token.is_some() {
        Found::Fine(
            "a token is set; `relance-bot register --dry-run` shows the commands".to_owned(),
        )
    } else {
        Found::Note("no token: `relance-bot console` works, Discord does not".to_owned())
    };
    line("discord.token", found)
}

/// Nothing when no role is named.
fn roles(settings: &Settings) -> Option<Line> {
    let discord = &settings.discord;
    let named = [
        discord.staff_role,
        discord.provider_role,
        discord.privilege_role,
    ];
    named.iter().any(Option::is_some).then(|| {
        line(
            "discord.*_role",
            Found::Note(
                "gives no right: who may do what is in the database, `relance-bot staff` and the platform's subscriptions"
                    .to_owned(),
            ),
        )
    })
}

/// Nothing when the clock is that of the machine.
fn clock(settings: &Settings) -> Option<Line> {
    settings.clock.simulated.then(|| {
        line(
            "clock.simulated",
            Found::Note("the time is not that of this machine: for trials only".to_owned()),
        )
    })
}

/// Whether something accepts connections at a URL. The URL itself is not shown: it may hold a password.
async fn reached(key: &'static str, url: &str, default_port: u16) -> Line {
    let Ok(url) = Url::parse(url) else {
        return line(key, Found::Broken("is no URL".to_owned()));
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(default_port);
    let connected =
        tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect((host.as_str(), port))).await;
    line(
        key,
        match connected {
            Ok(Ok(_)) => Found::Fine(format!("{host} accepts connections on port {port}")),
            Ok(Err(error)) => Found::Broken(format!("{host} port {port}: {error}")),
            Err(_) => Found::Broken(format!(
                "{host} port {port} does not answer within {} s",
                CONNECT_TIMEOUT.as_secs()
            )),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wrong_address_is_named_without_its_password() {
        let settings: Settings = Settings {
            data: tempfile::tempdir().expect("a folder").keep(),
            ..Settings::default()
        };
        let fine = run(settings.clone(), &CheckArgs::default()).await;
        assert!(fine.is_ok(), "the defaults work: {fine:?}");
        let found = reached(
            "mail.imap_url",
            "imap://user:hunter2@127.0.0.1:1/INBOX",
            143,
        )
        .await;
        let Found::Broken(why) = found.found else {
            panic!("nothing listens on port 1")
        };
        assert!(
            why.contains("127.0.0.1 port 1") && !why.contains("hunter2"),
            "{why}"
        );
        let found = reached("platform.feed_url", "not a url", 443).await;
        assert_eq!(found.found, Found::Broken("is no URL".to_owned()));
    }

    // M1: the operator sees what a real message gives, and which name to set.
    #[test]
    fn a_sample_says_whether_the_server_configured_is_the_one_that_checks() {
        const RAW: &[u8] =
            b"Authentication-Results: mx.ours.example; dmarc=pass header.from=client.example\r\n\
            From: a@client.example\r\n\r\nx\r\n";
        let told = |authserv: Option<&str>, raw: &[u8]| {
            let mut settings = Settings::default();
            settings.mail.trusted_authserv = authserv.map(str::to_owned);
            sample(&settings, None, Some(raw.to_vec())).map(|line| line.found)
        };
        let note = |found: Option<Found>| match found {
            Some(Found::Note(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(matches!(
            told(Some("mx.ours.example"), RAW),
            Some(Found::Fine(_))
        ));
        for other in [None, Some("mx.theirs.example")] {
            let text = note(told(other, RAW));
            assert!(
                text.contains("mail.trusted_authserv = \"mx.ours.example\""),
                "{text}"
            );
        }
        let failed = String::from_utf8_lossy(RAW).replace("dmarc=pass", "dmarc=fail");
        let text = note(told(Some("mx.ours.example"), failed.as_bytes()));
        assert!(
            text.contains("tray") && text.contains("dmarc=fail"),
            "{text}"
        );
        let text = note(told(None, b"From: a@client.example\r\n\r\nx"));
        assert!(text.contains("no Authentication-Results"), "{text}");
        assert!(sample(&Settings::default(), None, None).is_none());
    }

    #[test]
    fn what_fails_closed_is_told() {
        let settings = Settings::default();
        assert!(matches!(authentication(&settings).found, Found::Note(_)));
        assert!(matches!(discord(&settings).found, Found::Note(_)));
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_listened_on_is_broken_and_a_taken_one_is_not() {
        let mut settings = Settings::default();
        "foo".clone_into(&mut settings.web.listen);
        assert!(matches!(listen(&settings).await.found, Found::Broken(_)));
        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        settings.web.listen = taken.local_addr().unwrap().to_string();
        assert!(matches!(listen(&settings).await.found, Found::Note(_)));
    }

    #[test]
    fn a_clock_that_is_not_the_machines_is_told() {
        let mut settings = Settings::default();
        assert!(clock(&settings).is_none());
        settings.clock.simulated = true;
        assert!(clock(&settings).is_some());
    }
}
