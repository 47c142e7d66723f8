//! The content made ready to be asked, and what it has to say about a message.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::faq::classifier::{Classifier, Row};
use crate::faq::content::{self, Content};
use crate::faq::entry::Entry;
use crate::faq::load::{File, Problem};
use crate::faq::normalise;
use crate::faq::space::{Rows, Space};
use crate::faq::spelling::Dictionary;
use crate::faq::views::{CHARS, CONCEPTS, Doc, Reader, SOUNDS, STEMS, VIEWS};
use crate::faq::weights::{FOR_ENTRY, Weights};

/// What each view weighs in the classifier's rows. Source: own measurement on held-out questions.
const VIEW_WEIGHTS: [f32; VIEWS] = [1.0, 1.0, 0.5, 1.2];
/// A feature must be in so many questions for the classifier to have a number for it; a single one teaches nothing general.
const USED_BY_MIN: u32 = 3;
/// Best questions of an entry whose likeness makes its mean.
const MEAN_OF: usize = 3;
/// Characters of the version that names an index.
const VERSION_CHARS: usize = 12;

/// Ready to be asked; never changes.
#[derive(Debug)]
pub struct Index {
    /// All entries, by id.
    pub entries: Vec<Entry>,
    /// Names of the kinds that no entry answers.
    pub kinds: Vec<String>,
    /// Learned numbers.
    pub weights: Weights,
    /// Names the content: the same files give the same version.
    pub version: String,
    pub(crate) reader: Reader,
    pub(crate) guards: crate::faq::lexicon::Lexicon,
    spaces: [Space; VIEWS],
    answers: Space,
    // Where an entry's questions begin, and its English ones among them; after the last entry's stand those of the kinds.
    entry_rows: Vec<[usize; 2]>,
    rows: usize,
    columns: [Vec<u32>; VIEWS],
    classifier: Classifier,
}

/// What speaks for each entry and against all of them.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// By entry, in the order of [`FOR_ENTRY`].
    pub entries: Vec<[f32; FOR_ENTRY.len()]>,
    /// The classifier's probability of each entry, then of each kind.
    pub classes: Vec<f32>,
    /// Best likeness of a message that no entry answers, all views together.
    pub elsewhere: f32,
    /// Share of the message that is known, by letters and by stems (0 to 1).
    pub known: [f32; 2],
    /// Best likeness of a question in French, in English, all views together.
    pub languages: [f32; 2],
}

impl Index {
    /// The content that the program carries.
    #[must_use]
    pub fn built_in() -> Self {
        Self::of_files(&content::built_in()).expect("a test reads the built-in content")
    }

    /// Some sections of the built-in content with a few questions each: learned in a fraction of the time, for tests
    /// that are about something else.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn for_tests() -> Self {
        let mut content =
            Content::read(&content::built_in()).expect("a test reads the built-in content");
        let sections = ["credits", "projects", "help"];
        content
            .entries
            .retain(|entry| sections.contains(&entry.section.as_str()));
        for entry in &mut content.entries {
            entry.fr.variants.truncate(4);
            entry.en.variants.truncate(4);
        }
        for kind in &mut content.elsewhere {
            kind.messages.truncate(8);
        }
        Self::build(content, "for tests".to_owned())
    }

    /// The content of a folder.
    ///
    /// # Errors
    /// Every problem found, with file and line.
    pub fn load(root: &std::path::Path) -> Result<Self, Vec<Problem>> {
        Self::of_files(&content::of_folder(root)?)
    }

    /// The content of files.
    ///
    /// # Errors
    /// Every problem found, with file and line.
    pub fn of_files(files: &[File]) -> Result<Self, Vec<Problem>> {
        let content = Content::read(files)?;
        let mut version = Sha256::new();
        for file in files {
            version.update(file.path.as_bytes());
            version.update(file.text.as_bytes());
        }
        let mut hex = String::new();
        for byte in version.finalize() {
            write!(hex, "{byte:02x}").expect("a text takes anything");
        }
        hex.truncate(VERSION_CHARS);
        Ok(Self::build(content, hex))
    }

    fn build(content: Content, version: String) -> Self {
        let reader = reader(&content);
        let mut learning = Learning::default();
        let mut entry_rows = Vec::with_capacity(content.entries.len() + 1);
        for (class, entry) in content.entries.iter().enumerate() {
            let first = learning.owners.len();
            learning.take(&reader, class, entry.fr.questions());
            entry_rows.push([first, learning.owners.len()]);
            learning.take(&reader, class, entry.en.questions());
        }
        entry_rows.push([learning.owners.len(); 2]);
        for (n, kind) in content.elsewhere.iter().enumerate() {
            let messages = kind.messages.iter().map(String::as_str);
            learning.take(&reader, content.entries.len() + n, messages);
        }
        let classes = content.entries.len() + content.elsewhere.len();
        let spaces = learning.views.each_mut().map(Rows::space);
        let (columns, features) = columns(&spaces);
        let classifier = learning.classifier(&spaces, &columns, features, classes);
        let rows = learning.owners.len();
        drop(learning);
        let answers = answers(&content, &reader);
        Self {
            kinds: (content.elsewhere.into_iter().map(|kind| kind.kind)).collect(),
            entries: content.entries,
            weights: content.weights,
            guards: content.guards,
            version,
            reader,
            spaces,
            answers,
            entry_rows,
            rows,
            columns,
            classifier,
        }
    }

    /// All that speaks for and against.
    #[must_use]
    pub fn evidence(&self, doc: &Doc) -> Evidence {
        let mut evidence = Evidence {
            entries: vec![[0.0; FOR_ENTRY.len()]; self.entries.len()],
            ..Evidence::default()
        };
        let mut vectors: [Vec<(u32, f32)>; VIEWS] = Default::default();
        let mut together = vec![0.0_f32; self.rows];
        let mut rows = vec![0.0_f32; self.rows];
        for view in [CHARS, STEMS, SOUNDS, CONCEPTS] {
            let (vector, known) = self.spaces[view].vector(&doc.bags[view]);
            if let Some(share) = evidence.known.get_mut(view) {
                *share = known;
            }
            rows.fill(0.0);
            self.spaces[view].likeness(&vector, &mut rows);
            for (sum, likeness) in together.iter_mut().zip(&rows) {
                *sum += likeness;
            }
            for (n, entry) in evidence.entries.iter_mut().enumerate() {
                let own = &rows[self.entry_rows[n][0]..self.entry_rows[n + 1][0]];
                let best = best_of(own);
                entry[2 * view] = best[0];
                entry[2 * view + 1] = best.iter().sum::<f32>() / 3.0;
            }
            vectors[view] = vector;
        }
        let mut answers = vec![0.0; 2 * self.entries.len()];
        let (vector, _) = self.answers.vector(&doc.bags[STEMS]);
        self.answers.likeness(&vector, &mut answers);
        let views = std::array::from_fn(|view| vectors[view].as_slice());
        evidence.classes = self.classifier.probabilities(&row(&self.columns, views));
        for (n, entry) in evidence.entries.iter_mut().enumerate() {
            entry[8] = answers[2 * n].max(answers[2 * n + 1]);
            entry[9] = (evidence.classes[n] + 1e-4).ln() / 9.0 + 1.0;
        }
        for pair in self.entry_rows.windows(2) {
            let ([french, english], [next, _]) = (pair[0], pair[1]);
            let [of_french, of_english] = &mut evidence.languages;
            *of_french = of_french.max(most(&together[french..english]));
            *of_english = of_english.max(most(&together[english..next]));
        }
        let first = self.entry_rows[self.entries.len()][0];
        evidence.elsewhere = most(&together[first..]);
        evidence
    }

    /// The name of a concept that was found in a message.
    #[must_use]
    pub fn concept(&self, concept: u16) -> &str {
        self.reader.lexicon.name(concept)
    }

    /// Questions that the index holds, of entries and of others.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes that the index holds, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let spaces = self.spaces.iter().chain([&self.answers]);
        let columns = self.columns.iter().map(|columns| columns.len() * 4);
        self.classifier.bytes()
            + spaces.map(Space::bytes).chain(columns).sum::<usize>()
            + self.reader.dictionary.bytes()
    }
}

/// What is held only while the index is learned: all questions as features, and whose each is.
#[derive(Default)]
struct Learning {
    owners: Vec<u16>,
    views: [Rows; VIEWS],
}

impl Learning {
    fn take<'a>(
        &mut self,
        reader: &Reader,
        class: usize,
        questions: impl Iterator<Item = &'a str>,
    ) {
        for question in questions {
            self.owners.push(u16::try_from(class).unwrap_or(u16::MAX));
            let doc = reader.read(question);
            for (rows, bag) in self.views.iter_mut().zip(&doc.bags) {
                rows.take(bag);
            }
        }
    }

    fn classifier(
        &self,
        spaces: &[Space; VIEWS],
        columns: &[Vec<u32>; VIEWS],
        features: usize,
        classes: usize,
    ) -> Classifier {
        Classifier::learn(&self.owners, features, classes, |n, row| {
            for view in 0..VIEWS {
                let (space, rows) = (&spaces[view], &self.views[view]);
                let scale = VIEW_WEIGHTS[view] / space.length(rows.of(n));
                for (feature, times) in rows.of(n) {
                    let column = columns[view][feature as usize];
                    if column != u32::MAX {
                        row.push((column, space.weight(feature, u16::from(times)) * scale));
                    }
                }
            }
        })
    }
}

/// The answers' own words, two to an entry: French, English.
fn answers(content: &Content, reader: &Reader) -> Space {
    let mut rows = Rows::default();
    for entry in &content.entries {
        let tags = entry.tags.join(" ");
        for text in [&entry.fr, &entry.en] {
            let doc = reader.read(&format!("{} {tags} {}", text.question, text.answer));
            rows.take(&doc.bags[STEMS]);
        }
    }
    rows.space()
}

/// The greatest likeness; zero for none.
fn most(likenesses: &[f32]) -> f32 {
    likenesses.iter().copied().fold(0.0, f32::max)
}

/// The best three, best first.
fn best_of(rows: &[f32]) -> [f32; MEAN_OF] {
    let mut best = [0.0; MEAN_OF];
    for likeness in rows {
        let mut carried = *likeness;
        for place in &mut best {
            if carried > *place {
                std::mem::swap(place, &mut carried);
            }
        }
    }
    best
}

fn reader(content: &Content) -> Reader {
    let mut reader = Reader {
        shorthand: content.shorthand.clone(),
        lexicon: content.lexicon.clone(),
        ..Reader::default()
    };
    let mut uses: HashMap<String, u32> = HashMap::new();
    for entry in &content.entries {
        for question in entry.fr.questions().chain(entry.en.questions()) {
            for word in reader.shorthand.write_out(normalise::words(question)) {
                *uses.entry(word).or_default() += 1;
            }
        }
    }
    for word in reader.lexicon.plain_words() {
        *uses.entry(word.clone()).or_default() += 1;
    }
    let others = (content.elsewhere.iter().flat_map(|kind| &kind.messages))
        .flat_map(|message| normalise::words(message))
        .collect();
    reader.dictionary = Dictionary::of(uses, others);
    reader
}

/// The classifier's column of each view's features (`u32::MAX`: none), and how many there are.
fn columns(spaces: &[Space; VIEWS]) -> ([Vec<u32>; VIEWS], usize) {
    let mut next = 0_u32;
    let columns = std::array::from_fn(|view| {
        let space = &spaces[view];
        (0..space.features())
            .map(|feature| {
                if space.used_by(feature) < USED_BY_MIN {
                    return u32::MAX;
                }
                next += 1;
                next - 1
            })
            .collect()
    });
    (columns, next as usize)
}

fn row(columns: &[Vec<u32>; VIEWS], views: [&[(u32, f32)]; VIEWS]) -> Row {
    let mut row = Row::new();
    for view in 0..VIEWS {
        for (feature, weight) in views[view] {
            let column = columns[view][*feature as usize];
            if column != u32::MAX {
                row.push((column, weight * VIEW_WEIGHTS[view]));
            }
        }
    }
    row
}
