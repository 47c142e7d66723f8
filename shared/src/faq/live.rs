//! The index in use, and its change when the author's files change; a bad file leaves the old index in place.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use crate::faq::index::Index;
use crate::faq::load::Problem;

/// How often the files' stamps are looked at. Source: a save is seen at once by people; a look costs a hundred stats.
pub const POLL_EVERY: Duration = Duration::from_secs(2);
/// Files whose stamps are taken.
const STAMPS_MAX: usize = 2_000;

/// Path, time of change and size of every file, in order.
type Stamp = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// What a look at the files came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Nothing changed.
    Same,
    /// The new index is in use; its version.
    Changed(String),
    /// The files have faults; the old index stays.
    Kept(Vec<Problem>),
}

/// The index in use.
#[derive(Debug)]
pub struct Live {
    folder: Option<PathBuf>,
    index: ArcSwap<Index>,
    seen: Mutex<Stamp>,
}

impl Live {
    /// The built-in content, or a folder's.
    ///
    /// # Errors
    /// Every fault of the folder's content.
    pub fn open(folder: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let Some(folder) = folder else {
            return Ok(Self::fixed(Index::built_in()));
        };
        // Before the files are read: a change in between is seen at the next look.
        let seen = stamp(folder);
        Ok(Self {
            folder: Some(folder.to_path_buf()),
            index: ArcSwap::from_pointee(Index::load(folder)?),
            seen: Mutex::new(seen),
        })
    }

    /// An index that no file changes.
    #[must_use]
    pub fn fixed(index: Index) -> Self {
        Self {
            folder: None,
            index: ArcSwap::from_pointee(index),
            seen: Mutex::new(Stamp::new()),
        }
    }

    /// The index in use; a request keeps the one that it began with.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        self.index.load_full()
    }

    /// Looks whether a file changed, and if so reads all. Blocks for the time that learning takes, under half a second.
    pub fn look(&self) -> Look {
        let Some(folder) = &self.folder else {
            return Look::Same;
        };
        let now = stamp(folder);
        {
            let mut seen = self
                .seen
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            if *seen == now {
                return Look::Same;
            }
            *seen = now;
        }
        match Index::load(folder) {
            Ok(index) => {
                let version = index.version.clone();
                self.index.store(Arc::new(index));
                Look::Changed(version)
            }
            Err(problems) => Look::Kept(problems),
        }
    }
}

/// What cannot be looked at is left out: reading it names the fault.
fn stamp(folder: &Path) -> Stamp {
    let (mut folders, mut stamps) = (vec![folder.to_path_buf()], Stamp::new());
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = item.metadata() else { continue };
            if about.is_dir() {
                folders.push(item.path());
            } else if stamps.len() < STAMPS_MAX {
                stamps.push((item.path(), about.modified().ok(), about.len()));
            }
        }
    }
    stamps.sort();
    stamps
}
