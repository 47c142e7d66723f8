//! Four ways to look at a text: its letters, its stems, its sound, its meaning. Each is a bag of features.

use crate::faq::lexicon::Lexicon;
use crate::faq::normalise;
use crate::faq::spelling::{Dictionary, Shorthand, Stems, Word};

/// How many views there are.
pub const VIEWS: usize = 4;
/// Character 2- to 4-grams inside word bounds.
pub const CHARS: usize = 0;
/// Stems of both languages, and adjacent pairs.
pub const STEMS: usize = 1;
/// French sound keys, and adjacent pairs.
pub const SOUNDS: usize = 2;
/// Concepts, and pairs of them.
pub const CONCEPTS: usize = 3;

/// Shortest and longest run of letters in [`CHARS`].
const GRAM_CHARS: std::ops::RangeInclusive<usize> = 2..=4;
/// Concepts of one message that are paired; the pairs grow with the square.
const PAIRED_CONCEPTS_MAX: usize = 10;

/// A text as bags: feature, times seen; sorted by feature.
#[derive(Debug, Clone, Default)]
pub struct Doc {
    /// One bag per view.
    pub bags: [Vec<(u64, u16)>; VIEWS],
    /// The words as understood.
    pub words: Vec<Word>,
    /// The concepts found.
    pub concepts: Vec<u16>,
}

impl Doc {
    /// Words of four letters or more that neither the FAQ nor the lexicon knows.
    #[must_use]
    pub fn unknown(&self) -> usize {
        (self.words.iter())
            .filter(|word| !word.known && word.text.len() > 3)
            .count()
    }
}

/// Everything needed to look at a text.
#[derive(Debug, Default)]
pub struct Reader {
    /// Both stemmers.
    pub stems: Stems,
    /// Chat shorthand.
    pub shorthand: Shorthand,
    /// Words that mean the same.
    pub lexicon: Lexicon,
    /// Words in use; empty while the FAQ itself is read.
    pub dictionary: Dictionary,
}

impl Reader {
    /// Looks at a text.
    #[must_use]
    pub fn read(&self, text: &str) -> Doc {
        let raw = self.shorthand.write_out(normalise::words(text));
        let mut words = self.understand(&raw);
        let mut part = vec![false; words.len()];
        let concepts = self.lexicon.find(&words, |at| part[at] = true);
        for (word, part) in words.iter_mut().zip(part) {
            word.known |= part;
        }
        let bags = [
            bag(grams(&raw)),
            bag(stem_features(&words)),
            bag(sound_features(&words)),
            bag(concept_features(&concepts)),
        ];
        Doc {
            bags,
            words,
            concepts,
        }
    }

    fn understand(&self, raw: &[String]) -> Vec<Word> {
        let mut words = Vec::with_capacity(raw.len());
        for text in raw {
            let mut word = self.stems.word(text.clone());
            word.known = self.dictionary.has(text) || self.lexicon.knows(&word);
            if word.known {
                words.push(word);
            } else if let Some(mended) = self.dictionary.mend(text) {
                words.extend(mended.into_iter().map(|text| self.stems.word(text)));
            } else {
                words.push(word);
            }
        }
        words
    }
}

/// FNV-1a over the view and the feature's text: the same number on every run and machine.
#[must_use]
pub fn feature(view: usize, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |byte: u8| {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    };
    mix(u8::try_from(view).unwrap_or(u8::MAX));
    for part in parts {
        part.bytes().for_each(&mut mix);
        mix(0);
    }
    hash
}

fn bag(mut features: Vec<u64>) -> Vec<(u64, u16)> {
    features.sort_unstable();
    let mut bag: Vec<(u64, u16)> = Vec::with_capacity(features.len());
    for feature in features {
        match bag.last_mut() {
            Some((last, times)) if *last == feature => *times = times.saturating_add(1),
            _ => bag.push((feature, 1)),
        }
    }
    bag
}

fn grams(words: &[String]) -> Vec<u64> {
    let mut features = Vec::new();
    for word in words {
        let padded = format!(" {word} ");
        let starts: Vec<usize> = (padded.char_indices().map(|(n, _)| n))
            .chain([padded.len()])
            .collect();
        for length in GRAM_CHARS {
            for window in starts.windows(length + 1) {
                features.push(feature(CHARS, &[&padded[window[0]..window[length]]]));
            }
        }
    }
    features
}

fn stem_features(words: &[Word]) -> Vec<u64> {
    let mut features = Vec::new();
    for word in words {
        features.push(feature(STEMS, &[&word.french]));
        if word.english != word.french {
            features.push(feature(STEMS, &[&word.english, "en"]));
        }
    }
    for pair in words.windows(2) {
        features.push(feature(STEMS, &[&pair[0].french, &pair[1].french, "pair"]));
    }
    features
}

fn sound_features(words: &[Word]) -> Vec<u64> {
    let sounds: Vec<String> = (words.iter().map(|word| normalise::sound(&word.text))).collect();
    let mut features: Vec<u64> = (sounds.iter().map(|sound| feature(SOUNDS, &[sound]))).collect();
    for pair in sounds.windows(2) {
        features.push(feature(SOUNDS, &[&pair[0], &pair[1]]));
    }
    features
}

fn concept_features(concepts: &[u16]) -> Vec<u64> {
    let names: Vec<String> = concepts.iter().map(u16::to_string).collect();
    let mut features: Vec<u64> = (names.iter().map(|name| feature(CONCEPTS, &[name]))).collect();
    let paired = &names[..names.len().min(PAIRED_CONCEPTS_MAX)];
    for (n, first) in paired.iter().enumerate() {
        for second in &paired[n + 1..] {
            features.push(feature(CONCEPTS, &[first, second]));
        }
    }
    features
}
