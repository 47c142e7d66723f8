//! Follow-ups: when a client is asked again about a project, by which channel, and within which limits.

use serde::Deserialize;

use crate::config::ConfigError;

/// `follow_up.*`: the rhythm of the follow-ups and its limits.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rhythm {
    /// Days after publication of the first follow-ups. Source: the operator's rhythm "day 3, 7, 14, 30".
    pub first_days: Vec<u32>,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            first_days: vec![3, 7, 14, 30],
        }
    }
}

impl Rhythm {
    /// # Errors
    /// [`ConfigError::Contradiction`] names the key that cannot work.
    pub fn refuse_contradictions(&self) -> Result<(), ConfigError> {
        if self.first_days.is_empty() {
            return Err(ConfigError::Contradiction {
                key: "follow_up.first_days",
                why: "must name at least one day; the promise is to ask regularly",
            });
        }
        Ok(())
    }
}
