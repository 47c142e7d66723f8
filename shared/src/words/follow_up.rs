//! Sentences about the plan: why somebody is asked now. Both languages side by side.

use crate::account::Locale;
use crate::contact::Channel;
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
    locale.pick(fr, en)
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
    locale.pick(fr, en)
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
    locale.pick(fr, en)
}
