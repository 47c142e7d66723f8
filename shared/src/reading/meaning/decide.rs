//! From cues and chances to a proposal.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use super::cues::{self, Hit};
use super::model::Model;
use super::projects::{self, Asked};
use super::safety;
use super::words::Words;
use super::{LABELS, Label};
use crate::reading::pattern::rx;
use crate::reading::{dates, language};

/// Confidence from which on a proposal is recorded as the client's word without a person looking.
/// Source: five-fold cross-validation over the committed examples, right 95 times of 100 from there on.
pub const THRESHOLD: f32 = 0.8;
/// Highest confidence of a proposal that its own text contradicts: always under [`THRESHOLD`].
const CONTRADICTED: f32 = 0.35;

/// Chance from which on a wish for silence is proposed though no word of it is known: more likely than not.
const UNSAID: f32 = 0.5;

/// Begins the reason of a verdict that its own text contradicts.
const WITHHELD: &str = "withheld: ";

/// What an installation knows besides the text.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Day of arrival, for "in three weeks".
    pub arrived: Option<NaiveDate>,
    /// What our letter asked about, in its order.
    pub projects: Vec<Asked>,
}

/// A proposal: what the person means, and why we think so.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// Main meaning first.
    pub labels: Vec<Label>,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Day from which on, when one is named for a postponement, a call or a return.
    pub date: Option<NaiveDate>,
    /// The words that name the day.
    pub date_words: Option<String>,
    /// Meaning of each project our letter asked about, by reference, when it asked about several.
    pub projects: Vec<(String, Label)>,
    /// Telephone number given.
    pub phone: Option<String>,
    /// Language of the text.
    pub language: &'static str,
    /// Whether words ask for silence, whatever the model thinks: a wish that is never missed.
    pub asks_for_silence: bool,
    /// The sentence that says so.
    pub sentence: String,
    /// Cues found, for people who ask why.
    pub why: Vec<String>,
}

impl Meaning {
    /// The main meaning.
    #[must_use]
    pub fn main(&self) -> Label {
        self.labels.first().copied().unwrap_or(Label::None)
    }

    /// Whether its own text contradicts it: a person looks.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.confidence <= CONTRADICTED && self.why.iter().any(|why| why.starts_with(WITHHELD))
    }

    /// Whether it is sure enough to record without a person looking.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.confidence >= THRESHOLD && self.main() != Label::None
    }
}

static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?:\+\s?33|0033|(?-u:\b)0)\s?(?:\(0\)\s?)?[1-9](?:[\s.\-/]?\d{2}){4}(?-u:\b)|\+\d{1,3}(?:[\s.\-]?\d){8,12}(?-u:\b)",
    )
});

/// Strong wishes for no more mail: these are never missed, whatever the model thinks. Kind of mail: angry, formal, one word.
static STOPS: LazyLock<Regex> = LazyLock::new(|| {
    cues::ascii(
        r"desinscri\w+|desabonn\w+|unsubscribe|(?:ne|n) (?:me |m |nous )?(?:\w+ )?(?:ecri\w+|envoy\w+|contact\w+|relanc\w+|sollicit\w+|import\w+|derang\w+|mail\w*) (?:plus|pas|jamais)|(?:ne|n) (?:plus|pas|jamais) (?:\w+ )?(?:m |me |nous |etre |l )?(?:\w+ )?(?:ecri\w+|envoy\w+|contact\w+|relanc\w+|sollicit\w+|import\w+|recevoir|derang\w+|adress\w+|utilis\w+)|(?:veux|souhaite|desire|souhaitons|voulons|merci de|prefere|saurais gre) (?:ne )?(?:plus|pas) (?:\w+ ){0,3}(?:mail\w*|recevoir|message\w*|relanc\w*|rappel\w*|courriel\w*|contact\w*|sollicit\w*|courrier\w*)|plus (?:de|aucun\w*|un seul|vos) (?:vos )?(?:mails?|messages?|relances?|courriels?|e ?mails?|rappels?|contact|courriers?|sollicitations?|notifications?|envois?)|(?:arret\w+|cess\w+|stop\w*) (?:tout |toute |toutes |tous |de |d |a |avec |vos |les |ces |la |moi )*(?:m |me |nous )?(?:ecri\w+|relanc\w+|mails?|harcel\w*|messages?|envo\w+|sollicit\w+|e ?mails?|spam\w*|courriels?|rappels?|contact\w*|communications?|correspondances?|demarch\w+|prospection|publicites?|newsletters?|notifications?)|^stop(?: [.!]| merci| svp)*$|harcel\w+|m oppose|droit d opposition|(?:retir\w+|ray\w+|enlev\w+|supprim\w+|sort\w+|efface\w+|ote\w+|radi\w+) (?:moi|nous|mon adresse|mon mail|mon email|mes donnees|mes coordonnees|mon contact|mon nom|cette adresse)|lachez moi|(?:fich|fout)\w+ (?:moi )?la paix|laiss\w+ (?:moi|nous) (?:tranquille|en paix)|oubli\w+ (?:moi|mon adresse|mon mail)|(?:inutile|pas la peine) de (?:me|m|nous) (?:re)?(?:ecri|relanc|contact)\w*|(?:m|nous) oublier|(?:me|m|nous) (?:sortir|retirer|rayer|enlever|supprimer|effacer|desinscrire|radier|oter) (?:de|d|du)|inutile de (?:\w+ ){0,2}(?:me|m|nous) (?:re)?(?:ecri|relanc|contact|envoy|sollicit)\w*|(?:remove|take) (?:me|us)\b|(?:remove|take|delete) my (?:e ?mail|address|name|data|details|contact)|stop (?:emailing|writing|contact\w*|sending|mail\w*)|no more (?:e ?mails?|messages?)|don t (?:contact|email|write)|abmeld\w*|melden sie mich|keine (?:weiteren )?(?:mails?|nachrichten|e mails?|e)|no (?:me|nos) (?:escrib|envi|mand|contact)\w+|(?:darme|dar) de baja|aucun contact|(?:n en|en) (?:veux|souhaite|desire) plus (?:recevoir)?",
    )
});
/// An explicit order to cancel. Kind of mail: imperative, or a polite form with the verb.
static ORDERS: LazyLock<Regex> = LazyLock::new(|| {
    cues::ascii(
        r"\b(?:annulez|supprimez|cloturez|fermez|effacez|depubliez|desactivez|archivez|(?:retirez|enlevez|otez) (?:le|la|l|les|mon|ma|mes|ce|cette|tout|notre|nos))\b|(?:merci de|merci d|merci de bien vouloir|veuillez|pouvez vous|pourriez vous|vous pouvez|je (?:vous )?(?:demande|prie|souhaite|veux|voudrais)|please|could you|can you) (?:\w+ ){0,3}(?:annuler|supprimer|cloturer|fermer|effacer|retirer|enlever|depublier|clore|cancel|close|delete|remove)\b",
    )
});
/// Whoever asks how or whether one cancels has not asked us to. Kind of mail: "comment je supprime l'annonce ?".
static ASKS_HOW: LazyLock<Regex> = LazyLock::new(|| {
    cues::ascii(
        r"\b(?:comment|ou|puis je|est ce qu\w*|(?:je|on) (?:peux|peut|dois|doit)|(?:peut|doit) on|faut il|dois je|how|where|can i|do i|should i)\b [^.!?]{0,60}\b(?:annul|supprim|retir|enlev|clotur|ferm|effac|desactiv|cancel|close|remove|delete)\w*[^.!]{0,60}\?",
    )
});
/// The same, whatever form the verb takes ("comment je supprime").
static HOW_TO: LazyLock<Regex> = LazyLock::new(|| {
    cues::ascii(
        r"\b(?:comment|how (?:do|can|to)) [^.!?]{0,40}\b(?:annul|supprim|retir|enlev|clotur|ferm|effac|desactiv|cancel|close|remove|delete)\w*",
    )
});
/// What was cancelled by others is told, not asked for. Kind of mail: "it's been cancelled".
static IS_CANCELLED: LazyLock<Regex> =
    LazyLock::new(|| cues::ascii(r"\b(?:been|was|were|got|is|s) cancel\w+"));
/// Messages that others do not send, or that do not come: no wish about ours. Kind of mail: "plus aucun message des
/// artisans", "ils ne me contactent plus", "je ne reçois plus vos mails", "ne m'envoyez plus de plombiers".
static OF_OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    const TRADE: &str = r"(?:artisan|prestataire|professionnel|candidat|freelance|plombier|electricien|macon|peintre|graphiste|traduct|developpeur|entreprise|agence|societe|profil|commercia|demarch)\w*";
    cues::ascii(&format!(
        r"\bplus (?:de|d|aucun\w*) \w+ (?:de la part )?(?:de|des|du|d|chez|from) (?:\w+ )?{TRADE}|\b(?:ne|n) (?:me|m|nous) (?:\w+ )?(?:contact|rappel|repond|ecriv|relanc|envoi|envoy)\w*ent (?:plus|pas|jamais)|\b(?:ne|n) (?:\w+ )?(?:recois|recoit|recevons|recoivent|ai recu|a recu|avons recu) (?:plus|pas|jamais|aucun\w*)(?: \w+){{0,3}}|\b(?:ne|n) (?:me |m |nous )?(?:envoy|adress|propos)\w+ (?:plus|pas) (?:de |d |des )(?:\w+ )?{TRADE}"
    ))
});
/// A stop that is only for a time or about something else is no opt-out.
static STOPS_FOR_NOW: LazyLock<Regex> = LazyLock::new(|| {
    cues::ascii(
        r"avant|d ici|pour (?:l instant|le moment)|jusqu|par mail .{0,20}(?:appel|telephon)|until|before|(?:^|\W)si\b .{0,40}alors",
    )
});

/// Reads what a text means.
#[must_use]
pub fn read(text: &str, facts: &Facts) -> Meaning {
    let language = language::of(text);
    let phone = PHONE.find(text).map(|found| found.as_str().to_owned());
    let words = Words::new(text);
    let hits = cues::find(&words);
    let judged = judge(&words, &hits);
    let mut meaning = Meaning {
        sentence: best_sentence(text, judged.main(), &hits),
        labels: judged.labels,
        confidence: judged.confidence,
        date: None,
        date_words: None,
        projects: Vec::new(),
        phone,
        language,
        asks_for_silence: asks_for_silence(&words),
        why: judged.why,
    };
    if facts.projects.len() > 1 {
        per_project(text, facts, &mut meaning);
    }
    date_of(text, facts, &mut meaning);
    meaning
}

fn date_of(text: &str, facts: &Facts, meaning: &mut Meaning) {
    let dated = |label: &Label| matches!(label, Label::Postponed | Label::WantsCall);
    let wanted =
        meaning.labels.iter().any(dated) || meaning.projects.iter().any(|(_, label)| dated(label));
    if let (Some(arrived), true) = (facts.arrived, wanted)
        && let Some(named) = dates::chosen(text, arrived)
    {
        meaning.date = Some(named.day);
        meaning.date_words = Some(named.words);
    }
}

/// Several projects asked about: the answer of each, and the main meaning from them.
fn per_project(text: &str, facts: &Facts, meaning: &mut Meaning) {
    meaning.projects = projects::read(text, &facts.projects, meaning);
    let said: Vec<Label> = meaning
        .projects
        .iter()
        .map(|(_, label)| *label)
        .filter(|label| *label != Label::None)
        .collect();
    let Some(first) = said.first().copied() else {
        if meaning.main().is_state() {
            meaning.confidence = meaning.confidence.min(CONTRADICTED);
        }
        return;
    };
    if matches!(meaning.main(), Label::OptOut | Label::WrongPerson) {
        return;
    }
    let mut labels = said.clone();
    labels.dedup();
    labels.extend(
        meaning
            .labels
            .iter()
            .copied()
            .filter(|label| !label.is_state() && *label != Label::None),
    );
    let mut unique: Vec<Label> = Vec::new();
    for label in labels {
        if !unique.contains(&label) {
            unique.push(label);
        }
    }
    let same = said.iter().all(|label| *label == first);
    meaning.confidence = if same && meaning.main() == first {
        meaning.confidence
    } else {
        meaning.confidence.clamp(THRESHOLD - 0.05, THRESHOLD + 0.05)
    };
    meaning.labels = unique;
}

fn asks_for_silence(words: &Words) -> bool {
    let ours = OF_OTHERS.replace_all(&words.text, "");
    STOPS.is_match(&ours) && !STOPS_FOR_NOW.is_match(&ours)
}

/// A verdict on a text.
pub(super) struct Judged {
    /// The main meaning first.
    pub(super) labels: Vec<Label>,
    pub(super) confidence: f32,
    /// Whether its own text contradicts it.
    pub(super) is_contradicted: bool,
    why: Vec<String>,
}

impl Judged {
    fn main(&self) -> Label {
        self.labels.first().copied().unwrap_or(Label::None)
    }
}

/// Every label that the words allow, the likeliest first.
fn ranked(words: &Words, hits: &[Hit], orders: bool) -> Vec<(Label, f32)> {
    let chances = Model::committed().chances(words, hits);
    let mut ranked: Vec<(Label, f32)> = LABELS.into_iter().zip(chances).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let without = |cue: &str| !hits.iter().any(|hit| hit.cue == cue);
    let denied = hits.iter().any(|hit| hit.cue == "cancel")
        && hits.iter().all(|hit| hit.cue != "cancel" || hit.denied);
    // "Je ne souhaite pas annuler", "it's been cancelled": whatever the words weigh, nobody asked us.
    let nobody_asked = denied || !orders && IS_CANCELLED.is_match(&words.text);
    let of_others = OF_OTHERS.is_match(&words.text) && !asks_for_silence(words);
    ranked.retain(|(label, chance)| {
        // Unless it is sure, nobody said what no word says.
        let unasked = nobody_asked || *chance < THRESHOLD && without("cancel");
        let unsaid = of_others || *chance < UNSAID && without("stop");
        !(*label == Label::WantsCancel && unasked || *label == Label::OptOut && unsaid)
    });
    ranked
}

/// The model's verdict on a text, with the safety rules applied.
pub(super) fn judge(words: &Words, hits: &[Hit]) -> Judged {
    if !words.text.contains(char::is_alphanumeric) {
        return Judged {
            labels: vec![Label::None],
            confidence: 0.9,
            is_contradicted: false,
            why: vec!["nothing written".to_owned()],
        };
    }
    let orders = ORDERS.is_match(&words.text)
        && !HOW_TO.is_match(&words.text)
        && hits.iter().any(|hit| hit.cue == "cancel" && !hit.denied);
    let ranked = ranked(words, hits, orders);
    let stops = asks_for_silence(words);
    let (mut main, mut confidence) = ranked[0];
    let mut labels = vec![main];
    // Which is the main one when several are there: wrong person, then no more mail, then an explicit order to cancel.
    if stops && main != Label::WrongPerson && main != Label::OptOut {
        main = Label::OptOut;
        labels.insert(0, main);
    } else if orders && !stops && (main.is_over() || main == Label::ChosenHere) {
        main = Label::WantsCancel;
        labels.insert(0, main);
    } else if main == Label::WantsCancel && !orders && ASKS_HOW.is_match(&words.text) {
        // Who asks how is told how: the same letter answers both.
        main = stated(&ranked).unwrap_or(Label::Question);
        labels.insert(0, main);
    }
    secondary(words, hits, &ranked, stops, &mut labels);
    let mut why: Vec<String> = hits
        .iter()
        .map(|hit| {
            format!(
                "{}{}: \"{}\"",
                if hit.denied { "not " } else { "" },
                hit.cue,
                &words.text[hit.start..hit.end]
            )
        })
        .collect();
    let contradiction = safety::contradiction(main, words, hits);
    if let Some(reason) = contradiction {
        why.push(format!("{WITHHELD}{reason}"));
        confidence = confidence.min(CONTRADICTED);
    }
    Judged {
        labels,
        confidence,
        is_contradicted: contradiction.is_some(),
        why,
    }
}

/// The likeliest thing said about the project, if one is likely.
fn stated(ranked: &[(Label, f32)]) -> Option<Label> {
    let likely = |(label, chance): &&(Label, f32)| label.is_state() && *chance > 0.2;
    ranked.iter().find(likely).map(|(label, _)| *label)
}

fn secondary(
    words: &Words,
    hits: &[Hit],
    ranked: &[(Label, f32)],
    stops: bool,
    labels: &mut Vec<Label>,
) {
    let has = |cue: &str| hits.iter().any(|hit| hit.cue == cue);
    let second = |label: Label| {
        ranked
            .iter()
            .any(|(other, chance)| *other == label && *chance > 0.2)
    };
    let mut add = |label: Label| {
        if !labels.contains(&label) {
            labels.push(label);
        }
    };
    if stops {
        add(Label::OptOut);
    }
    if has("call") && second(Label::WantsCall) {
        add(Label::WantsCall);
    }
    if words.text.contains('?') && second(Label::Question) {
        add(Label::Question);
    }
    if second(Label::ComplaintAboutUs) && has("complaint") {
        add(Label::ComplaintAboutUs);
    }
    if let Some((label, _)) = ranked
        .iter()
        .skip(1)
        .find(|(label, chance)| label.is_state() && *chance > 0.25)
    {
        add(*label);
    }
}

/// The sentence of the text that says it most clearly. `whole` are the cues of the text.
fn best_sentence(text: &str, main: Label, whole: &[Hit]) -> String {
    let sentences: Vec<&str> = text
        .split_inclusive(['.', '!', '?', '\n'])
        .map(str::trim)
        .filter(|sentence| sentence.chars().any(char::is_alphanumeric))
        .take(12)
        .collect();
    if sentences.len() <= 1 {
        return sentences
            .first()
            .copied()
            .unwrap_or_default()
            .chars()
            .take(300)
            .collect();
    }
    let chance = |sentence: &str| {
        let words = Words::new(sentence);
        Model::committed().chances(&words, &cues::find_within(&words, whole))[main.place()]
    };
    let best = sentences
        .iter()
        .copied()
        .map(|sentence| (sentence, chance(sentence)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(String::new(), |(sentence, _)| {
        sentence.chars().take(300).collect()
    })
}
