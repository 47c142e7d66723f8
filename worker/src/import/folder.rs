//! Folders with the platform's past: `listings.csv` and `events.csv`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, bail};
use relance_shared::platform::Source;
use relance_shared::platform::history::{
    EVENT_COLUMNS, LISTING_COLUMNS, LISTING_COLUMNS_NEEDED, event, is_end, listing,
};

use super::{Place, Read, Taker, bytes, read_line};

/// Bytes of a line of CSV: names, numbers and instants.
const CSV_LINE_BYTES_MAX: usize = 16 * 1024;
/// Columns of a file at most.
const COLUMNS_MAX: usize = 64;

/// Takes a folder. First what had ended, so that it is not put on the list; then the projects, then what happened.
pub(super) async fn import<Tell: FnMut(&str) + Send>(
    taker: &mut Taker<'_, Tell>,
    folder: &Path,
) -> anyhow::Result<()> {
    taker.source = Source::History;
    let (listings, events) = (folder.join("listings.csv"), folder.join("events.csv"));
    taker.bar.set_length(bytes(&listings) + 2 * bytes(&events));
    let mut table = Table::open(&events, EVENT_COLUMNS, EVENT_COLUMNS.len())?;
    while let Some(place) = table.next(taker)? {
        if let Some(cells) = table.cells().filter(|cells| is_end(*cells)) {
            add(taker, event(cells), &place).await?;
        }
    }
    let mut table = Table::open(&listings, LISTING_COLUMNS, LISTING_COLUMNS_NEEDED)?;
    while let Some(place) = table.next(taker)? {
        match table.cells() {
            Some(cells) => add(taker, listing(cells), &place).await?,
            None => taker.reject(&place, "has fewer cells than the header"),
        }
    }
    let mut table = Table::open(&events, EVENT_COLUMNS, EVENT_COLUMNS.len())?;
    while let Some(place) = table.next(taker)? {
        match table.cells() {
            Some(cells) if is_end(cells) => {}
            Some(cells) => add(taker, event(cells), &place).await?,
            None => taker.reject(&place, "has fewer cells than the header, or is too long"),
        }
    }
    Ok(())
}

async fn add<Tell: FnMut(&str) + Send>(
    taker: &mut Taker<'_, Tell>,
    events: Result<Vec<relance_shared::platform::RawEvent>, relance_shared::platform::Reject>,
    place: &Place,
) -> anyhow::Result<()> {
    match events {
        Ok(events) => {
            for event in events {
                let is_profile = event.event().kind.ends_with(".upserted");
                if !is_profile || !taker.is_repeated(&event.event().id) {
                    taker.add(event, place.clone()).await?;
                }
            }
        }
        Err(why) => taker.reject(place, &why.to_string()),
    }
    Ok(())
}

/// One CSV file read a line at a time, so that a stray quote costs one line.
struct Table<const N: usize> {
    from: BufReader<File>,
    place: Place,
    /// Where each column stands; none: the file does not have it.
    columns: [Option<usize>; N],
    line: Vec<u8>,
    is_whole: bool,
    record: Vec<String>,
}

impl<const N: usize> Table<N> {
    /// The first `needed` of the columns must be there.
    fn open(path: &Path, names: [&str; N], needed: usize) -> anyhow::Result<Self> {
        let here = || format!("reading {}", path.display());
        let mut table = Self {
            from: BufReader::new(File::open(path).with_context(here)?),
            place: Place {
                file: path.display().to_string().into(),
                line: 0,
            },
            columns: [None; N],
            line: Vec::new(),
            is_whole: true,
            record: Vec::new(),
        };
        if table.read()?.is_none() {
            bail!("{}: is empty", path.display());
        }
        for (at, (column, name)) in (0..).zip(table.columns.iter_mut().zip(names)) {
            let found = table
                .record
                .iter()
                .take(COLUMNS_MAX)
                .position(|cell| cell.trim() == name);
            if found.is_none() && at < needed {
                bail!("{}:1: no column {name}", path.display());
            }
            *column = found;
        }
        Ok(table)
    }

    fn next<Tell: FnMut(&str) + Send>(
        &mut self,
        taker: &Taker<'_, Tell>,
    ) -> anyhow::Result<Option<Place>> {
        let read = self.read()?;
        Ok(read.map(|read| {
            taker.bar.inc(read.bytes as u64);
            self.place.clone()
        }))
    }

    fn read(&mut self) -> anyhow::Result<Option<Read>> {
        let read = read_line(&mut self.from, &mut self.line, CSV_LINE_BYTES_MAX)?;
        self.place.line += 1;
        self.is_whole = read.as_ref().is_some_and(|read| read.is_whole);
        split(&self.line, &mut self.record);
        Ok(read)
    }

    fn cells(&self) -> Option<[&str; N]> {
        let mut cells = [""; N];
        for (cell, column) in cells.iter_mut().zip(self.columns) {
            if let Some(column) = column {
                *cell = self.record.get(column).filter(|_| self.is_whole)?.trim();
            }
        }
        Some(cells)
    }
}

/// Cuts a line of CSV into its cells (RFC 4180, quotes included); no cells when it is no UTF-8 or a quote stays open.
fn split(line: &[u8], cells: &mut Vec<String>) {
    cells.clear();
    let Ok(line) = std::str::from_utf8(line) else {
        return;
    };
    let (mut cell, mut is_quoted) = (String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(c),
        }
    }
    cells.push(cell);
    if is_quoted {
        cells.clear();
    }
}
