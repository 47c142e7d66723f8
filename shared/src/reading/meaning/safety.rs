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

/// Why a verdict cannot stand by itself; none when it can.
pub(super) fn contradiction(main: Label, words: &Words, hits: &[Hit]) -> Option<&'static str> {
    let said = |cue: &str| hits.iter().any(|hit| hit.cue == cue && !hit.denied);
    let whatever = |cue: &str| hits.iter().any(|hit| hit.cue == cue);
    let alive = said("still") || whatever("keep") || said("restart") || whatever("alive");
    let over = said("drop")
        || said("found") && said("outside") && !hits.iter().any(|hit| hit.cue == "nobody");
    if answers_no(main, words) {
        return Some("it asks itself and says no");
    }
    match main {
        Label::Dropped | Label::ChosenElsewhere if alive => {
            Some("it also says that the project stands")
        }
        Label::Dropped if !said("drop") && NOT_OVER.is_match(&words.text) => {
            Some("what would say that it is over is denied")
        }
        Label::ChosenElsewhere | Label::ChosenHere if found_nobody(hits) => {
            Some("it says that nobody was found")
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
