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
        if named.is_empty() && OTHERS.is_match(&folded) {
            named = (0..asked.len()).filter(|at| !self.explicit[*at]).collect();
        } else if named.is_empty() && ALL.is_match(&folded) {
            named = (0..asked.len()).collect();
        }
        if named.is_empty() {
            self.unnamed(label);
        } else {
            self.named(named, label);
        }
    }

    /// "tous sauf le parquet", "seul le parquet": the rest goes the other way round.
    fn exception(&mut self, folded: &str, named: Vec<usize>, label: Option<Label>) {
        let stated = label.filter(|label| label.is_state());
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
            .filter(|at| self.verdicts[*at].is_none())
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
        for at in &self.last {
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
