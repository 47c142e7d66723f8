//! A provider's word that a project is over: weak evidence. It never changes a state or a place; it lets the client be
//! asked sooner, at most once, and tells the staff when somebody seems to press (S21, S22, N9 to N11).

pub mod store;

use chrono::TimeDelta;

/// The id of a report.
pub type ReportId = crate::id::Id<Report>;

/// Names a report.
#[derive(Debug)]
pub struct Report;

/// Projects that one command may report.
pub const PROJECTS_PER_REPORT_MAX: usize = 10;
/// The window in which reports are counted for weights and alarms.
pub const WINDOW: TimeDelta = TimeDelta::days(7);
/// Reports of one provider in [`WINDOW`] from which they weigh nothing and raise an alarm. Source: our choice; a busy
/// provider follows some tens of projects, and hears that one of them is over now and then.
pub const MANY_PROJECTS_FROM: i64 = 5;
/// Reporters of one project in [`WINDOW`] from which an alarm is raised. Source: our choice.
pub const MANY_VOICES_FROM: i64 = 3;
/// A report so soon after the reporter's own application raises an alarm: to be alone with the client pays most then.
pub const AFTER_OWN_APPLICATION: TimeDelta = TimeDelta::days(3);
/// Weight, all reports of a project together, from which its client is asked sooner.
pub const HASTE_FROM: i64 = 2;
/// Largest weight of a report (also `report_weight_bounded`).
pub const WEIGHT_MAX: i64 = 5;

const WEIGHT_OF_A_WORD: i64 = 2;
const WEIGHT_OF_A_STAKE: i64 = 1;
const WEIGHT_OF_A_RECORD: i64 = 2;
/// By how many reports one side of a record must lead.
const RECORD_LEAD: i64 = 2;

/// What the reporter has to do with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Stake {
    /// Nothing that we know.
    None,
    /// Applied, so may have spoken with the client.
    Applied,
}

/// What became of the reporter's earlier reports, and how many there were lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// The client said the same later, or cancelled.
    pub borne_out: i64,
    /// The client said later that the project goes on, or awarded it.
    pub contradicted: i64,
    /// Made within [`WINDOW`] before, this one not counted.
    pub lately: i64,
}

/// What a report weighs, 0 to [`WEIGHT_MAX`]. One provider counts once per project whatever they repeat.
#[must_use]
pub const fn weight(stake: Stake, record: Record) -> i64 {
    if record.lately + 1 >= MANY_PROJECTS_FROM {
        return 0;
    }
    let of_stake = match stake {
        Stake::None => 0,
        Stake::Applied => WEIGHT_OF_A_STAKE,
    };
    let of_record = if record.borne_out >= record.contradicted + RECORD_LEAD {
        WEIGHT_OF_A_RECORD
    } else if record.contradicted >= record.borne_out + RECORD_LEAD {
        -WEIGHT_OF_A_WORD - WEIGHT_OF_A_STAKE
    } else {
        0
    };
    let weight = WEIGHT_OF_A_WORD + of_stake + of_record;
    if weight < 0 { 0 } else { weight }
}

/// A pattern that a person should look at (N10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum AlarmKind {
    /// One provider reports many projects.
    ManyProjects,
    /// Many providers report one project.
    ManyVoices,
    /// A provider reports what they have just applied to.
    AfterOwnApplication,
}

/// What became of one reference of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Noted.
    Noted,
    /// The same provider had reported it before.
    Already,
    /// It is in progress or cancelled: there is nothing to report.
    NotPending,
    /// No project has this reference.
    Unknown,
}

/// The references in what a person typed, each once, in order, at most [`PROJECTS_PER_REPORT_MAX`].
#[must_use]
pub fn references(typed: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let parts = typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/'));
    for part in parts.map(|part| part.trim_matches(['#', '.', '°'])) {
        if !part.is_empty()
            && found.len() < PROJECTS_PER_REPORT_MAX
            && !found.iter().any(|known| known == part)
        {
            found.push(part.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    // N9, b16: stake and record weigh; nobody weighs more than the bound, who presses weighs nothing.
    #[test]
    fn stake_and_record_weigh_and_pressure_weighs_nothing() {
        let record = |borne_out, contradicted, lately| Record {
            borne_out,
            contradicted,
            lately,
        };
        assert_eq!(weight(Stake::None, record(0, 0, 0)), 2);
        assert_eq!(weight(Stake::Applied, record(0, 0, 0)), 3);
        assert_eq!(weight(Stake::Applied, record(2, 0, 0)), WEIGHT_MAX);
        assert_eq!(weight(Stake::Applied, record(1, 3, 0)), 0);
        assert_eq!(weight(Stake::None, record(0, 2, 0)), 0);
        assert_eq!(
            weight(Stake::Applied, record(50, 0, MANY_PROJECTS_FROM - 1)),
            0
        );
    }

    // S1: one or several, however they are written.
    #[test]
    fn references_are_found_in_what_people_type() {
        assert_eq!(
            references("31204, #31205;31204\n n°"),
            ["31204", "31205", "n"]
        );
        assert_eq!(
            references(&"1 2 3 4 5 6 7 8 9 10 11".repeat(3)).len(),
            PROJECTS_PER_REPORT_MAX
        );
        assert!(references(" , ").is_empty());
    }
}
