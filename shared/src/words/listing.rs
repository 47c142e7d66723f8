//! Why a project stands where it stands, in words: for the pages, the commands and the bot.
//!
//! Only what is known, each with its date; "never heard" is said as such; no word claims to be certain about a client
//! (S17, N22). What the client *said* is no reader's business here: the timeline is for those who may read it (D3).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::account::Locale;
use crate::contact::LineKind;
use crate::listing::{Evidence, LOWERED_DAYS_MAX, Place, Silence, lowered_days};
use crate::words::time::{date, number, span};

/// Last page of the projects that a provider is advised to apply to first (S4). Source: the platform's FAQ.
pub const RECENT_PAGES: u32 = 2;

/// "Page 14: online 9 months (since 12 March 2026), last sign of the client 5 months ago (4 July 2026), two calls
/// unanswered": the place of a pending project, and what it follows from.
#[must_use]
pub fn explanation(
    locale: Locale,
    place: Place,
    of: &Evidence,
    now: DateTime<Utc>,
    zone: Tz,
) -> String {
    let page = place.page;
    let facts = facts(locale, of, now, zone);
    match locale {
        Locale::Fr => format!("Page {page}\u{a0}: {facts}."),
        Locale::En => format!("Page {page}: {facts}."),
    }
}

/// The same without the page and the full stop, for a line of a list.
#[must_use]
pub fn facts(locale: Locale, of: &Evidence, now: DateTime<Utc>, zone: Tz) -> String {
    let mut parts = vec![
        online(locale, of, now, zone),
        last_sign(locale, of, now, zone),
    ];
    parts.extend(unanswered(locale, of));
    if of.silence() == Silence::Silent {
        parts.push(match locale {
            Locale::Fr => "client silencieux à ce jour".to_owned(),
            Locale::En => "client silent so far".to_owned(),
        });
    }
    if let Some(since) = of.standing_unreachable() {
        let since = date(locale, since, zone);
        parts.push(match locale {
            Locale::Fr => format!("client injoignable aux coordonnées connues depuis le {since}"),
            Locale::En => format!("client not reachable at the known address since {since}"),
        });
    }
    parts.join(", ")
}

fn online(locale: Locale, of: &Evidence, now: DateTime<Utc>, zone: Tz) -> String {
    let (age, since) = (
        span(locale, of.published_at, now),
        date(locale, of.published_at, zone),
    );
    match locale {
        Locale::Fr => format!("en ligne depuis {age} ({since})"),
        Locale::En => format!("online {age} (since {since})"),
    }
}

fn last_sign(locale: Locale, of: &Evidence, now: DateTime<Utc>, zone: Tz) -> String {
    let Some((at, _)) = of.last_sign else {
        return never_heard(locale).to_owned();
    };
    let (ago, on) = (span(locale, at, now), date(locale, at, zone));
    match locale {
        Locale::Fr => format!("dernier signe du client il y a {ago} ({on})"),
        Locale::En => format!("last sign of the client {ago} ago ({on})"),
    }
}

/// That no sign of the client was ever seen (N22).
#[must_use]
pub const fn never_heard(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => "aucun signe du client à ce jour",
        Locale::En => "never heard from the client so far",
    }
}

/// "two mails and one call unanswered"; none when nothing waits for an answer.
#[must_use]
pub fn unanswered(locale: Locale, of: &Evidence) -> Option<String> {
    let (mails, calls) = (of.mails_unanswered, of.calls_unanswered);
    let counted = |n: i64, one: &str, many: &str| {
        let noun = if n == 1 { one } else { many };
        (n > 0).then(|| format!("{} {noun}", number(locale, n, false)))
    };
    let (parts, and, tail) = match locale {
        Locale::Fr => (
            [
                counted(mails, "mail", "mails"),
                counted(calls, "appel", "appels"),
            ],
            " et ",
            "sans réponse",
        ),
        Locale::En => (
            [
                counted(mails, "mail", "mails"),
                counted(calls, "call", "calls"),
            ],
            " and ",
            "unanswered",
        ),
    };
    let told: Vec<String> = parts.into_iter().flatten().collect();
    (!told.is_empty()).then(|| format!("{} {tail}", told.join(and)))
}

/// What kind of sign it was.
#[must_use]
pub const fn sign(locale: Locale, kind: LineKind) -> &'static str {
    match (locale, kind) {
        (Locale::Fr, LineKind::Answer) => "réponse",
        (Locale::En, LineKind::Answer) => "answer",
        (Locale::Fr, LineKind::Login) => "connexion à la plateforme",
        (Locale::En, LineKind::Login) => "log-in on the platform",
        (Locale::Fr, LineKind::Reopened) => "remise en ligne",
        (Locale::En, LineKind::Reopened) => "return to the list",
        (Locale::Fr, _) => "signe",
        (Locale::En, _) => "sign",
    }
}

/// For the operator: by how many days the evidence lowers the project, and how far the client's silence goes.
#[must_use]
pub fn lowered(of: &Evidence) -> String {
    let days = lowered_days(of);
    let silence = match of.silence() {
        Silence::None => "not asked often enough to call the client silent",
        Silence::Quiet => "quiet: a first round of letters and calls without an answer",
        Silence::Silent => "silent: round after round without an answer",
    };
    format!("Counts as {days} days older than it is, at most {LOWERED_DAYS_MAX}; {silence}.")
}

/// The advice that comes before everything else (S4).
#[must_use]
pub const fn advice(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => {
            "Postulez d’abord aux projets récents, en pages 1 et 2. Plus loin dans la liste, les projets sont toujours en attente\u{202f}; la probabilité qu’ils se concrétisent est simplement plus faible."
        }
        Locale::En => {
            "Apply to recent projects first, pages 1 and 2. Further down the list projects are still pending; it is simply less probable that they go ahead."
        }
    }
}

/// Who may end a project, and why age does not (S2, S14).
#[must_use]
pub const fn why_still_here(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => {
            "Seul son client peut annuler un projet, depuis son compte. Ni son âge ni le silence ne le retirent de la liste\u{a0}: ils l’éloignent seulement des premières pages."
        }
        Locale::En => {
            "Only its client can cancel a project, from their account. Neither age nor silence takes it off the list: they only move it away from the first pages."
        }
    }
}

/// The warning on a project beyond the first pages (S4, N7); none on those.
#[must_use]
pub fn warning(locale: Locale, place: Place) -> Option<String> {
    (place.page > RECENT_PAGES).then(|| match locale {
        Locale::Fr => format!(
            "Ce projet est en page {}. Avant d’utiliser un crédit, regardez son ancienneté et le dernier signe du client\u{a0}: les projets des pages 1 et 2 sont les plus récents.",
            place.page
        ),
        Locale::En => format!(
            "This project is on page {}. Before using a credit, look at its age and at the last sign of its client: the projects on pages 1 and 2 are the most recent.",
            place.page
        ),
    })
}

/// An amount of `minor` hundredths of `currency`: "1 200 EUR" with a thin, unbreakable space in French, "1,200 EUR".
#[must_use]
pub fn money(locale: Locale, minor: i64, currency: &str) -> String {
    let (thousands, point) = match locale {
        Locale::Fr => ('\u{202f}', ','),
        Locale::En => (',', '.'),
    };
    let (digits, cents) = ((minor / 100).to_string(), minor % 100);
    let mut units = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            units.push(thousands);
        }
        units.push(digit);
    }
    if cents == 0 {
        format!("{units}\u{a0}{currency}")
    } else {
        format!("{units}{point}{cents:02}\u{a0}{currency}")
    }
}

/// Sentences of the list pages: key, French, English.
pub(super) const SENTENCES: &[(&str, &str, &str)] = &[
    ("list_pending", "Projets en attente", "Pending projects"),
    (
        "list_in_progress",
        "Projets en cours",
        "Projects in progress",
    ),
    (
        "list_lead_pending",
        "Les plus probables d’abord ({total} au total).",
        "The most probable first ({total} in all).",
    ),
    (
        "list_lead_in_progress",
        "Attribués sur la plateforme, le dernier en haut ({total} au total).",
        "Awarded on the platform, the last one on top ({total} in all).",
    ),
    (
        "list_empty",
        "Aucun projet pour l’instant.",
        "No project at present.",
    ),
    (
        "list_page",
        "page {page} sur {pages}",
        "page {page} of {pages}",
    ),
    ("list_pages", "Pages de la liste", "Pages of the list"),
    ("list_first", "Première", "First"),
    ("list_previous", "Précédente", "Previous"),
    ("list_next", "Suivante", "Next"),
    ("list_last", "Dernière", "Last"),
    ("list_lists", "Listes", "Lists"),
    ("advice_title", "Avant tout", "First of all"),
    (
        "project_reference",
        "Projet n° {reference}",
        "Project no. {reference}",
    ),
    ("project_pending", "En attente", "Pending"),
    (
        "project_in_progress",
        "En cours : attribué sur la plateforme le {date}",
        "In progress: awarded on the platform on {date}",
    ),
    (
        "project_cancelled",
        "Annulé par son client le {date}",
        "Cancelled by its client on {date}",
    ),
    ("project_past", "Terminé le {date}", "Ended on {date}"),
    (
        "project_gone",
        "Il ne figure plus dans la liste des projets en attente ; cette page reste consultable.",
        "It is no longer on the list of pending projects; this page stays readable.",
    ),
    (
        "project_why",
        "Pourquoi est-il à cette place ?",
        "Why is it at this place?",
    ),
    (
        "project_chance",
        "Se concrétiser dans les 30 jours : {word}, d’après l’historique de la plateforme.",
        "Going ahead within 30 days: {word}, going by the platform’s history.",
    ),
    ("project_online", "En ligne", "Online"),
    (
        "project_online_since",
        "depuis le {date} ({age})",
        "since {date} ({age})",
    ),
    (
        "project_sign",
        "Dernier signe du client",
        "Last sign of the client",
    ),
    ("project_sign_at", "{kind}, le {date}", "{kind}, on {date}"),
    (
        "project_known",
        "connu depuis le {date}",
        "known since {date}",
    ),
    ("project_asked", "Dernière relance", "Last follow-up"),
    ("project_never_asked", "aucune à ce jour", "none so far"),
    ("project_unanswered", "Sans réponse", "Unanswered"),
    (
        "project_none_unanswered",
        "rien à ce jour",
        "nothing so far",
    ),
    ("project_budget", "Budget annoncé", "Stated budget"),
    ("project_category", "Catégorie", "Category"),
    ("project_text", "Description", "Description"),
    ("project_back", "Retour à la liste", "Back to the list"),
];

#[cfg(test)]
mod tests;
