//! Programs in the foreground, and what they say: tests wait for their lines, not for time to pass.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::watch;

/// Everything that some programs said, as it comes.
#[derive(Debug, Clone)]
pub(super) struct Said {
    log: Arc<watch::Sender<String>>,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            log: Arc::new(watch::channel(String::new()).0),
        }
    }
}

impl Said {
    /// Looks again at every line that is said, until `found` gives something.
    ///
    /// # Errors
    /// When `patience` ends before; the log is part of the message.
    pub(super) async fn until<T>(
        &self,
        patience: Duration,
        found: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut lines = self.log.subscribe();
        let search = async {
            loop {
                if let Some(found) = found(&lines.borrow_and_update()) {
                    return found;
                }
                if lines.changed().await.is_err() {
                    // The sender is ours: it ends with us.
                    std::future::pending::<()>().await;
                }
            }
        };
        match tokio::time::timeout(patience, search).await {
            Ok(found) => Ok(found),
            Err(_) => bail!("it was not said in {patience:?}\n{}", *self.log.borrow()),
        }
    }

    fn listen(&self, to: impl Read + Send + 'static) {
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in BufReader::new(to).lines().map_while(Result::ok) {
                log.send_modify(|log| {
                    log.push_str(&line);
                    log.push('\n');
                });
            }
        });
    }
}

/// A program that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
}

impl Program {
    /// Starts it and listens to what it says.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(command: &mut Command, said: &Said) -> anyhow::Result<Self> {
        let name = command.get_program().display().to_string();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|out| Box::new(out) as _),
            child.stderr.take().map(|out| Box::new(out) as _),
        ];
        for output in outputs.into_iter().flatten() {
            said.listen(output);
        }
        Ok(Self { child })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Gone already: nothing to stop.
        let _stopped = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ended = self.child.wait();
    }
}
