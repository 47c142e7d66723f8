//! Which letter of ours a message answers, and whether that is certain.

use super::message::Mail;

/// Ids looked at in References; the last ones are the nearest.
const REFERENCES_MAX: usize = 20;
/// Local parts of our signed addresses.
const PREFIXES: [&str; 2] = ["reply+", "bounce+"];

/// How a letter was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// By the signed token of the address it came to.
    Token,
    /// By In-Reply-To.
    InReplyTo,
    /// By References.
    References,
    /// By the sender alone, who has one open project.
    Inferred,
    /// Not at all.
    None,
}

impl Matched {
    /// The protocol's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::InReplyTo => "in_reply_to",
            Self::References => "references",
            Self::Inferred => "inferred",
            Self::None => "none",
        }
    }
}

/// What in a message points to letters of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointers {
    /// Tokens of the addresses it came to, lower case, the envelope's first.
    pub tokens: Vec<String>,
    /// Message-IDs it says it answers, without brackets.
    pub in_reply_to: Vec<String>,
    /// Message-IDs of the thread, the nearest first.
    pub references: Vec<String>,
}

/// Gathers the pointers of a message. A token counts in any letter case and in a folded field.
#[must_use]
pub fn pointers(mail: &Mail<'_>) -> Pointers {
    let mut tokens = Vec::new();
    for name in ["Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"] {
        for value in mail.headers(name) {
            for token in tokens_in(&value) {
                if !tokens.contains(&token) && tokens.len() < REFERENCES_MAX {
                    tokens.push(token);
                }
            }
        }
    }
    let ids = |name: &str| -> Vec<String> {
        mail.headers(name)
            .flat_map(|value| ids_in(&value))
            .take(REFERENCES_MAX * 10)
            .collect()
    };
    let mut references = ids("References");
    references.reverse();
    references.truncate(REFERENCES_MAX);
    let mut in_reply_to = ids("In-Reply-To");
    in_reply_to.truncate(REFERENCES_MAX);
    Pointers {
        tokens,
        in_reply_to,
        references,
    }
}

fn tokens_in(value: &str) -> Vec<String> {
    let squeezed: String = value.to_lowercase();
    squeezed
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')'))
        .filter_map(|word| {
            let (local, _) = word.split_once('@')?;
            PREFIXES
                .iter()
                .find_map(|prefix| local.strip_prefix(prefix))
                .map(str::to_owned)
        })
        .collect()
}

fn ids_in(value: &str) -> Vec<String> {
    value
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ','))
        .filter(|word| word.contains('@') && word.len() <= 250)
        .map(str::to_owned)
        .collect()
}

/// The letter that all pointers agree on.
///
/// # Errors
/// [`Conflict`] when they point to letters of different people: a person files it.
pub fn agreed<L: Copy + PartialEq, P: PartialEq>(
    by_token: &[(L, P)],
    by_reply: &[(L, P)],
    by_reference: &[(L, P)],
) -> Result<Option<(L, Matched)>, Conflict> {
    let all = by_token.iter().chain(by_reply).chain(by_reference);
    let mut person = None;
    for (_, whose) in all {
        if *person.get_or_insert(whose) != whose {
            return Err(Conflict);
        }
    }
    let first = |found: &[(L, P)], how| found.first().map(|(letter, _)| (*letter, how));
    Ok(first(by_token, Matched::Token)
        .or_else(|| first(by_reply, Matched::InReplyTo))
        .or_else(|| first(by_reference, Matched::References)))
}

/// Pointers of one message to letters of different people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its address and its references point to letters of different people")]
pub struct Conflict;

#[cfg(test)]
mod tests {
    use super::*;

    // a7
    #[test]
    fn a_token_counts_in_any_case_and_wherever_it_was_delivered() {
        let raw = "Delivered-To: REPLY+ABC234@relance.example\r\nTo: Suivi\r\n <reply+def567@relance.example>\r\nIn-Reply-To: <1@x>\r\nReferences: <0@x>\r\n <1@x>\r\n\r\nx";
        let found = pointers(&Mail::parse(raw.as_bytes()).expect("a message"));
        assert_eq!(found.tokens, ["abc234", "def567"]);
        assert_eq!(found.in_reply_to, ["1@x"]);
        assert_eq!(found.references, ["1@x", "0@x"]);
    }

    // a7, M1
    #[test]
    fn pointers_to_different_people_are_a_conflict() {
        assert_eq!(
            agreed(&[(1, "a")], &[(2, "a")], &[]),
            Ok(Some((1, Matched::Token)))
        );
        assert_eq!(agreed(&[(1, "a")], &[(2, "b")], &[]), Err(Conflict));
        assert_eq!(agreed::<u8, u8>(&[], &[], &[]), Ok(None));
    }
}
