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
const COEFFICIENTS: [(&str, f64); 21] = [
    ("age_0", -1.182),
    ("age_1", -0.118),
    ("age_2", -0.435),
    ("age_3", -0.314),
    ("age_4", -0.079),
    ("age_5", -0.244),
    ("age_6", -0.436),
    ("seen_4_days", 1.771),
    ("seen_15_days", 1.492),
    ("looking_45_days", 0.529),
    ("looking_240_days", 0.451),
    ("paused", 0.531),
    ("unclear", -0.493),
    ("found_elsewhere", -1.156),
    ("abandoned", -1.800),
    ("letters_unanswered", -0.371),
    ("silent", -0.194),
    ("bounced", -1.115),
    ("calls_unanswered", -0.180),
    ("applications", 0.005),
    ("recent_applications", -0.069),
];
