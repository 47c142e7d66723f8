//! Sentences about the plan: why somebody is asked now. Both languages side by side.

use crate::account::Locale;
use crate::contact::{Channel, LineKind, Stage};
use crate::follow_up::{CallOutcome, Reason};

/// Why a client is asked now, as half a sentence.
#[must_use]
pub const fn reason(locale: Locale, of: Reason) -> &'static str {
    let (fr, en) = match of {
        Reason::First => (
            "jamais interrogé sur ce projet",
            "never asked about this project",
        ),
        Reason::NoAnswer => (
            "sans réponse depuis la dernière relance",
            "no answer since last asked",
        ),
        Reason::AfterAnswer => ("a répondu il y a quelque temps", "answered some time ago"),
        Reason::SaidOver => (
            "a dit que c’était terminé, sans annuler depuis son compte",
            "said it is over, without cancelling from the account",
        ),
        Reason::Promised => (
            "a demandé à être recontacté à cette date",
            "asked to be asked again by now",
        ),
        Reason::Bounced => ("le dernier mail est revenu", "the last letter came back"),
        Reason::WrongNumber => (
            "le numéro n’est pas le sien",
            "the number is somebody else’s",
        ),
        Reason::CallNotMade => (
            "l’appel prévu n’a pas été passé à temps",
            "the planned call was not made in time",
        ),
        Reason::Reported => (
            "des prestataires signalent que c’est peut-être terminé",
            "providers report that it may be over",
        ),
        Reason::Wished => (
            "a demandé par mail à être appelé",
            "asked by mail to be called",
        ),
    };
    pick(locale, fr, en)
}

/// A channel, as a word.
#[must_use]
pub const fn channel(locale: Locale, of: Channel) -> &'static str {
    let (fr, en) = match of {
        Channel::Email => ("mail", "mail"),
        Channel::Phone => ("appel", "call"),
        Channel::Page => ("page", "page"),
        Channel::Account => ("compte", "account"),
        Channel::Platform => ("plateforme", "platform"),
        Channel::Staff => ("équipe", "staff"),
    };
    pick(locale, fr, en)
}

/// What came of a call.
#[must_use]
pub const fn outcome(locale: Locale, of: CallOutcome) -> &'static str {
    let (fr, en) = match of {
        CallOutcome::NoAnswer => ("pas de réponse", "no answer"),
        CallOutcome::LeftMessage => ("message laissé", "left a message"),
        CallOutcome::Spoke => ("a parlé au client", "spoke with the client"),
        CallOutcome::WrongNumber => ("mauvais numéro", "wrong number"),
        CallOutcome::Refused => ("n’a pas voulu parler", "would not speak"),
    };
    pick(locale, fr, en)
}

/// What a line of the timeline tells, in a few words (a25).
#[must_use]
pub const fn line(locale: Locale, of: LineKind) -> &'static str {
    let (fr, en) = match of {
        LineKind::Published => ("mis en ligne", "put on the list"),
        LineKind::LetterSent => ("mail envoyé", "mail sent"),
        LineKind::LetterFailed => ("mail non remis", "mail not delivered"),
        LineKind::Bounce => ("mail revenu", "mail came back"),
        LineKind::AutoReply => ("réponse automatique", "automatic reply"),
        LineKind::Answer => ("réponse du client", "answer of the client"),
        LineKind::CallNoAnswer => ("appel sans réponse", "call not taken"),
        LineKind::CallLeftMessage => ("message laissé", "message left"),
        LineKind::CallWrongNumber => ("mauvais numéro", "wrong number"),
        LineKind::CallRefused => ("n’a pas voulu parler", "would not speak"),
        LineKind::CallExpired => ("appel non passé", "call not made"),
        LineKind::Login => ("connexion à la plateforme", "log-in on the platform"),
        LineKind::Application => ("candidature", "application"),
        LineKind::Award => ("attribué", "awarded"),
        LineKind::AwardRevoked => ("attribution retirée", "award taken back"),
        LineKind::Cancelled => ("annulé par le client", "cancelled by the client"),
        LineKind::Reopened => ("remis en ligne par le client", "put back by the client"),
        LineKind::Report => ("signalement", "report"),
        LineKind::Label => ("étiquette", "label"),
        LineKind::MailsChanged => ("rythme des mails changé", "rhythm of mails changed"),
        LineKind::Complaint => ("plainte contre nos mails", "complaint about our mail"),
        LineKind::Note => ("remarque", "note"),
    };
    pick(locale, fr, en)
}

/// What a client said, as the staff reads it.
#[must_use]
pub const fn stage(locale: Locale, of: Stage) -> &'static str {
    let (fr, en) = match of {
        Stage::Searching => ("cherche toujours", "still searching"),
        Stage::Comparing => ("compare des propositions", "comparing offers"),
        Stage::ChosenHere => (
            "a choisi un prestataire d’ici",
            "chose a provider of the platform",
        ),
        Stage::ChosenOutside => ("a trouvé ailleurs", "found somebody elsewhere"),
        Stage::Dropped => ("ne donne pas suite", "not going ahead"),
        Stage::Postponed => ("plus tard", "later"),
        Stage::Unknown => ("rien de précis", "nothing definite"),
    };
    pick(locale, fr, en)
}

const fn pick(locale: Locale, fr: &'static str, en: &'static str) -> &'static str {
    match locale {
        Locale::Fr => fr,
        Locale::En => en,
    }
}
