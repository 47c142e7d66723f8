//! Sentences of the web pages. Each stands in both languages side by side, so none can be missing in one.

use crate::account::Locale;
use crate::words::{account, client, listing};

/// The sentences of all pages, topic by topic.
const TOPICS: &[&[(&str, &str, &str)]] = &[
    SENTENCES,
    listing::SENTENCES,
    client::SENTENCES,
    account::SENTENCES,
];

/// Key, French, English. `{name}` is filled in by the page.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("skip", "Aller au contenu", "Skip to content"),
    (
        "problem_reference",
        "Référence à nous donner : {reference}",
        "Reference to give us: {reference}",
    ),
    (
        "problem_not_found",
        "Cette page n’existe pas",
        "There is no such page",
    ),
    (
        "problem_not_found_detail",
        "L’adresse est peut-être incomplète : ouvrez le lien de notre mail en entier.",
        "The address may be incomplete: open the whole link from our mail.",
    ),
    (
        "problem_link_over",
        "Ce lien n’est plus valable",
        "This link is no longer valid",
    ),
    (
        "problem_link_over_detail",
        "Il a peut-être expiré ou déjà servi. Rien n’a été changé. Le dernier mail reçu de notre part contient un lien récent.",
        "It may have expired or been used already. Nothing was changed. The last mail from us has a recent link.",
    ),
    (
        "problem_form",
        "Ce formulaire n’a pas été accepté",
        "This form was not accepted",
    ),
    (
        "problem_form_detail",
        "La page était ouverte depuis trop longtemps, ou une réponse manquait. Rien n’a été changé : revenez en arrière, rechargez la page et recommencez.",
        "The page had been open for too long, or an answer was missing. Nothing was changed: go back, reload the page and try again.",
    ),
    (
        "problem_too_large",
        "Envoi trop volumineux",
        "Too much was sent",
    ),
    (
        "problem_too_large_detail",
        "Rien n’a été enregistré.",
        "Nothing was recorded.",
    ),
    ("problem_refused", "Demande refusée", "Request refused"),
    (
        "problem_refused_detail",
        "Cette adresse n’accepte pas ce genre de demande. Rien n’a été changé.",
        "This address does not take this kind of request. Nothing was changed.",
    ),
    (
        "problem_busy",
        "Le service est momentanément indisponible",
        "The service is unavailable for a moment",
    ),
    (
        "problem_busy_detail",
        "Merci de réessayer dans une minute.",
        "Please try again in a minute.",
    ),
    (
        "problem_broken",
        "Quelque chose n’a pas marché de notre côté",
        "Something went wrong on our side",
    ),
    (
        "problem_broken_detail",
        "L’incident est noté. Vous pouvez réessayer ; si cela se répète, répondez à l’un de nos mails en donnant la référence.",
        "It has been noted. You can try again; if it happens again, reply to one of our mails and give the reference.",
    ),
];

/// The sentence named `key` in `locale`; none when there is no such sentence.
#[must_use]
pub fn sentence(locale: Locale, key: &str) -> Option<&'static str> {
    let (_, fr, en) = TOPICS
        .iter()
        .copied()
        .flatten()
        .find(|(name, ..)| *name == key)?;
    Some(locale.pick(fr, en))
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    TOPICS.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sentence_is_there_once_and_asks_for_the_same_values_in_both_languages() {
        let mut seen = BTreeSet::new();
        for (key, fr, en) in TOPICS.iter().copied().flatten() {
            assert!(seen.insert(key), "{key} is there twice");
            assert!(
                !fr.trim().is_empty() && !en.trim().is_empty(),
                "{key} is empty"
            );
            assert_eq!(values(fr), values(en), "{key}");
        }
    }

    fn values(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect()
    }
}
