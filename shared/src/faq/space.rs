//! One view of all questions: which features there are, how telling each is, and which questions have it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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

/// Questions by feature, with TF-IDF weights.
#[derive(Debug, Clone, Default)]
pub struct Space {
    ids: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    idf: Vec<f32>,
    used_by: Vec<u32>,
    // Postings of feature `n`: `starts[n]..starts[n + 1]`.
    starts: Vec<u32>,
    postings: Vec<(u32, f32)>,
}

impl Space {
    /// Builds it from the bags of all questions, in their order; gives their vectors too.
    #[must_use]
    pub fn of<'a>(bags: impl Iterator<Item = &'a Vec<(u64, u16)>> + Clone) -> (Self, Vec<Vector>) {
        let mut space = Self::default();
        let mut rows = 0_u32;
        for bag in bags.clone() {
            rows += 1;
            for (feature, _) in bag {
                let next = u32::try_from(space.used_by.len()).unwrap_or(u32::MAX);
                let id = *space.ids.entry(*feature).or_insert(next);
                if id == next {
                    space.used_by.push(0);
                }
                space.used_by[id as usize] += 1;
            }
        }
        space.idf = (space.used_by.iter())
            .map(|used| ((1.0 + float(rows)) / (1.0 + float(*used))).ln() + 1.0)
            .collect();
        let vectors: Vec<Vector> = bags.map(|bag| space.vector(bag).0).collect();
        space.post(&vectors);
        (space, vectors)
    }

    fn post(&mut self, vectors: &[Vector]) {
        let mut next = Vec::with_capacity(self.used_by.len() + 1);
        let mut sum = 0;
        for used in &self.used_by {
            next.push(sum);
            sum += used;
        }
        next.push(sum);
        self.starts.clone_from(&next);
        self.postings = vec![(0, 0.0); sum as usize];
        for (row, vector) in (0_u32..).zip(vectors) {
            for (feature, weight) in vector {
                let at = &mut next[*feature as usize];
                self.postings[*at as usize] = (row, *weight);
                *at += 1;
            }
        }
    }

    /// The vector of a bag, and the share of its weight that known features carry (0 to 1).
    #[must_use]
    pub fn vector(&self, bag: &[(u64, u16)]) -> (Vector, f32) {
        let rare = self.idf.iter().copied().fold(1.0, f32::max);
        let (mut vector, mut known, mut all) = (Vec::with_capacity(bag.len()), 0.0, 0.0);
        for (feature, times) in bag {
            let often = 1.0 + f32::from(*times).ln();
            if let Some(id) = self.ids.get(feature) {
                let weight = often * self.idf[*id as usize];
                vector.push((*id, weight));
                known += weight * weight;
                all += weight * weight;
            } else {
                all += (often * rare).powi(2);
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
            let span = self.starts[*feature as usize] as usize
                ..self.starts[*feature as usize + 1] as usize;
            for (row, own) in &self.postings[span] {
                rows[*row as usize] += own * weight;
            }
        }
    }

    /// How many features there are.
    #[must_use]
    pub fn features(&self) -> usize {
        self.used_by.len()
    }

    /// In how many questions a feature is.
    #[must_use]
    pub fn used_by(&self, feature: usize) -> u32 {
        self.used_by[feature]
    }

    /// Bytes held, roughly (hash tables at their usual load).
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ids.capacity() * 17 + self.features() * 12 + self.postings.len() * 8
    }
}

/// A count as a number to reckon with.
#[must_use]
pub fn float(count: u32) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
