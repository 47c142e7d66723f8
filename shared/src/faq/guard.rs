//! What is handed over without an answer: instructions to the bot; and signs that a message is about something else.
//!
//! The lists are data (`guards.txt`), in the lexicon's form; a concept's name says what it guards against.

use crate::faq::lexicon::Lexicon;
use crate::faq::spelling::Word;

/// Digits from which a number names a file, an invoice, a project.
const NUMBER_DIGITS_MIN: usize = 3;

/// Signs of money and shares.
const AMOUNTS: [char; 4] = ['€', '$', '£', '%'];
/// Marks of a message that poses as the machine's own.
const MARKS: [&str; 5] = ["system:", "[system", "<system", "[inst", "### "];

/// Something that a message shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// It tells the bot what to be or do. Nothing in a message can trigger an action; this is logged as such.
    Instruction,
    /// It names another company's service.
    Brand,
    /// It names a number or a person: a case that only a person can look at.
    Case,
    /// Thanks, greetings: nothing is asked.
    Courtesy,
    /// Insults.
    Insult,
}

impl Sign {
    /// The sign that a list's name stands for.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "instruction" => Some(Self::Instruction),
            "brand" => Some(Self::Brand),
            "case" => Some(Self::Case),
            "courtesy" => Some(Self::Courtesy),
            "insult" => Some(Self::Insult),
            _ => None,
        }
    }
}

/// Looks for the signs, each once. `said` is the message as written.
#[must_use]
pub fn signs(guards: &Lexicon, words: &[Word], said: &str) -> Vec<Sign> {
    let mut seen = Vec::new();
    let mut courteous = vec![false; words.len()];
    guards.find_each(words, |concept, span| {
        match Sign::named(guards.name(concept)) {
            Some(Sign::Courtesy) => span.for_each(|at| courteous[at] = true),
            Some(sign) if !seen.contains(&sign) => seen.push(sign),
            Some(_) | None => {}
        }
    });
    // Courtesy counts only when nothing else is said.
    if !words.is_empty() && courteous.iter().all(|polite| *polite) {
        seen.push(Sign::Courtesy);
    }
    if MARKS.iter().any(|mark| said.to_lowercase().contains(mark))
        && !seen.contains(&Sign::Instruction)
    {
        seen.push(Sign::Instruction);
    }
    if (number(said) || person(said)) && !seen.contains(&Sign::Case) {
        seen.push(Sign::Case);
    }
    seen
}

/// A number that may name a file, an invoice, a project: not an amount of money, not a share.
fn number(said: &str) -> bool {
    let mut tokens = said.split_whitespace().peekable();
    while let Some(token) = tokens.next() {
        let digits = token.chars().filter(char::is_ascii_digit).count();
        let amount = |text: &str| {
            let text =
                text.trim_start_matches(|c: char| !c.is_alphabetic() && !AMOUNTS.contains(&c));
            text.starts_with(AMOUNTS)
                || text.starts_with("eur")
                || text.starts_with("pound")
                || text.starts_with("dollar")
        };
        let money = token.contains(AMOUNTS)
            || token.ends_with('k')
            || tokens.peek().is_some_and(|next| amount(next));
        if digits >= NUMBER_DIGITS_MIN && !money {
            return true;
        }
    }
    false
}

/// A title and a name: “Mme Petit”, “Mr. Keller”.
fn person(said: &str) -> bool {
    let words: Vec<&str> = said.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let title = pair[0].trim_end_matches('.');
        matches!(
            title,
            "Mme" | "Mr" | "Mrs" | "Ms" | "M" | "Monsieur" | "Madame"
        ) && pair[1].starts_with(char::is_uppercase)
            && !matches!(
                pair[1].trim_matches(|c: char| !c.is_alphabetic()),
                "Monsieur" | "Madame" | "Je" | "J" | ""
            )
    })
}
