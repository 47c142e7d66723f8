//! The mail folder: each letter a file of a Maildir, for trying Relance without a mail server.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use relance_shared::outbox::Verdict;
use relance_shared::outbox::store::Claimed;

/// A Maildir that letters are delivered into.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the three folders of a Maildir.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        for part in ["tmp", "new", "cur"] {
            let part = path.join(part);
            fs::create_dir_all(&part)
                .with_context(|| format!("cannot make the mail folder {}", part.display()))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Writes the letter to a file named after its id, so that a repeat is the same file again.
    pub(super) async fn send(&self, letter: &Claimed) -> Verdict {
        let (folder, name, raw) = (
            self.0.clone(),
            format!("{}.eml", letter.id),
            letter.raw.clone(),
        );
        let written = tokio::task::spawn_blocking(move || deliver(&folder, &name, &raw)).await;
        match written.map_err(io::Error::other).flatten() {
            Ok(()) => Verdict::Accepted,
            Err(error) => Verdict::Later(format!("mail folder: {}", error.kind())),
        }
    }
}

/// `tmp`, on disk, `new`, the folder on disk: the file is whole or not there, also after a power cut.
fn deliver(folder: &Path, name: &str, raw: &[u8]) -> io::Result<()> {
    let (tmp, new) = (folder.join("tmp").join(name), folder.join("new"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&tmp)?;
    file.write_all(raw)?;
    file.sync_all()?;
    fs::rename(&tmp, new.join(name))?;
    File::open(new)?.sync_all()
}
