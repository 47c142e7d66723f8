//! Words that mean the same here, in both languages: `name: term, term, …`, one concept a line.
//!
//! A term is one word or several in a row. A word matches by either language's stem; `word*` matches what begins so; `_`
//! stands for up to [`GAP_WORDS_MAX`] words in between.

use std::collections::HashMap;

use crate::faq::load::{File, Problem};
use crate::faq::normalise;
use crate::faq::spelling::{Stems, Word};

/// Words that a `_` may stand for.
pub const GAP_WORDS_MAX: usize = 3;
/// Shortest beginning that `word*` may name, in characters.
const PREFIX_CHARS_MIN: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Unit {
    Stem(String),
    Prefix(String),
    Gap,
}

#[derive(Debug, Clone)]
struct Term {
    concept: u16,
    units: Vec<Unit>,
}

/// All concepts, ready to find.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    names: Vec<String>,
    terms: Vec<Term>,
    by_stem: HashMap<String, Vec<usize>>,
    by_prefix: HashMap<String, Vec<usize>>,
    longest_prefix: usize,
    plain: Vec<String>,
}

impl Lexicon {
    /// Reads the file.
    ///
    /// # Errors
    /// Lines without a name or terms, names that were there already, beginnings that are too short.
    pub fn read(file: &File, stems: &Stems) -> Result<Self, Vec<Problem>> {
        let (mut lexicon, mut problems) = (Self::default(), Vec::new());
        for (n, line) in file.lines_said() {
            if let Err(what) = lexicon.take(line, stems) {
                problems.push(file.problem(n, what));
            }
        }
        if problems.is_empty() {
            Ok(lexicon)
        } else {
            Err(problems)
        }
    }

    fn take(&mut self, line: &str, stems: &Stems) -> Result<(), String> {
        let (name, terms) = line.split_once(':').ok_or("a line is “name: term, term”")?;
        let name = name.trim().to_owned();
        if self.names.contains(&name) {
            return Err(format!("{name} was there already"));
        }
        let concept = u16::try_from(self.names.len()).map_err(|_| "too many concepts")?;
        self.names.push(name);
        for term in terms
            .split(',')
            .map(str::trim)
            .filter(|term| !term.is_empty())
        {
            self.add(concept, term, stems)?;
        }
        Ok(())
    }

    fn add(&mut self, concept: u16, term: &str, stems: &Stems) -> Result<(), String> {
        let mut units = Vec::new();
        for part in term.split_whitespace() {
            if part == "_" {
                units.push(Unit::Gap);
                continue;
            }
            let prefix = part.ends_with('*');
            let words = normalise::words(part);
            let last = words.len().saturating_sub(1);
            for (n, word) in words.into_iter().enumerate() {
                if prefix && n == last {
                    if word.chars().count() < PREFIX_CHARS_MIN {
                        return Err(format!("“{part}” is too short a beginning"));
                    }
                    units.push(Unit::Prefix(word));
                } else {
                    units.push(Unit::Stem(stems.french(&word)));
                    self.plain.push(word);
                }
            }
        }
        let at = self.terms.len();
        match units.first() {
            Some(Unit::Stem(stem)) => self.by_stem.entry(stem.clone()).or_default().push(at),
            Some(Unit::Prefix(prefix)) => {
                self.longest_prefix = self.longest_prefix.max(prefix.len());
                self.by_prefix.entry(prefix.clone()).or_default().push(at);
            }
            Some(Unit::Gap) | None => return Err(format!("“{term}” does not begin with a word")),
        }
        self.terms.push(Term { concept, units });
        Ok(())
    }

    /// How many concepts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of a concept that [`Self::find`] found.
    #[must_use]
    pub fn name(&self, concept: u16) -> &str {
        self.names
            .get(usize::from(concept))
            .map_or("", String::as_str)
    }

    /// The words that terms are made of, beginnings left out.
    #[must_use]
    pub fn plain_words(&self) -> &[String] {
        &self.plain
    }

    /// The concepts of a text, each once, in the order of the file. `known` is told which words took part.
    pub fn find(&self, words: &[Word], mut known: impl FnMut(usize)) -> Vec<u16> {
        let mut found = Vec::new();
        self.find_each(words, |concept, span| {
            found.push(concept);
            span.for_each(&mut known);
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every place where a concept is found, with the words that make it.
    pub fn find_each(&self, words: &[Word], mut each: impl FnMut(u16, std::ops::Range<usize>)) {
        for at in 0..words.len() {
            self.starting(&words[at], |term| {
                if let Some(end) = matches(&term.units, words, at) {
                    each(term.concept, at..end);
                }
            });
        }
    }

    /// Whether a single word carries a concept by itself.
    #[must_use]
    pub fn knows(&self, word: &Word) -> bool {
        let mut knows = false;
        self.starting(word, |term| knows |= term.units.len() == 1);
        knows
    }

    fn starting<'a>(&'a self, word: &Word, mut each: impl FnMut(&'a Term)) {
        let mut all = |list: Option<&'a Vec<usize>>| {
            for term in list.into_iter().flatten() {
                each(&self.terms[*term]);
            }
        };
        all(self.by_stem.get(&word.french));
        if word.english != word.french {
            all(self.by_stem.get(&word.english));
        }
        let ends = word.text.char_indices().map(|(n, c)| n + c.len_utf8());
        for end in ends.take_while(|end| *end <= self.longest_prefix) {
            all(self.by_prefix.get(&word.text[..end]));
        }
    }
}

/// Where the term ends when it begins at `at`.
fn matches(units: &[Unit], words: &[Word], at: usize) -> Option<usize> {
    let Some(unit) = units.first() else {
        return Some(at);
    };
    if *unit == Unit::Gap {
        return (0..=GAP_WORDS_MAX).find_map(|skip| matches(&units[1..], words, at + skip));
    }
    let word = words.get(at)?;
    let fits = match unit {
        Unit::Stem(stem) => *stem == word.french || *stem == word.english,
        Unit::Prefix(prefix) => word.text.starts_with(prefix.as_str()),
        Unit::Gap => false,
    };
    if fits {
        matches(&units[1..], words, at + 1)
    } else {
        None
    }
}
