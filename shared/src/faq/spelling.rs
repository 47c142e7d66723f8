//! Words with their stems, chat shorthand written out, and known words found behind small mistakes.

use std::collections::{HashMap, HashSet};
use std::fmt;

use rust_stemmers::{Algorithm, Stemmer};

use crate::faq::load::{File, Problem};
use crate::faq::normalise;
use crate::faq::views;

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
    // The word used most first, then by the alphabet: a word's number tells which of two is likelier.
    words: Vec<String>,
    numbers: HashMap<String, u32>,
    // Real words of other subjects: never taken for a mistake.
    others: HashSet<String>,
    one_less: Keys,
    by_sound: Keys,
}

/// From a hashed key to the number of the likeliest word that has it. There are ten times as many keys as words, so the
/// keys themselves are not kept; who looks one up compares with the word.
#[derive(Debug, Clone, Default)]
struct Keys(Vec<(u64, u32)>);

impl Keys {
    fn of(mut all: Vec<(u64, u32)>) -> Self {
        all.sort_unstable();
        all.dedup_by_key(|pair| pair.0);
        all.shrink_to_fit();
        Self(all)
    }

    fn get(&self, key: &str) -> Option<u32> {
        let at = self.0.binary_search_by_key(&hashed(key), |pair| pair.0);
        Some(self.0[at.ok()?].1)
    }
}

fn hashed(key: &str) -> u64 {
    views::feature(usize::MAX, &[key])
}

impl Dictionary {
    /// Builds it from words with the number of times each is used, and real words of other subjects.
    #[must_use]
    pub fn of(uses: HashMap<String, u32>, others: HashSet<String>) -> Self {
        let mut order: Vec<(String, u32)> = uses.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let words: Vec<String> = order.into_iter().map(|(word, _)| word).collect();
        let (mut one_less, mut by_sound, mut numbers) = (Vec::new(), Vec::new(), HashMap::new());
        for (number, word) in (0_u32..).zip(&words) {
            numbers.insert(word.clone(), number);
            if word.chars().count() < MENDED_CHARS_MIN
                || word.starts_with(|c: char| c.is_ascii_digit())
            {
                continue;
            }
            one_less.extend(without_one(word).map(|less| (hashed(&less), number)));
            by_sound.push((hashed(&normalise::sound(word)), number));
        }
        Self {
            words,
            numbers,
            others,
            one_less: Keys::of(one_less),
            by_sound: Keys::of(by_sound),
        }
    }

    /// Whether the word is used.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.numbers.contains_key(word)
    }

    /// Bytes held, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        (self.one_less.0.len() + self.by_sound.0.len()) * 16
            + self
                .words
                .iter()
                .map(|word| 2 * (word.len() + 24) + 5)
                .sum::<usize>()
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
        let sound = normalise::sound(word);
        let by_sound = (self
            .by_sound
            .get(&sound)
            .map(|known| &self.words[known as usize]))
        .filter(|known| normalise::sound(known) == sound);
        by_sound
            .or_else(|| self.near(word))
            .map(|known| vec![known.clone()])
    }

    /// A known word that is one letter away: one missing, one too many, one wrong, or two swapped.
    fn near(&self, word: &str) -> Option<&String> {
        let likeliest = |less: &str| {
            self.one_less
                .get(less)
                .map(|known| (known, &self.words[known as usize]))
        };
        if let Some((_, known)) = likeliest(word).filter(|(_, known)| one_more(known, word)) {
            return Some(known);
        }
        let mut best: Option<u32> = None;
        for less in without_one(word) {
            let whole = (self.numbers.get(&less).copied())
                .filter(|known| self.words[*known as usize].len() >= MENDED_CHARS_MIN);
            let candidate = whole.or_else(|| {
                likeliest(&less)
                    .filter(|(_, known)| one_apart(word, known))
                    .map(|(number, _)| number)
            });
            best = match (best, candidate) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        best.map(|known| &self.words[known as usize])
    }
}

/// Whether the known word is the other with one letter more.
fn one_more(known: &str, word: &str) -> bool {
    known.len() > word.len() && without_one(known).any(|less| less == word)
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
