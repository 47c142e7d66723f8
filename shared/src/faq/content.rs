//! Everything that the FAQ's author writes, read and checked together: entries, lexicon, shorthand, guards, messages that
//! are none of our business, learned weights.

use std::path::Path;

use crate::faq::entry::Entry;
use crate::faq::lexicon::Lexicon;
use crate::faq::load::{self, File, Problem};
use crate::faq::normalise;
use crate::faq::spelling::{Shorthand, Stems};
use crate::faq::weights::Weights;

/// Files of one folder. Source: as many entries as are possible, and the lists.
const FILES_MAX: usize = load::ENTRIES_MAX + 10;
/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 1_000_000;
/// Messages whose right entries are known, which a change of the content is tried on.
pub const GOLDEN: &str = "golden.jsonl";
/// The lists beside the entries.
const LISTS: [&str; 6] = [
    "lexicon.txt",
    "shorthand.txt",
    "guards.txt",
    "elsewhere.txt",
    "weights.txt",
    GOLDEN,
];

include!(concat!(env!("OUT_DIR"), "/faq_content.rs"));

/// Messages of one kind that no entry answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Name of the kind; see [`crate::faq::Reason::of_kind`].
    pub kind: String,
    /// Examples.
    pub messages: Vec<String>,
}

/// The content, checked.
#[derive(Debug)]
pub struct Content {
    /// All entries, by id.
    pub entries: Vec<Entry>,
    /// Concepts.
    pub lexicon: Lexicon,
    /// Chat shorthand.
    pub shorthand: Shorthand,
    /// Signs of what is handed over.
    pub guards: Lexicon,
    /// Kinds of messages that no entry answers.
    pub elsewhere: Vec<Elsewhere>,
    /// Learned numbers.
    pub weights: Weights,
}

/// The files that the program carries.
#[must_use]
pub fn built_in() -> Vec<File> {
    (BUILT_IN.iter())
        .map(|(path, text)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        })
        .collect()
}

/// Reads a folder: `entries/<section>/<id>.md`, and any of the lists; a list that is not there is the built-in one.
///
/// # Errors
/// What cannot be read, by path.
pub fn of_folder(root: &Path) -> Result<Vec<File>, Vec<Problem>> {
    let mut files = Vec::new();
    let unreadable = |path: &Path, error: &std::io::Error| {
        vec![Problem {
            file: path.display().to_string(),
            line: 0,
            what: format!("cannot be read: {error}"),
        }]
    };
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let listing = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        for item in listing {
            let item = item.map_err(|error| unreadable(&folder, &error))?;
            let path = item.path();
            let about = path.metadata().map_err(|error| unreadable(&path, &error))?;
            if about.is_dir() {
                folders.push(path);
                continue;
            }
            let name = (path.strip_prefix(root).unwrap_or(&path))
                .to_string_lossy()
                .into_owned();
            if !wanted(&name) {
                continue;
            }
            let too_much = files.len() >= FILES_MAX || about.len() > FILE_BYTES_MAX;
            let text = if too_much {
                Err(std::io::Error::other("too large, or too many files"))
            } else {
                std::fs::read_to_string(&path)
            };
            let text = text.map_err(|error| unreadable(&path, &error))?;
            files.push(File { path: name, text });
        }
    }
    let given: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    files.extend(
        built_in()
            .into_iter()
            .filter(|file| LISTS.contains(&file.path.as_str()) && !given.contains(&file.path)),
    );
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Whether a path inside the folder is content: everything else there is left alone.
fn wanted(name: &str) -> bool {
    let entry =
        name.starts_with("entries/") && Path::new(name).extension().is_some_and(|end| end == "md");
    entry || LISTS.contains(&name)
}

impl Content {
    /// Reads and checks all files together.
    ///
    /// # Errors
    /// Every problem found, with file and line.
    pub fn read(files: &[File]) -> Result<Self, Vec<Problem>> {
        let stems = Stems::default();
        let markdown: Vec<File> = (files.iter())
            .filter(|file| file.path.starts_with("entries/"))
            .cloned()
            .collect();
        let list = |name: &str| {
            let found = files.iter().find(|file| file.path == name);
            found.cloned().unwrap_or(File {
                path: name.to_owned(),
                text: String::new(),
            })
        };
        let entries = load::entries(&markdown);
        let lexicon = Lexicon::read(&list("lexicon.txt"), &stems);
        let shorthand = Shorthand::read(&list("shorthand.txt"));
        let guards = Lexicon::read(&list("guards.txt"), &stems);
        let elsewhere = elsewhere(&list("elsewhere.txt"));
        let weights = Weights::read(&list("weights.txt"));
        let mut problems = Vec::new();
        let content = (
            kept(entries, &mut problems),
            kept(lexicon, &mut problems),
            kept(shorthand, &mut problems),
            kept(guards, &mut problems),
            kept(elsewhere, &mut problems),
            kept(weights, &mut problems),
        );
        match content {
            (
                Some(entries),
                Some(lexicon),
                Some(shorthand),
                Some(guards),
                Some(elsewhere),
                Some(weights),
            ) => Self {
                entries,
                lexicon,
                shorthand,
                guards,
                elsewhere,
                weights,
            }
            .bounded(),
            _ => Err(problems),
        }
    }

    /// The content, unless it holds more questions than one index can.
    fn bounded(self) -> Result<Self, Vec<Problem>> {
        let of_entries = self.entries.iter().map(|entry| {
            let texts = [&entry.fr, &entry.en];
            texts
                .map(|text| 1 + text.variants.len())
                .iter()
                .sum::<usize>()
        });
        let of_others = self.elsewhere.iter().map(|kind| kind.messages.len());
        let all: usize = of_entries.chain(of_others).sum();
        if all <= load::QUESTIONS_MAX {
            return Ok(self);
        }
        Err(vec![Problem {
            file: "entries".to_owned(),
            line: 1,
            what: format!(
                "{all} ways to ask; at most {} are possible",
                load::QUESTIONS_MAX
            ),
        }])
    }
}

fn kept<T>(read: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(more) => {
            problems.extend(more);
            None
        }
    }
}

/// Reads `[kind]` headings, each followed by one message a line.
fn elsewhere(file: &File) -> Result<Vec<Elsewhere>, Vec<Problem>> {
    let (mut kinds, mut problems): (Vec<Elsewhere>, _) = (Vec::new(), Vec::new());
    for (n, line) in file.lines_said() {
        if let Some(kind) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            if crate::faq::Reason::of_kind(kind).is_none() {
                problems.push(file.problem(n, format!("unknown kind {kind}")));
            }
            kinds.push(Elsewhere {
                kind: kind.to_owned(),
                messages: Vec::new(),
            });
        } else if normalise::words(line).is_empty() {
            problems.push(file.problem(n, "a message without words"));
        } else if let Some(kind) = kinds.last_mut() {
            kind.messages.push(line.to_owned());
        } else {
            problems.push(file.problem(n, "messages stand under a “[kind]”"));
        }
    }
    if problems.is_empty() {
        Ok(kinds)
    } else {
        Err(problems)
    }
}
