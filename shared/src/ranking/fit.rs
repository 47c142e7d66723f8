//! Weighted logistic regression with ridge and limits on each coefficient.
//!
//! Newton outside (IRLS), cyclic coordinate descent with clamping inside, step halving. Columns are centred and scaled
//! first: without that and without halving it diverges. Sums run in one fixed order, so a rerun is equal to the bit.

/// Newton rounds at most; nine were enough on every history measured.
const ROUNDS_MAX: usize = 30;
/// Passes over the coefficients per round at most.
const SWEEPS_MAX: usize = 200;
/// Halvings of a step at most.
const HALVINGS_MAX: usize = 30;
/// A gain of the penalised log-likelihood, per unit of weight, under which it is settled.
const GAIN_MIN: f64 = 1e-9;
/// A change of a standardised coefficient under which coordinate descent is settled.
const CHANGE_MIN: f64 = 1e-8;

/// Rows with their outcome and weight; row-major.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Columns of a row.
    pub width: usize,
    /// All rows, one after the other.
    pub rows: Vec<f64>,
    /// 1 when it was awarded in time, otherwise 0.
    pub outcome: Vec<f64>,
    /// What each row counts.
    pub weight: Vec<f64>,
    /// When each row was seen, seconds since 1970.
    pub at: Vec<i64>,
}

impl Sample {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcome.len()
    }

    /// True without a row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcome.is_empty()
    }

    /// One row.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.width..(i + 1) * self.width]
    }

    /// The rows seen within `(after, until]`.
    #[must_use]
    pub fn between(&self, after: i64, until: i64) -> Self {
        let mut part = Self {
            width: self.width,
            ..Self::default()
        };
        for i in (0..self.len()).filter(|&i| self.at[i] > after && self.at[i] <= until) {
            part.rows.extend_from_slice(self.row(i));
            part.outcome.push(self.outcome[i]);
            part.weight.push(self.weight[i]);
            part.at.push(self.at[i]);
        }
        part
    }
}

/// How coefficients are held, per column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hold {
    /// Lowest coefficient.
    pub low: f64,
    /// Highest coefficient.
    pub high: f64,
    /// Where the ridge pulls it, in units of the raw column.
    pub pull_to: f64,
}

/// A fitted line, in units of the raw columns.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// Log-odds of an average row.
    pub intercept: f64,
    /// One per column.
    pub coefficients: Vec<f64>,
    /// Average of each column.
    pub means: Vec<f64>,
}

impl Line {
    /// Log-odds of a row.
    #[must_use]
    pub fn log_odds(&self, row: &[f64]) -> f64 {
        let mut sum = self.intercept;
        for ((x, mean), c) in row.iter().zip(&self.means).zip(&self.coefficients) {
            sum += c * (x - mean);
        }
        sum
    }
}

/// The sample has no award, no refusal, or numbers that overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the past does not determine a line")]
pub struct Undetermined;

/// Chance from log-odds.
#[must_use]
pub fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Fits the line; columns whose limits are both 0 are left out.
///
/// # Errors
/// [`Undetermined`] when both outcomes are not present or the sums are not finite.
pub fn fit(sample: &Sample, holds: &[Hold], ridge: f64) -> Result<Line, Undetermined> {
    let total: f64 = sample.weight.iter().sum();
    let awards: f64 = sample
        .outcome
        .iter()
        .zip(&sample.weight)
        .map(|(y, w)| y * w)
        .sum();
    if !(awards > 0.0 && awards < total) {
        return Err(Undetermined);
    }
    let used: Vec<usize> = (0..holds.len())
        .filter(|&j| holds[j].low < 0.0 || holds[j].high > 0.0)
        .collect();
    let (means, scales) = moments(sample, total);
    let problem = Problem::new(sample, &used, holds, &means, &scales, ridge);
    let mut point = vec![0.0; used.len() + 1];
    point[0] = (awards / (total - awards)).ln();
    problem.climb(&mut point, total)?;
    let mut coefficients = vec![0.0; holds.len()];
    for (at, &j) in used.iter().enumerate() {
        coefficients[j] = point[at + 1] / scales[j];
    }
    if !point.iter().all(|x| x.is_finite()) {
        return Err(Undetermined);
    }
    Ok(Line {
        intercept: point[0],
        coefficients,
        means,
    })
}

fn moments(sample: &Sample, total: f64) -> (Vec<f64>, Vec<f64>) {
    let mut means = vec![0.0; sample.width];
    let mut squares = vec![0.0; sample.width];
    for i in 0..sample.len() {
        for (mean, x) in means.iter_mut().zip(sample.row(i)) {
            *mean += sample.weight[i] * x;
        }
    }
    for mean in &mut means {
        *mean /= total;
    }
    for i in 0..sample.len() {
        for ((square, x), mean) in squares.iter_mut().zip(sample.row(i)).zip(&means) {
            *square += sample.weight[i] * (x - mean) * (x - mean);
        }
    }
    // A column that never varies is left at 0 by the ridge; its scale only must not divide by 0.
    let scale = |square: f64| {
        Some((square / total).sqrt())
            .filter(|s| *s > 1e-9)
            .unwrap_or(1.0)
    };
    (means, squares.into_iter().map(scale).collect())
}

/// The standardised problem; coordinate 0 is the intercept.
struct Problem<'a> {
    sample: &'a Sample,
    width: usize,
    rows: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    pull_to: Vec<f64>,
    ridge: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(
        sample: &'a Sample,
        used: &[usize],
        holds: &[Hold],
        means: &[f64],
        scales: &[f64],
        ridge: f64,
    ) -> Self {
        let width = used.len() + 1;
        let mut rows = Vec::with_capacity(sample.len() * width);
        for i in 0..sample.len() {
            let row = sample.row(i);
            rows.push(1.0);
            rows.extend(used.iter().map(|&j| (row[j] - means[j]) / scales[j]));
        }
        let held = |first: f64, of: &dyn Fn(usize) -> f64| {
            std::iter::once(first)
                .chain(used.iter().map(|&j| of(j)))
                .collect::<Vec<_>>()
        };
        Self {
            sample,
            width,
            rows,
            low: held(f64::NEG_INFINITY, &|j| holds[j].low * scales[j]),
            high: held(f64::INFINITY, &|j| holds[j].high * scales[j]),
            pull_to: held(0.0, &|j| holds[j].pull_to * scales[j]),
            ridge: held(0.0, &|_| ridge),
        }
    }

    fn climb(&self, point: &mut Vec<f64>, total: f64) -> Result<(), Undetermined> {
        let mut height = self.height(point);
        for _ in 0..ROUNDS_MAX {
            let step = self.step(point);
            let mut share = 1.0;
            let mut gain = 0.0;
            for _ in 0..HALVINGS_MAX {
                let ahead: Vec<f64> = point
                    .iter()
                    .zip(&step)
                    .map(|(x, d)| d.mul_add(share, *x))
                    .collect();
                let higher = self.height(&ahead);
                if higher.is_finite() && higher > height {
                    gain = higher - height;
                    height = higher;
                    *point = ahead;
                    break;
                }
                share /= 2.0;
            }
            if gain <= GAIN_MIN * total {
                break;
            }
        }
        if height.is_finite() {
            Ok(())
        } else {
            Err(Undetermined)
        }
    }

    /// Penalised log-likelihood.
    fn height(&self, point: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (i, row) in self.rows.chunks_exact(self.width).enumerate() {
            let odds = dot(row, point);
            // ln(1 + e^odds) without overflow.
            let softplus = odds.max(0.0) + (-odds.abs()).exp().ln_1p();
            sum += self.sample.weight[i] * (self.sample.outcome[i] * odds - softplus);
        }
        for (j, x) in point.iter().enumerate() {
            sum -= self.ridge[j] / 2.0 * (x - self.pull_to[j]).powi(2);
        }
        sum
    }

    /// The best step of the local parabola within the limits.
    fn step(&self, point: &[f64]) -> Vec<f64> {
        let width = self.width;
        let mut slope = vec![0.0; width];
        let mut curve = vec![0.0; width * width];
        for (i, row) in self.rows.chunks_exact(width).enumerate() {
            let p = chance(dot(row, point));
            let miss = self.sample.weight[i] * (self.sample.outcome[i] - p);
            let bend = self.sample.weight[i] * p * (1.0 - p);
            for (j, &x) in row.iter().enumerate() {
                slope[j] += miss * x;
                let pulled = bend * x;
                for (cell, y) in curve[j * width..=j * width + j].iter_mut().zip(row) {
                    *cell += pulled * y;
                }
            }
        }
        for j in 0..width {
            slope[j] -= self.ridge[j] * (point[j] - self.pull_to[j]);
            curve[j * width + j] += self.ridge[j] + 1e-9;
            for k in 0..j {
                curve[k * width + j] = curve[j * width + k];
            }
        }
        self.descend(point, &slope, &curve)
    }

    fn descend(&self, point: &[f64], slope: &[f64], curve: &[f64]) -> Vec<f64> {
        let width = self.width;
        let mut step = vec![0.0; width];
        for _ in 0..SWEEPS_MAX {
            let mut change: f64 = 0.0;
            for j in 0..width {
                let row = &curve[j * width..(j + 1) * width];
                let wanted = step[j] + (slope[j] - dot(row, &step)) / row[j];
                let kept = (point[j] + wanted).clamp(self.low[j], self.high[j]) - point[j];
                change = change.max((kept - step[j]).abs());
                step[j] = kept;
            }
            if change < CHANGE_MIN {
                break;
            }
        }
        step
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
