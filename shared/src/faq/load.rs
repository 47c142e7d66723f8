//! Reads the Markdown entries strictly: every problem with its file and line, all problems at once.

use std::collections::BTreeMap;
use std::fmt;

use crate::faq::answer::marked;
use crate::faq::entry::{Action, Audience, Entry, Text};
use crate::faq::normalise;
use crate::faq::space::ROWS_MAX;

/// Entries that one folder may hold. Source: ten times the built-in content; beyond it the index outgrows its memory.
pub const ENTRIES_MAX: usize = 1_000;
/// Ways to ask that one entry may hold in one language.
pub const VARIANTS_MAX: usize = 200;
/// Longest line that is read, in characters.
pub const LINE_CHARS_MAX: usize = 2_000;
/// Ways to ask, of all entries and of what none answers, that one index holds.
pub const QUESTIONS_MAX: usize = ROWS_MAX;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path from the content's root.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what is expected.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A file of the content: its path from the root, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `entries/credits/credits-balance.md`
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl File {
    pub(crate) fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem {
            file: self.path.clone(),
            line,
            what: what.into(),
        }
    }

    /// The lines that say something, with their numbers: no blank ones, no comments after `#`.
    pub(crate) fn lines_said(&self) -> impl Iterator<Item = (usize, &str)> {
        (self.text.lines().enumerate())
            .map(|(n, line)| (n + 1, line.split('#').next().unwrap_or_default().trim()))
            .filter(|(_, line)| !line.is_empty())
    }
}

/// Reads all entries and checks them against each other: ids and questions once, `related` known.
///
/// # Errors
/// Every problem found; none of the entries is usable then.
pub fn entries(files: &[File]) -> Result<Vec<Entry>, Vec<Problem>> {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match entry(file) {
            Ok(entry) => entries.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    entries.sort_by(|a: &Entry, b: &Entry| a.id.cmp(&b.id));
    if problems.is_empty() {
        problems = together(files, &entries);
    }
    if problems.is_empty() {
        Ok(entries)
    } else {
        Err(problems)
    }
}

fn together(files: &[File], entries: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let at = |entry: &Entry, needle: &str, what: String| {
        let line = (files.iter().find(|file| file.path == entry.file))
            .and_then(|file| file.text.lines().position(|line| line.contains(needle)))
            .map_or(1, |n| n + 1);
        Problem {
            file: entry.file.clone(),
            line,
            what,
        }
    };
    if entries.is_empty() || entries.len() > ENTRIES_MAX {
        problems.push(Problem {
            file: "entries".to_owned(),
            line: 1,
            what: format!("{} entries; 1 to {ENTRIES_MAX} are possible", entries.len()),
        });
    }
    for pair in entries.windows(2) {
        if pair[0].id == pair[1].id {
            let what = format!("the id {} is taken by {}", pair[1].id, pair[0].file);
            problems.push(at(&pair[1], "id:", what));
        }
    }
    let mut asked: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries {
        for related in &entry.related {
            if entries.iter().all(|other| other.id != *related) {
                let what = format!("related: there is no entry {related}");
                problems.push(at(entry, "related:", what));
            }
        }
        for question in entry.fr.questions().chain(entry.en.questions()) {
            let words = normalise::words(question).join(" ");
            if let Some(other) = asked.insert(words, &entry.id) {
                let what = format!("“{question}” is asked already in {other}");
                problems.push(at(entry, question, what));
            }
        }
    }
    problems
}

/// Lines under one heading while the file is read.
#[derive(Default)]
struct Block {
    line: usize,
    question: String,
    variants: Vec<String>,
    answer: String,
}

impl Block {
    fn take(&mut self, line: &str) -> Result<(), &'static str> {
        if let Some(variant) = line.strip_prefix("- ") {
            if !self.answer.is_empty() {
                return Err("variants stand before the answer");
            }
            self.variants.push(variant.trim().to_owned());
        } else if line.is_empty() {
            if !self.answer.is_empty() && !self.answer.ends_with("\n\n") {
                self.answer.push_str("\n\n");
            }
        } else {
            if !self.answer.is_empty() && !self.answer.ends_with('\n') {
                self.answer.push(' ');
            }
            self.answer.push_str(line);
        }
        Ok(())
    }

    fn text(self, file: &File) -> Result<Text, Problem> {
        let answer = self.answer.trim().to_owned();
        let wrong = if self.question.is_empty() {
            Some("the heading has no question")
        } else if answer.is_empty() {
            Some("the answer is empty")
        } else if self.variants.iter().any(|v| normalise::words(v).is_empty()) {
            Some("a variant is empty")
        } else if (answer.split("\n\n"))
            .any(|said| said.starts_with('[') && marked(said).0.is_none())
        {
            Some("a paragraph may be marked [provider], [client] or [common], followed by a space")
        } else if self.variants.len() > VARIANTS_MAX {
            Some("too many variants (200 are possible)")
        } else {
            None
        };
        match wrong {
            Some(what) => Err(file.problem(self.line, what)),
            None => Ok(Text {
                question: self.question,
                variants: self.variants,
                answer,
            }),
        }
    }
}

/// Reads one file: front matter between `---` lines, then one `# fr:` and one `# en:` block.
fn entry(file: &File) -> Result<Entry, Problem> {
    let mut lines = (1_usize..).zip(file.text.lines().map(str::trim_end));
    if lines.next().map(|(_, line)| line) != Some("---") {
        return Err(file.problem(1, "the first line is --- and opens the front matter"));
    }
    let head = Head::read(file, &mut lines)?.entry()?;
    let (mut fr, mut en): (Option<Block>, Option<Block>) = (None, None);
    let mut french = true;
    for (n, line) in lines {
        if line.chars().count() > LINE_CHARS_MAX {
            return Err(file.problem(n, format!("longer than {LINE_CHARS_MAX} characters")));
        }
        if let Some(heading) = line.strip_prefix("# ") {
            let (language, question) = heading.split_once(':').unwrap_or((heading, ""));
            french = match language.trim() {
                "fr" => true,
                "en" => false,
                other => {
                    let what = format!("“# {other}”: the blocks are “# fr:” and “# en:”");
                    return Err(file.problem(n, what));
                }
            };
            let block = if french { &mut fr } else { &mut en };
            if block.is_some() {
                return Err(file.problem(n, "this language was there already"));
            }
            *block = Some(Block {
                line: n,
                question: question.trim().to_owned(),
                ..Block::default()
            });
        } else if let Some(block) = if french { &mut fr } else { &mut en } {
            block.take(line).map_err(|what| file.problem(n, what))?;
        } else if !line.is_empty() {
            return Err(file.problem(n, "text before the first “# fr:” or “# en:”"));
        }
    }
    let last = file.text.lines().count().max(1);
    let missing =
        |language: &str| file.problem(last, format!("the block “# {language}:” is missing"));
    Ok(Entry {
        fr: fr.ok_or_else(|| missing("fr"))?.text(file)?,
        en: en.ok_or_else(|| missing("en"))?.text(file)?,
        ..head
    })
}

/// The front matter: values by key with their lines, and the line that closes it.
struct Head<'a> {
    file: &'a File,
    keys: BTreeMap<&'a str, (usize, &'a str)>,
    closed: usize,
}

/// Keys that a front matter may have.
const KEYS: [&str; 5] = ["id", "audience", "tags", "related", "action"];

impl<'a> Head<'a> {
    /// Reads `key: value` lines up to the closing `---`.
    fn read(
        file: &'a File,
        lines: &mut impl Iterator<Item = (usize, &'a str)>,
    ) -> Result<Self, Problem> {
        let (mut keys, mut closed) = (BTreeMap::new(), 1);
        for (n, line) in lines {
            closed = n;
            if line == "---" {
                break;
            }
            let (key, value) = (line.split_once(':'))
                .ok_or_else(|| file.problem(n, "a line of the front matter is “key: value”"))?;
            if !KEYS.contains(&key) {
                let what = format!("unknown key {key}; known: {}", KEYS.join(", "));
                return Err(file.problem(n, what));
            }
            if keys.insert(key, (n, value.trim())).is_some() {
                return Err(file.problem(n, format!("{key} was there already")));
            }
        }
        Ok(Self { file, keys, closed })
    }

    fn get(&self, key: &str) -> Result<(usize, &'a str), Problem> {
        let found = self.keys.get(key).copied();
        found.ok_or_else(|| (self.file).problem(self.closed, format!("{key} is missing")))
    }

    fn list(&self, key: &str) -> Result<Vec<String>, Problem> {
        let Some((n, value)) = self.keys.get(key) else {
            return Ok(Vec::new());
        };
        let inside = (value.strip_prefix('[')).and_then(|rest| rest.strip_suffix(']'));
        let inside = inside
            .ok_or_else(|| (self.file).problem(*n, format!("{key} is a list: [one, two]")))?;
        Ok((inside.split(',').map(|item| item.trim().to_owned()))
            .filter(|item| !item.is_empty())
            .collect())
    }

    fn action(&self) -> Result<Option<Action>, Problem> {
        let Some((n, name)) = self.keys.get("action") else {
            return Ok(None);
        };
        let action = Action::named(name).ok_or_else(|| {
            let what = format!("unknown action {name}; known: refund_request, handover");
            self.file.problem(*n, what)
        })?;
        Ok(Some(action))
    }

    /// The entry, with nothing said yet in either language.
    fn entry(&self) -> Result<Entry, Problem> {
        let file = self.file;
        let (id_line, id) = self.get("id")?;
        let parts: Vec<&str> = file.path.split('/').collect();
        let [.., section, name] = parts[..] else {
            return Err(file.problem(1, "entries stand in entries/<section>/<id>.md"));
        };
        if name.strip_suffix(".md") != Some(id) {
            return Err(file.problem(id_line, format!("the id {id} is not the name of the file")));
        }
        let (audience_line, audience) = self.get("audience")?;
        Ok(Entry {
            id: id.to_owned(),
            section: section.to_owned(),
            file: file.path.clone(),
            audience: Audience::named(audience).ok_or_else(|| {
                let what = format!("unknown audience {audience}; known: provider, client, common");
                file.problem(audience_line, what)
            })?,
            tags: self.list("tags")?,
            related: self.list("related")?,
            action: self.action()?,
            fr: Text::default(),
            en: Text::default(),
        })
    }
}
