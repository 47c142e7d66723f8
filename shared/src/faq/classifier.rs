//! Softmax regression over all views together: one class per entry, and one per kind of message that is none of the FAQ's
//! business. Learned each time the content is loaded; the same content gives the same numbers to the bit.

/// Passes over all rows. Source: own measurement; held-out questions gain nothing after the fourth.
const PASSES: u32 = 4;
/// Length of the first step; it shrinks to a tenth over the passes.
const FIRST_STEP: f32 = 1.4;
/// Pull of every weight towards zero per step.
const DECAY: f32 = 2e-6;
/// Probabilities below this are not corrected: most classes of most rows, once the first pass is over.
const CORRECTED_MIN: f32 = 1e-3;

/// The largest weight of a feature, in steps.
const KEPT_MAX: f32 = 127.0;

/// Feature and value of one text, for this classifier's columns.
pub type Row = Vec<(u32, f32)>;

/// What was learned: `classes` weights for each feature, kept as 127ths of the feature's largest. They are the largest part
/// of an index, and held-out questions lose nothing by a quarter of the room.
#[derive(Debug, Clone, Default)]
pub struct Classifier {
    classes: usize,
    weights: Vec<i8>,
    // What a weight of one stands for, by feature.
    ones: Vec<f32>,
    bias: Vec<f32>,
}

/// While it learns: `classes` weights for each feature.
struct Learner {
    classes: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Classifier {
    /// Learns from questions with their classes. `row` writes a question's features into the space it is given: rows are
    /// made when they are needed, because all of them together would be larger than what is learned.
    #[must_use]
    pub fn learn(
        owners: &[u16],
        features: usize,
        classes: usize,
        mut row: impl FnMut(usize, &mut Row),
    ) -> Self {
        let mut learner = Learner {
            classes,
            weights: vec![0.0; features * classes],
            bias: vec![0.0; classes],
        };
        let weight = class_weights(owners, classes);
        let mut order: Vec<usize> = (0..owners.len()).collect();
        let (mut seed, mut scores) = (0x2545_f491_4f6c_dd1d_u64, vec![0.0; classes]);
        let mut own = Row::new();
        for pass in 0..PASSES {
            shuffle(&mut order, &mut seed);
            let left = 1.0
                - (f32::from(u16::try_from(pass).unwrap_or(0))
                    / f32::from(u16::try_from(PASSES).unwrap_or(1)));
            let step = FIRST_STEP * (0.1 + 0.9 * left);
            for n in &order {
                own.clear();
                row(*n, &mut own);
                let class = usize::from(owners[*n]);
                learner.step(&own, class, step * weight[class], &mut scores);
            }
        }
        learner.keep()
    }

    /// The probability of each class.
    #[must_use]
    pub fn probabilities(&self, row: &Row) -> Vec<f32> {
        let mut scores = self.bias.clone();
        for (feature, value) in row {
            let feature = *feature as usize;
            let (at, value) = (feature * self.classes, value * self.ones[feature]);
            for (score, weight) in scores.iter_mut().zip(&self.weights[at..at + self.classes]) {
                *score += f32::from(*weight) * value;
            }
        }
        softmax(&mut scores);
        scores
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.weights.len() + (self.ones.len() + self.bias.len()) * size_of::<f32>()
    }
}

impl Learner {
    fn step(&mut self, row: &Row, class: usize, step: f32, scores: &mut [f32]) {
        self.scores_into(row, scores);
        softmax(scores);
        scores[class] -= 1.0;
        let wrong: Vec<(usize, f32)> = (scores.iter().enumerate())
            .filter(|(_, off)| off.abs() > CORRECTED_MIN)
            .map(|(n, off)| (n, off * step))
            .collect();
        for (n, off) in &wrong {
            self.bias[*n] -= off * 0.1;
        }
        for (feature, value) in row {
            let at = *feature as usize * self.classes;
            let weights = &mut self.weights[at..at + self.classes];
            for (n, off) in &wrong {
                weights[*n] -= off * value + weights[*n] * DECAY;
            }
        }
    }

    fn scores_into(&self, row: &Row, scores: &mut [f32]) {
        scores.copy_from_slice(&self.bias);
        for (feature, value) in row {
            let at = *feature as usize * self.classes;
            for (score, weight) in scores.iter_mut().zip(&self.weights[at..at + self.classes]) {
                *score += weight * value;
            }
        }
    }

    /// What is kept of it.
    fn keep(self) -> Classifier {
        let mut kept = Classifier {
            classes: self.classes,
            weights: Vec::with_capacity(self.weights.len()),
            ones: Vec::with_capacity(self.weights.len() / self.classes.max(1)),
            bias: self.bias,
        };
        for weights in self.weights.chunks(self.classes.max(1)) {
            let most = weights
                .iter()
                .fold(0.0_f32, |most, weight| most.max(weight.abs()));
            let one = if most > 0.0 { most / KEPT_MAX } else { 1.0 };
            kept.weights
                .extend(weights.iter().map(|weight| steps(weight / one)));
            kept.ones.push(one);
        }
        kept
    }
}

/// A whole number of steps, at most [`KEPT_MAX`] either way.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to what 8 bits hold"
)]
fn steps(weight: f32) -> i8 {
    weight.round().clamp(-KEPT_MAX, KEPT_MAX) as i8
}

/// Makes probabilities of scores, in place.
pub fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - most).exp();
        sum += *score;
    }
    for score in scores.iter_mut() {
        *score /= sum;
    }
}

/// A class with few rows counts more per row: by the root, so that many variants still pay.
fn class_weights(owners: &[u16], classes: usize) -> Vec<f32> {
    let mut sizes = vec![0_u16; classes];
    for class in owners {
        let size = &mut sizes[usize::from(*class)];
        *size = size.saturating_add(1);
    }
    let mean = f32::from(u16::try_from(owners.len()).unwrap_or(u16::MAX))
        / f32::from(u16::try_from(classes).unwrap_or(1)).max(1.0);
    (sizes.iter())
        .map(|size| (mean / f32::from(*size).max(1.0)).sqrt().min(3.0))
        .collect()
}

/// Fisher and Yates with xorshift numbers: a fixed order, the same everywhere.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for n in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        let bound = u64::try_from(n + 1).unwrap_or(1);
        order.swap(n, usize::try_from(*seed % bound).unwrap_or(0));
    }
}
