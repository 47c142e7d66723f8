//! Words made comparable: case, accents, apostrophes, telephone spelling, greetings.

use unicode_normalization::UnicodeNormalization as _;

use crate::reading::pattern::rx;

/// Longest text that meaning is read from, in bytes; people who write more say it at the beginning.
const TEXT_BYTES_MAX: usize = 6_000;

/// Telephone spelling and frequent faults, word by word. Kind of mail: written with thumbs.
const SPELLING: &[(&str, &str)] = &[
    ("tjs", "toujours"),
    ("tjrs", "toujours"),
    ("tjr", "toujours"),
    ("toujour", "toujours"),
    ("tjours", "toujours"),
    ("ttjs", "toujours"),
    ("tj", "toujours"),
    ("dactu", "d actualite"),
    ("actu", "actualite"),
    ("dactualite", "d actualite"),
    ("actualites", "actualite"),
    ("actualiter", "actualite"),
    ("dactualites", "d actualite"),
    ("qqun", "quelqu un"),
    ("qq1", "quelqu un"),
    ("qqn", "quelqu un"),
    ("quelquun", "quelqu un"),
    ("quelqun", "quelqu un"),
    ("qqu1", "quelqu un"),
    ("kelkun", "quelqu un"),
    ("quelqu1", "quelqu un"),
    ("jai", "j ai"),
    ("g", "j ai"),
    ("javais", "j avais"),
    ("jcherche", "je cherche"),
    ("jsuis", "je suis"),
    ("chui", "je suis"),
    ("jattends", "j attends"),
    ("jatend", "j attends"),
    ("jattend", "j attends"),
    ("jhesite", "j hesite"),
    ("jaimerais", "j aimerais"),
    ("jarrete", "j arrete"),
    ("jabandonne", "j abandonne"),
    ("c", "c est"),
    ("cest", "c est"),
    ("ces", "ces"),
    ("sa", "ca"),
    ("nest", "n est"),
    ("nai", "n ai"),
    ("navons", "n avons"),
    ("ya", "y a"),
    ("yavait", "y avait"),
    ("pr", "pour"),
    ("ds", "dans"),
    ("ac", "avec"),
    ("avc", "avec"),
    ("mtn", "maintenant"),
    ("bcp", "beaucoup"),
    ("qd", "quand"),
    ("pk", "pourquoi"),
    ("pq", "pourquoi"),
    ("pkoi", "pourquoi"),
    ("dc", "donc"),
    ("vs", "vous"),
    ("vou", "vous"),
    ("ns", "nous"),
    ("pcq", "parce que"),
    ("pas1", "pas un"),
    ("1", "un"),
    ("nn", "non"),
    ("nan", "non"),
    ("nop", "non"),
    ("nope", "non"),
    ("wi", "oui"),
    ("ui", "oui"),
    ("ouais", "oui"),
    ("ouep", "oui"),
    ("yep", "oui"),
    ("yes", "oui"),
    ("si", "si"),
    ("ouii", "oui"),
    ("ouiii", "oui"),
    ("nonn", "non"),
    ("ja", "oui"),
    ("nein", "non"),
    ("bjr", "bonjour"),
    ("slt", "salut"),
    ("mrc", "merci"),
    ("mci", "merci"),
    ("dsl", "desole"),
    ("dsle", "desole"),
    ("stp", "svp"),
    ("asap", "vite"),
    ("tel", "telephone"),
    ("tph", "telephone"),
    ("rapl", "rappelez"),
    ("rapel", "rappelez"),
    ("rapele", "rappelez"),
    ("rapelez", "rappelez"),
    ("rappele", "rappelez"),
    ("apl", "appelez"),
    ("apele", "appelez"),
    ("apelez", "appelez"),
    ("appele", "appelez"),
    ("mapeler", "m appeler"),
    ("mappeler", "m appeler"),
    ("rappelle", "rappelez"),
    ("appelle", "appelez"),
    ("rapeler", "rappeler"),
    ("apeler", "appeler"),
    ("rapelle", "rappelez"),
    ("devi", "devis"),
    ("presta", "prestataire"),
    ("prestas", "prestataires"),
    ("prestataires", "prestataire"),
    ("pro", "professionnel"),
    ("pros", "professionnels"),
    ("rdv", "rendez vous"),
    ("pb", "probleme"),
    ("msg", "message"),
    ("msgs", "messages"),
    ("we", "week end"),
    ("suprime", "supprimez"),
    ("suprimer", "supprimer"),
    ("suprimez", "supprimez"),
    ("supprime", "supprimez"),
    ("anule", "annulez"),
    ("anuler", "annuler"),
    ("anulez", "annulez"),
    ("annule", "annule"),
    ("enleve", "enlevez"),
    ("anonce", "annonce"),
    ("lannonce", "l annonce"),
    ("lanonce", "l annonce"),
    ("lidee", "l idee"),
    ("areter", "arreter"),
    ("aretez", "arretez"),
    ("arete", "arretez"),
    ("arretes", "arretez"),
    ("lache", "lachez"),
    ("laché", "lachez"),
    ("menvoyer", "m envoyer"),
    ("menvoyez", "m envoyez"),
    ("mecrire", "m ecrire"),
    ("mecrivez", "m ecrivez"),
    ("revene", "revenez"),
    ("trouver", "trouve"),
    ("trouvee", "trouve"),
    ("trouves", "trouve"),
    ("trouvees", "trouve"),
    ("trouvez", "trouve"),
    ("touver", "trouve"),
    ("touve", "trouve"),
    ("interessee", "interesse"),
    ("interesses", "interesse"),
    ("abandoner", "abandonne"),
    ("abandone", "abandonne"),
    ("plu", "plus"),
    ("pa", "pas"),
    ("ps", "ps"),
    ("linstant", "l instant"),
    ("instan", "instant"),
    ("linstan", "l instant"),
    ("fe", "fait"),
    ("otre", "autre"),
    ("otres", "autres"),
    ("pri", "pris"),
    ("doc", "donc"),
    ("entrain", "en train"),
    ("biensur", "bien sur"),
    ("apre", "apres"),
    ("cherch", "cherche"),
    ("rentre", "rentree"),
    ("daccord", "d accord"),
    ("okay", "ok"),
    ("oki", "ok"),
    ("dac", "d accord"),
    ("jen", "j en"),
    ("lai", "l ai"),
    ("ma", "ma"),
    ("mieu", "mieux"),
    ("tt", "tout"),
    ("ts", "tous"),
    ("tte", "toute"),
    ("svp", "svp"),
    ("kand", "quand"),
    ("ki", "qui"),
    ("ke", "que"),
    ("koi", "quoi"),
    ("cke", "ce que"),
    ("ossi", "aussi"),
    ("aps", "pas"),
    ("don", "don"),
    ("dont", "dont"),
    ("areté", "arrete"),
];

/// Polite denials that deny nothing. Kind of mail: spoken French.
static EMPTY_DENIAL: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    super::cues::ascii(
        r"\b(?:(?:il n )?y a )?(?:pas|aucun|sans|no|kein) (?:de |des )?(?:souci|soucis|probleme|problemes|problem|worries)\b|\bpas grave\b|\bpas de quoi\b|\bn est ce pas\b|\b(?:ne )?m oppose (?:pas|plus|point|nullement|aucunement)\b",
    )
});

/// A text as words that rules and the model read: lower case, no accents, apostrophes opened, sentence marks kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words {
    /// Words and marks (`.` `!` `?` `,`) separated by single spaces.
    pub text: String,
    /// How much of it was in capitals, 0 to 1.
    pub shouted: f32,
}

/// Folds accents and case of one piece.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            '’' | '‘' | '`' | '´' | 'ʼ' => '\'',
            '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
            other => other,
        })
        .collect::<String>()
        .replace('œ', "oe")
        .replace('æ', "ae")
        .replace('ß', "ss")
}

impl Words {
    /// Reads a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut cut = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let text = &text[..cut];
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = text.chars().filter(|c| c.is_uppercase()).count();
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of at most a few thousand letters"
        )]
        let shouted = if letters < 6 {
            0.0
        } else {
            capitals as f32 / letters as f32
        };
        let mut out = String::with_capacity(text.len() + 16);
        let folded = fold(text);
        let mut word = String::new();
        let mut newline = 0;
        for c in folded.chars() {
            if c.is_alphanumeric() {
                newline = 0;
                word.push(c);
                continue;
            }
            push_word(&mut out, &mut word);
            match c {
                '.' | '!' | '?' | '…' | ';' => {
                    push_mark(&mut out, if c == '…' || c == ';' { '.' } else { c });
                }
                ',' | ':' | '(' | ')' | '–' | '—' | '«' | '»' | '"' => {
                    push_mark(&mut out, ',');
                }
                '\n' => {
                    newline += 1;
                    push_mark(&mut out, if newline > 1 { '.' } else { ',' });
                }
                '👍' | '👌' => out.push_str(" pouce"),
                '🙏' | '😊' | '🙂' | '😅' | '😉' | '😀' | '😁' | '😂' | '🤣' => {
                    out.push_str(" sourire");
                }
                _ => {}
            }
        }
        push_word(&mut out, &mut word);
        let text = without_greeting(&EMPTY_DENIAL.replace_all(out.trim(), ""));
        Self { text, shouted }
    }

    /// Sentences, by their marks.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.text
            .split(['.', '!', '?'])
            .map(|sentence| sentence.trim_matches([' ', ',']))
            .filter(|sentence| !sentence.is_empty())
    }
}

fn push_word(out: &mut String, word: &mut String) {
    if word.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push(' ');
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits >= 9 && digits == word.len() {
        out.push_str("telnum");
    } else if let Some((_, full)) = SPELLING.iter().find(|(short, _)| *short == word.as_str()) {
        out.push_str(full);
    } else {
        out.push_str(word);
    }
    word.clear();
}

fn push_mark(out: &mut String, mark: char) {
    if out.is_empty() {
        return;
    }
    let last = out.chars().next_back().unwrap_or(' ');
    if matches!(last, '.' | '!' | '?') || last == ',' && mark == ',' {
        if last == '.' && mark != ',' {
            out.pop();
            out.push(mark);
        }
        return;
    }
    if last == ',' {
        out.pop();
        out.push(mark);
        return;
    }
    out.push(' ');
    out.push(mark);
}

/// Drops greetings and polite formulas, which say nothing about the project, unless nothing else was written.
fn without_greeting(text: &str) -> String {
    static GREETING: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        rx(
            r"^(?:(?:bonjour|bonsoir|salut|hello|hi|hey|coucou|madame|monsieur|messieurs|mesdames|dear|guten tag|hallo|hola|buenas|buenos dias|salam(?: alikoum)?|chere?s?|a tous|a vous|cher monsieur|place des projets|clarisse|l equipe|tout le monde|m|mme|et)(?: [.,!]| |$)(?:[.,!] ?)*)+",
        )
    });
    let rest = GREETING
        .find(text)
        .map_or(text, |found| &text[found.end()..]);
    if rest.trim_matches([' ', ',', '.', '!', '?']).is_empty() {
        text.to_owned()
    } else {
        rest.to_owned()
    }
}
