//! What is kept of one project so that a re-rank reads one small row: when it was posted, what was known then, and its
//! evidence folded.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::history::Facts;

/// First byte of the packed form; another one means that an older program wrote it and it must be folded again.
const VERSION: u8 = 2;

/// All that the score of one project follows from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// When it was posted, seconds since 1970.
    pub created_at: i64,
    /// Known when it was posted.
    pub facts: Facts,
    /// Seen or heard since.
    pub evidence: Evidence,
}

impl Known {
    /// What is assumed of a project of which nothing can be read: posted then, silent since.
    #[must_use]
    pub fn nothing(created_at: i64) -> Self {
        Self {
            created_at,
            facts: Facts::default(),
            evidence: Evidence::none(),
        }
    }

    /// Packed, some hundred bytes.
    ///
    /// # Panics
    /// Never: numbers and short texts can always be packed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("numbers and texts can be packed")
    }

    /// Unpacked; none when it was written by another version or is damaged: fold it again.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first() {
            Some((&VERSION, packed)) => postcard::from_bytes(packed).ok(),
            Some(_) | None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::evidence::{Event, Said};

    #[test]
    fn what_is_packed_comes_back_to_the_bit_and_damage_is_noticed() {
        let mut evidence = Evidence::none();
        for (at, event) in [
            (10, Event::LetterSent),
            (20, Event::Applied),
            (31, Event::Applied),
            (40, Event::Said(Said::Paused)),
            (50, Event::Declared(3)),
        ] {
            evidence.take(event, at);
        }
        let known = Known {
            created_at: 7,
            facts: Facts {
                category: "web".to_owned(),
                budget_eur: Some(1_250.5),
                ..Facts::default()
            },
            evidence,
        };
        let bytes = known.to_bytes();
        assert!(bytes.len() < 160, "{}", bytes.len());
        assert_eq!(Known::from_bytes(&bytes), Some(known));
        assert_eq!(Known::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Known::from_bytes(&[VERSION + 1, 0]), None);
        assert_eq!(Known::from_bytes(&[]), None);
    }
}
