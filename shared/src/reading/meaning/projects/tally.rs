//! Verdicts gathered piece by piece.

use super::{ALL, Asked, EXCEPT, OTHERS, meaning_of, spoken_of};
use crate::reading::meaning::Label;
use crate::reading::meaning::words::fold;

/// What was said so far of each project.
pub(super) struct Tally {
    verdicts: Vec<Option<Label>>,
    /// Projects that were named, not only meant by "the others".
    explicit: Vec<bool>,
    /// Projects of the piece before, or those that still wait for a verdict.
    last: Vec<usize>,
    /// Projects of which something was said that is not understood: no verdict on others is meant for them.
    unclear: Vec<bool>,
    /// A verdict that came before any name.
    pending: Option<Label>,
    /// The last verdict given.
    latest: Option<Label>,
    /// What holds for projects of which nothing is said ("seul le premier": the others not).
    default: Option<Label>,
}

impl Tally {
    pub(super) fn new(count: usize) -> Self {
        Self {
            verdicts: vec![None; count],
            explicit: vec![false; count],
            last: Vec::new(),
            unclear: vec![false; count],
            pending: None,
            latest: None,
            default: None,
        }
    }

    pub(super) fn take(&mut self, piece: &str, asked: &[Asked], titles: &[Vec<String>]) {
        let folded = fold(piece);
        let mut named = spoken_of(&folded, asked, titles);
        let label = meaning_of(piece);
        if EXCEPT.is_match(&folded) && !named.is_empty() {
            self.exception(&folded, named, label);
            return;
        }
        let of_the_rest = named.is_empty() && OTHERS.is_match(&folded);
        if of_the_rest {
            named = (0..asked.len()).filter(|at| !self.explicit[*at]).collect();
            // "Le parquet, le reste on laisse tomber": what is said of the rest is not said of those before.
            self.last.clear();
        } else if named.is_empty() && ALL.is_match(&folded) {
            named = (0..asked.len()).collect();
        }
        if named.is_empty() {
            self.unnamed(label);
        } else {
            if label.is_none() && says_more(&folded, asked) {
                for at in &named {
                    self.unclear[*at] = true;
                }
            }
            self.named(named, label);
        }
    }

    /// "tous sauf le parquet", "seul le parquet": the rest goes the other way round.
    fn exception(&mut self, folded: &str, named: Vec<usize>, label: Option<Label>) {
        let stated = label.filter(|label| label.is_state() || *label == Label::WantsCancel);
        if ["sauf", "hormis", "except", "a part"]
            .iter()
            .any(|word| folded.contains(word))
        {
            let rest = stated.unwrap_or(Label::StillSearching);
            for (at, verdict) in self.verdicts.iter_mut().enumerate() {
                *verdict = Some(if named.contains(&at) {
                    opposite(rest)
                } else {
                    rest
                });
            }
            return;
        }
        let mine = stated.unwrap_or(Label::StillSearching);
        for at in &named {
            self.verdicts[*at] = Some(mine);
            self.explicit[*at] = true;
        }
        self.default = Some(opposite(mine));
        self.last = named;
    }

    /// A piece without a name goes on about those before it.
    fn unnamed(&mut self, label: Option<Label>) {
        let Some(label) = label else { return };
        if self.last.is_empty() {
            self.pending = self.pending.or(Some(label));
        }
        for at in &self.last {
            self.verdicts[*at] = self.verdicts[*at].or(Some(label));
        }
    }

    /// "le 1 et le 3 oui": names without a verdict wait for the one that follows.
    fn named(&mut self, named: Vec<usize>, label: Option<Label>) {
        self.latest = label.or(self.latest);
        for at in &named {
            self.explicit[*at] = true;
            let given = label.or(self.pending.filter(|_| self.verdicts[*at].is_none()));
            self.verdicts[*at] = given.or(self.verdicts[*at]);
        }
        let waiting: Vec<usize> = self
            .last
            .iter()
            .copied()
            .filter(|at| self.verdicts[*at].is_none() && !self.unclear[*at])
            .collect();
        if label.is_none() {
            self.last = waiting.into_iter().chain(named).collect();
        } else {
            for at in waiting {
                self.verdicts[at] = label;
            }
            self.last = named;
        }
        self.pending = None;
    }

    pub(super) fn close(mut self, of_all: Option<Label>) -> Vec<Label> {
        // "Annulez le 2 et le 3": a name that waited in vain takes the verdict before it.
        for at in self.last.iter().filter(|at| !self.unclear[**at]) {
            self.verdicts[*at] = self.verdicts[*at].or(self.latest);
        }
        let silent = self.verdicts.iter().all(Option::is_none);
        let rest = if silent { of_all } else { self.default };
        self.verdicts
            .into_iter()
            .map(|verdict| verdict.or(rest).unwrap_or(Label::None))
            .collect()
    }
}

fn opposite(label: Label) -> Label {
    if label == Label::Dropped || label == Label::WantsCancel {
        Label::StillSearching
    } else {
        Label::Dropped
    }
}

/// Words that name projects and say nothing.
const NAMING: &[&str] = &[
    "le",
    "la",
    "les",
    "l",
    "de",
    "du",
    "des",
    "d",
    "et",
    "un",
    "une",
    "pour",
    "projet",
    "projets",
    "n",
    "no",
    "numero",
    "aussi",
    "egalement",
    "idem",
    "pareil",
    "meme",
    "chose",
    "premier",
    "premiere",
    "deuxieme",
    "second",
    "seconde",
    "troisieme",
    "dernier",
    "derniere",
    "premiers",
    "derniers",
    "deux",
    "trois",
    "mon",
    "ma",
    "mes",
    "notre",
    "nos",
    "au",
    "a",
    "concernant",
    "the",
    "and",
    "for",
    "first",
    "third",
    "last",
    "one",
    "project",
    "too",
    "also",
    "1er",
    "1ere",
    "2e",
    "2eme",
    "3e",
    "3eme",
    "bonjour",
    "alors",
    "donc",
    "svp",
    "merci",
    "s",
    "il",
    "vous",
    "plait",
    "stp",
    "please",
];

/// Whether a piece holds words beyond the names of projects.
fn says_more(folded: &str, asked: &[Asked]) -> bool {
    let titles: Vec<String> = asked.iter().map(|project| fold(&project.title)).collect();
    let references = asked.iter().map(|project| project.reference.to_lowercase());
    let references: Vec<String> = references.collect();
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .any(|word| {
            let beginning = word.get(..word.len().min(4)).unwrap_or(word);
            !NAMING.contains(&word)
                && !references.iter().any(|reference| reference.contains(word))
                && !titles.iter().any(|title| title.contains(beginning))
        })
}
