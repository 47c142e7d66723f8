//! The card of a request: what a reviewer reads, in the channel, in the terminal and on the command line.

use chrono_tz::Tz;

use crate::account::{Locale, Plan};
use crate::discord_out::{Body, Button, Style};
use crate::refund::case::{CHANCE_DAYS, CaseFile, ProjectState, Silence};
use crate::refund::{EventKind, PROOF_CHARS_MAX, Request, State};
use crate::words::bot::{quoted, say};
use crate::words::listing::sign;
use crate::words::time::{date, days};
use crate::words::typeset;
use crate::words::witness::difference;

use super::{contradiction, happened, kind, reason, state};

/// Characters of a title on a card.
const TITLE_CHARS_MAX: usize = 120;
/// Characters of the claimant's story; a card has 4,000 in all.
const STORY_CHARS_MAX: usize = 900;
/// Characters of each thing said since.
const SAID_CHARS_MAX: usize = 300;
/// Things said since that are shown, the newest.
const SAID_SHOWN_MAX: usize = 4;
/// Other requests that are named.
const OTHERS_NAMED_MAX: usize = 8;

/// Something that was said about a request: what it did, by whom, the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What it did.
    pub kind: EventKind,
    /// Who of the staff; none: the claimant or nobody.
    pub by: Option<String>,
    /// The words.
    pub text: String,
}

/// The whole card with its buttons; without them once it is decided.
#[must_use]
pub fn card(locale: Locale, request: &Request, case: &CaseFile, said: &[Said], zone: Tz) -> Body {
    Body {
        text: text(locale, request, case, said, zone),
        buttons: buttons(locale, request),
    }
}

/// Approve, decline, ask; none on a request that does not wait.
#[must_use]
pub fn buttons(locale: Locale, request: &Request) -> Vec<Vec<Button>> {
    let id = |action: &str| format!("v1:{action}:{}", request.id.uuid().simple());
    let button = |action: &str, words: &str, style| {
        Button::new(id(action), say(locale, words, &[])).styled(style)
    };
    let mut row = vec![
        button("refund-yes", "review_approve", Style::Success),
        button("refund-no", "review_decline", Style::Danger),
    ];
    match request.state {
        State::Open => row.push(button("refund-ask", "review_ask", Style::Secondary)),
        State::Asked => {}
        State::Approved | State::Declined | State::ClosedSilent | State::Undone => {
            return Vec::new();
        }
    }
    vec![row]
}

/// The text of the card.
#[must_use]
pub fn text(locale: Locale, request: &Request, case: &CaseFile, said: &[Said], zone: Tz) -> String {
    let mut lines = head(locale, request, case, zone).to_vec();
    lines.push(spend(locale, case, zone));
    lines.extend(claim(locale, request, case));
    lines.extend(known(locale, case, zone));
    lines.extend(
        (case.contradictions.iter()).map(|what| format!("⚠ {}", contradiction(locale, *what))),
    );
    lines.extend((case.differences.iter()).map(|what| format!("⚠ {}", difference(locale, *what))));
    lines.extend(others(locale, case));
    lines.push(record(locale, case));
    lines.push(chance(locale, case));
    let newest = said.len().saturating_sub(SAID_SHOWN_MAX);
    lines.extend(said[newest..].iter().map(|said| said_line(locale, said)));
    typeset(locale, &lines.join("\n"))
}

/// Which request it is and where it stands; of whom and on what.
fn head(locale: Locale, request: &Request, case: &CaseFile, zone: Tz) -> [String; 2] {
    let subject = &case.subject;
    let (number, at) = (request.number, state(locale, request.state));
    let since = date(locale, request.state_at, zone);
    let title = quoted(&subject.title, TITLE_CHARS_MAX);
    let (provider, project, plan) = (
        &subject.provider,
        &subject.project,
        plan(locale, subject.plan),
    );
    match locale {
        Locale::Fr => [
            format!("**Demande n° {number}** · {at} depuis le {since}"),
            format!("Prestataire {provider} ({plan}), projet n° {project} {title}"),
        ],
        Locale::En => [
            format!("**Request no. {number}** · {at} since {since}"),
            format!("Provider {provider} ({plan}), project no. {project} {title}"),
        ],
    }
}

/// What the claimant says, and the link.
fn claim(locale: Locale, request: &Request, case: &CaseFile) -> Vec<String> {
    let why = reason(locale, case.subject.reason);
    let story = quoted(&request.story, STORY_CHARS_MAX);
    let mut lines = vec![match locale {
        Locale::Fr => format!("Raison : {why}. Le prestataire écrit : {story}"),
        Locale::En => format!("Reason: {why}. The provider writes: {story}"),
    }];
    if !request.proof.is_empty() {
        let proof = quoted(&request.proof, PROOF_CHARS_MAX);
        lines.push(match locale {
            Locale::Fr => format!("Lien donné (non ouvert) : {proof}"),
            Locale::En => format!("Link given (not opened): {proof}"),
        });
    }
    lines
}

/// What could be known of the client when the credit was spent, and what is known now.
fn known(locale: Locale, case: &CaseFile, zone: Tz) -> [String; 2] {
    let then = silence(locale, &case.then, zone);
    let now = silence(locale, &case.now, zone);
    let gathered = date(locale, case.gathered_at, zone);
    let project = project_state(locale, case, zone);
    match locale {
        Locale::Fr => [
            format!("Connu lors de la dépense : {then}"),
            format!("Connu le {gathered} : {now} ; projet {project}"),
        ],
        Locale::En => [
            format!("Known when it was spent: {then}"),
            format!("Known on {gathered}: {now}; project {project}"),
        ],
    }
}

fn spend(locale: Locale, case: &CaseFile, zone: Tz) -> String {
    let subject = &case.subject;
    let (amount, kind) = (subject.amount, kind(locale, subject.kind));
    let (at, age) = (
        date(locale, subject.spent_at, zone),
        days(locale, case.age_days_then),
    );
    match (locale, subject.page_then) {
        (Locale::Fr, Some(page)) => format!(
            "Crédit : {amount} ({kind}), dépensé le {at} ; le projet avait {age} et se trouvait en page {page}"
        ),
        (Locale::Fr, None) => format!(
            "Crédit : {amount} ({kind}), dépensé le {at} ; le projet avait {age}, sa page d’alors n’est pas connue"
        ),
        (Locale::En, Some(page)) => format!(
            "Credit: {amount} ({kind}), spent on {at}; the project was {age} old and stood on page {page}"
        ),
        (Locale::En, None) => format!(
            "Credit: {amount} ({kind}), spent on {at}; the project was {age} old, its page then is not known"
        ),
    }
}

fn silence(locale: Locale, silence: &Silence, zone: Tz) -> String {
    let (mails, calls) = (silence.mails, silence.calls);
    let last = match (locale, silence.last_sign) {
        (Locale::Fr, None) => "jamais eu de signe du client".to_owned(),
        (Locale::En, None) => "never a sign of the client".to_owned(),
        (Locale::Fr, Some((at, kind))) => {
            format!(
                "dernier signe le {} ({})",
                date(locale, at, zone),
                sign(locale, kind)
            )
        }
        (Locale::En, Some((at, kind))) => {
            format!(
                "last sign on {} ({})",
                date(locale, at, zone),
                sign(locale, kind)
            )
        }
    };
    match locale {
        Locale::Fr => format!("{last}, {mails} mails et {calls} appels sans réponse depuis"),
        Locale::En => format!("{last}, {mails} mails and {calls} calls unanswered since"),
    }
}

fn project_state(locale: Locale, case: &CaseFile, zone: Tz) -> String {
    let on = |at: Option<_>| at.map(|at| date(locale, at, zone)).unwrap_or_default();
    let subject = &case.subject;
    match (locale, subject.project_state) {
        (Locale::Fr, ProjectState::Pending) => "en attente".to_owned(),
        (Locale::En, ProjectState::Pending) => "pending".to_owned(),
        (Locale::Fr, ProjectState::InProgress) => {
            format!("en cours depuis le {}", on(subject.awarded_at))
        }
        (Locale::En, ProjectState::InProgress) => {
            format!("in progress since {}", on(subject.awarded_at))
        }
        (Locale::Fr, ProjectState::Cancelled) => {
            format!("annulé par son client le {}", on(subject.cancelled_at))
        }
        (Locale::En, ProjectState::Cancelled) => {
            format!("cancelled by its client on {}", on(subject.cancelled_at))
        }
    }
}

fn others(locale: Locale, case: &CaseFile) -> Option<String> {
    let named: Vec<String> = (case.others.iter().take(OTHERS_NAMED_MAX))
        .map(|other| {
            format!(
                "n° {} ({}, {})",
                other.number,
                other.provider,
                state(locale, other.state)
            )
        })
        .collect();
    if named.is_empty() {
        return None;
    }
    let named = named.join(", ");
    Some(match locale {
        Locale::Fr => format!("Autres demandes sur ce projet : {named}"),
        Locale::En => format!("Other requests on this project: {named}"),
    })
}

fn record(locale: Locale, case: &CaseFile) -> String {
    let r = &case.record;
    match locale {
        Locale::Fr => format!(
            "Ce prestataire : {} demandes, {} acceptées (dont {} en 90 jours), {} refusées ; {} crédits reçus, {} utilisés, {} disponibles, {} sur des projets annulés depuis",
            r.requests,
            r.approved,
            r.approved_90_days,
            r.declined,
            r.granted,
            r.used,
            r.available,
            r.used_on_cancelled
        ),
        Locale::En => format!(
            "This provider: {} requests, {} approved (of these {} in 90 days), {} declined; {} credits received, {} used, {} left, {} on projects cancelled since",
            r.requests,
            r.approved,
            r.approved_90_days,
            r.declined,
            r.granted,
            r.used,
            r.available,
            r.used_on_cancelled
        ),
    }
}

fn chance(locale: Locale, case: &CaseFile) -> String {
    match (locale, case.chance) {
        (Locale::Fr, Some(c)) => format!(
            "De {} projets arrivés à {} jours, {} se sont concrétisés dans les {CHANCE_DAYS} jours suivants",
            c.sample, c.from_days, c.awarded
        ),
        (Locale::En, Some(c)) => format!(
            "Of {} projects that reached {} days, {} went ahead in the next {CHANCE_DAYS} days",
            c.sample, c.from_days, c.awarded
        ),
        (Locale::Fr, None) => {
            "Trop peu de cas pour dire combien de projets de cet âge se concrétisent".to_owned()
        }
        (Locale::En, None) => {
            "Too few cases to say how many projects of this age go ahead".to_owned()
        }
    }
}

fn said_line(locale: Locale, said: &Said) -> String {
    let what = happened(locale, said.kind);
    let what = match said.kind {
        EventKind::Approved | EventKind::Declined | EventKind::Undone => format!("**{what}**"),
        EventKind::Asked
        | EventKind::Answered
        | EventKind::Warned
        | EventKind::ClosedSilent
        | EventKind::Endorsed => what.to_owned(),
    };
    let by = said
        .by
        .as_ref()
        .map_or_else(String::new, |name| format!(" ({})", quoted(name, 80)));
    if said.text.is_empty() {
        return format!("{what}{by}");
    }
    let colon = if locale == Locale::Fr { " :" } else { ":" };
    format!("{what}{by}{colon} {}", quoted(&said.text, SAID_CHARS_MAX))
}

const fn plan(locale: Locale, plan: Option<Plan>) -> &'static str {
    match (locale, plan) {
        (Locale::Fr, Some(Plan::Basic)) => "abonnement de base",
        (Locale::En, Some(Plan::Basic)) => "basic subscription",
        (Locale::Fr, Some(Plan::Privilege)) => "abonnement privilège",
        (Locale::En, Some(Plan::Privilege)) => "privilege subscription",
        (Locale::Fr, None) => "sans abonnement",
        (Locale::En, None) => "no subscription",
    }
}
