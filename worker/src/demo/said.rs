//! What the people of the demo say, and what the staff writes down of it.

use chrono::{DateTime, TimeDelta, Utc};
use relance_shared::answer::Choice;
use relance_shared::contact::Stage;

use crate::demo::people::{Person, Temper};
use crate::demo::rng::Rng;

/// What a person says about a project.
pub fn choice(person: &Person, now: DateTime<Utc>, rng: &mut Rng) -> Choice {
    let later = |days: u64| Choice::Later((now + TimeDelta::days(days.cast_signed())).date_naive());
    match (person.temper, rng.below(100)) {
        (Temper::Decided, 0..=59) => Choice::Comparing,
        (Temper::Decided, 60..=69) => Choice::ChosenHere(None),
        (Temper::Slow, 0..=24) => later(30 + rng.below(60)),
        (Temper::Gone, 0..=79) => Choice::ChosenElsewhere,
        (Temper::Tourist, 0..=69) => Choice::Dropped,
        (Temper::Decided | Temper::Slow | Temper::Gone | Temper::Tourist, _) => {
            Choice::StillSearching
        }
    }
}

/// What the staff writes down.
pub fn note(stage: Stage) -> Option<String> {
    let text = match stage {
        Stage::Searching => "cherche toujours, a reçu peu de propositions",
        Stage::Comparing => "compare deux devis, décide sous quinzaine",
        Stage::Postponed => "budget repoussé, rappeler à la date convenue",
        Stage::ChosenOutside => "a trouvé ailleurs, invité à clore depuis son compte",
        Stage::Dropped => "abandonne, invité à clore depuis son compte",
        Stage::ChosenHere | Stage::Unknown => return None,
    };
    Some(text.to_owned())
}
