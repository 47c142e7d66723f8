//! Sentences about refund requests. Each stands in both languages side by side; the bot's table finds them, too. Nothing
//! promises a refund, nobody is called dishonest (S17, S26, N24).

pub mod card;
mod sentences;

use chrono_tz::Tz;

pub(super) use sentences::SENTENCES;

use crate::account::Locale;
use crate::credit::Kind;
use crate::refund::case::Contradiction;
use crate::refund::decider::NotYours;
use crate::refund::door::Turned;
use crate::refund::{EventKind, Reason, Refused, SAID_CHARS_MAX, STORY_CHARS_MAX, State, Surface};
use crate::words::bot::say;
use crate::words::time::date;

/// The name of a reason.
#[must_use]
pub const fn reason(locale: Locale, reason: Reason) -> &'static str {
    match (locale, reason) {
        (Locale::Fr, Reason::FoundElsewhere) => "le client a trouvé quelqu’un",
        (Locale::En, Reason::FoundElsewhere) => "the client found somebody",
        (Locale::Fr, Reason::FellThrough) => "le projet est tombé à l’eau",
        (Locale::En, Reason::FellThrough) => "the project fell through",
        (Locale::Fr, Reason::Unreachable) => "le client ne répond pas",
        (Locale::En, Reason::Unreachable) => "the client does not answer",
        (Locale::Fr, Reason::NotSerious) => "le projet n’était pas sérieux",
        (Locale::En, Reason::NotSerious) => "the project was not meant seriously",
        (Locale::Fr, Reason::Duplicate) => "le projet est en double",
        (Locale::En, Reason::Duplicate) => "the project is there twice",
        (Locale::Fr, Reason::Other) => "autre raison",
        (Locale::En, Reason::Other) => "another reason",
    }
}

/// The name of a kind of credit.
#[must_use]
pub const fn kind(locale: Locale, kind: Kind) -> &'static str {
    match (locale, kind) {
        (Locale::Fr, Kind::View) => "consultation",
        (Locale::En, Kind::View) => "view",
        (Locale::Fr, Kind::Offer) => "offre",
        (Locale::En, Kind::Offer) => "offer",
        (Locale::Fr | Locale::En, Kind::Contact) => "contact",
    }
}

/// "1 crédit", "2 crédits".
#[must_use]
pub fn credits(locale: Locale, amount: i64) -> String {
    match (locale, amount) {
        (Locale::Fr, 0 | 1) => format!("{amount} crédit"),
        (Locale::Fr, _) => format!("{amount} crédits"),
        (Locale::En, 1) => "1 credit".to_owned(),
        (Locale::En, _) => format!("{amount} credits"),
    }
}

/// Where a request stands.
#[must_use]
pub const fn state(locale: Locale, state: State) -> &'static str {
    match (locale, state) {
        (Locale::Fr, State::Open) => "en attente d’une personne",
        (Locale::En, State::Open) => "waiting for a person",
        (Locale::Fr, State::Asked) => "en attente d’une réponse du prestataire",
        (Locale::En, State::Asked) => "waiting for an answer of the provider",
        (Locale::Fr, State::Approved) => "acceptée",
        (Locale::En, State::Approved) => "approved",
        (Locale::Fr, State::Declined) => "refusée",
        (Locale::En, State::Declined) => "declined",
        (Locale::Fr, State::ClosedSilent) => "fermée sans réponse",
        (Locale::En, State::ClosedSilent) => "closed without an answer",
        (Locale::Fr, State::Undone) => "reprise (acceptée par erreur)",
        (Locale::En, State::Undone) => "taken back (approved by mistake)",
    }
}

/// What happened to a request.
#[must_use]
pub const fn happened(locale: Locale, event: EventKind) -> &'static str {
    match (locale, event) {
        (Locale::Fr | Locale::En, EventKind::Asked) => "Question",
        (Locale::Fr, EventKind::Answered) => "Réponse du prestataire",
        (Locale::En, EventKind::Answered) => "Answer of the provider",
        (Locale::Fr, EventKind::Warned) => "Prestataire averti",
        (Locale::En, EventKind::Warned) => "Provider warned",
        (Locale::Fr, EventKind::ClosedSilent) => "Fermée sans réponse",
        (Locale::En, EventKind::ClosedSilent) => "Closed without an answer",
        (Locale::Fr, EventKind::Endorsed) => "Premier accord, il en faut un deuxième",
        (Locale::En, EventKind::Endorsed) => "First approval, a second one is needed",
        (Locale::Fr, EventKind::Approved) => "Acceptée",
        (Locale::En, EventKind::Approved) => "Approved",
        (Locale::Fr, EventKind::Declined) => "Refusée",
        (Locale::En, EventKind::Declined) => "Declined",
        (Locale::Fr, EventKind::Undone) => "Reprise",
        (Locale::En, EventKind::Undone) => "Taken back",
    }
}

/// Where it was done.
#[must_use]
pub const fn surface(locale: Locale, surface: Surface) -> &'static str {
    match (locale, surface) {
        (Locale::Fr, Surface::Discord) => "sur Discord",
        (Locale::En, Surface::Discord) => "on Discord",
        (Locale::Fr, Surface::Terminal) => "dans le terminal",
        (Locale::En, Surface::Terminal) => "in the terminal",
        (Locale::Fr, Surface::Command) => "en ligne de commande",
        (Locale::En, Surface::Command) => "on the command line",
        (Locale::Fr, Surface::Timer) => "par le délai",
        (Locale::En, Surface::Timer) => "by the time limit",
    }
}

/// What stands out in a case, for the staff.
#[must_use]
pub const fn contradiction(locale: Locale, what: Contradiction) -> &'static str {
    match (locale, what) {
        (Locale::Fr, Contradiction::ClientSaysCurrent) => {
            "deux versions diffèrent : le client a dit, après la dépense, que la recherche continue"
        }
        (Locale::En, Contradiction::ClientSaysCurrent) => {
            "two accounts differ: the client said after the spending that the search goes on"
        }
        (Locale::Fr, Contradiction::ClientGaveASign) => {
            "deux versions diffèrent : le client a donné signe de vie après la dépense"
        }
        (Locale::En, Contradiction::ClientGaveASign) => {
            "two accounts differ: the client gave a sign after the spending"
        }
        (Locale::Fr, Contradiction::WentAhead) => "le projet s’est concrétisé sur la plateforme",
        (Locale::En, Contradiction::WentAhead) => "the project went ahead on the platform",
        (Locale::Fr, Contradiction::KnownOverBefore) => {
            "le client nous avait dit avant la dépense que c’était fini, et le projet restait en liste"
        }
        (Locale::En, Contradiction::KnownOverBefore) => {
            "the client had told us before the spending that it was over, and the project stayed listed"
        }
        (Locale::Fr, Contradiction::CancelledBefore) => "le client avait annulé avant la dépense",
        (Locale::En, Contradiction::CancelledBefore) => {
            "the client had cancelled before the spending"
        }
        (Locale::Fr, Contradiction::ManyOnThisProject) => {
            "plusieurs demandes sur ce projet : les lire ensemble"
        }
        (Locale::En, Contradiction::ManyOnThisProject) => {
            "several requests on this project: read them together"
        }
        (Locale::Fr, Contradiction::ManyByThisClaimant) => {
            "ce prestataire demande souvent ces 30 derniers jours"
        }
        (Locale::En, Contradiction::ManyByThisClaimant) => {
            "this provider asked often in the last 30 days"
        }
    }
}

/// Why a request does not enter the queue, and what to do.
#[must_use]
pub fn turned(locale: Locale, why: &Turned, zone: Tz) -> String {
    let day = |at| date(locale, at, zone);
    match why {
        Turned::NothingSpent => say(locale, "turned_nothing", &[]),
        Turned::NotBooked => say(locale, "turned_unpaid", &[]),
        Turned::AlreadyRefunded(at) => say(locale, "turned_refunded", &[("date", &day(*at))]),
        Turned::AlreadyWaiting(number) => {
            say(locale, "turned_waiting", &[("number", &number.to_string())])
        }
        Turned::Awarded => say(locale, "turned_awarded", &[]),
        Turned::TooLate(at) => say(locale, "turned_late", &[("date", &day(*at))]),
        Turned::Ceiling {
            max,
            again_at: Some(at),
        } => {
            let values = [("max", &*max.to_string()), ("date", &day(*at))];
            say(locale, "turned_ceiling", &values)
        }
        Turned::Ceiling { again_at: None, .. } => say(locale, "turned_ceiling_zero", &[]),
        Turned::Text => {
            let max = STORY_CHARS_MAX.to_string();
            say(locale, "turned_text", &[("max", &max)])
        }
    }
}

/// Why a person's press has no effect: a kind sentence (d8).
#[must_use]
pub fn refused(locale: Locale, why: &Refused, by: Option<&str>, zone: Tz) -> String {
    match why {
        Refused::StandsElsewhere { state: at, since } => {
            let by = by.map_or_else(String::new, |name| {
                say(locale, "refused_by", &[("name", name)])
            });
            let since = date(locale, *since, zone);
            let values = [
                ("state", state(locale, *at)),
                ("since", &since),
                ("by", &by),
            ];
            say(locale, "refused_stands", &values)
        }
        Refused::NotYours(NotYours::NotStaff) => say(locale, "refused_staff", &[]),
        Refused::NotYours(NotYours::NotAdmin) => say(locale, "refused_admin", &[]),
        Refused::NotYours(NotYours::OwnRequest) => say(locale, "refused_own", &[]),
        Refused::NotYours(NotYours::Interested) => say(locale, "refused_interest", &[]),
        Refused::SayWhy => {
            let max = SAID_CHARS_MAX.to_string();
            say(locale, "refused_why", &[("max", &max)])
        }
        Refused::SecondPersonNeeded => say(locale, "refused_second", &[]),
        Refused::Ledger(why) => say(locale, "refused_ledger", &[("why", &why.to_string())]),
    }
}
