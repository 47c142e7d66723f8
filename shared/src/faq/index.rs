//! The content made ready to be asked, and what it has to say about a message.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::account::Locale;
use crate::faq::classifier::{Classifier, Row};
use crate::faq::content::{self, Content};
use crate::faq::entry::Entry;
use crate::faq::load::{File, Problem};
use crate::faq::normalise;
use crate::faq::space::Space;
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

/// Whose question a row is.
#[derive(Debug, Clone, Copy)]
struct Owner {
    class: usize,
    locale: Locale,
}

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
    owners: Vec<Owner>,
    // Where an entry's rows begin; rows of one entry stand together.
    first_rows: Vec<usize>,
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
        let (mut owners, mut docs, mut first_rows) = (Vec::new(), Vec::new(), Vec::new());
        let mut add = |class, locale, text: &str| {
            owners.push(Owner { class, locale });
            docs.push(reader.read(text));
        };
        let mut rows = 0;
        for (class, entry) in content.entries.iter().enumerate() {
            first_rows.push(rows);
            for locale in [Locale::Fr, Locale::En] {
                for question in entry.text(locale).questions() {
                    add(class, locale, question);
                    rows += 1;
                }
            }
        }
        first_rows.push(rows);
        for (n, kind) in content.elsewhere.iter().enumerate() {
            for message in &kind.messages {
                add(content.entries.len() + n, Locale::Fr, message);
            }
        }
        let classes = content.entries.len() + content.elsewhere.len();
        let (spaces, vectors): (Vec<_>, Vec<_>) = (0..VIEWS)
            .map(|view| Space::of(docs.iter().map(|doc| &doc.bags[view])))
            .unzip();
        let spaces: [Space; VIEWS] = spaces.try_into().expect("one per view");
        let (columns, features) = columns(&spaces);
        let training: Vec<(Row, usize)> = (owners.iter().enumerate())
            .map(|(n, owner)| {
                let views = std::array::from_fn(|view| vectors[view][n].as_slice());
                (row(&columns, views), owner.class)
            })
            .collect();
        let classifier = Classifier::learn(&training, features, classes);
        let answers: Vec<Doc> = (content.entries.iter())
            .flat_map(|entry| [(entry, Locale::Fr), (entry, Locale::En)])
            .map(|(entry, locale)| {
                let text = entry.text(locale);
                reader.read(&format!(
                    "{} {} {}",
                    text.question,
                    entry.tags.join(" "),
                    text.answer
                ))
            })
            .collect();
        let answers = Space::of(answers.iter().map(|doc| &doc.bags[STEMS])).0;
        Self {
            kinds: (content.elsewhere.into_iter().map(|kind| kind.kind)).collect(),
            entries: content.entries,
            weights: content.weights,
            guards: content.guards,
            version,
            reader,
            spaces,
            answers,
            owners,
            first_rows,
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
        let mut together = vec![0.0_f32; self.owners.len()];
        let mut rows = vec![0.0_f32; self.owners.len()];
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
                let own = &rows[self.first_rows[n]..self.first_rows[n + 1]];
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
        for (owner, likeness) in self.owners.iter().zip(together) {
            let best = if owner.class >= self.entries.len() {
                &mut evidence.elsewhere
            } else if owner.locale == Locale::Fr {
                &mut evidence.languages[0]
            } else {
                &mut evidence.languages[1]
            };
            *best = best.max(likeness);
        }
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
        self.owners.len()
    }

    /// Bytes that the index holds, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let spaces = self.spaces.iter().chain([&self.answers]);
        self.classifier.bytes() + spaces.map(Space::bytes).sum::<usize>()
    }
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
