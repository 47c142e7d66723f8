//! Which language somebody wrote in: frequent small words, and the Arabic script.

/// Frequent small words of each language.
const LISTS: [(&str, &[&str]); 4] = [
    (
        "fr",
        &[
            "le", "la", "les", "je", "vous", "nous", "est", "pas", "un", "une", "et", "de", "du",
            "des", "pour", "oui", "merci", "bonjour", "mon", "votre", "j", "ai", "c", "on", "ne",
            "plus", "que", "qui", "dans", "avec", "projet", "svp", "toujours", "ce", "à", "sur",
            "mais", "au", "il", "suis", "non",
        ],
    ),
    (
        "en",
        &[
            "the", "i", "you", "is", "it", "to", "and", "of", "a", "we", "my", "your", "not",
            "for", "please", "thanks", "thank", "hello", "hi", "have", "this", "still", "project",
            "no", "yes", "me", "was", "be", "can", "don", "noted", "sure",
        ],
    ),
    (
        "es",
        &[
            "el", "la", "los", "no", "que", "de", "por", "favor", "gracias", "hola", "ya", "un",
            "una", "mi", "su", "lo", "me", "es", "en", "con", "para", "proyecto", "más", "mas",
            "buenas", "y", "sigo", "estoy",
        ],
    ),
    (
        "de",
        &[
            "ich", "sie", "das", "ist", "nicht", "wir", "und", "der", "die", "bitte", "danke",
            "mein", "ein", "eine", "es", "noch", "projekt", "mit", "guten", "tag", "auf", "haben",
            "hat", "kein", "mir", "mich",
        ],
    ),
];

/// Characters looked at. A language shows in the first lines.
const CHARS_MAX: usize = 16_000;

/// Guesses the language: `fr`, `en`, `es`, `de`, `ar`, or `fr` when nothing shows.
#[must_use]
pub fn of(text: &str) -> &'static str {
    let letters = text
        .chars()
        .take(CHARS_MAX)
        .filter(|c| c.is_alphabetic())
        .take(400)
        .count();
    let arabic = text
        .chars()
        .take(CHARS_MAX)
        .filter(|c| ('\u{600}'..='\u{6ff}').contains(c))
        .take(400)
        .count();
    if arabic * 2 > letters && arabic > 0 {
        return "ar";
    }
    let mut counts = [0_u32; 4];
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(300)
    {
        let word = word.to_lowercase();
        for (count, (_, list)) in counts.iter_mut().zip(&LISTS) {
            *count += u32::from(list.contains(&word.as_str()));
        }
    }
    let top = counts.iter().copied().max().unwrap_or(0);
    if top == 0 {
        return "fr";
    }
    counts
        .iter()
        .position(|count| *count == top)
        .map_or("fr", |at| LISTS[at].0)
}
