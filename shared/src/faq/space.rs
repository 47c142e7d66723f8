//! One view of all questions: which features there are, how telling each is, and which questions have it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Questions that one index holds. Source: a question's number is kept in 16 bits, hundreds of thousands of times.
pub const ROWS_MAX: usize = u16::MAX as usize;
/// What a weight of one is in a posting: weights lie between 0 and 1 and are kept in 16 bits.
const ONE: f32 = 65_535.0;

/// Features are hashes already.
#[derive(Debug, Default, Clone)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A bag of features with weights of length one together.
pub type Vector = Vec<(u32, f32)>;

/// All questions as they are read, one after the other; needed only until the index has learned from them.
#[derive(Debug, Default)]
pub struct Rows {
    ids: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    used_by: Vec<u16>,
    // Features of question `n`: `starts[n]..starts[n + 1]`; how often each is said stands beside it.
    starts: Vec<u32>,
    features: Vec<u32>,
    times: Vec<u8>,
}

impl Rows {
    /// Takes the bag of the next question.
    pub fn take(&mut self, bag: &[(u64, u16)]) {
        self.starts
            .push(u32::try_from(self.features.len()).unwrap_or(u32::MAX));
        for (feature, times) in bag {
            let next = u32::try_from(self.used_by.len()).unwrap_or(u32::MAX);
            let id = *self.ids.entry(*feature).or_insert(next);
            if id == next {
                self.used_by.push(0);
            }
            let used = &mut self.used_by[id as usize];
            *used = used.saturating_add(1);
            self.features.push(id);
            self.times.push(u8::try_from(*times).unwrap_or(u8::MAX));
        }
    }

    /// Features of a question with the times that each is said.
    pub fn of(&self, row: usize) -> impl Iterator<Item = (u32, u8)> {
        let end = (self.starts.get(row + 1)).map_or(self.features.len(), |start| *start as usize);
        let span = self.starts[row] as usize..end;
        let times = self.times[span.clone()].iter();
        self.features[span].iter().copied().zip(times.copied())
    }

    /// The space of all questions taken; the table of features moves there.
    pub fn space(&mut self) -> Space {
        let rows = u16::try_from(self.starts.len()).unwrap_or(u16::MAX);
        let idf: Vec<f32> = (self.used_by.iter())
            .map(|used| ((1.0 + f32::from(rows)) / (1.0 + f32::from(*used))).ln() + 1.0)
            .collect();
        let mut ids = std::mem::take(&mut self.ids);
        ids.shrink_to_fit();
        let mut space = Space {
            ids,
            rare: idf.iter().copied().fold(1.0, f32::max),
            idf,
            ..Space::default()
        };
        self.post(&mut space);
        space
    }

    /// Writes each question beside its features.
    fn post(&self, space: &mut Space) {
        let mut next = Vec::with_capacity(self.used_by.len() + 1);
        let mut sum = 0;
        for used in &self.used_by {
            next.push(sum);
            sum += u32::from(*used);
        }
        next.push(sum);
        space.starts.clone_from(&next);
        space.postings = vec![(0, 0); sum as usize];
        for row in 0..self.starts.len() {
            let number = u16::try_from(row).unwrap_or(u16::MAX);
            let length = space.length(self.of(row));
            for (feature, times) in self.of(row) {
                let at = &mut next[feature as usize];
                let share = space.weight(feature, u16::from(times)) / length;
                space.postings[*at as usize] = (number, kept(share));
                *at += 1;
            }
        }
    }
}

/// Questions by feature, with TF-IDF weights.
#[derive(Debug, Clone, Default)]
pub struct Space {
    ids: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    idf: Vec<f32>,
    // The weight of a feature that no question has.
    rare: f32,
    // Postings of feature `n`: `starts[n]..starts[n + 1]`.
    starts: Vec<u32>,
    postings: Vec<(u16, u16)>,
}

impl Space {
    /// What a feature weighs that is said so many times, before the whole is brought to length one.
    #[must_use]
    pub fn weight(&self, feature: u32, times: u16) -> f32 {
        (1.0 + f32::from(times).ln()) * self.idf[feature as usize]
    }

    /// The length of a question's weights together; one for a question without features.
    #[must_use]
    pub fn length(&self, row: impl Iterator<Item = (u32, u8)>) -> f32 {
        let sum: f32 = row
            .map(|(feature, times)| self.weight(feature, u16::from(times)).powi(2))
            .sum();
        if sum > 0.0 { sum.sqrt() } else { 1.0 }
    }

    /// The vector of a bag, and the share of its weight that known features carry (0 to 1).
    #[must_use]
    pub fn vector(&self, bag: &[(u64, u16)]) -> (Vector, f32) {
        let (mut vector, mut known, mut all) = (Vec::with_capacity(bag.len()), 0.0, 0.0);
        for (feature, times) in bag {
            if let Some(id) = self.ids.get(feature) {
                let weight = self.weight(*id, *times);
                vector.push((*id, weight));
                known += weight * weight;
                all += weight * weight;
            } else {
                all += ((1.0 + f32::from(*times).ln()) * self.rare).powi(2);
            }
        }
        // Unknown features do not shorten the rest: that is the deciding step's business.
        let length = if known > 0.0 { known.sqrt() } else { 1.0 };
        for (_, weight) in &mut vector {
            *weight /= length;
        }
        (vector, if all > 0.0 { known / all } else { 0.0 })
    }

    /// Adds each question's likeness to the vector to `rows`.
    pub fn likeness(&self, vector: &Vector, rows: &mut [f32]) {
        for (feature, weight) in vector {
            let weight = weight / ONE;
            let span = self.starts[*feature as usize] as usize
                ..self.starts[*feature as usize + 1] as usize;
            for (row, own) in &self.postings[span] {
                rows[usize::from(*row)] += f32::from(*own) * weight;
            }
        }
    }

    /// How many features there are.
    #[must_use]
    pub fn features(&self) -> usize {
        self.idf.len()
    }

    /// In how many questions a feature is.
    #[must_use]
    pub fn used_by(&self, feature: usize) -> u32 {
        self.starts[feature + 1] - self.starts[feature]
    }

    /// Bytes held, roughly (hash tables at their usual load).
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ids.capacity() * 17 + self.features() * 8 + self.postings.len() * 4
    }
}

/// A share between 0 and 1 in 16 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what 16 bits hold"
)]
fn kept(share: f32) -> u16 {
    (share * ONE).round().clamp(0.0, ONE) as u16
}
