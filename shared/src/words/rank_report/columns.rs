//! What the score looks at, in words a reader of the page knows, French and English side by side.

use crate::account::Locale;

/// Each column with a name of its own.
const NAMES: [(&str, &str, &str); 33] = [
    (
        "budget",
        "budget (logarithme des euros)",
        "budget (logarithm of euros)",
    ),
    ("budget_unknown", "budget non indiqué", "no budget stated"),
    (
        "description",
        "longueur de la description (logarithme)",
        "length of the description (logarithm)",
    ),
    ("phone_verified", "téléphone vérifié", "telephone verified"),
    (
        "company",
        "le client est une entreprise",
        "the client is a company",
    ),
    ("has_phone", "téléphone indiqué", "a telephone is known"),
    (
        "prior_awards",
        "projets déjà concrétisés par ce client (3 au plus)",
        "projects this client awarded before (3 at most)",
    ),
    (
        "prior_projects",
        "projets déjà déposés par ce client (logarithme)",
        "projects this client posted before (logarithm)",
    ),
    (
        "source_ads",
        "venu par la publicité",
        "came through advertising",
    ),
    (
        "source_partner",
        "venu par un partenaire",
        "came through a partner",
    ),
    (
        "urgency_asap",
        "à faire au plus vite",
        "to be done as soon as possible",
    ),
    (
        "urgency_month",
        "à faire dans le mois",
        "to be done within the month",
    ),
    (
        "urgency_flexible",
        "sans date pressante",
        "no pressing date",
    ),
    (
        "seen_4_days",
        "client vu ou entendu (s’efface en 4 jours)",
        "client seen or heard (fades in 4 days)",
    ),
    (
        "seen_15_days",
        "client vu ou entendu (s’efface en 15 jours)",
        "client seen or heard (fades in 15 days)",
    ),
    (
        "seen_60_days",
        "client vu ou entendu (s’efface en 60 jours)",
        "client seen or heard (fades in 60 days)",
    ),
    (
        "visits_10_days",
        "jours avec une visite du client (s’effacent en 10 jours, logarithme)",
        "days with a visit of the client (fade in 10 days, logarithm)",
    ),
    (
        "visits_40_days",
        "jours avec une visite du client (s’effacent en 40 jours, logarithme)",
        "days with a visit of the client (fade in 40 days, logarithm)",
    ),
    (
        "looking_45_days",
        "dit chercher encore (s’efface en 45 jours)",
        "says still looking (fades in 45 days)",
    ),
    (
        "looking_240_days",
        "dit chercher encore (s’efface en 240 jours)",
        "says still looking (fades in 240 days)",
    ),
    (
        "paused",
        "dit attendre (s’efface en 180 jours)",
        "says the project waits (fades in 180 days)",
    ),
    (
        "unclear",
        "a répondu sans trancher (s’efface en 60 jours)",
        "answered without saying (fades in 60 days)",
    ),
    (
        "found_elsewhere",
        "dit avoir trouvé ailleurs",
        "says found elsewhere",
    ),
    ("abandoned", "dit avoir abandonné", "says given up"),
    (
        "came_back",
        "revenu après avoir dit non (s’efface en 15 jours)",
        "came back after saying no (fades in 15 days)",
    ),
    (
        "letters_unanswered",
        "relances sans réponse (logarithme)",
        "follow-ups without an answer (logarithm)",
    ),
    (
        "silent",
        "au moins une relance sans réponse",
        "at least one follow-up without an answer",
    ),
    (
        "bounced",
        "adresse électronique morte",
        "e-mail address is dead",
    ),
    ("wrong_number", "faux numéro", "wrong number"),
    (
        "refused_calls",
        "appels refusés (2 au plus)",
        "calls refused (2 at most)",
    ),
    (
        "calls_unanswered",
        "appels sans réponse (logarithme)",
        "calls without an answer (logarithm)",
    ),
    (
        "applications",
        "candidatures reçues (logarithme)",
        "applications received (logarithm)",
    ),
    (
        "recent_applications",
        "candidatures récentes (logarithme)",
        "recent applications (logarithm)",
    ),
];

/// A column of the score in words; its own name when it has none here, which is that of another version's model.
#[must_use]
pub fn column(locale: Locale, name: &str) -> String {
    if let Some((_, fr, en)) = NAMES.iter().find(|(known, ..)| *known == name) {
        return locale.pick(fr, en).to_owned();
    }
    if let Some(category) = name.strip_prefix("category_") {
        return match locale {
            Locale::Fr => format!("catégorie « {category} »"),
            Locale::En => format!("category “{category}”"),
        };
    }
    if let Some(kind) = name.strip_prefix("declared_") {
        return match locale {
            Locale::Fr => format!("indice propre à cette installation : {kind}"),
            Locale::En => format!("evidence declared by this installation: {kind}"),
        };
    }
    match name.strip_prefix("age_").and_then(|nth| nth.parse().ok()) {
        Some(segment) => age(locale, segment),
        None => name.to_owned(),
    }
}

/// Segments end where the weeks double: 1, 3, 7, 15, 31 and 63; the last one has no end.
fn age(locale: Locale, segment: u32) -> String {
    let weeks = |n: u32| 2_u32.saturating_pow(n).saturating_sub(1);
    let (from, to) = (weeks(segment), weeks(segment + 1));
    match (locale, segment) {
        (Locale::Fr, 6..) => format!("âge au-delà de {from} semaines"),
        (Locale::En, 6..) => format!("age beyond {from} weeks"),
        (Locale::Fr, _) => format!("âge, de {from} à {to} semaine{}", plural(to)),
        (Locale::En, _) => format!("age, from {from} to {to} week{}", plural(to)),
    }
}

const fn plural(n: u32) -> &'static str {
    if n > 1 { "s" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::features::Columns;
    use crate::ranking::history::History;

    // N23: a reader of the page meets no name that only the code knows.
    #[test]
    fn every_column_has_words_in_both_languages() {
        let columns = Columns::of(&History::new(vec![], vec![], vec![]), 0);
        assert!(columns.list().len() >= NAMES.len());
        for column in columns.list() {
            let (fr, en) = (
                super::column(Locale::Fr, &column.name),
                super::column(Locale::En, &column.name),
            );
            assert!(
                fr != column.name && en != column.name && fr != en,
                "{fr} / {en}"
            );
            assert!(!fr.contains('_') && !en.contains('_'), "{fr} / {en}");
        }
        assert_eq!(column(Locale::En, "age_2"), "age, from 3 to 7 weeks");
        assert_eq!(column(Locale::Fr, "age_0"), "âge, de 0 à 1 semaine");
        assert_eq!(
            column(Locale::Fr, "category_plomberie"),
            "catégorie « plomberie »"
        );
    }
}
