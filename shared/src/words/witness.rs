//! The three columns in words, for the staff alone. Where they differ it is said so, calmly: who is right stays open, and
//! nobody is called anything (N3). Nothing here is for somebody outside.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::account::Locale;
use crate::contact::Channel;
use crate::project::StateName;
use crate::witness::{Difference, Heard, HeardIn, Record};
use crate::words::bot::{command, quoted};
use crate::words::crm;
use crate::words::time::date;
use crate::words::typeset;

/// Lines of a column that are shown, the newest.
const LINES_SHOWN_MAX: usize = 5;

/// Characters of a reference in a message.
const REFERENCE_CHARS_MAX: usize = 60;

/// Where two accounts differ.
#[must_use]
pub const fn difference(locale: Locale, what: Difference) -> &'static str {
    match (locale, what) {
        (Locale::Fr, Difference::ProvidersHeardOver) => {
            "deux versions diffèrent : le client nous a dit que la recherche continue, des prestataires disent avoir entendu que c’est fini"
        }
        (Locale::En, Difference::ProvidersHeardOver) => {
            "two accounts differ: the client told us that the search goes on, providers say to have heard that it is over"
        }
        (Locale::Fr, Difference::KeptAfterOver) => {
            "deux versions diffèrent : le client nous a dit que c’est fini, puis est passé sur son compte et a laissé le projet en liste"
        }
        (Locale::En, Difference::KeptAfterOver) => {
            "two accounts differ: the client told us that it is over, was on the account later and left the project on the list"
        }
        (Locale::Fr, Difference::NoAwardAfterChoice) => {
            "deux versions diffèrent : le client nous a parlé d’un choix sur la plateforme, le compte ne montre aucune attribution"
        }
        (Locale::En, Difference::NoAwardAfterChoice) => {
            "two accounts differ: the client told us of a choice on the platform, the account shows no award"
        }
        (Locale::Fr, Difference::SearchAfterAward) => {
            "deux versions diffèrent : le compte montre une attribution, le client nous a dit ensuite que la recherche continue"
        }
        (Locale::En, Difference::SearchAfterAward) => {
            "two accounts differ: the account shows an award, the client told us afterwards that the search goes on"
        }
    }
}

/// What the staff's channel is told of a new difference, in French, the platform's own language; no provider is named (N11).
#[must_use]
pub fn told(reference: &str, what: Difference) -> String {
    let told = format!(
        "**À regarder** : projet n° {}, {}. Rien n’a changé dans la liste ; qui a raison reste ouvert. Détail : `{}`.",
        quoted(reference, REFERENCE_CHARS_MAX),
        difference(Locale::Fr, what),
        command(Locale::Fr, "project")
    );
    typeset(Locale::Fr, &told)
}

/// The flags, then the columns one under the other, each line with its date and where it comes from.
#[must_use]
pub fn columns(locale: Locale, of: &Record, zone: Tz, now: DateTime<Utc>) -> Vec<String> {
    let mut lines: Vec<String> = (of.differences(now).into_iter())
        .map(|what| format!("⚠ {}", difference(locale, what)))
        .collect();
    let line = |at, what: &str, source: &str| match locale {
        Locale::Fr => format!("{} : {what} ({source})", date(locale, at, zone)),
        Locale::En => format!("{}: {what} ({source})", date(locale, at, zone)),
    };
    let told = (of.told.iter()).map(|told| {
        let what = crm::stage(locale, told.stage);
        line(told.at, what, channel(locale, told.channel))
    });
    let heard = (of.heard.iter()).map(|heard| {
        let what = match locale {
            Locale::Fr => "« c’est fini »",
            Locale::En => "“it is over”",
        };
        line(heard.at, what, &source(locale, *heard))
    });
    let shown = (of.shown.iter()).map(|shown| {
        let what = crm::event(locale, shown.kind);
        line(shown.at, what, channel(locale, shown.channel))
    });
    let [told_us, told_providers, account] = match locale {
        Locale::Fr => [
            "Ce que le client nous a dit",
            "Ce que des prestataires disent avoir entendu du client",
            "Ce que montre le compte",
        ],
        Locale::En => [
            "What the client told us",
            "What providers say to have heard from the client",
            "What the account shows",
        ],
    };
    lines.extend(column(locale, told_us, told));
    lines.extend(column(locale, told_providers, heard));
    lines.extend(column(locale, account, shown));
    lines.push(format!("- {}", state(locale, of.state)));
    lines.iter().map(|line| typeset(locale, line)).collect()
}

fn column(locale: Locale, title: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut column: Vec<String> = lines
        .take(LINES_SHOWN_MAX)
        .map(|line| format!("- {line}"))
        .collect();
    if column.is_empty() {
        column.push(match locale {
            Locale::Fr => "- rien à ce jour".to_owned(),
            Locale::En => "- nothing so far".to_owned(),
        });
    }
    column.insert(0, format!("**{title}**"));
    column
}

const fn channel(locale: Locale, channel: Channel) -> &'static str {
    match (locale, channel) {
        (Locale::Fr, Channel::Email) => "par mail",
        (Locale::En, Channel::Email) => "by mail",
        (Locale::Fr, Channel::Phone) => "par téléphone",
        (Locale::En, Channel::Phone) => "by telephone",
        (Locale::Fr, Channel::Page) => "sur sa page",
        (Locale::En, Channel::Page) => "on their page",
        (Locale::Fr, Channel::Account) => "sur son compte",
        (Locale::En, Channel::Account) => "on their account",
        (Locale::Fr, Channel::Platform) => "événement de la plateforme",
        (Locale::En, Channel::Platform) => "event of the platform",
        (Locale::Fr, Channel::Staff) => "noté par l’équipe",
        (Locale::En, Channel::Staff) => "noted by the staff",
    }
}

fn source(locale: Locale, heard: Heard) -> String {
    match (locale, heard.source, heard.weighs) {
        (Locale::Fr, HeardIn::Report, true) => "signalement".to_owned(),
        (Locale::En, HeardIn::Report, true) => "report".to_owned(),
        (Locale::Fr, HeardIn::Report, false) => "signalement sans poids".to_owned(),
        (Locale::En, HeardIn::Report, false) => "report without weight".to_owned(),
        (Locale::Fr, HeardIn::Request(number), _) => format!("demande n° {number}"),
        (Locale::En, HeardIn::Request(number), _) => format!("request no. {number}"),
    }
}

const fn state(locale: Locale, state: StateName) -> &'static str {
    match (locale, state) {
        (Locale::Fr, StateName::Pending) => "aujourd’hui : en attente",
        (Locale::En, StateName::Pending) => "today: pending",
        (Locale::Fr, StateName::InProgress) => "aujourd’hui : en cours",
        (Locale::En, StateName::InProgress) => "today: in progress",
        (Locale::Fr, StateName::Cancelled) => "aujourd’hui : annulé par son client",
        (Locale::En, StateName::Cancelled) => "today: cancelled by its client",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Difference; 4] = [
        Difference::ProvidersHeardOver,
        Difference::KeptAfterOver,
        Difference::NoAwardAfterChoice,
        Difference::SearchAfterAward,
    ];

    // N3: calm words; the one of the platform's FAQ, in quotation marks there, and its kin stand nowhere.
    #[test]
    fn a_difference_accuses_nobody() {
        for what in ALL {
            for locale in [Locale::Fr, Locale::En] {
                let text = difference(locale, what).to_lowercase();
                let begins = ["deux versions diffèrent", "two accounts differ"];
                assert!(begins.iter().any(|words| text.starts_with(words)), "{text}");
                for word in [
                    "duplic", "dupli", "double", "ment", "lie", "lying", "menson", "fraud", "tromp",
                ] {
                    let is_there = text.split_whitespace().any(|said| said.starts_with(word));
                    assert!(!is_there, "{word}: {text}");
                }
            }
        }
    }
}
