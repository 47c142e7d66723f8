//! What both programs do about the terminal that they print to: its end, and text on its way to it, in which nothing may
//! stand that the terminal would obey or that turns what a person reads (threats M5).

/// How the standard library says that the reader of the output is gone.
const CLOSED_PIPE: &str = "failed printing to stdout: Broken pipe";

/// Ends the program in silence when nobody reads its output any more, as in `… | head`: that is no fault of ours.
/// To be called once, before anything is printed.
pub fn end_when_nobody_reads() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if (panic.payload_as_str()).is_some_and(|said| said.starts_with(CLOSED_PIPE)) {
            std::process::exit(0);
        }
        report(panic);
    }));
}

/// `text` on one line: line breaks and tabs become blanks, controls (escape sequences begin with one), direction marks and
/// other invisible characters go.
#[must_use]
pub fn line(text: &str) -> String {
    cleaned(text, false)
}

/// As [`line`], with the line breaks kept.
#[must_use]
pub fn lines(text: &str) -> String {
    cleaned(text, true)
}

fn cleaned(text: &str, keeps_lines: bool) -> String {
    text.chars()
        .filter_map(|char| match char {
            '\n' if keeps_lines => Some('\n'),
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
            _ if crate::mail::is_invisible(char) => None,
            _ => Some(char),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // M5
    #[test]
    fn no_escape_sequence_and_no_turned_text_reaches_the_terminal() {
        assert_eq!(line("a\0b\u{1b}[2J\u{202e}c\r\nd"), "ab[2Jc d");
        assert_eq!(lines("a\u{9b}2J\nb\tc\r\n\u{2066}d\u{7f}"), "a2J\nb c\nd");
        assert_eq!(line("12\u{a0}€, ça\u{202f}!"), "12\u{a0}€, ça\u{202f}!");
    }

    proptest! {
        // M5, C1
        #[test]
        fn whatever_comes_nothing_steers(text in "[\\s\\S]{0,200}") {
            prop_assert!(!line(&text).chars().any(char::is_control));
            prop_assert!(!lines(&text).chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
