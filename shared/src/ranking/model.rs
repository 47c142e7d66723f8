//! Which line scores the list: learned from the platform's own past when that says enough, else leaning on the shipped
//! one, else newest first; never one that predicted the last months worse than age alone.

use serde::{Deserialize, Serialize};

use super::DAY_SECS;
use super::evidence::Evidence;
use super::features::{Column, Columns, Topic};
use super::fit::{Hold, Line, Sample, Undetermined, chance, fit};
use super::history::{Facts, History};
use super::known::Known;
use super::{prior, snapshots};

/// Fewer awards than this: newest first. Source: `guides/ranking.md` 5, as every number here.
const AWARDS_FOR_PRIOR: usize = 30;
/// More awards than this: the platform's own fit.
const AWARDS_FOR_OWN: usize = 300;
/// Pull of the own fit towards 0, on standardised columns.
const RIDGE_OWN: f64 = 40.0;
/// Pull of a young platform's fit towards the shipped line.
const RIDGE_PRIOR: f64 = 150.0;
/// Days of snapshots on which a candidate is compared with age alone.
const TRIAL_DAYS: i64 = 60;
/// Days of snapshots from which the level is set again, since an old level overstates when the market cools.
const LEVEL_DAYS: i64 = 90;
/// Rows of award that hold the level where it was.
const LEVEL_HOLD: f64 = 50.0;
/// A calibration error in the trial above which the learned line is not trusted, unless age alone misses by more: when most
/// of what is pending is awarded, both do.
const CALIBRATION_ERROR_MAX: f64 = 0.03;
/// What "over", "dropped" or a dead address costs while nothing is learned yet: more than the whole age curve spans.
const TOLD_OVER: f64 = -6.0;

/// Where the line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Too few awards: newest first, told-over and unreachable ones last.
    NewestFirst,
    /// Some awards: own fit leaning on the shipped line.
    Leaning,
    /// Enough awards: own fit.
    Own,
    /// The learned line did worse than age in the last months, or none could be fitted.
    AgeOnly,
}

/// A line, the columns it reads, and how it was come by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Where it comes from.
    pub stage: Stage,
    /// Awards seen.
    pub awards: usize,
    /// Rows it was fitted on.
    pub rows: usize,
    /// What it reads.
    pub columns: Columns,
    /// What it says.
    pub line: Line,
}

/// How well a line foretold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Mean log-loss of a project and snapshot; smaller is better.
    pub log_loss: f64,
    /// Mean gap between the chance said and the share awarded.
    pub calibration_error: f64,
}

impl Model {
    /// Learns from what was known at an instant; always gives a model.
    #[must_use]
    pub fn learn(history: &History, at: i64) -> Self {
        let columns = Columns::of(history, at);
        let awards = history.awards(at);
        let stage = match awards {
            0..AWARDS_FOR_PRIOR => return Self::newest_first(columns, awards),
            AWARDS_FOR_PRIOR..=AWARDS_FOR_OWN => Stage::Leaning,
            _ => Stage::Own,
        };
        let sample = snapshots::collect(history, &columns, at);
        let rows = sample.len();
        let stage = if holds_its_own(&sample, &columns, stage, at) {
            stage
        } else {
            Stage::AgeOnly
        };
        let fitted = fit_stage(&sample, &columns, stage)
            .map(|line| (stage, line))
            .or_else(|_| fit_stage(&sample, &columns, Stage::AgeOnly).map(|l| (Stage::AgeOnly, l)));
        let Ok((stage, mut line)) = fitted else {
            return Self::newest_first(columns, awards);
        };
        line.intercept += level(&line, &recent(&sample, at, LEVEL_DAYS));
        Self {
            stage,
            awards,
            rows,
            columns,
            line,
        }
    }

    fn newest_first(columns: Columns, awards: usize) -> Self {
        let coefficient = |column: &Column| match column.topic {
            Topic::Age => prior::coefficient(&column.name).min(-0.1),
            Topic::Evidence => match column.name.as_str() {
                "found_elsewhere" | "abandoned" | "bounced" | "wrong_number" => TOLD_OVER,
                _ => 0.0,
            },
            Topic::Facts => 0.0,
        };
        let coefficients: Vec<f64> = columns.list().iter().map(coefficient).collect();
        let means = vec![0.0; coefficients.len()];
        let line = Line {
            intercept: prior::NEWBORN_LOG_ODDS,
            coefficients,
            means,
        };
        Self {
            stage: Stage::NewestFirst,
            awards,
            rows: 0,
            columns,
            line,
        }
    }

    /// Log-odds of being awarded within the horizon. `row` is a buffer to use again.
    #[must_use]
    pub fn log_odds(
        &self,
        created_at: i64,
        facts: &Facts,
        evidence: &Evidence,
        at: i64,
        row: &mut Vec<f64>,
    ) -> f64 {
        self.columns.write(created_at, facts, evidence, at, row);
        self.line.log_odds(row)
    }

    /// How well this line foretells what became of the projects of the last two known months; none without any.
    #[must_use]
    pub fn trial(&self, history: &History, at: i64) -> Option<Trial> {
        let sample = snapshots::collect(history, &self.columns, at);
        let trial = recent(&sample, at, TRIAL_DAYS);
        let total: f64 = trial.weight.iter().sum();
        (total > 0.0).then(|| Trial {
            log_loss: loss(&self.line, &trial) / total,
            calibration_error: calibration_error(&self.line, &trial),
        })
    }

    /// What each column adds to the log-odds of an average project; the sum plus the intercept is the score.
    #[must_use]
    pub fn contributions(&self, of: &Known, at: i64) -> Vec<(&Column, f64)> {
        let mut row = Vec::new();
        self.columns
            .write(of.created_at, &of.facts, &of.evidence, at, &mut row);
        let parts = row
            .iter()
            .zip(&self.line.means)
            .zip(&self.line.coefficients);
        let added = parts.map(|((x, mean), c)| c * (x - mean));
        self.columns.list().iter().zip(added).collect()
    }
}

fn fit_stage(sample: &Sample, columns: &Columns, stage: Stage) -> Result<Line, Undetermined> {
    let hold = |column: &Column| {
        let open = match (stage, column.topic) {
            (Stage::Own, _) | (_, Topic::Age) | (Stage::Leaning, Topic::Evidence) => true,
            (_, Topic::Facts) | (Stage::AgeOnly | Stage::NewestFirst, Topic::Evidence) => false,
        };
        let pull_to = if stage == Stage::Leaning && open {
            prior::coefficient(&column.name)
        } else {
            0.0
        };
        let limit = |bound: f64| if open { bound } else { 0.0 };
        Hold {
            low: limit(column.low),
            high: limit(column.high),
            pull_to,
        }
    };
    let holds: Vec<Hold> = columns.list().iter().map(hold).collect();
    fit(
        sample,
        &holds,
        if stage == Stage::Leaning {
            RIDGE_PRIOR
        } else {
            RIDGE_OWN
        },
    )
}

fn recent(sample: &Sample, at: i64, span_days: i64) -> Sample {
    let known = at - snapshots::HORIZON_DAYS * DAY_SECS;
    sample.between(known - span_days * DAY_SECS, known)
}

/// Whether this kind of fit, made before the trial, foretold it at least as well as age alone did.
///
/// With nothing to try on, or nothing to learn from before it, the fit is taken at its word.
fn holds_its_own(sample: &Sample, columns: &Columns, stage: Stage, at: i64) -> bool {
    let trial = recent(sample, at, TRIAL_DAYS);
    let known = at - (2 * snapshots::HORIZON_DAYS + TRIAL_DAYS) * DAY_SECS;
    let before = sample.between(i64::MIN, known);
    let fits = (
        fit_stage(&before, columns, stage),
        fit_stage(&before, columns, Stage::AgeOnly),
    );
    let (Ok(candidate), Ok(age)) = fits else {
        return true;
    };
    trial.is_empty()
        || (loss(&candidate, &trial) <= loss(&age, &trial)
            && calibration_error(&candidate, &trial)
                <= calibration_error(&age, &trial).max(CALIBRATION_ERROR_MAX))
}

/// Log-loss, summed.
fn loss(line: &Line, sample: &Sample) -> f64 {
    let one = |i: usize| {
        let odds = line.log_odds(sample.row(i));
        let towards = if sample.outcome[i] > 0.5 { -odds } else { odds };
        sample.weight[i] * (towards.max(0.0) + (-towards.abs()).exp().ln_1p())
    };
    (0..sample.len()).map(one).sum()
}

/// Mean gap between chance and outcome over ten equal bins, each counting what its rows count.
fn calibration_error(line: &Line, sample: &Sample) -> f64 {
    let mut gaps = [0.0_f64; 10];
    for i in 0..sample.len() {
        let p = chance(line.log_odds(sample.row(i)));
        let bin = (1..10).filter(|bin| p * 10.0 >= f64::from(*bin)).count();
        gaps[bin] += sample.weight[i] * (p - sample.outcome[i]);
    }
    gaps.iter().map(|gap| gap.abs()).sum::<f64>() / sample.weight.iter().sum::<f64>()
}

/// How far the level must move so that the recent rows' chances add up to their awards, held back when they are few.
fn level(line: &Line, sample: &Sample) -> f64 {
    let odds: Vec<f64> = (0..sample.len())
        .map(|i| line.log_odds(sample.row(i)))
        .collect();
    let awards: f64 = sample
        .outcome
        .iter()
        .zip(&sample.weight)
        .map(|(y, w)| y * w)
        .sum();
    let mut moved = 0.0;
    for _ in 0..20 {
        let (mut sum, mut bend) = (0.0, LEVEL_HOLD);
        for (odds, weight) in odds.iter().zip(&sample.weight) {
            let p = chance(odds + moved);
            sum += weight * p;
            bend += weight * p * (1.0 - p);
        }
        moved += ((awards - sum - LEVEL_HOLD * moved) / bend).clamp(-1.0, 1.0);
    }
    moved
}
