//! Every sentence that a person reads, in French and English.

pub mod account;
pub mod bot;
pub mod client;
pub mod console;
pub mod crm;
pub mod faq;
pub mod follow_up;
pub mod listing;
pub mod pages;
pub mod rank_report;
pub mod ranking;
pub mod refund;
pub mod report;
pub mod time;
pub mod witness;

use crate::account::Locale;

/// First and last character of text that a person wrote: the surface escapes what is between them for its own exit
/// (threats M5). Both are from a private area of Unicode and are taken out of the text itself.
pub const QUOTED: (char, char) = ('\u{e000}', '\u{e001}');

/// `text` with each `{name}` replaced by its value. It is walked once, so a value that itself looks like `{name}` stays
/// as somebody wrote it (threats M5); a name without a value stays, too.
#[must_use]
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let (mut done, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('{') {
        done.push_str(before);
        let known = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, behind))
        });
        if let Some((value, behind)) = known {
            done.push_str(value);
            rest = behind;
        } else {
            done.push('{');
            rest = after;
        }
    }
    done + rest
}

/// `text` as it is set in print: typographic apostrophes, and in French a thin space that does not break before `; ? !`
/// and a full one around `«  »`, before `:` and after `n°`. Code in backticks and text that a person wrote stay.
#[must_use]
pub fn typeset(locale: Locale, text: &str) -> String {
    let mut set = String::with_capacity(text.len() + 16);
    let (mut is_code, mut is_quoted) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        is_code ^= c == '`';
        is_quoted = (is_quoted || c == QUOTED.0) && c != QUOTED.1;
        let next = chars.peek().copied();
        let is_after_opening = set.ends_with('«') || set.ends_with("n°");
        set.push(match (locale, c) {
            (_, c) if is_code || is_quoted => c,
            (_, '\'') => '’',
            (Locale::Fr, ' ') if is_after_opening || matches!(next, Some(':' | '»')) => '\u{a0}',
            (Locale::Fr, ' ') if matches!(next, Some(';' | '?' | '!')) => '\u{202f}',
            (Locale::Fr | Locale::En, c) => c,
        });
    }
    set
}

/// `text` with at most `chars_max` characters, the last one an ellipsis when some were left out.
#[must_use]
pub fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept = text.chars().take(chars_max.saturating_sub(1));
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod keys;
#[cfg(test)]
mod tests {
    use super::*;

    // M5: what a person wrote is never taken for a place of ours.
    #[test]
    fn a_value_that_looks_like_a_name_stays_as_it_is() {
        let values = [
            ("title", "Toit {state} et {title}"),
            ("state", "en attente"),
        ];
        assert_eq!(
            filled("{title} : {state}, {none} {", &values),
            "Toit {state} et {title} : en attente, {none} {"
        );
    }

    #[test]
    fn french_is_set_with_its_spaces_and_apostrophes() {
        assert_eq!(
            typeset(Locale::Fr, "« Oui » : l'offre n° 3 ; ça va ?"),
            "«\u{a0}Oui\u{a0}»\u{a0}: l’offre n°\u{a0}3\u{202f}; ça va\u{202f}?"
        );
        assert_eq!(typeset(Locale::En, "don't : why ?"), "don’t : why ?");
        assert_eq!(
            typeset(Locale::Fr, "`l'un :` \u{e000}l'autre ?\u{e001} ?"),
            "`l'un :` \u{e000}l'autre ?\u{e001}\u{202f}?"
        );
    }
}
