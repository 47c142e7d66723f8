//! A small linear model: softmax regression over words, pairs of words, pieces of words and cues.
//!
//! It is trained at first use from the committed examples, in about a tenth of a second, always with the same result.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cues::{self, Hit};
use super::words::Words;
use super::{LABELS, Label};

/// The examples, one a line under their label.
const EXAMPLES: &str = include_str!("../../../content/reading/examples.txt");
/// Passes over the examples. More passes stopped helping in cross-validation over the examples themselves.
const PASSES: usize = 24;
/// Step of the first pass (`AdaGrad`).
const STEP: f32 = 0.35;
/// Pull of the weights towards zero at each step.
const SHRINK: f32 = 2e-5;
/// Features read from one text.
const FEATURES_MAX: usize = 1_200;

/// One committed example.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its meanings, the main one first.
    pub labels: Vec<Label>,
    /// The text.
    pub text: String,
}

/// The committed examples.
#[must_use]
pub fn examples() -> Vec<Example> {
    let mut current = Label::None;
    let mut all = Vec::new();
    for line in EXAMPLES.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            current = Label::named(name.trim()).expect("a test reads every label of the examples");
        } else if !line.is_empty() && !line.starts_with('#') {
            let (labels, text) = match line.split_once(" | ") {
                Some((names, text)) => (names.split('+').filter_map(Label::named).collect(), text),
                None => (vec![current], line),
            };
            all.push(Example {
                labels,
                text: text.replace(" / ", "\n"),
            });
        }
    }
    all
}

/// What a text is made of, as the model sees it.
#[must_use]
pub fn features(words: &Words, hits: &[Hit]) -> Vec<u64> {
    let mut all = Vec::with_capacity(256);
    let tokens: Vec<&str> = words.text.split(' ').collect();
    let mut previous = "^";
    for (at, token) in tokens.iter().enumerate() {
        if all.len() > FEATURES_MAX {
            break;
        }
        all.push(hash(&["w", token]));
        all.push(hash(&["p", previous, token]));
        if at + 2 < tokens.len() {
            all.push(hash(&["s", token, tokens[at + 2]]));
        }
        if token.len() >= 5 {
            all.push(hash(&["r", prefix(token, 5)]));
            if token.len() >= 7 {
                all.push(hash(&["r", prefix(token, 4)]));
            }
        }
        previous = token;
    }
    cue_features(hits, &mut all);
    let count = tokens.iter().filter(|token| token.len() > 1).count();
    all.push(hash(&[
        "n",
        match count {
            0..=1 => "1",
            2..=3 => "3",
            4..=8 => "8",
            9..=20 => "20",
            _ => "more",
        },
    ]));
    if words.text.contains('?') {
        all.push(hash(&["?"]));
    }
    if words.shouted > 0.6 {
        all.push(hash(&["shouted"]));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Cues alone, denied or not, and pairs of them in one sentence and in the text.
fn cue_features(hits: &[Hit], all: &mut Vec<u64>) {
    let name = |hit: &Hit| if hit.denied { "-" } else { "+" };
    let last = hits.iter().map(|hit| hit.sentence).max().unwrap_or(0);
    for hit in hits {
        all.push(hash(&["c", hit.cue]));
        all.push(hash(&["c", hit.cue, name(hit)]));
        all.push(hash(&[
            "c",
            hit.cue,
            name(hit),
            if hit.sentence == 0 {
                "first"
            } else if hit.sentence == last {
                "last"
            } else {
                "inside"
            },
        ]));
        for other in hits {
            if hit.cue < other.cue {
                all.push(hash(&["t", hit.cue, other.cue]));
                if hit.sentence == other.sentence {
                    all.push(hash(&["b", hit.cue, name(hit), other.cue, name(other)]));
                }
            }
        }
    }
}

fn prefix(token: &str, length: usize) -> &str {
    let mut end = length.min(token.len());
    while !token.is_char_boundary(end) {
        end -= 1;
    }
    &token[..end]
}

/// FNV-1a over the pieces: the same on every machine.
fn hash(pieces: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for piece in pieces {
        for byte in piece.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    state
}

const CLASSES: usize = LABELS.len();

/// Trained weights.
#[derive(Debug)]
pub struct Model {
    index: HashMap<u64, u32>,
    weights: Vec<[f32; CLASSES]>,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::train(&examples()));

impl Model {
    /// The model of the committed examples.
    #[must_use]
    pub fn committed() -> &'static Self {
        &MODEL
    }

    /// Learns from examples; the same examples always give the same weights.
    #[must_use]
    pub fn train(examples: &[Example]) -> Self {
        let mut index = HashMap::new();
        let mut rows: Vec<(Vec<u32>, usize)> = Vec::with_capacity(examples.len());
        for example in examples {
            let words = Words::new(&example.text);
            let hits = cues::find(&words);
            let mut row = Vec::new();
            for feature in features(&words, &hits) {
                let next = u32::try_from(index.len()).unwrap_or(u32::MAX);
                row.push(*index.entry(feature).or_insert(next));
            }
            let label = example.labels.first().map_or(0, |label| label.place());
            rows.push((row, label));
        }
        let mut model = Self {
            weights: vec![[0.0; CLASSES]; index.len()],
            index,
        };
        let mut energy = vec![[1e-6_f32; CLASSES]; model.weights.len()];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..PASSES {
            for at in (1..order.len()).rev() {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let other = usize::try_from(state % (at as u64 + 1)).unwrap_or(0);
                order.swap(at, other);
            }
            for row in &order {
                let (features, label) = &rows[*row];
                model.learn(&mut energy, features, *label);
            }
        }
        model
    }

    fn learn(&mut self, energy: &mut [[f32; CLASSES]], features: &[u32], label: usize) {
        let scale = scale(features.len());
        let mut scores = [0.0_f32; CLASSES];
        for feature in features {
            for (score, weight) in scores.iter_mut().zip(&self.weights[*feature as usize]) {
                *score += weight * scale;
            }
        }
        let chances = softmax(scores);
        for feature in features {
            let weights = &mut self.weights[*feature as usize];
            let energy = &mut energy[*feature as usize];
            for class in 0..CLASSES {
                let wanted = if class == label { 1.0 } else { 0.0 };
                let gradient = (chances[class] - wanted) * scale + SHRINK * weights[class];
                energy[class] += gradient * gradient;
                weights[class] -= STEP * gradient / energy[class].sqrt();
            }
        }
    }

    /// Chances of each label, in the order of [`LABELS`].
    #[must_use]
    pub fn chances(&self, words: &Words, hits: &[Hit]) -> [f32; CLASSES] {
        let known: Vec<u32> = features(words, hits)
            .iter()
            .filter_map(|feature| self.index.get(feature).copied())
            .collect();
        let scale = scale(known.len());
        let mut scores = [0.0_f32; CLASSES];
        for feature in known {
            for (score, weight) in scores.iter_mut().zip(&self.weights[feature as usize]) {
                *score += weight * scale;
            }
        }
        softmax(scores)
    }
}

/// Long texts have more features: each weighs less.
#[expect(
    clippy::cast_precision_loss,
    reason = "at most a few thousand features"
)]
fn scale(count: usize) -> f32 {
    1.0 / (count.max(1) as f32).sqrt()
}

fn softmax(scores: [f32; CLASSES]) -> [f32; CLASSES] {
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - top).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}
