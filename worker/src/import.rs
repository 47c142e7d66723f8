//! Files of events: read in bounded pieces, taken in batches, what is wrong told with file and line.

mod folder;
mod lines;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use relance_shared::env::Env;
use relance_shared::platform::store::{EVENTS_PER_TRANSACTION_MAX, take, waiting_count};
use relance_shared::platform::webhook::Secrets;
use relance_shared::platform::{EVENT_BYTES_MAX, RawEvent, Source, Taken};

/// Bytes of events that wait to be taken together: what an import needs of memory, whatever the file.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Ids remembered to pass by the same profile again without asking the database.
const SEEN_MAX: usize = 50_000;

/// What an import came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Events that changed something.
    pub applied: u64,
    /// Events outdone by newer ones.
    pub late: u64,
    /// Events that still wait for what they are about, of this import and before.
    pub waiting: u64,
    /// Events kept without effect.
    pub kept: u64,
    /// Events that may not have the effect they ask for.
    pub refused: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// Lines that are no event.
    pub rejected: u64,
}

/// Where a line stands: file and number from 1.
#[derive(Debug, Clone)]
struct Place {
    file: std::sync::Arc<str>,
    line: u64,
}

/// Takes a file of JSON lines, every `*.jsonl` of a folder, or a folder with the platform's past. `tell` is given each
/// line that was rejected or refused, with file, line and reason.
///
/// # Errors
/// When a file cannot be read or the database fails: what was taken stays, importing again is harmless.
pub async fn import(
    env: &Env,
    path: &Path,
    tell: impl FnMut(&str) + Send,
) -> anyhow::Result<Report> {
    let secrets = Secrets::new(env.settings.platform.secret.as_ref())?;
    let mut taker = Taker::new(env, tell);
    if path.join("listings.csv").is_file() {
        folder::import(&mut taker, path).await?;
    } else {
        let files = files(path)?;
        taker
            .bar
            .set_length(files.iter().map(|file| bytes(file)).sum());
        for file in files {
            lines::import(&mut taker, &file, &secrets).await?;
        }
    }
    taker.flush().await?;
    taker.bar.finish_and_clear();
    taker.report.waiting = u64::try_from(waiting_count(&env.db).await?).unwrap_or_default();
    Ok(taker.report)
}

fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("{} holds neither *.jsonl nor listings.csv", path.display());
    }
    Ok(files)
}

fn bytes(file: &Path) -> u64 {
    file.metadata().map_or(0, |metadata| metadata.len())
}

/// Collects events and takes them a batch at a time.
struct Taker<'a, Tell> {
    env: &'a Env,
    source: Source,
    events: Vec<RawEvent>,
    places: Vec<Place>,
    bytes: usize,
    seen: HashSet<String>,
    report: Report,
    bar: ProgressBar,
    tell: Tell,
}

impl<'a, Tell: FnMut(&str) + Send> Taker<'a, Tell> {
    fn new(env: &'a Env, tell: Tell) -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}");
        bar.set_style(style.expect("the template is right"));
        Self {
            env,
            source: Source::File,
            events: Vec::new(),
            places: Vec::new(),
            bytes: 0,
            seen: HashSet::new(),
            report: Report::default(),
            bar,
            tell,
        }
    }

    async fn add(&mut self, event: RawEvent, place: Place) -> anyhow::Result<()> {
        self.bytes += event.bytes();
        self.events.push(event);
        self.places.push(place);
        if self.events.len() >= EVENTS_PER_TRANSACTION_MAX || self.bytes >= BATCH_BYTES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    /// Whether this id came by lately; notes it.
    fn is_repeated(&mut self, id: &str) -> bool {
        if self.seen.len() >= SEEN_MAX {
            self.seen.clear();
        }
        !self.seen.insert(id.to_owned())
    }

    fn reject(&mut self, place: &Place, why: &str) {
        self.report.rejected += 1;
        self.say(place, "rejected", why);
    }

    fn say(&mut self, place: &Place, what: &str, why: &str) {
        let line = format!("{}:{}: {what}: {why}", place.file, place.line);
        let tell = &mut self.tell;
        self.bar.suspend(|| tell(&line));
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let now = self.env.clock.now();
        let taken = take(&self.env.db, &self.env.keys, self.source, &self.events, now)
            .await
            .context("taking events")?;
        let places = std::mem::take(&mut self.places);
        for (taken, place) in taken.iter().zip(&places) {
            match taken {
                Taken::Applied => self.report.applied += 1,
                Taken::Late => self.report.late += 1,
                // Most are applied before the end; what still waits is counted then.
                Taken::Waiting(_) => {}
                Taken::Kept(_) => self.report.kept += 1,
                Taken::Duplicate => self.report.duplicates += 1,
                Taken::Refused(why) => {
                    self.report.refused += 1;
                    self.say(place, "refused", why);
                }
                Taken::Rejected(why) => self.reject(place, why),
            }
        }
        self.events.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Reads a line of at most `bytes_max` into `line` without its end; false at the end of the file. A longer line is passed
/// over and given as `None` of its text.
fn read_line(
    from: &mut impl std::io::BufRead,
    line: &mut Vec<u8>,
    bytes_max: usize,
) -> std::io::Result<Option<Read>> {
    line.clear();
    let mut read = 0;
    let mut is_whole = true;
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok((read > 0).then_some(Read {
                bytes: read,
                is_whole,
            }));
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        if line.len() + piece.len() <= bytes_max {
            line.extend_from_slice(piece);
        } else {
            is_whole = false;
        }
        let used = piece.len() + usize::from(end.is_some());
        read += used;
        from.consume(used);
        if end.is_some() {
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(Some(Read {
                bytes: read,
                is_whole,
            }));
        }
    }
}

/// What [`read_line`] passed over.
struct Read {
    bytes: usize,
    is_whole: bool,
}

/// Bytes of a line: an event, its signature and what quoting adds.
const LINE_BYTES_MAX: usize = 2 * EVENT_BYTES_MAX;

#[cfg(test)]
mod tests;
