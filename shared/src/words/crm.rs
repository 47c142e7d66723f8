//! The lines of the CRM window, in words: what happened, never certain about a client (S17).

use crate::account::Locale;
use crate::contact::{LineKind, Stage};

/// What happened.
#[must_use]
pub const fn event(locale: Locale, kind: LineKind) -> &'static str {
    let (fr, en) = match kind {
        LineKind::Published => ("mise en ligne", "put online"),
        LineKind::LetterSent => ("relance par mail", "follow-up by mail"),
        LineKind::LetterFailed => ("mail non remis", "mail not delivered"),
        LineKind::Bounce => ("mail revenu", "mail returned"),
        LineKind::AutoReply => ("réponse automatique", "automatic reply"),
        LineKind::Answer => ("réponse du client", "answer of the client"),
        LineKind::CallNoAnswer => ("appel sans réponse", "call without answer"),
        LineKind::CallLeftMessage => ("appel, message laissé", "call, message left"),
        LineKind::CallWrongNumber => ("appel, mauvais numéro", "call, wrong number"),
        LineKind::CallRefused => (
            "appel, client non disposé à parler",
            "call, client not willing to talk",
        ),
        LineKind::CallExpired => ("appel non passé", "call not made"),
        LineKind::Login => ("connexion du client", "log-in of the client"),
        LineKind::Application => ("candidature", "application"),
        LineKind::Award => ("attribué sur la plateforme", "awarded on the platform"),
        LineKind::AwardRevoked => ("attribution retirée", "award taken back"),
        LineKind::Cancelled => ("annulé par le client", "cancelled by the client"),
        LineKind::Reopened => (
            "remis en ligne par le client",
            "put back online by the client",
        ),
        LineKind::Report => ("signalement", "report"),
        LineKind::Label => ("étiquette", "label"),
        LineKind::MailsChanged => ("rythme des mails changé", "rhythm of mails changed"),
        LineKind::Complaint => ("plainte", "complaint"),
        LineKind::Note => ("remarque", "remark"),
    };
    locale.pick(fr, en)
}

/// What the client said.
#[must_use]
pub const fn stage(locale: Locale, stage: Stage) -> &'static str {
    let (fr, en) = match stage {
        Stage::Searching => ("cherche encore", "still searching"),
        Stage::Comparing => ("compare des offres", "comparing offers"),
        Stage::ChosenOutside => ("dit avoir choisi ailleurs", "says to have chosen elsewhere"),
        Stage::ChosenHere => (
            "dit avoir choisi sur la plateforme",
            "says to have chosen on the platform",
        ),
        Stage::Postponed => ("remis à plus tard", "postponed"),
        Stage::Dropped => ("dit avoir abandonné", "says to have dropped it"),
        Stage::Unknown => ("sans indication", "no indication"),
    };
    locale.pick(fr, en)
}
