//! Words of the page about the order (`rank report`), French and English side by side.

mod columns;

pub use columns::column;

use chrono::{DateTime, Utc};

use crate::account::Locale;
use crate::ranking::model::Stage;

/// The fixed words of the page.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// `lang` of the page.
    pub lang: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Calibration: heading, what it shows, and the names of both axes.
    pub calibration: [&'static str; 4],
    /// Survival: the same.
    pub survival: [&'static str; 4],
    /// Pages: the same.
    pub pages: [&'static str; 4],
    /// Odds: heading, what it shows, and the four columns.
    pub odds: [&'static str; 6],
    /// Moves: heading, what it shows, and the three columns.
    pub moved: [&'static str; 5],
    /// Coefficients: heading, what it shows, and the two columns.
    pub coefficients: [&'static str; 4],
    /// Nothing moved.
    pub nothing: &'static str,
    /// A project that is not on the list.
    pub not_listed: &'static str,
}

const FR: Page = Page {
    lang: "fr",
    title: "L’ordre de la liste",
    calibration: [
        "La chance annoncée dit-elle vrai ?",
        "Chance annoncée et part concrétisée dans les 30 jours, par dixième de chance ; sur la ligne, elles concordent. \
         Plus le point est gros, plus il compte de cas.",
        "chance annoncée",
        "part concrétisée",
    ],
    survival: [
        "Combien de temps les projets restent-ils ?",
        "Part encore en attente selon l’âge, avec son intervalle à 95 %.",
        "jours sur la liste",
        "encore en attente",
    ],
    pages: [
        "Que trouve-t-on sur chaque page ?",
        "Chance moyenne (bleu) et part des clients vus ou entendus depuis 90 jours (rouge), par page.",
        "page",
        "part",
    ],
    odds: [
        "Concrétisés dans les 30 jours, selon l’âge",
        "D’après notre propre passé ; ailleurs, une part n’est montrée qu’à partir de 30 cas.",
        "âge",
        "cas",
        "concrétisés",
        "part",
    ],
    moved: [
        "Ce qui a bougé depuis hier",
        "Projets entrés dans les pages 1 et 2, ou qui en sont sortis.",
        "projet",
        "hier",
        "aujourd’hui",
    ],
    coefficients: [
        "Ce que regarde le calcul",
        "Coefficients dans l’unité de leur colonne, les plus lourds d’abord. Les signalements des prestataires n’en font pas partie.",
        "colonne",
        "coefficient",
    ],
    nothing: "Rien.",
    not_listed: "hors liste",
};

const EN: Page = Page {
    lang: "en",
    title: "The order of the list",
    calibration: [
        "Does the chance mean what it says?",
        "Chance said and share awarded within 30 days, by tenth of the chance; on the line they agree. The larger the dot, \
         the more cases.",
        "chance said",
        "share awarded",
    ],
    survival: [
        "How long do projects stay?",
        "Share still pending by age, with its 95 % interval.",
        "days on the list",
        "still pending",
    ],
    pages: [
        "What stands on each page?",
        "Mean chance (blue) and share of clients seen or heard in 90 days (red), by page.",
        "page",
        "share",
    ],
    odds: [
        "Awarded within 30 days, by age",
        "From our own past; elsewhere a share is shown from 30 cases on.",
        "age",
        "cases",
        "awarded",
        "share",
    ],
    moved: [
        "What moved since yesterday",
        "Projects that entered or left pages 1 and 2.",
        "project",
        "yesterday",
        "today",
    ],
    coefficients: [
        "What the score looks at",
        "Coefficients in units of their columns, the weightiest first. Reports of providers are not among them.",
        "column",
        "coefficient",
    ],
    nothing: "Nothing.",
    not_listed: "not listed",
};

/// The fixed words in a language.
#[must_use]
pub const fn page(locale: Locale) -> &'static Page {
    match locale {
        Locale::Fr => &FR,
        Locale::En => &EN,
    }
}

/// When the page is of.
#[must_use]
pub fn as_of(locale: Locale, at: DateTime<Utc>) -> String {
    match locale {
        Locale::Fr => at.format("%d/%m/%Y à %H:%M UTC").to_string(),
        Locale::En => at.format("%Y-%m-%d, %H:%M UTC").to_string(),
    }
}

/// How many projects there are and what the order was learned from.
#[must_use]
pub fn learned(locale: Locale, pending: usize, stage: Stage, awards: usize, rows: usize) -> String {
    let of = match (locale, stage) {
        (Locale::Fr, Stage::NewestFirst) => {
            format!("{awards} concrétisations : trop peu pour apprendre, les plus récents d’abord.")
        }
        (Locale::Fr, Stage::Leaning) => format!(
            "Appris de {awards} concrétisations et {rows} instantanés, en s’appuyant sur le modèle fourni."
        ),
        (Locale::Fr, Stage::Own) => {
            format!("Appris de {awards} concrétisations et {rows} instantanés.")
        }
        (Locale::Fr, Stage::AgeOnly) => format!(
            "{awards} concrétisations et {rows} instantanés : l’âge seul a mieux prédit les derniers mois."
        ),
        (Locale::En, Stage::NewestFirst) => {
            format!("{awards} awards are too few to learn from: the newest stand first.")
        }
        (Locale::En, Stage::Leaning) => format!(
            "Learned from {awards} awards and {rows} snapshots, leaning on the model that is shipped."
        ),
        (Locale::En, Stage::Own) => {
            format!("Learned from {awards} awards and {rows} snapshots.")
        }
        (Locale::En, Stage::AgeOnly) => format!(
            "{awards} awards and {rows} snapshots: age alone foretold the last months better."
        ),
    };
    match locale {
        Locale::Fr => format!("{pending} projets en attente. {of}"),
        Locale::En => format!("{pending} pending projects. {of}"),
    }
}

/// The youngest of a bracket of ages.
#[must_use]
pub fn from_days(locale: Locale, days: i64) -> String {
    match locale {
        Locale::Fr => format!("à partir de {days} jours"),
        Locale::En => format!("from {days} days"),
    }
}

/// A share in hundredths, with one decimal.
#[must_use]
pub fn percent(locale: Locale, share: f64) -> String {
    let text = format!("{:.1}\u{a0}%", 100.0 * share);
    match locale {
        Locale::Fr => text.replace('.', ","),
        Locale::En => text,
    }
}

/// A signed number with three decimals.
#[must_use]
pub fn signed(locale: Locale, number: f64) -> String {
    let text = format!("{number:+.3}").replace('-', "\u{2212}");
    match locale {
        Locale::Fr => text.replace('.', ","),
        Locale::En => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        assert_eq!(percent(Locale::Fr, 0.164), "16,4\u{a0}%");
        assert_eq!(percent(Locale::En, 0.164), "16.4\u{a0}%");
        assert_eq!(signed(Locale::Fr, -0.1), "\u{2212}0,100");
        assert_eq!(signed(Locale::En, 1.25), "+1.250");
    }
}
