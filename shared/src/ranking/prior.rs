//! The line that ships with the program, for platforms too young to have their own.

/// Log-odds of a project posted this minute while nothing is learned yet (about 8 in 100; `guides/ranking.md` 4).
pub const NEWBORN_LOG_ODDS: f64 = -2.4;

/// The shipped coefficient of a column, in units of that column; 0 for one it does not know.
#[must_use]
pub fn coefficient(column: &str) -> f64 {
    COEFFICIENTS
        .iter()
        .find(|(name, _)| *name == column)
        .map_or(0.0, |(_, c)| *c)
}

/// Fitted on the development world; only age and evidence, since facts do not travel between platforms.
const COEFFICIENTS: [(&str, f64); 19] = [
    ("age_0", -2.167),
    ("age_1", -0.682),
    ("age_2", -0.158),
    ("age_5", -0.159),
    ("age_6", -0.471),
    ("seen_4_days", 0.133),
    ("visits_10_days", 2.631),
    ("visits_40_days", 0.375),
    ("looking_45_days", 0.480),
    ("paused", 0.359),
    ("unclear", -0.768),
    ("found_elsewhere", -1.082),
    ("abandoned", -1.669),
    ("letters_unanswered", -0.234),
    ("silent", -0.133),
    ("bounced", -1.055),
    ("calls_unanswered", -0.056),
    ("applications", 0.003),
    ("recent_applications", -0.036),
];
