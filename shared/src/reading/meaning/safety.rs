//! Verdicts that their own text contradicts: a person looks. Each rule names the kind of mail it is for.

use std::sync::LazyLock;

use regex::Regex;

use super::Label;
use super::cues::{Hit, ascii};
use super::words::Words;

/// What is not over, or nearly was. Kind of mail: "on n'a pas laissé tomber", "rien n'est abandonné", "j'ai failli annuler".
static NOT_OVER: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:pas|jamais|rien|aucun\w*|ni|failli|presque|manque (?:de|d)|not|never|nearly|almost) (?:\w+ ){0,3}(?:abandon\w+|annul\w+|tomb\w+|renonc\w+|enterr\w+|arret\w+|stopp\w+|mort|fini\w*|dropped|over)\b",
    )
});
/// None of which is over. Kind of mail: "aucun des trois n'est abandonné", "ni l'un ni l'autre n'est annulé".
static NONE_OVER: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:aucun\w*|rien|ni|pas un|none|neither) (?:\w+ ){0,6}(?:n|ne|is|are|has|have) (?:\w+ ){0,2}(?:abandon\w+|annul\w+|tomb\w+|enterr\w+|arret\w+|stopp\w+|mort|fini\w*|dropped|over|cancel\w+)\b",
    )
});
/// Who found somebody and is not sure of it. Kind of mail: "on a trouvé mais on hésite", "rien de signé".
static HESITATES: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\bhesit\w+|\b(?:pas|rien) (?:encore |vraiment |tout a fait |totalement )?(?:n est |de |d )?(?:ete )?(?:sure?s?|signe\w*|decide\w*|convaincu\w*|fait|arrete\w*|certain\w*|conclu\w*)\b|\bpas encore (?:donne|valide|confirme)\w*|\bnot (?:sure|signed|decided|final)\b",
    )
});
/// Who only thinks of an end. Kind of mail: "j'hésite à annuler", "je pense abandonner", "sinon j'annulerai".
static CONSIDERS: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:hesit\w+|(?:je|on|nous) (?:pens|song|envisag|reflechi)\w*|risque\w*|failli|thinking (?:of|about)|might|may) (?:\w+ ){0,3}(?:annul|abandon|supprim|retir|clotur|arret|renonc|laisser tomber|cancel|dropp?ing|drop)\w*",
    )
});
/// Who no longer searches, without saying why. Kind of mail: "je ne cherche plus", "je ne suis plus à la recherche".
static NO_LONGER: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:ne|n) (?:\w+ ){0,2}(?:re)?cherch\w+ (?:\w+ )?plus\b|\bplus (?:(?:a|en|de|la|du|activement|vraiment|besoin|peine|utile) ){0,4}(?:re)?cherch\w+|\b(?:no longer|not) (?:looking|searching)\b",
    )
});
/// A question that the writer answers in the negative. Kind of mail: "Toujours d'actualité ? Non."
static ASKS_AND_DENIES: LazyLock<Regex> = LazyLock::new(|| {
    ascii(r"\? (?:et |eh |bien |bah |ben |eh bien |malheureusement )?(?:non|no|nein)\b")
});

/// Who corrects or mocks what they just wrote. Kind of mail: "Plus d'actualité. Enfin si.", "c'est annulé, non je plaisante".
static CORRECTS: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"[.,!?] (?:enfin|en fait|ah|euh|quoique|actually|well) (?:, )?(?:si|non|oui|no|yes)\b|\bje (?:plaisante|rigole|deconne)\b|\b(?:just )?kidding\b",
    )
});
/// Who makes it depend. Kind of mail: "si le prix baisse oui, sinon non".
static DEPENDS: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:si|s il|s ils|if) [^.!?]{3,80}\b(?:sinon|otherwise|else) (?:oui|non|no|yes|rien|on|j|je|c est)\b",
    )
});

fn answers_no(main: Label, words: &Words) -> bool {
    let depends = matches!(
        main,
        Label::StillSearching | Label::Dropped | Label::ChosenHere | Label::ChosenElsewhere
    );
    depends && ASKS_AND_DENIES.is_match(&words.text)
}

/// Whether whatever was found is nobody: the clause that finds is the one that denies. Kind of mail: "je n'ai trouvé
/// personne ailleurs".
fn found_nobody(hits: &[Hit]) -> bool {
    let mut found = hits.iter().filter(|hit| hit.cue == "found").peekable();
    let nobody = |clause: usize| {
        hits.iter()
            .any(|hit| hit.cue == "nobody" && hit.clause == clause)
    };
    found.peek().is_some() && found.all(|hit| nobody(hit.clause))
}

/// Whether the text takes back, or makes depend, whatever it says.
fn takes_back(main: Label, words: &Words) -> Option<&'static str> {
    if answers_no(main, words) {
        return Some("it asks itself and says no");
    }
    let decides = main.is_state() || main == Label::WantsCancel;
    if decides && CORRECTS.is_match(&words.text) {
        return Some("it takes back what it says");
    }
    if decides && DEPENDS.is_match(&words.text) {
        return Some("it makes it depend");
    }
    None
}

/// Why a verdict cannot stand by itself; none when it can.
pub(super) fn contradiction(main: Label, words: &Words, hits: &[Hit]) -> Option<&'static str> {
    let said = |cue: &str| hits.iter().any(|hit| hit.cue == cue && !hit.denied);
    let whatever = |cue: &str| hits.iter().any(|hit| hit.cue == cue);
    let alive = said("still") || whatever("keep") || said("restart") || whatever("alive");
    let over = said("drop")
        || said("found") && said("outside") && !hits.iter().any(|hit| hit.cue == "nobody");
    if let Some(reason) = takes_back(main, words) {
        return Some(reason);
    }
    match main {
        Label::Dropped | Label::ChosenElsewhere if alive => {
            Some("it also says that the project stands")
        }
        Label::Dropped if !said("drop") && NOT_OVER.is_match(&words.text) => {
            Some("what would say that it is over is denied")
        }
        Label::Dropped | Label::WantsCancel if NONE_OVER.is_match(&words.text) => {
            Some("it says that none is over")
        }
        Label::Dropped | Label::WantsCancel if CONSIDERS.is_match(&words.text) => {
            Some("it only thinks of an end")
        }
        Label::ChosenElsewhere | Label::ChosenHere if found_nobody(hits) => {
            Some("it says that nobody was found")
        }
        Label::ChosenElsewhere | Label::ChosenHere if HESITATES.is_match(&words.text) => {
            Some("it also hesitates")
        }
        Label::StillSearching | Label::Comparing | Label::Postponed | Label::WrongPerson
            if NO_LONGER.is_match(&words.text) =>
        {
            Some("it also says that the search is over")
        }
        Label::StillSearching if over => Some("it also says that the project is over"),
        Label::WantsCancel if whatever("keep") || whatever("alive") => {
            Some("it also says to keep it")
        }
        Label::StillSearching | Label::Comparing | Label::Postponed
            if words.text.contains("cancel") && said("cancel") =>
        {
            Some("it also speaks of cancelling")
        }
        Label::StillSearching
        | Label::Comparing
        | Label::ChosenHere
        | Label::ChosenElsewhere
        | Label::Dropped
        | Label::Postponed
        | Label::WantsCall
        | Label::WantsCancel
        | Label::OptOut
        | Label::Question
        | Label::ComplaintAboutUs
        | Label::WrongPerson
        | Label::None => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::reading::meaning::{Facts, Label, read};

    // S8, N17: "still searching" is never acted on as "over", nor the reverse; what contradicts itself waits.
    #[test]
    fn a_denied_end_is_no_end_and_a_denied_search_is_no_search() {
        for text in [
            "Nous n'avons pas laissé tomber.",
            "On a failli abandonner mais non.",
            "J'ai failli laisser tomber.",
            "Rien n'est tombé à l'eau.",
            "Nous n'avons trouvé personne ailleurs.",
            "Le projet n'a pas été abandonné.",
        ] {
            let meaning = read(text, &Facts::default());
            assert!(
                !(meaning.main().is_over() && meaning.is_sure()),
                "{text}: {meaning:?}"
            );
        }
        for text in [
            "Toujours d'actualité ? Non, trouvé.",
            "Je ne suis plus à la recherche d'un prestataire.",
            "Je ne cherche plus.",
            "Plus la peine de chercher.",
        ] {
            let meaning = read(text, &Facts::default());
            let stands = matches!(meaning.main(), Label::StillSearching | Label::Comparing);
            assert!(!(stands && meaning.is_sure()), "{text}: {meaning:?}");
        }
    }

    // What is plainly said is still acted on.
    #[test]
    fn plain_answers_are_not_withheld() {
        for (text, label) in [
            ("Le projet est tombé à l'eau.", Label::Dropped),
            ("Nous abandonnons le projet.", Label::Dropped),
            (
                "J'ai trouvé quelqu'un ailleurs, merci.",
                Label::ChosenElsewhere,
            ),
            ("Toujours d'actualité, merci.", Label::StillSearching),
            (
                "Je n'ai trouvé personne, je cherche toujours.",
                Label::StillSearching,
            ),
        ] {
            let meaning = read(text, &Facts::default());
            assert!(
                meaning.main() == label && meaning.is_sure(),
                "{text}: {meaning:?}"
            );
        }
    }
}
