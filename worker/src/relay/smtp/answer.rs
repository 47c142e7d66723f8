//! What a relay's answer means for a letter. Pure.

use std::error::Error as _;

use lettre::transport::smtp::Error;
use relance_shared::outbox::Verdict;

/// Where in the envelope the relay answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
}

impl Step {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sender => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
        }
    }
}

/// A refusal: its code, and its enhanced code (RFC 3463) when there is one. The words are left out: they name addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    code: u16,
    enhanced: Option<(u16, u16, u16)>,
}

impl Answer {
    /// What the relay said; none when it said nothing, which is another matter.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let code = error.status()?.into();
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        Some(Self {
            code,
            enhanced: enhanced(&words),
        })
    }

    /// # Errors
    /// The relay closes the connection (421).
    pub(super) fn to_envelope(self, step: Step) -> Result<Verdict, String> {
        let codes = self.codes(step.name());
        match (self.code, step) {
            (421, _) => Err(codes),
            (400..500, _) => Ok(Verdict::Later(codes)),
            (_, Step::Recipient) => Ok(self.to_recipient(codes)),
            (_, Step::Sender | Step::Data) => Ok(Verdict::Refused(codes)),
        }
    }

    /// A refusal for good at RCPT: is it about the mailbox, or about us? Source: RFC 3463 and `guides` mail 3.2.
    fn to_recipient(self, codes: String) -> Verdict {
        match (self.enhanced, self.code) {
            // A full mailbox is emptied some day.
            (Some((5, 2, 2)), _) | (None, 552) => Verdict::Later(codes),
            // Unknown, moved, disabled, or a domain that takes no mail.
            (Some((5, 1, 0..=6 | 10) | (5, 2, 0 | 1) | (5, 4, 1 | 3 | 4)), _) => {
                Verdict::AddressRefused(codes)
            }
            (None, 550 | 551 | 553 | 556) => Verdict::AddressRefused(codes),
            // Policy, our address (5.1.7, 5.1.8), size, protocol: about us or the letter.
            (Some(_) | None, _) => Verdict::Refused(codes),
        }
    }

    fn codes(self, place: &str) -> String {
        match self.enhanced {
            Some((class, subject, detail)) => {
                format!("{place} {} {class}.{subject}.{detail}", self.code)
            }
            None => format!("{place} {}", self.code),
        }
    }
}

/// The relay's answer to the final dot; a silence is no verdict.
pub(super) fn to_text(error: &Error) -> Verdict {
    match Answer::of(error) {
        Some(answer) if answer.code < 500 => Verdict::Later(answer.codes("text")),
        Some(answer) => Verdict::Refused(answer.codes("text")),
        None => Verdict::Unknown("the connection broke after the text began".to_owned()),
    }
}

fn enhanced(words: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = words
        .split_ascii_whitespace()
        .next()?
        .split('.')
        .map(|part| part.parse().ok());
    let code = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && matches!(code.0, 2 | 4 | 5)).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(code: u16, words: &str) -> Verdict {
        let answer = Answer {
            code,
            enhanced: enhanced(words),
        };
        answer.to_envelope(Step::Recipient).unwrap()
    }

    // a15: policy is about us, never the address's fault.
    #[test]
    fn only_a_refused_mailbox_is_the_addresss_fault() {
        for (code, words) in [
            (550, "5.1.1 no such user"),
            (550, "no such user"),
            (550, "5.2.1 disabled"),
            (553, "?"),
        ] {
            assert!(
                matches!(recipient(code, words), Verdict::AddressRefused(_)),
                "{code} {words}"
            );
        }
        for (code, words) in [
            (550, "5.7.1 blocked"),
            (554, "5.7.1 relay denied"),
            (554, "no"),
            (550, "5.1.8 sender"),
        ] {
            assert!(
                matches!(recipient(code, words), Verdict::Refused(_)),
                "{code} {words}"
            );
        }
        for (code, words) in [
            (450, "4.2.0 greylisted"),
            (451, ""),
            (552, "5.2.2 full"),
            (550, "5.2.2 full"),
        ] {
            assert!(
                matches!(recipient(code, words), Verdict::Later(_)),
                "{code} {words}"
            );
        }
    }

    // D5: no address in what is kept.
    #[test]
    fn codes_are_kept_and_words_are_not() {
        let Verdict::AddressRefused(kept) = recipient(550, "5.1.1 <anne@clients.example>: unknown")
        else {
            panic!("a refused address");
        };
        assert_eq!(kept, "RCPT 550 5.1.1");
    }
}
