//! The seal of a kept event: this installation's signature over the whole row. Whoever may write to the database can add a
//! row, but none whose seal holds (threats P1, P2, P6).

use chrono::{DateTime, Utc};

use super::{Event, Source};
use crate::token::Keys;

/// Characters of a seal: the key's id, a dot, the MAC. The database asks for as many.
pub const SEAL_CHARS: usize = 50;
/// Begins what is sealed, so that no other signature of the same key is a seal.
const PURPOSE: &str = "relance event";

/// What a seal is over: everything that the row of an event says but its number.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    /// Its id.
    pub id: &'a str,
    /// By which way it came.
    pub source: Source,
    /// Its type.
    pub kind: &'a str,
    /// When it happened, in microseconds.
    pub at: DateTime<Utc>,
    /// When it was taken, in microseconds.
    pub received_at: DateTime<Utc>,
    /// What it is about.
    pub subject: Option<&'a str>,
    /// As it came.
    pub body: &'a str,
    /// The sender's own signature, as it is kept.
    pub signature: Option<&'a str>,
}

impl<'a> Sealed<'a> {
    /// The row of `event`, taken at `received_at`.
    #[must_use]
    pub fn of(
        event: &'a Event,
        source: Source,
        received_at: DateTime<Utc>,
        body: &'a str,
        signature: Option<&'a str>,
    ) -> Self {
        Self {
            id: &event.id,
            source,
            kind: &event.kind,
            at: event.at,
            received_at,
            subject: event.subject.as_deref(),
            body,
            signature,
        }
    }

    /// The seal under the present key.
    #[must_use]
    pub fn seal(&self, keys: &Keys) -> String {
        keys.sign(&self.message())
    }

    /// Whether `seal` holds under one of the keys, compared in constant time.
    #[must_use]
    pub fn holds(&self, seal: &str, keys: &Keys) -> bool {
        keys.signed(&self.message(), seal)
    }

    /// Every field after its length, so that none can borrow from the next.
    fn message(&self) -> Vec<u8> {
        let (at, received_at) = (
            self.at.timestamp_micros().to_string(),
            self.received_at.timestamp_micros().to_string(),
        );
        let fields = [
            Some(PURPOSE),
            Some(self.id),
            Some(self.source.as_str()),
            Some(self.kind),
            Some(&at),
            Some(&received_at),
            self.subject,
            Some(self.body),
            self.signature,
        ];
        let mut message = Vec::with_capacity(self.body.len() + 512);
        for field in fields {
            match field {
                Some(field) => {
                    message.extend_from_slice(field.len().to_string().as_bytes());
                    message.push(b':');
                    message.extend_from_slice(field.as_bytes());
                }
                None => message.push(b'-'),
            }
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{day, keys};

    const ROW: Sealed<'static> = Sealed {
        id: "w1",
        source: Source::File,
        kind: "project.awarded",
        at: DateTime::UNIX_EPOCH,
        received_at: DateTime::UNIX_EPOCH,
        subject: Some("P1"),
        body: "{}",
        signature: None,
    };

    // P1, P6: any change of the row breaks its seal, and so does another key.
    #[test]
    fn a_seal_holds_for_its_own_row_only() {
        let keys = keys();
        let seal = ROW.seal(&keys);
        assert_eq!(seal.len(), SEAL_CHARS);
        assert!(ROW.holds(&seal, &keys));
        let others = [
            Sealed { id: "w2", ..ROW },
            Sealed {
                source: Source::History,
                ..ROW
            },
            Sealed {
                kind: "project.awarded2",
                ..ROW
            },
            Sealed { at: day(0), ..ROW },
            Sealed {
                received_at: day(0),
                ..ROW
            },
            Sealed {
                subject: None,
                ..ROW
            },
            Sealed {
                subject: Some("P12"),
                body: "{",
                ..ROW
            },
            Sealed { body: "{ }", ..ROW },
            Sealed {
                signature: Some(""),
                ..ROW
            },
        ];
        for other in others {
            assert!(!other.holds(&seal, &keys), "{other:?}");
        }
        let foreign = crate::token::Keys::new("another key, long enough to sign".into(), None);
        assert!(!ROW.holds(&seal, &foreign.unwrap()));
        for made_up in ["", ".", "AAAAAA.AAAA", &seal[..49], &format!("{seal}A")] {
            assert!(!ROW.holds(made_up, &keys), "{made_up}");
        }
    }
}
