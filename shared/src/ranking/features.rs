//! What the score looks at: the columns, each with the limits of its coefficient, and one project's row of them.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Said, days};
use super::history::{Facts, History, Kind, Sign};

/// Categories that get a column of their own; the rest count as "other".
const CATEGORIES_MAX: usize = 8;
/// Segments of the age curve; age is log2(1 + days/7), so they end at 1, 3, 7, 15, 31 and 63 weeks.
const AGE_SEGMENTS: usize = 7;

/// What a column speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Topic {
    /// Time since posting.
    Age,
    /// Known when it was posted.
    Facts,
    /// Seen or heard since.
    Evidence,
}

/// One column of the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// A stable name, kept with the model.
    pub name: String,
    /// What it speaks of.
    pub topic: Topic,
    /// Lowest coefficient allowed.
    pub low: f64,
    /// Highest coefficient allowed.
    pub high: f64,
}

/// The columns of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    list: Vec<Column>,
    categories: Vec<String>,
    kinds: Vec<Kind>,
}

const FACTS: [&str; 13] = [
    "budget",
    "budget_unknown",
    "description",
    "phone_verified",
    "company",
    "has_phone",
    "prior_awards",
    "prior_projects",
    "source_ads",
    "source_partner",
    "urgency_asap",
    "urgency_month",
    "urgency_flexible",
];

/// Evidence, and which way each may bear: nobody can be pushed down by coming to the site, nor up by staying silent.
const EVIDENCE: [(&str, Sign); 20] = [
    ("seen_4_days", Sign::Raises),
    ("seen_15_days", Sign::Raises),
    ("seen_60_days", Sign::Raises),
    ("visits_10_days", Sign::Raises),
    ("visits_40_days", Sign::Raises),
    ("looking_45_days", Sign::Raises),
    ("looking_240_days", Sign::Raises),
    ("paused", Sign::Free),
    ("unclear", Sign::Free),
    ("found_elsewhere", Sign::Lowers),
    ("abandoned", Sign::Lowers),
    ("came_back", Sign::Raises),
    ("letters_unanswered", Sign::Lowers),
    ("silent", Sign::Lowers),
    ("bounced", Sign::Lowers),
    ("wrong_number", Sign::Lowers),
    ("refused_calls", Sign::Lowers),
    ("calls_unanswered", Sign::Lowers),
    ("applications", Sign::Free),
    ("recent_applications", Sign::Free),
];

impl Columns {
    /// The columns for a history as it stood at an instant.
    #[must_use]
    pub fn of(history: &History, at: i64) -> Self {
        let categories = history.categories(at, CATEGORIES_MAX);
        let kinds = history.kinds().to_vec();
        let mut list = Vec::new();
        for segment in 0..AGE_SEGMENTS {
            list.push(column(&format!("age_{segment}"), Topic::Age, Sign::Lowers));
        }
        for name in FACTS {
            list.push(column(name, Topic::Facts, Sign::Free));
        }
        for name in &categories {
            list.push(column(
                &format!("category_{name}"),
                Topic::Facts,
                Sign::Free,
            ));
        }
        for (name, sign) in EVIDENCE {
            list.push(column(name, Topic::Evidence, sign));
        }
        for kind in &kinds {
            list.push(column(
                &format!("declared_{}", kind.name),
                Topic::Evidence,
                kind.sign,
            ));
        }
        Self {
            list,
            categories,
            kinds,
        }
    }

    /// Every column, in the order of a row.
    #[must_use]
    pub fn list(&self) -> &[Column] {
        &self.list
    }

    /// Writes one project's row at an instant; `row` is cleared first.
    pub fn write(
        &self,
        created_at: i64,
        facts: &Facts,
        evidence: &Evidence,
        at: i64,
        row: &mut Vec<f64>,
    ) {
        row.clear();
        age(days(created_at, at), row);
        self.facts(facts, row);
        sight(evidence, at, row);
        statement(evidence, at, row);
        silence(evidence, at, row);
        for kind in &self.kinds {
            let seen = evidence.declared_at.get(usize::from(kind.slot));
            row.push(
                seen.copied()
                    .flatten()
                    .map_or(0.0, |seen| match kind.half_life_days {
                        Some(half) => (-days(seen, at) / half).exp2(),
                        None => 1.0,
                    }),
            );
        }
        debug_assert_eq!(row.len(), self.list.len());
    }

    fn facts(&self, facts: &Facts, row: &mut Vec<f64>) {
        row.extend([
            facts.budget_eur.map_or(0.0, f64::ln_1p),
            flag(facts.budget_eur.is_none()),
            facts.description_chars.ln_1p(),
            flag(facts.phone_verified),
            flag(facts.is_company),
            flag(facts.has_phone),
            facts.prior_awards.min(3.0),
            facts.prior_projects.ln_1p(),
            flag(facts.source == "ads"),
            flag(facts.source == "partner"),
            flag(facts.urgency == "asap"),
            flag(facts.urgency == "month"),
            flag(facts.urgency == "flexible"),
        ]);
        row.extend(
            self.categories
                .iter()
                .map(|name| flag(*name == facts.category)),
        );
    }
}

fn column(name: &str, topic: Topic, sign: Sign) -> Column {
    let (low, high) = match sign {
        Sign::Raises => (0.0, f64::INFINITY),
        Sign::Lowers => (f64::NEG_INFINITY, 0.0),
        Sign::Free => (f64::NEG_INFINITY, f64::INFINITY),
    };
    Column {
        name: name.to_owned(),
        topic,
        low,
        high,
    }
}

/// How much of each segment of the curve is behind; one slope each, none of which may rise.
fn age(age_days: f64, row: &mut Vec<f64>) {
    let x = (1.0 + age_days / 7.0).log2();
    let mut from = 0.0;
    for segment in 0..AGE_SEGMENTS {
        let past = (x - from).max(0.0);
        row.push(if segment + 1 < AGE_SEGMENTS {
            past.min(1.0)
        } else {
            past
        });
        from += 1.0;
    }
}

fn sight(evidence: &Evidence, at: i64, row: &mut Vec<f64>) {
    row.extend([4.0, 15.0, 60.0].map(|fade| faded(evidence.seen_at, at, fade)));
    row.extend(evidence.visits(at).map(f64::ln_1p));
}

fn statement(evidence: &Evidence, at: i64, row: &mut Vec<f64>) {
    let last = |said: Said| {
        evidence
            .said
            .filter(|(s, _)| *s == said)
            .map(|(_, when)| when)
    };
    row.extend([
        faded(last(Said::StillLooking), at, 45.0),
        faded(last(Said::StillLooking), at, 240.0),
        faded(last(Said::Paused), at, 180.0),
        faded(last(Said::Unclear), at, 60.0),
        flag(last(Said::FoundElsewhere).is_some()),
        flag(last(Said::Abandoned).is_some()),
        faded(evidence.came_back_at, at, 15.0),
    ]);
}

fn silence(evidence: &Evidence, at: i64, row: &mut Vec<f64>) {
    row.extend([
        f64::from(evidence.unanswered_letters).ln_1p(),
        flag(evidence.unanswered_letters > 0),
        flag(evidence.bounced),
        flag(evidence.wrong_number),
        f64::from(evidence.refused_calls.min(2)),
        f64::from(evidence.unanswered_calls).ln_1p(),
        f64::from(evidence.applications).ln_1p(),
        evidence.recent_applications(at).ln_1p(),
    ]);
}

fn faded(when: Option<i64>, at: i64, fade_days: f64) -> f64 {
    when.map_or(0.0, |when| (-days(when, at) / fade_days).exp())
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}
