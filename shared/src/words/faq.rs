//! What the FAQ says around its entries: facts, bands, buttons. Nothing here promises or is certain; every fact has its date.

use crate::account::Locale;
use crate::faq::Reason;
use crate::words::{filled, typeset};

/// Key, French, English.
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "source",
        "Entrée de la FAQ : {entry}",
        "Entry of the FAQ: {entry}",
    ),
    (
        "credits_left",
        "Votre solde, connu au {at} : {credits} crédits.",
        "Your balance as known on {at}: {credits} credits.",
    ),
    (
        "project_far",
        "Attention : au {at}, le projet {reference} est en page {page} de la liste. Nous vous recommandons les projets récents, ceux des pages 1 et 2.",
        "Please note: on {at}, project {reference} is on page {page} of the list. We recommend recent projects, those on pages 1 and 2.",
    ),
    (
        "project_age",
        "Le projet {reference} est en attente depuis {age} (publié le {published}) ; seul son client peut l’annuler, depuis son compte.",
        "Project {reference} has been pending for {age} (published on {published}); only its client can cancel it, from their account.",
    ),
    (
        "project_sign",
        "Dernier signe de son client : {sign}.",
        "Last sign of its client: {sign}.",
    ),
    (
        "project_no_sign",
        "Au {at}, nous n’avons encore jamais eu de signe de son client.",
        "As of {at}, we have never heard from its client.",
    ),
    (
        "refund_request",
        "Demander un remboursement",
        "Request a refund",
    ),
    ("person", "Parler à une personne", "Talk to a person"),
    ("helped", "Cela m’a aidé", "This helped"),
    ("not_helped", "Cela ne m’aide pas", "This does not help"),
    ("show_all", "Montrer à tous", "Show to everybody"),
    (
        "did_you_mean",
        "Je ne suis pas sûr d’avoir compris. Est-ce l’une de ces questions ?",
        "I am not sure that I understood. Is it one of these questions?",
    ),
    (
        "reason_unknown",
        "Je ne sais pas répondre à cette question. Une personne de l’équipe peut la prendre.",
        "I do not know the answer to this question. A person of the team can take it.",
    ),
    (
        "reason_case",
        "Cela concerne un cas particulier, que je ne peux pas consulter. Une personne de l’équipe peut le regarder.",
        "This is about a single case, which I cannot look up. A person of the team can look at it.",
    ),
    (
        "reason_other_service",
        "Cela semble concerner un autre service que le nôtre. Si c’est bien chez nous, une personne de l’équipe peut regarder.",
        "This seems to be about another service than ours. If it is about us after all, a person of the team can look.",
    ),
    (
        "reason_instruction",
        "Je réponds seulement avec les textes de la FAQ, et un message ne déclenche rien. Une personne de l’équipe peut lire votre demande.",
        "I only answer with the texts of the FAQ, and a message triggers nothing. A person of the team can read your request.",
    ),
    (
        "reason_courtesy",
        "Avec plaisir. Posez-moi une question sur la plateforme, avec vos mots.",
        "You are welcome. Ask me a question about the platform, in your own words.",
    ),
    (
        "greeting",
        "Bonjour ! Posez-moi une question sur la plateforme, avec vos mots.",
        "Hello! Ask me a question about the platform, in your own words.",
    ),
    (
        "reason_insult",
        "Je suis un robot et je peux me tromper. Une personne de l’équipe peut vous répondre.",
        "I am a bot and can be wrong. A person of the team can answer you.",
    ),
    (
        "reason_not_in_faq",
        "La FAQ ne traite pas ce sujet. Une personne de l’équipe peut vous répondre.",
        "The FAQ does not cover this. A person of the team can answer you.",
    ),
    (
        "reason_off_topic",
        "Je ne réponds qu’aux questions sur la plateforme.",
        "I only answer questions about the platform.",
    ),
    (
        "reason_nothing",
        "Je n’ai pas compris. Essayez avec une phrase, par exemple : « Où voir mes crédits ? »",
        "I did not understand. Try a sentence, for example: “Where can I see my credits?”",
    ),
    (
        "passed_on",
        "Votre question est transmise ; une personne vous répond aux heures d’ouverture.",
        "Your question is passed on; a person answers during opening hours.",
    ),
    ("noted", "C’est noté, merci.", "Noted, thank you."),
];

/// The sentence named `key`, with `{name}` replaced by its value.
///
/// # Panics
/// When there is no such sentence: a mistake of ours, which a test finds.
#[must_use]
pub fn say(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    let (_, fr, en) = (SENTENCES.iter())
        .find(|(name, ..)| *name == key)
        .expect("every key is in the table");
    let text = match locale {
        Locale::Fr => *fr,
        Locale::En => *en,
    };
    filled(&typeset(locale, text), values)
}

/// First words of a greeting.
const GREETINGS: [&str; 12] = [
    "bonjour", "bonsoir", "salut", "coucou", "hello", "hi", "hey", "hola", "bjr", "bjour", "good",
    "yo",
];

/// What is said when the message `said` is handed over.
#[must_use]
pub fn handed_over(locale: Locale, reason: Reason, said: &str) -> String {
    let first = said
        .split(|c: char| !c.is_alphanumeric())
        .find(|w| !w.is_empty());
    let greets = first.is_some_and(|word| GREETINGS.contains(&&*word.to_lowercase()));
    let key = match reason {
        Reason::Courtesy if greets => "greeting",
        Reason::Unknown => "reason_unknown",
        Reason::Case => "reason_case",
        Reason::OtherService => "reason_other_service",
        Reason::Instruction => "reason_instruction",
        Reason::Courtesy => "reason_courtesy",
        Reason::Insult => "reason_insult",
        Reason::NotInFaq => "reason_not_in_faq",
        Reason::OffTopic => "reason_off_topic",
        Reason::Nothing => "reason_nothing",
    };
    say(locale, key, &[])
}

#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    SENTENCES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_asks_for_the_same_values_in_both_languages() {
        let values = |text: &str| {
            let mut names: Vec<String> = (text.split('{').skip(1))
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name.to_owned())
                .collect();
            names.sort();
            names
        };
        for (key, fr, en) in all() {
            assert_eq!(values(fr), values(en), "{key}");
        }
    }
}
