//! Remote text on its way into a letter: one line, nothing invisible, bounded.

/// Characters of a display name or subject that are kept; longer ones are cut. Source: RFC 5322 2.1.1 allows 998 octets
/// a line, and four octets may stand for one character.
const HEADER_CHARS_MAX: usize = 200;

/// `text` as the value of a header: one line without control characters, without marks that turn the reading direction,
/// at most 200 characters. lettre panics on a line break in a display name, and a line break elsewhere starts a header.
#[must_use]
pub fn clean_header(text: &str) -> String {
    // A mail program would decode what looks like an encoded word (RFC 2047 2), line breaks in it and all.
    let plain = clean_text(text, HEADER_CHARS_MAX).replace("=?", "= ?");
    clean_text(&plain, HEADER_CHARS_MAX)
}

/// Embeddings, overrides and isolates of UAX 9: what turns the text around it. No name or title needs them; the marks that
/// right-to-left scripts do need are not among them.
pub(crate) const fn turns(char: char) -> bool {
    matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `text` as one line: runs of white space become one blank, control characters, direction marks and other invisible
/// characters go (the joiner of emoji and of some scripts stays), and after `chars_max` characters an ellipsis.
#[must_use]
pub fn clean_text(text: &str, chars_max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(chars_max));
    let (mut chars, mut gap) = (0, false);
    for char in text.chars() {
        if char.is_whitespace() {
            gap = chars > 0;
            continue;
        }
        if is_invisible(char) {
            continue;
        }
        if chars + usize::from(gap) >= chars_max {
            clean.push('…');
            return clean;
        }
        if gap {
            clean.push(' ');
            chars += 1;
            gap = false;
        }
        clean.push(char);
        chars += 1;
    }
    clean
}

/// Controls, the direction marks of UAX 9, and other format characters that only hide something (UTS 39).
pub(crate) fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // M5: header values are single-line before the mail builder sees them.
    #[test]
    fn a_line_break_or_a_hidden_character_never_reaches_a_header() {
        assert_eq!(clean_header("Anne\r\nBcc: x@y.z"), "Anne Bcc: x@y.z");
        assert_eq!(clean_header("  Zoé \t\u{2028} Ü\u{0} "), "Zoé Ü");
        assert_eq!(clean_header("fdp\u{202E}gnp.exe"), "fdpgnp.exe");
        assert_eq!(
            clean_header("=?utf-8?Q?a=0D=0ABcc:_x?="),
            "= ?utf-8?Q?a=0D=0ABcc:_x?=",
            "no mail program decodes it"
        );
        assert_eq!(clean_header("👩\u{200D}🔧 Léa"), "👩\u{200D}🔧 Léa");
    }

    #[test]
    fn a_long_text_is_cut_with_an_ellipsis() {
        assert_eq!(clean_text("abcdef", 3), "abc…");
        assert_eq!(clean_text("abc", 3), "abc");
        assert_eq!(clean_header(&"é".repeat(10_000)).chars().count(), 201);
    }

    proptest! {
        #[test]
        fn whatever_comes_in_one_bounded_line_comes_out(text in ".{0,400}|[\\s\\S]{0,400}") {
            let clean = clean_header(&text);
            prop_assert!(clean.chars().count() <= HEADER_CHARS_MAX + 1);
            prop_assert!(!clean.chars().any(|char| char.is_control() || is_invisible(char)));
            let again = clean_header(&clean);
            prop_assert_eq!(again.trim_end_matches('…'), clean.trim_end_matches('…'));
        }
    }
}
