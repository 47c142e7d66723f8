//! Proves that the database still says what it may say: the guards are there, states follow from events, evidence holds.

pub mod store;

/// Something that must not be so; a person has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule of the threat model, for example `P1`.
    pub rule: &'static str,
    /// What was found, with the id or name to look for.
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}
