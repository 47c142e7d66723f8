//! Learns the weights of ranking and deciding from examples.

use crate::faq::Question;
use crate::faq::classifier;
use crate::faq::decide::{self, Considered};
use crate::faq::eval::Example;
use crate::faq::guard::Sign;
use crate::faq::index::Index;
use crate::faq::weights::{FOR_ENTRY, FOR_RIGHT, Weights};

/// Steps of plain gradient descent; both problems are convex and small.
const STEPS: usize = 1_500;
/// Length of a step.
const STEP: f32 = 0.5;
/// Pull towards the weights that the search starts from. Source: a few hundred examples carry a dozen numbers, no more.
const RANK_PULL: f32 = 0.002;
/// Pull of the deciding weights towards zero.
const RIGHT_PULL: f32 = 0.003;
/// The share of answerable messages that may be answered wrongly. Source: the figure that the product is held to, less
/// a margin for messages that nobody has seen.
const WRONG_MAX: f64 = 0.035;
/// The share of unanswerable messages that must be held back, with its margin.
const HELD_BACK_MIN: f64 = 0.935;
/// How much surer the bot must be than the examples ask for. Source: own measurement on questions held out of the content,
/// whose wording nobody had in mind: with it 4.8 % are answered wrongly and 92 % of the others held back, without it 5.3 and 91.
const UNSEEN_MARGIN: f32 = 0.06;
/// The probability to answer from is never set above this one: a bot that answers nothing is never wrong.
const ANSWER_FROM_MAX: f32 = 0.9;

/// Learns all weights.
#[must_use]
pub fn fit(index: &Index, examples: &[Example]) -> Weights {
    let mut weights = index.weights.clone();
    let mut considered: Vec<Considered> = (examples.iter())
        .map(|example| {
            decide::consider(
                index,
                &Question {
                    text: &example.text,
                    locale: None,
                    audience: None,
                },
            )
        })
        .collect();
    weights.rank = rank(index, examples, &considered);
    for one in &mut considered {
        one.ranked = decide::rank(index, &one.evidence, &weights.rank, None);
        one.signs = decide::signs(index, &one.doc, &one.evidence, &one.ranked, &one.guard);
    }
    let right = |n: usize, among: usize| {
        let ranked = considered[n].ranked.iter().take(among);
        ranked
            .map(|(entry, _)| &index.entries[*entry].id)
            .any(|id| examples[n].accepts(id))
    };
    let rows = |among: usize| -> Vec<([f32; FOR_RIGHT.len()], bool)> {
        (0..examples.len())
            .map(|n| (considered[n].signs, right(n, among)))
            .collect()
    };
    weights.right = logistic(&rows(1));
    weights.among = logistic(&rows(3));
    let from = threshold(examples, &considered, index, &weights);
    weights.answer_from = (from + UNSEEN_MARGIN).min(ANSWER_FROM_MAX);
    weights.suggest_from = weights.answer_from.min(0.4);
    weights
}

/// Listwise softmax over all entries, weights kept at zero or above.
fn rank(index: &Index, examples: &[Example], considered: &[Considered]) -> [f32; FOR_ENTRY.len()] {
    let start = Weights::default().rank;
    let mut weights = start;
    let answerable: Vec<(&Considered, Vec<bool>)> = (examples.iter().zip(considered))
        .filter(|(example, _)| example.expect.is_some())
        .map(|(example, one)| {
            let right = index.entries.iter().map(|entry| example.accepts(&entry.id));
            (one, right.collect())
        })
        .collect();
    let share = 1.0 / f32::from(u16::try_from(answerable.len()).unwrap_or(u16::MAX)).max(1.0);
    for _ in 0..STEPS {
        let mut slope = [0.0_f32; FOR_ENTRY.len()];
        for (one, right) in &answerable {
            let mut all: Vec<f32> = (one.evidence.entries.iter())
                .map(|signs| {
                    signs
                        .iter()
                        .zip(&weights)
                        .map(|(sign, weight)| sign * weight)
                        .sum()
                })
                .collect();
            classifier::softmax(&mut all);
            let sum: f32 = all
                .iter()
                .zip(right)
                .filter(|(_, right)| **right)
                .map(|(p, _)| p)
                .sum();
            for ((signs, p), right) in one.evidence.entries.iter().zip(&all).zip(right) {
                let wanted = if *right { p / sum.max(1e-9) } else { 0.0 };
                for (slope, sign) in slope.iter_mut().zip(signs) {
                    *slope += (wanted - p) * sign * share;
                }
            }
        }
        for ((weight, slope), start) in weights.iter_mut().zip(slope).zip(start) {
            *weight = (*weight + STEP * (slope - RANK_PULL * (*weight - start))).max(0.0);
        }
    }
    weights
}

fn logistic(rows: &[([f32; FOR_RIGHT.len()], bool)]) -> [f32; FOR_RIGHT.len()] {
    let mut weights = [0.0_f32; FOR_RIGHT.len()];
    let share = 1.0 / f32::from(u16::try_from(rows.len()).unwrap_or(u16::MAX)).max(1.0);
    for _ in 0..STEPS * 2 {
        let mut slope = [0.0_f32; FOR_RIGHT.len()];
        for (signs, right) in rows {
            let off = f32::from(u8::from(*right)) - decide::probability(signs, &weights);
            for (slope, sign) in slope.iter_mut().zip(signs) {
                *slope += off * sign * share;
            }
        }
        for (n, (weight, slope)) in weights.iter_mut().zip(slope).enumerate() {
            let pull = if n == 0 { 0.0 } else { RIGHT_PULL };
            *weight += STEP * 2.0 * (slope - pull * *weight);
        }
    }
    weights
}

/// The lowest probability to answer from that earns the most, with few wrong answers and enough held back.
fn threshold(
    examples: &[Example],
    considered: &[Considered],
    index: &Index,
    weights: &Weights,
) -> f32 {
    let mut best = (f64::NEG_INFINITY, 0.5);
    for percent in 30_u16..=90 {
        let from = f32::from(percent) / 100.0;
        let (mut wrong, mut answerable, mut held, mut out, mut net) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (example, one) in examples.iter().zip(considered) {
            let guarded = [Sign::Instruction, Sign::Courtesy, Sign::Brand]
                .iter()
                .any(|sign| one.guard.contains(sign));
            let says = !guarded && decide::probability(&one.signs, &weights.right) >= from;
            let right = example.accepts(&index.entries[one.ranked[0].0].id);
            let (is_in, quiet) = (example.expect.is_some(), example.accept.contains(&None));
            answerable += f64::from(u8::from(is_in));
            out += f64::from(u8::from(!is_in));
            wrong += f64::from(u8::from(is_in && says && !right));
            held += f64::from(u8::from(!is_in && if says { right } else { quiet }));
            net += match (says, right) {
                (true, true) => 1.0,
                (true, false) => -1.0,
                (false, _) => f64::from(u8::from(!is_in && quiet)),
            };
        }
        let kept = wrong <= WRONG_MAX * answerable && held >= HELD_BACK_MIN * out;
        let worth = if kept { net } else { net - 1_000.0 };
        if worth > best.0 {
            best = (worth, from);
        }
    }
    best.1
}
