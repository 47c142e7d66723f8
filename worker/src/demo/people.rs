//! The people of the demo: who they are and how they behave. Everything is invented; telephone numbers are from the range
//! that the French regulator keeps for fiction (06 39 98), addresses end in `.example` (RFC 2606).

use crate::demo::rng::Rng;

/// How a client treats a project; nobody tells Relance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    /// Decides within weeks and answers.
    Decided,
    /// Means it, takes months, answers now and then.
    Slow,
    /// Found somebody elsewhere and seldom says so.
    Gone,
    /// Only looked around; never answers.
    Tourist,
}

/// A client of the demo.
#[derive(Debug, Clone)]
pub struct Person {
    /// The platform's id.
    pub reference: String,
    /// First and last name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Telephone; not everybody gives one.
    pub phone: Option<String>,
    /// `fr` or `en`.
    pub locale: &'static str,
    /// How they behave.
    pub temper: Temper,
    /// The address is dead: letters come back.
    pub bounces: bool,
    /// The number is somebody else's.
    pub wrong_number: bool,
}

impl Person {
    /// The `n`-th client.
    #[must_use]
    pub fn new(n: usize, rng: &mut Rng) -> Self {
        let (first, last) = (*rng.pick(FIRST_NAMES), *rng.pick(LAST_NAMES));
        let temper = match rng.below(100) {
            0..=24 => Temper::Decided,
            25..=49 => Temper::Slow,
            50..=79 => Temper::Gone,
            _ => Temper::Tourist,
        };
        Self {
            reference: format!("C{n:04}"),
            name: format!("{first} {last}"),
            email: format!("{}.{}{n}@{}", plain(first), plain(last), rng.pick(HOSTS)),
            phone: rng
                .percent(80)
                .then(|| format!("+3363998{:04}", n % 10_000)),
            locale: if rng.percent(92) { "fr" } else { "en" },
            temper,
            bounces: rng.percent(5),
            wrong_number: rng.percent(6),
        }
    }

    /// Chance in a hundred of answering a letter.
    #[must_use]
    pub const fn answers_percent(&self) -> u64 {
        match self.temper {
            Temper::Decided => 55,
            Temper::Slow => 30,
            Temper::Gone => 18,
            Temper::Tourist => 3,
        }
    }

    /// Chance in a hundred of taking a call.
    #[must_use]
    pub const fn takes_call_percent(&self) -> u64 {
        match self.temper {
            Temper::Decided => 60,
            Temper::Slow => 45,
            Temper::Gone => 35,
            Temper::Tourist => 15,
        }
    }
}

/// A title and its category.
#[must_use]
pub fn project(rng: &mut Rng) -> (String, &'static str) {
    let (category, works) = rng.pick(WORKS);
    (
        format!("{} {}", rng.pick(works), rng.pick(FOR_WHOM)),
        category,
    )
}

/// The `n`-th provider's name.
#[must_use]
pub fn provider(n: usize, rng: &mut Rng) -> String {
    format!(
        "{} {} {}",
        rng.pick(FIRMS),
        rng.pick(LAST_NAMES),
        ["SARL", "EI", "SAS"][n % 3]
    )
}

fn plain(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'ç' => 'c',
            'ï' | 'î' => 'i',
            'ô' => 'o',
            ' ' | '\'' => '-',
            other => other,
        })
        .collect()
}

const FIRST_NAMES: &[&str] = &[
    "Amélie",
    "Bastien",
    "Camille",
    "Denis",
    "Élodie",
    "Fatou",
    "Grégoire",
    "Hélène",
    "Inès",
    "Julien",
    "Karim",
    "Léa",
    "Mathilde",
    "Nadia",
    "Olivier",
    "Pauline",
    "Quentin",
    "Rachid",
    "Sylvie",
    "Thibault",
    "Valérie",
    "Yanis",
];
const LAST_NAMES: &[&str] = &[
    "Arnaud", "Bérard", "Chauvet", "Delmas", "Estève", "Faucher", "Garnier", "Haddad", "Imbert",
    "Jacquet", "Kermarec", "Lacombe", "Mercier", "N'Diaye", "Ollivier", "Perrot", "Quéré",
    "Roussel", "Sabatier", "Tessier", "Vasseur",
];
const HOSTS: &[&str] = &[
    "courrier.example",
    "boite-libre.example",
    "poste-rapide.example",
    "atelier.example",
    "cabinet.example",
];
const FIRMS: &[&str] = &["Studio", "Atelier", "Agence", "Cabinet", "Bureau", "Équipe"];
const WORKS: &[(&str, &[&str])] = &[
    (
        "web",
        &[
            "Refonte du site",
            "Boutique en ligne",
            "Application mobile",
            "Site vitrine",
            "Intranet",
        ],
    ),
    (
        "design",
        &[
            "Logo et charte graphique",
            "Brochure de 12 pages",
            "Habillage d'un véhicule",
            "Affiches",
        ],
    ),
    (
        "redaction",
        &[
            "Fiches produits",
            "Articles de blog mensuels",
            "Relecture d'un mémoire",
            "Lettre d'information",
        ],
    ),
    (
        "traduction",
        &[
            "Traduction en anglais du site",
            "Traduction d'un contrat",
            "Sous-titrage d'un film",
        ],
    ),
    (
        "conseil",
        &[
            "Audit de référencement",
            "Tenue de la comptabilité",
            "Étude de marché",
            "Formation à la vente",
        ],
    ),
];
const FOR_WHOM: &[&str] = &[
    "pour une boulangerie",
    "pour un cabinet d'architecte",
    "pour une association de quartier",
    "pour un gîte rural",
    "pour une start-up",
    "pour un club de judo",
    "pour une maison d'édition",
    "pour un garage",
    "pour un vignoble",
    "pour une école de musique",
    "pour un fleuriste",
    "pour une clinique vétérinaire",
];

#[cfg(test)]
mod tests {
    use super::*;

    // D5: the demo must never be able to reach a real person.
    #[test]
    fn nobody_in_the_demo_can_be_reached() {
        let mut rng = Rng::new(3);
        for n in 0..500 {
            let person = Person::new(n, &mut rng);
            assert!(
                person.email.ends_with(".example") && person.email.is_ascii(),
                "{}",
                person.email
            );
            assert!(
                person
                    .phone
                    .is_none_or(|phone| phone.starts_with("+3363998"))
            );
        }
    }
}
