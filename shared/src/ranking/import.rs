//! Reads a history from a folder of CSV files: `listings.csv`, `events.csv` and, when there, `evidence.csv`.
//!
//! `evidence.csv` declares kinds of evidence: `name,half_life_days,sign` with sign `raises`, `lowers`, `free`. Those of the
//! settings come after them.

mod reporters;

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use csv::StringRecord;

use super::EXTRA_KINDS_MAX;
use super::evidence::{Event, Said};
use super::history::{Entry, Facts, History, Kind, Sign};
use super::settings::{RankSettings, Unusable, check_kind};
use reporters::Reporters;

/// Projects read at most; one more is an error, not a silent cut.
const PROJECTS_MAX: usize = 2_000_000;
/// Events read at most (16 bytes each in memory).
const EVENTS_MAX: usize = 50_000_000;
/// Size of one file at most: bounds what a malformed line can take.
const FILE_BYTES_MAX: u64 = 8 << 30;

/// Why a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file is missing, unreadable or too big.
    #[error("{path}: cannot be opened")]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line does not say what it should.
    #[error("{path}:{line}: {why}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong, and what was expected.
        why: String,
    },
    /// The settings and the folder contradict each other.
    #[error("settings: {0}")]
    Settings(#[from] Unusable),
}

/// Reads what a folder says of the time up to `as_of`; later lines are passed over unread.
///
/// # Errors
/// The first file or line that cannot be understood; a key of the settings that cannot be used.
pub fn read(
    dir: &Path,
    as_of: DateTime<Utc>,
    settings: &RankSettings,
) -> Result<History, HistoryError> {
    let until = as_of.timestamp();
    let kinds = settings.kinds(kinds(dir)?)?;
    let (entries, index) = entries(&dir.join("listings.csv"), until)?;
    let mut reporters = (settings.report_places_max > 0).then(Reporters::default);
    let path = dir.join("events.csv");
    let events = events(&path, until, &index, &kinds, reporters.as_mut())?;
    Ok(History::new(entries, events, kinds))
}

/// One CSV file, its columns found by name.
struct Table {
    path: PathBuf,
    reader: csv::Reader<File>,
    columns: Vec<usize>,
    record: StringRecord,
}

impl Table {
    fn open(path: &Path, names: &[&str]) -> Result<Self, HistoryError> {
        let open = |source| HistoryError::Open {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(open)?;
        if file.metadata().map_err(open)?.len() > FILE_BYTES_MAX {
            return Err(open(std::io::Error::other("more than 8 GiB")));
        }
        let mut table = Self {
            path: path.to_owned(),
            reader: csv::Reader::from_reader(file),
            columns: Vec::new(),
            record: StringRecord::new(),
        };
        let header = table
            .reader
            .headers()
            .cloned()
            .map_err(|e| table.fault(&e))?;
        for name in names {
            let found = header.iter().position(|h| h.trim() == *name);
            let why = || table.at_line(1, format!("no column `{name}`"));
            let found = found.ok_or_else(why)?;
            table.columns.push(found);
        }
        Ok(table)
    }

    fn next(&mut self) -> Result<bool, HistoryError> {
        self.reader
            .read_record(&mut self.record)
            .map_err(|e| self.fault(&e))
    }

    fn cell(&self, column: usize) -> &str {
        self.record
            .get(self.columns[column])
            .unwrap_or_default()
            .trim()
    }

    fn fault(&self, error: &csv::Error) -> HistoryError {
        let line = error.position().map_or(1, csv::Position::line);
        self.at_line(line, error.to_string())
    }

    fn at_line(&self, line: u64, why: String) -> HistoryError {
        HistoryError::Line {
            path: self.path.clone(),
            line,
            why,
        }
    }

    fn wrong(&self, why: String) -> HistoryError {
        self.at_line(self.record.position().map_or(1, csv::Position::line), why)
    }

    fn time(&self, column: usize) -> Result<i64, HistoryError> {
        let cell = self.cell(column);
        DateTime::parse_from_rfc3339(cell)
            .map(|at| at.timestamp())
            .map_err(|_| self.wrong(format!("`{cell}` is no RFC 3339 time")))
    }

    fn number(&self, column: usize) -> Result<Option<f64>, HistoryError> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return Ok(None);
        }
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
            _ => Err(self.wrong(format!("`{cell}` is no number from 0 up"))),
        }
    }

    fn flag(&self, column: usize) -> Result<bool, HistoryError> {
        match self.cell(column) {
            "1" => Ok(true),
            "0" | "" => Ok(false),
            cell => Err(self.wrong(format!("`{cell}` is neither 0 nor 1"))),
        }
    }
}

const LISTING_COLUMNS: [&str; 12] = [
    "listing_id",
    "created_at",
    "category",
    "budget_eur",
    "description_chars",
    "urgency",
    "has_phone",
    "phone_verified",
    "is_company",
    "source",
    "client_prior_listings",
    "client_prior_awards",
];

/// Which entry a name means; `None` for one posted later than the cut.
type Index = HashMap<String, Option<u32>>;

fn entries(path: &Path, until: i64) -> Result<(Vec<Entry>, Index), HistoryError> {
    let mut table = Table::open(path, &LISTING_COLUMNS)?;
    let (mut entries, mut index) = (Vec::new(), Index::new());
    while table.next()? {
        if index.len() >= PROJECTS_MAX {
            return Err(table.wrong(format!("more than {PROJECTS_MAX} projects")));
        }
        let id = table.cell(0).to_owned();
        let created_at = table.time(1)?;
        let known = created_at <= until;
        let place = u32::try_from(entries.len()).ok().filter(|_| known);
        if id.is_empty() || index.insert(id.clone(), place).is_some() {
            return Err(table.wrong(format!("`{id}` is empty or stands twice")));
        }
        if known {
            entries.push(Entry {
                id,
                created_at,
                facts: facts(&table)?,
                left: None,
            });
        }
    }
    Ok((entries, index))
}

fn facts(table: &Table) -> Result<Facts, HistoryError> {
    Ok(Facts {
        category: table.cell(2).to_owned(),
        budget_eur: table.number(3)?,
        description_chars: table.number(4)?.unwrap_or(0.0),
        urgency: table.cell(5).to_owned(),
        has_phone: table.flag(6)?,
        phone_verified: table.flag(7)?,
        is_company: table.flag(8)?,
        source: table.cell(9).to_owned(),
        prior_projects: table.number(10)?.unwrap_or(0.0),
        prior_awards: table.number(11)?.unwrap_or(0.0),
    })
}

fn events(
    path: &Path,
    until: i64,
    index: &Index,
    kinds: &[Kind],
    mut reporters: Option<&mut Reporters>,
) -> Result<Vec<(u32, i64, Event)>, HistoryError> {
    let mut table = Table::open(path, &["at", "listing_id", "event", "detail", "actor"])?;
    let mut events = Vec::new();
    while table.next()? {
        let at = table.time(0)?;
        if at > until {
            continue;
        }
        if events.len() >= EVENTS_MAX {
            return Err(table.wrong(format!("more than {EVENTS_MAX} events")));
        }
        let id = table.cell(1);
        let place = index
            .get(id)
            .ok_or_else(|| table.wrong(format!("no project `{id}`")))?;
        let event = event(&table, kinds)?;
        let Some(&place) = place.as_ref() else {
            continue;
        };
        let event = match reporters.as_mut() {
            Some(reporters) => reporters.take(event, place, table.cell(4), at),
            None => Some(event),
        };
        events.extend(event.map(|event| (place, at, event)));
    }
    Ok(events)
}

fn event(table: &Table, kinds: &[Kind]) -> Result<Event, HistoryError> {
    let (name, detail) = (table.cell(2), table.cell(3));
    Ok(match (name, detail) {
        ("email_sent", _) => Event::LetterSent,
        ("email_bounced", _) => Event::Bounced,
        ("reply" | "call", "still_looking") => Event::Said(Said::StillLooking),
        ("reply" | "call", "paused") => Event::Said(Said::Paused),
        ("reply" | "call", "unclear") => Event::Said(Said::Unclear),
        ("reply" | "call", "found_elsewhere") => Event::Said(Said::FoundElsewhere),
        ("reply" | "call", "abandoned") => Event::Said(Said::Abandoned),
        ("call", "no_answer") => Event::CallUnanswered,
        ("call", "wrong_number") => Event::WrongNumber,
        ("call", "refused") => Event::CallRefused,
        ("login", _) => Event::SeenOnSite,
        ("bid", _) => Event::Applied,
        ("provider_report", _) => Event::StaleReport(0),
        ("client_cancelled", _) => Event::Cancelled,
        ("awarded", _) => Event::Awarded,
        _ => {
            let declared = kinds.iter().find(|kind| kind.name == name);
            let unknown = || table.wrong(format!("no event `{name}` with detail `{detail}`"));
            Event::Declared(declared.ok_or_else(unknown)?.slot)
        }
    })
}

fn kinds(dir: &Path) -> Result<Vec<Kind>, HistoryError> {
    let path = dir.join("evidence.csv");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut table = Table::open(&path, &["name", "half_life_days", "sign"])?;
    let mut kinds: Vec<Kind> = Vec::new();
    while table.next()? {
        if kinds.len() >= EXTRA_KINDS_MAX {
            return Err(table.wrong(format!("more than {EXTRA_KINDS_MAX} kinds")));
        }
        let name = table.cell(0);
        if kinds.iter().any(|kind| kind.name == name) {
            return Err(table.wrong(format!("`{name}` stands twice")));
        }
        let sign = match table.cell(2) {
            "raises" => Sign::Raises,
            "lowers" => Sign::Lowers,
            "free" => Sign::Free,
            cell => return Err(table.wrong(format!("`{cell}` is not raises, lowers or free"))),
        };
        let half_life_days = table.number(1)?;
        if let Err((part, why)) = check_kind(name, half_life_days) {
            let what = if part.is_empty() { "name" } else { part };
            return Err(table.wrong(format!("{what}: {why}")));
        }
        kinds.push(Kind {
            slot: u8::try_from(kinds.len()).unwrap_or(u8::MAX),
            name: name.to_owned(),
            half_life_days,
            sign,
        });
    }
    Ok(kinds)
}
