//! A relay and a mailbox as in production: Postfix hands to Dovecot, each in a folder of this test process, on ports that
//! the system gives. Needs root, like the servers themselves; `tests/run` installs them.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// How long a server may take to start, and a letter to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);
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
}

impl MailServers {
    /// Starts both and waits until they greet.
    ///
    /// # Errors
    /// When a program is missing, or does not start; the log is part of the message.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let (smtp_port, encrypted_port) = (free_port()?, free_port()?);
        let (lmtp_port, imap_port) = (free_port()?, free_port()?);
        // The servers' own users look into it.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let servers = Self {
            folder,
            smtp_port,
            encrypted_port,
            imap_port,
        };
        servers.write_dovecot(lmtp_port)?;
        servers.write_postfix(lmtp_port)?;
        let path = |name: &str| servers.folder.path().join(name);
        run(Command::new("dovecot")
            .arg("-c")
            .arg(path("dovecot/dovecot.conf")))?;
        run(Command::new("postfix")
            .arg("-c")
            .arg(path("postfix/etc"))
            .arg("start"))?;
        for port in [smtp_port, encrypted_port, lmtp_port, imap_port] {
            servers.listening(port).await?;
        }
        Ok(servers)
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
        self.folder.path().join("postfix/etc/cert.pem")
    }

    /// For `mail.imap_url`: the INBOX of `user`, which needs no setting up.
    #[must_use]
    pub fn imap_url(&self, user: &str) -> String {
        format!(
            "imap://{user}:{PASSWORD}@127.0.0.1:{}/INBOX",
            self.imap_port
        )
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
        let arrived = tokio::time::timeout(PATIENCE, async {
            loop {
                let files = messages(&new);
                if files.len() >= count {
                    return files;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        match arrived.await {
            Ok(files) => files.into_iter().map(|file| Ok(fs::read(file)?)).collect(),
            Err(_) => bail!(
                "{} of {count} messages arrived\n{}",
                messages(&new).len(),
                self.logs()
            ),
        }
    }

    fn logs(&self) -> String {
        ["postfix/log", "dovecot/log"]
            .map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
            .concat()
    }

    async fn listening(&self, port: u16) -> anyhow::Result<()> {
        let tries = tokio::time::timeout(PATIENCE, async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        tries
            .await
            .with_context(|| format!("nobody listens on {port}\n{}", self.logs()))
    }

    fn write_dovecot(&self, lmtp_port: u16) -> anyhow::Result<()> {
        let dir = self.folder.path().join("dovecot");
        for part in ["base", "state", "mail"] {
            fs::create_dir_all(dir.join(part))?;
        }
        owned_by("dovecot", &dir.join("mail"))?;
        let text = include_str!("mail_servers/dovecot.conf")
            .replace("@DIR@", &dir.display().to_string())
            .replace("@PASSWORD@", PASSWORD)
            .replace("@IMAP_PORT@", &self.imap_port.to_string())
            .replace("@LMTP_PORT@", &lmtp_port.to_string());
        Ok(fs::write(dir.join("dovecot.conf"), text)?)
    }

    fn write_postfix(&self, lmtp_port: u16) -> anyhow::Result<()> {
        let dir = self.folder.path().join("postfix");
        for part in ["etc", "queue", "data"] {
            fs::create_dir_all(dir.join(part))?;
        }
        owned_by("postfix", &dir.join("data"))?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        fs::write(dir.join("etc/chain.pem"), format!("{key}{certificate}"))?;
        fs::write(self.ca(), certificate)?;
        let filled = |text: &str| {
            text.replace("@DIR@", &dir.display().to_string())
                .replace("@SMTP_PORT@", &self.smtp_port.to_string())
                .replace("@SMTPS_PORT@", &self.encrypted_port.to_string())
                .replace("@LMTP_PORT@", &lmtp_port.to_string())
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

/// The servers stay: they must not hold the test's own output open.
fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().display().to_string();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("{name} cannot be started"))?;
    ensure!(status.success(), "{name} failed: {status}");
    Ok(())
}
