//! Words with their stems, chat shorthand written out, and known words found behind small mistakes.

use std::collections::{HashMap, HashSet};
use std::fmt;

use rust_stemmers::{Algorithm, Stemmer};

use crate::faq::load::{File, Problem};
use crate::faq::normalise;

/// Shortest word in which a mistake is looked for, in characters; below it too many words are one letter apart.
const MENDED_CHARS_MIN: usize = 5;
/// Shortest rest behind a glued letter (“jannule”), in characters.
const UNGLUED_CHARS_MIN: usize = 4;
/// Letters that French elides before a vowel and chat glues to the next word.
const GLUED: &[&str] = &["qu", "j", "l", "m", "t", "s", "d", "n", "c"];

/// Both Snowball stemmers.
pub struct Stems {
    french: Stemmer,
    english: Stemmer,
}

impl Default for Stems {
    fn default() -> Self {
        Self {
            french: Stemmer::create(Algorithm::French),
            english: Stemmer::create(Algorithm::English),
        }
    }
}

impl fmt::Debug for Stems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stems")
    }
}

impl Stems {
    /// The French stem of a folded word.
    #[must_use]
    pub fn french(&self, word: &str) -> String {
        self.french.stem(word).into_owned()
    }

    /// A word with both stems.
    #[must_use]
    pub fn word(&self, text: String) -> Word {
        Word {
            french: self.french.stem(&text).into_owned(),
            english: self.english.stem(&text).into_owned(),
            text,
            known: true,
        }
    }
}

/// A word of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Folded, mended.
    pub text: String,
    /// Its French stem.
    pub french: String,
    /// Its English stem.
    pub english: String,
    /// Whether the FAQ or the lexicon uses it.
    pub known: bool,
}

/// Shorthand of chats, `pourquoi = pk, pq`: whole words only.
#[derive(Debug, Clone, Default)]
pub struct Shorthand {
    long: HashMap<String, Vec<String>>,
}

impl Shorthand {
    /// Reads the table.
    ///
    /// # Errors
    /// Lines without `=`, shorthand that was there already.
    pub fn read(file: &File) -> Result<Self, Vec<Problem>> {
        let (mut table, mut problems) = (Self::default(), Vec::new());
        for (n, line) in file.lines_said() {
            let Some((long, short)) = line.split_once('=') else {
                problems.push(file.problem(n, "a line is “long form = short, short”"));
                continue;
            };
            for short in short
                .split(',')
                .map(|short| normalise::words(short).join(" "))
            {
                if table
                    .long
                    .insert(short.clone(), normalise::words(long))
                    .is_some()
                {
                    problems.push(file.problem(n, format!("“{short}” was there already")));
                }
            }
        }
        if problems.is_empty() {
            Ok(table)
        } else {
            Err(problems)
        }
    }

    /// The words with all shorthand written out.
    #[must_use]
    pub fn write_out(&self, words: Vec<String>) -> Vec<String> {
        let mut out = Vec::with_capacity(words.len());
        for word in words {
            match self.long.get(&word) {
                Some(long) => out.extend(long.iter().cloned()),
                None => out.push(word),
            }
        }
        out
    }
}

/// The words that the FAQ uses, and the way back to them from a small mistake.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    uses: HashMap<String, u32>,
    // Real words of other subjects: never taken for a mistake.
    others: HashSet<String>,
    // What is left of a known word without one of its letters, to the word; sounds likewise. The word used most wins,
    // then the first in the alphabet: built in that order, never replaced.
    one_less: HashMap<String, String>,
    by_sound: HashMap<String, String>,
}

impl Dictionary {
    /// Builds it from words with the number of times each is used, and real words of other subjects.
    #[must_use]
    pub fn of(uses: HashMap<String, u32>, others: HashSet<String>) -> Self {
        let mut order: Vec<(&String, &u32)> = uses.iter().collect();
        order.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let (mut one_less, mut by_sound) = (HashMap::new(), HashMap::new());
        for (word, _) in order {
            if word.chars().count() < MENDED_CHARS_MIN
                || word.starts_with(|c: char| c.is_ascii_digit())
            {
                continue;
            }
            for less in without_one(word) {
                one_less.entry(less).or_insert_with(|| word.clone());
            }
            by_sound
                .entry(normalise::sound(word))
                .or_insert_with(|| word.clone());
        }
        Self {
            uses,
            others,
            one_less,
            by_sound,
        }
    }

    /// Whether the word is used.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.uses.contains_key(word)
    }

    /// The word or words that an unknown word most likely stands for.
    #[must_use]
    pub fn mend(&self, word: &str) -> Option<Vec<String>> {
        for glue in GLUED {
            if let Some(rest) = word.strip_prefix(glue)
                && rest.len() >= UNGLUED_CHARS_MIN
                && self.has(rest)
            {
                let whole = if *glue == "j" { "je" } else { glue };
                return Some(vec![whole.to_owned(), rest.to_owned()]);
            }
        }
        if word.chars().count() < MENDED_CHARS_MIN || self.others.contains(word) {
            return None;
        }
        let by_sound = self.by_sound.get(&normalise::sound(word));
        by_sound
            .or_else(|| self.near(word))
            .map(|known| vec![known.clone()])
    }

    /// A known word that is one letter away: one missing, one too many, one wrong, or two swapped.
    fn near(&self, word: &str) -> Option<&String> {
        if let Some(known) = self.one_less.get(word) {
            return Some(known);
        }
        let mut best: Option<(&String, u32)> = None;
        for less in without_one(word) {
            let candidate = (self.uses.get_key_value(&less).map(|(known, _)| known))
                .filter(|known| known.len() >= MENDED_CHARS_MIN)
                .or_else(|| {
                    self.one_less
                        .get(&less)
                        .filter(|known| one_apart(word, known))
                });
            if let Some(known) = candidate {
                let uses = self.uses.get(known).copied().unwrap_or(0);
                if best.is_none_or(|(other, most)| (uses, other) > (most, known)) {
                    best = Some((known, uses));
                }
            }
        }
        best.map(|(known, _)| known)
    }
}

fn without_one(word: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = word.chars().collect();
    (0..letters.len()).map(move |skip| {
        let kept = letters.iter().enumerate().filter(|(n, _)| *n != skip);
        kept.map(|(_, c)| *c).collect()
    })
}

/// One letter replaced, or two neighbours swapped.
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() != b.len() {
        return false;
    }
    let differ: Vec<usize> = (0..a.len()).filter(|n| a[*n] != b[*n]).collect();
    match differ[..] {
        [_] => true,
        [n, m] => m == n + 1 && a[n] == b[m] && a[m] == b[n],
        _ => false,
    }
}
