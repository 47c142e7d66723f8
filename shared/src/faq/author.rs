//! The author's desk, pure: masking what is kept of a message, grouping what was not answered, adding a variant and
//! showing what it fixes and breaks before it is saved.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::account::Locale;
use crate::faq::eval::{self, Example};
use crate::faq::index::Index;
use crate::faq::load::{File, Problem};
use crate::faq::{Band, Verdict, normalise};

/// Characters of a message that are kept.
pub const KEPT_CHARS_MAX: usize = 500;
/// Messages that are grouped at once; the work grows with the square.
pub const GROUPED_MAX: usize = 1_000;
/// Share of common letter triples from which two messages are the same question.
const SAME_FROM: f32 = 0.45;

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+").expect("a pattern of ours"));
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+?\d(?:[ .\-/]?\d){2,}").expect("a pattern of ours"));

/// A message without addresses, phone numbers and other numbers of three digits or more (D5).
#[must_use]
pub fn mask(text: &str) -> String {
    let cut: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(KEPT_CHARS_MAX)
        .collect();
    let without = ADDRESS.replace_all(&cut, "[@]");
    NUMBER.replace_all(&without, "[n°]").into_owned()
}

/// Messages that ask the same, largest group first; a group's first message stands for it.
#[must_use]
pub fn groups(messages: &[String]) -> Vec<Vec<usize>> {
    let triples: Vec<BTreeSet<[char; 3]>> = (messages.iter().take(GROUPED_MAX))
        .map(|message| triples(message))
        .collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (n, own) in triples.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|group| alike(&triples[group[0]], own))
        {
            Some(group) => group.push(n),
            None => groups.push(vec![n]),
        }
    }
    groups.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
    groups
}

fn triples(message: &str) -> BTreeSet<[char; 3]> {
    let text: Vec<char> = format!(" {} ", normalise::words(message).join(" "))
        .chars()
        .collect();
    text.windows(3)
        .map(|three| [three[0], three[1], three[2]])
        .collect()
}

fn alike(a: &BTreeSet<[char; 3]>, b: &BTreeSet<[char; 3]>) -> bool {
    let count = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
    let common = a.intersection(b).count();
    count(common) >= SAME_FROM * count(a.len() + b.len() - common).max(1.0)
}

/// The files without the variants that ask the same as one of the messages. Weights are learned on what is left: a
/// message whose own words are in the content would make the bot too sure of itself.
#[must_use]
pub fn without_alike(files: &[File], examples: &[Example]) -> Vec<File> {
    let known: Vec<BTreeSet<[char; 3]>> = examples
        .iter()
        .map(|example| triples(&example.text))
        .collect();
    let kept = |line: &&str| match line.strip_prefix("- ") {
        Some(variant) => {
            let own = triples(variant);
            !known.iter().any(|example| alike(example, &own))
        }
        None => true,
    };
    let mut files = files.to_vec();
    for file in files
        .iter_mut()
        .filter(|file| file.path.starts_with("entries/"))
    {
        let lines: Vec<&str> = file.text.lines().filter(kept).collect();
        file.text = lines.join("\n") + "\n";
    }
    files
}

/// What a change of the content does to messages whose right entries are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Texts that were wrong and become right.
    pub fixes: Vec<String>,
    /// Texts that were right and become wrong.
    pub breaks: Vec<String>,
}

impl Effect {
    /// Whether the change does more good than harm.
    #[must_use]
    pub fn is_worth_it(&self) -> bool {
        self.breaks.is_empty() || self.fixes.len() > self.breaks.len()
    }
}

/// Compares two indexes on the examples.
#[must_use]
pub fn effect(before: &Index, after: &Index, examples: &[Example]) -> Effect {
    let (old, new) = (
        eval::ask_all(before, examples),
        eval::ask_all(after, examples),
    );
    let mut effect = Effect::default();
    for (example, (old, new)) in examples.iter().zip(old.iter().zip(&new)) {
        match (is_right(example, old), is_right(example, new)) {
            (false, true) => effect.fixes.push(example.text.clone()),
            (true, false) => effect.breaks.push(example.text.clone()),
            (true, true) | (false, false) => {}
        }
    }
    effect
}

/// Answered with a right entry, or rightly held back; a right entry among the buttons is half a success and counts as none.
fn is_right(example: &Example, verdict: &Verdict) -> bool {
    match &verdict.band {
        Band::Answer(id) => example.accepts(id),
        Band::Suggest(_) | Band::HandOver(_) => example.accept.contains(&None),
    }
}

/// The files with one more variant of an entry.
///
/// # Errors
/// When there is no such entry, or the variant says nothing.
pub fn with_variant(
    files: &[File],
    entry: &str,
    locale: Locale,
    variant: &str,
) -> Result<Vec<File>, Problem> {
    let variant = variant.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = format!("/{entry}.md");
    let mut files = files.to_vec();
    let file = (files
        .iter_mut()
        .find(|file| file.path.starts_with("entries/") && file.path.ends_with(&name)))
    .ok_or_else(|| Problem {
        file: format!("entries/*{name}"),
        line: 0,
        what: format!("there is no entry {entry}; `faq check` lists them"),
    })?;
    if normalise::words(&variant).is_empty() {
        return Err(file.problem(0, "the variant says nothing"));
    }
    let heading = match locale {
        Locale::Fr => "# fr:",
        Locale::En => "# en:",
    };
    let lines: Vec<&str> = file.text.lines().collect();
    let start = lines
        .iter()
        .position(|line| line.starts_with(heading))
        .unwrap_or(0);
    let end = (start + 1..lines.len())
        .find(|n| lines[*n].starts_with("# "))
        .unwrap_or(lines.len());
    let last = (start..end).rev().find(|n| lines[*n].starts_with("- "));
    let mut text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    if let Some(n) = last {
        text.insert(n + 1, format!("- {variant}"));
    } else {
        text.insert(start + 1, String::new());
        text.insert(start + 2, format!("- {variant}"));
    }
    file.text = text.join("\n") + "\n";
    Ok(files)
}
