//! A relay and a mailbox as in production: Postfix hands to Dovecot, each in a folder of this test process, on ports that
//! the system gives. Needs root, like the servers themselves; `tests/run` installs them.

mod said;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{bail, ensure};
use tempfile::TempDir;

use self::said::{Program, Said};

/// How long a server may take to start, and a letter to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the servers are started before we give up: a free port may be taken before they listen on it.
const STARTS: u32 = 3;
/// What Dovecot can do, as far as we use it.
const CAPABILITIES: &str = "IMAP4rev1 LITERAL+ IDLE UIDPLUS MOVE";
/// Password of every mailbox.
pub const PASSWORD: &str = "secret";

/// A running Postfix with a running Dovecot behind it. Mail to `anything+detail@any.domain` lands in the INBOX of
/// `anything`, with `Delivered-To` intact. Stopped when dropped.
#[derive(Debug)]
pub struct MailServers {
    folder: TempDir,
    smtp_port: u16,
    /// TLS from the first byte.
    encrypted_port: u16,
    imap_port: u16,
    /// TLS from the first byte.
    imaps_port: u16,
    said: Said,
    _programs: [Program; 2],
}

/// Ports and folder of servers to start.
struct Plan {
    folder: TempDir,
    smtp_port: u16,
    encrypted_port: u16,
    lmtp_port: u16,
    imap_port: u16,
    imaps_port: u16,
}

impl MailServers {
    /// Starts both and waits until they say that they run.
    ///
    /// # Errors
    /// When a program is missing, or does not start; the log is part of the message.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_without(&[]).await
    }

    /// The same, with a mailbox that cannot do some things, for example `MOVE`.
    ///
    /// # Errors
    /// When a program is missing, or does not start; the log is part of the message.
    pub async fn start_without(capabilities: &[&str]) -> anyhow::Result<Self> {
        for _ in 0..STARTS {
            if let Some(servers) = Self::start_on(Plan::on_free_ports()?, capabilities).await? {
                return Ok(servers);
            }
        }
        bail!("somebody else took a port of the mail servers {STARTS} times")
    }

    /// Nothing when somebody else took one of the ports before the servers did.
    async fn start_on(plan: Plan, capabilities: &[&str]) -> anyhow::Result<Option<Self>> {
        // The servers' own users look into it.
        fs::set_permissions(plan.folder.path(), fs::Permissions::from_mode(0o755))?;
        plan.write_certificate()?;
        plan.write_dovecot(capabilities)?;
        plan.write_postfix()?;
        let path = |name: &str| plan.folder.path().join(name);
        let said = Said::default();
        let mut dovecot = Command::new("dovecot");
        dovecot
            .arg("-F")
            .arg("-c")
            .arg(path("dovecot/dovecot.conf"));
        let mut postfix = Command::new("postfix");
        postfix.arg("-c").arg(path("postfix/etc")).arg("start-fg");
        let servers = Self {
            smtp_port: plan.smtp_port,
            encrypted_port: plan.encrypted_port,
            imap_port: plan.imap_port,
            imaps_port: plan.imaps_port,
            _programs: [
                Program::start(&mut dovecot, &said)?,
                Program::start(&mut postfix, &said)?,
            ],
            folder: plan.folder,
            said,
        };
        // Both say so once they listen.
        let listening = |log: &str| {
            let both = ["starting up for", "daemon started"].map(|started| log.contains(started));
            let taken = log.contains("Address already in use");
            (taken || both == [true; 2]).then_some(!taken)
        };
        let runs = servers.said.until(PATIENCE, listening).await?;
        Ok(runs.then_some(servers))
    }

    /// For `mail.smtp_url`.
    #[must_use]
    pub fn smtp_url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.smtp_port)
    }

    /// For `mail.smtp_url`: TLS from the first byte, signed in as `user`; the certificate is in [`MailServers::ca`].
    #[must_use]
    pub fn smtps_url(&self, user: &str, password: &str) -> String {
        format!(
            "smtps://{user}:{password}@localhost:{}",
            self.encrypted_port
        )
    }

    /// For `mail.smtp_ca`.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// For `mail.imap_url`: the INBOX of `user`, which needs no setting up.
    #[must_use]
    pub fn imap_url(&self, user: &str) -> String {
        format!(
            "imap://{user}:{PASSWORD}@127.0.0.1:{}/INBOX",
            self.imap_port
        )
    }

    /// For `mail.imap_url`: the same, TLS from the first byte; the certificate is in [`MailServers::ca`].
    #[must_use]
    pub fn imaps_url(&self, user: &str) -> String {
        format!(
            "imaps://{user}:{PASSWORD}@localhost:{}/INBOX",
            self.imaps_port
        )
    }

    /// Puts a message into the INBOX of `user` behind the back of the relay, whatever its size.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put(&self, user: &str, name: &str, raw: &[u8]) -> anyhow::Result<()> {
        let maildir = self.maildir(user);
        for part in ["", "tmp", "new", "cur"] {
            fs::create_dir_all(maildir.join(part))?;
            owned_by("dovecot", &maildir.join(part))?;
        }
        let file = maildir.join("new").join(name);
        fs::write(&file, raw)?;
        owned_by("dovecot", &file)
    }

    /// The Maildir of `user`.
    #[must_use]
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.folder.path().join("dovecot/mail").join(user)
    }

    /// Waits until `count` messages are in the INBOX of `user`, and gives them, oldest first.
    ///
    /// # Errors
    /// When they do not arrive; the servers' logs are part of the message.
    pub async fn arrived(&self, user: &str, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
        let new = self.maildir(user).join("new");
        // Each delivery is a line of the log: looked at again whenever the servers say something.
        let here = |_: &str| Some(messages(&new)).filter(|files| files.len() >= count);
        let files = self.said.until(PATIENCE, here).await?;
        files.into_iter().map(|file| Ok(fs::read(file)?)).collect()
    }
}

impl Plan {
    fn on_free_ports() -> anyhow::Result<Self> {
        Ok(Self {
            folder: TempDir::new()?,
            smtp_port: free_port()?,
            encrypted_port: free_port()?,
            lmtp_port: free_port()?,
            imap_port: free_port()?,
            imaps_port: free_port()?,
        })
    }

    fn write_certificate(&self) -> anyhow::Result<()> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let dir = self.folder.path();
        fs::write(dir.join("chain.pem"), format!("{key}{certificate}"))?;
        fs::write(dir.join("key.pem"), key)?;
        Ok(fs::write(dir.join("cert.pem"), certificate)?)
    }

    fn write_dovecot(&self, without: &[&str]) -> anyhow::Result<()> {
        let dir = self.folder.path().join("dovecot");
        for part in ["base", "state", "mail"] {
            fs::create_dir_all(dir.join(part))?;
        }
        owned_by("dovecot", &dir.join("mail"))?;
        let can: Vec<&str> = CAPABILITIES
            .split(' ')
            .filter(|word| !without.contains(word))
            .collect();
        let text = include_str!("mail_servers/dovecot.conf")
            .replace("@DIR@", &dir.display().to_string())
            .replace("@PASSWORD@", PASSWORD)
            .replace("@CAPABILITIES@", &can.join(" "))
            .replace("@IMAP_PORT@", &self.imap_port.to_string())
            .replace("@IMAPS_PORT@", &self.imaps_port.to_string())
            .replace("@LMTP_PORT@", &self.lmtp_port.to_string());
        Ok(fs::write(dir.join("dovecot.conf"), text)?)
    }

    fn write_postfix(&self) -> anyhow::Result<()> {
        let dir = self.folder.path().join("postfix");
        for part in ["etc", "queue", "data"] {
            fs::create_dir_all(dir.join(part))?;
        }
        owned_by("postfix", &dir.join("data"))?;
        let filled = |text: &str| {
            text.replace("@DIR@", &dir.display().to_string())
                .replace("@SMTP_PORT@", &self.smtp_port.to_string())
                .replace("@SMTPS_PORT@", &self.encrypted_port.to_string())
                .replace("@LMTP_PORT@", &self.lmtp_port.to_string())
        };
        fs::write(
            dir.join("etc/main.cf"),
            filled(include_str!("mail_servers/main.cf")),
        )?;
        Ok(fs::write(
            dir.join("etc/master.cf"),
            filled(include_str!("mail_servers/master.cf")),
        )?)
    }
}

impl Drop for MailServers {
    fn drop(&mut self) {
        for pid_file in ["postfix/queue/pid/master.pid", "dovecot/base/master.pid"] {
            if let Ok(pid) = fs::read_to_string(self.folder.path().join(pid_file)) {
                // Gone already: nothing to stop.
                let _status = Command::new("kill").arg(pid.trim()).status();
            }
        }
    }
}

/// A port of the loopback that was free a moment ago.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn messages(new: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(new)
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect()
        })
        .unwrap_or_default();
    files.sort();
    files
}

fn owned_by(user: &str, path: &Path) -> anyhow::Result<()> {
    let id = |flag: &str| -> anyhow::Result<u32> {
        let output = Command::new("id").args([flag, user]).output()?;
        ensure!(
            output.status.success(),
            "there is no user {user}: is the server installed?"
        );
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    Ok(chown(path, Some(id("-u")?), Some(id("-g")?))?)
}
