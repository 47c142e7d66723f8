//! Ranks the entries and decides: answer, offer three, or say that the bot does not know.

use crate::account::Locale;
use crate::faq::classifier;
use crate::faq::entry::Audience;
use crate::faq::guard::{self, Sign};
use crate::faq::index::{Evidence, Index};
use crate::faq::views::Doc;
use crate::faq::weights::FOR_RIGHT;
use crate::faq::{Band, Question, Reason, Verdict};

/// Entries offered as buttons.
pub const SUGGESTED_MAX: usize = 3;
/// Entries kept of the ranking.
pub const RANKED_MAX: usize = 10;
/// What an entry loses when it is written for the other side. Source: a penalty, not a filter: providers also post projects.
const OTHER_AUDIENCE: f32 = 0.35;
/// An entry is offered only when it has this share of the first one's probability.
const SUGGESTED_SHARE: f32 = 0.02;
/// Likeness of the two languages that counts as a tie; the asker's own language decides then.
const LANGUAGE_TIE: f32 = 0.02;

/// Everything that the decision is taken from.
#[derive(Debug, Clone)]
pub struct Considered {
    /// Entries by number, best first, with their scores.
    pub ranked: Vec<(usize, f32)>,
    /// By [`FOR_RIGHT`].
    pub signs: [f32; FOR_RIGHT.len()],
    /// The evidence.
    pub evidence: Evidence,
    /// What the guards saw.
    pub guard: Vec<Sign>,
    /// The message as read.
    pub doc: Doc,
}

/// Ranks, and gathers what the decision needs.
#[must_use]
pub fn consider(index: &Index, question: &Question<'_>) -> Considered {
    let doc = index.reader.read(question.text);
    let guard = guard::signs(&index.guards, &doc.words, question.text);
    let evidence = index.evidence(&doc);
    let ranked = rank(index, &evidence, &index.weights.rank, question.audience);
    let signs = signs(index, &doc, &evidence, &ranked, &guard);
    Considered {
        ranked,
        signs,
        evidence,
        guard,
        doc,
    }
}

/// Entries by score, best first; equal scores in the order of their ids.
pub(crate) fn rank(
    index: &Index,
    evidence: &Evidence,
    weights: &[f32],
    asker: Option<Audience>,
) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = (evidence.entries.iter().enumerate())
        .map(|(n, signs)| {
            let score: f32 = signs
                .iter()
                .zip(weights)
                .map(|(sign, weight)| sign * weight)
                .sum();
            let meant = asker.is_none_or(|asker| index.entries[n].audience.suits(asker));
            (n, if meant { score } else { score - OTHER_AUDIENCE })
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

pub(crate) fn signs(
    index: &Index,
    doc: &Doc,
    evidence: &Evidence,
    ranked: &[(usize, f32)],
    guard: &[Sign],
) -> [f32; FOR_RIGHT.len()] {
    let (first, top) = ranked.first().copied().unwrap_or((0, 0.0));
    let second = ranked.get(1).map_or(0.0, |other| other.1);
    let mut shares: Vec<f32> = ranked.iter().map(|(_, score)| *score).collect();
    classifier::softmax(&mut shares);
    let own = evidence.entries[first];
    let elsewhere: f32 = evidence.classes[index.entries.len()..].iter().sum();
    let words = count(doc.words.len());
    [
        1.0,
        top / 10.0,
        (top - second).min(5.0),
        shares.first().copied().unwrap_or(0.0),
        evidence.classes[first],
        elsewhere,
        (own[0] + own[2] + own[4] + own[6] - evidence.elsewhere).clamp(-2.0, 2.0),
        own[0],
        own[2],
        own[6],
        evidence.known[0],
        evidence.known[1],
        count(doc.unknown()) / words.max(1.0),
        (1.0 + words).ln() / 3.0,
        count(guard.len()),
        count(doc.concepts.len().min(5)) / 5.0,
    ]
}

/// The logistic function of weighed signs.
#[must_use]
pub fn probability(signs: &[f32], weights: &[f32]) -> f32 {
    let sum: f32 = signs
        .iter()
        .zip(weights)
        .map(|(sign, weight)| sign * weight)
        .sum();
    1.0 / (1.0 + (-sum).exp())
}

/// Takes the decision.
#[must_use]
pub fn decide(index: &Index, question: &Question<'_>) -> Verdict {
    let considered = consider(index, question);
    let score = probability(&considered.signs, &index.weights.right);
    let among = probability(&considered.signs, &index.weights.among);
    let band = band(index, &considered, score, among);
    let ranked = considered.ranked.iter().take(RANKED_MAX);
    Verdict {
        band,
        language: language(&considered.evidence, question.locale),
        score,
        among,
        ranked: ranked
            .map(|(n, score)| (index.entries[*n].id.clone(), *score))
            .collect(),
    }
}

fn band(index: &Index, considered: &Considered, score: f32, among: f32) -> Band {
    let seen = |sign| considered.guard.contains(&sign);
    if seen(Sign::Instruction) {
        return Band::HandOver(Reason::Instruction);
    }
    if considered.doc.words.is_empty() {
        return Band::HandOver(Reason::Nothing);
    }
    if seen(Sign::Courtesy) {
        return Band::HandOver(Reason::Courtesy);
    }
    let id = |n: usize| index.entries[n].id.clone();
    // Another company's customer is offered what we know about our own house, never told that it is the answer.
    if score >= index.weights.answer_from && !seen(Sign::Brand) {
        return Band::Answer(id(considered.ranked[0].0));
    }
    if among >= index.weights.suggest_from {
        let top = considered.ranked[0].1;
        let near = (considered.ranked.iter().take(SUGGESTED_MAX))
            .filter(|(_, score)| (score - top).exp() >= SUGGESTED_SHARE);
        return Band::Suggest(near.map(|(n, _)| id(*n)).collect());
    }
    Band::HandOver(reason(index, considered))
}

/// Why a person has to look, as well as it can be told.
fn reason(index: &Index, considered: &Considered) -> Reason {
    let seen = |sign| considered.guard.contains(&sign);
    if seen(Sign::Insult) {
        return Reason::Insult;
    }
    if seen(Sign::Case) {
        return Reason::Case;
    }
    if seen(Sign::Brand) {
        return Reason::OtherService;
    }
    let kinds = &considered.evidence.classes[index.entries.len()..];
    let likely = kinds
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
    (likely.filter(|(_, share)| **share > 0.3))
        .and_then(|(n, _)| Reason::of_kind(&index.kinds[n]))
        .unwrap_or(Reason::Unknown)
}

fn language(evidence: &Evidence, locale: Option<Locale>) -> Locale {
    let [french, english] = evidence.languages;
    match locale {
        Some(locale) if (french - english).abs() < LANGUAGE_TIE => locale,
        _ if english > french => Locale::En,
        _ => Locale::Fr,
    }
}

/// A small count as a number to reckon with.
fn count(n: usize) -> f32 {
    f32::from(u16::try_from(n).unwrap_or(u16::MAX))
}
