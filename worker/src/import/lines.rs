//! Files of JSON lines.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context as _;
use relance_shared::platform::webhook::Secrets;
use relance_shared::platform::{RawEvent, Source};

use super::{LINE_BYTES_MAX, Place, Taker, read_line};

/// Takes every line of `file`; empty lines mean nothing.
pub(super) async fn import<Tell: FnMut(&str) + Send>(
    taker: &mut Taker<'_, Tell>,
    file: &Path,
    secrets: &Secrets,
) -> anyhow::Result<()> {
    taker.source = Source::File;
    let here = || format!("reading {}", file.display());
    let mut from = BufReader::new(File::open(file).with_context(here)?);
    let mut place = Place {
        file: file.display().to_string().into(),
        line: 0,
    };
    let mut line = Vec::new();
    while let Some(read) = read_line(&mut from, &mut line, LINE_BYTES_MAX).with_context(here)? {
        place.line += 1;
        taker.bar.inc(read.bytes as u64);
        if !read.is_whole {
            taker.reject(&place, "is too long for an event");
            continue;
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            taker.reject(&place, "is no UTF-8");
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        match RawEvent::line(text, secrets) {
            Ok(event) => taker.add(event, place.clone()).await?,
            Err(why) => taker.reject(&place, &why.to_string()),
        }
    }
    Ok(())
}
