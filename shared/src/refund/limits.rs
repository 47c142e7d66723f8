//! Settings of the refund requests (`refund.*`). None of them can say yes.

use serde::Deserialize;

use crate::account::Plan;
use crate::config::ConfigError;

/// Longest of any number of days here. Source: two years, the oldest project that the FAQ tells of.
const DAYS_MAX: u32 = 730;

/// `refund.*`. Rolling windows: ninety days, thirty days, twenty-four hours before the moment that asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Days after the spend, or after the last sign of the client if that is later, in which a request can be opened.
    /// Source: operator's choice; other platforms give 14 to 30.
    pub window_days: u32,
    /// Refunds that a basic subscriber can get in ninety days; then requests are refused at once. Source: the FAQ's
    /// "exceptionally, this or that credit, here and there".
    pub basic_per_90_days_max: u32,
    /// The same for a privilege subscriber.
    pub privilege_per_90_days_max: u32,
    /// The same for somebody whose subscription has ended.
    pub unsubscribed_per_90_days_max: u32,
    /// Approvals of one admin in twenty-four hours; above, a second person has to approve, too.
    pub admin_per_day_max: u32,
    /// Approvals of the whole platform in thirty days; above, a second person has to approve, too.
    pub platform_per_30_days_max: u32,
    /// Credits of one request from which on a second person has to approve, too.
    pub second_person_from_credits: u32,
    /// Days after which a request that nobody decided is shown to the reviewers again, and again after as many.
    pub remind_after_days: u32,
    /// Days of silence after a question until the claimant is warned.
    pub warn_after_days: u32,
    /// Days of silence after the warning until the request is closed.
    pub close_after_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window_days: 30,
            basic_per_90_days_max: 2,
            privilege_per_90_days_max: 4,
            unsubscribed_per_90_days_max: 1,
            admin_per_day_max: 10,
            platform_per_30_days_max: 100,
            second_person_from_credits: 10,
            remind_after_days: 2,
            warn_after_days: 7,
            close_after_days: 7,
        }
    }
}

impl Limits {
    /// Refunds in ninety days for a subscriber of `plan`.
    #[must_use]
    pub const fn per_90_days_max(&self, plan: Option<Plan>) -> u32 {
        match plan {
            Some(Plan::Basic) => self.basic_per_90_days_max,
            Some(Plan::Privilege) => self.privilege_per_90_days_max,
            None => self.unsubscribed_per_90_days_max,
        }
    }

    /// Looks for settings that contradict each other.
    ///
    /// # Errors
    /// [`ConfigError::Contradiction`] names the key.
    pub fn refuse_contradictions(&self) -> Result<(), ConfigError> {
        let days = [
            ("refund.window_days", self.window_days),
            ("refund.remind_after_days", self.remind_after_days),
            ("refund.warn_after_days", self.warn_after_days),
            ("refund.close_after_days", self.close_after_days),
        ];
        for (key, days) in days {
            if !(1..=DAYS_MAX).contains(&days) {
                let why = "must be 1 to 730 days";
                return Err(ConfigError::Contradiction { key, why });
            }
        }
        if self.second_person_from_credits == 0 {
            let why = "must be 1 or more; 1 asks for two persons every time";
            let key = "refund.second_person_from_credits";
            return Err(ConfigError::Contradiction { key, why });
        }
        Ok(())
    }
}

/// Why a key under `refund` cannot be a setting, if it sounds like approving without a person (S26).
#[must_use]
pub fn refuse_automation<'a>(keys: impl IntoIterator<Item = &'a str>) -> Option<ConfigError> {
    let sounds = |key: &str| {
        let key = key.to_lowercase();
        [
            "auto", "approve", "accept", "grant", "default", "silence", "bulk",
        ]
        .iter()
        .any(|word| key.contains(word))
    };
    let key = keys.into_iter().find(|key| sounds(key))?;
    Some(ConfigError::Automation(format!("refund.{key}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    // S26: the built-in settings are none of those that are refused by their name.
    #[test]
    fn keys_that_sound_like_approving_alone_are_refused_and_ours_are_not() {
        for key in [
            "auto_approve",
            "AutoApproveBelow",
            "approve_after_days",
            "default_yes",
            "bulk_refund",
        ] {
            assert!(refuse_automation([key]).is_some(), "{key}");
        }
        let ours = [
            "window_days",
            "basic_per_90_days_max",
            "admin_per_day_max",
            "second_person_from_credits",
            "remind_after_days",
            "warn_after_days",
            "close_after_days",
        ];
        assert!(refuse_automation(ours).is_none());
    }

    fn load(text: &str) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("relance.toml");
        std::fs::write(&file, text).unwrap();
        Settings::load(folder.path().to_owned(), Some(&file))
    }

    // S26: a rule that says yes without a person cannot be configured, and the refusal says why.
    #[test]
    fn a_setting_that_would_approve_does_not_load_and_says_why() {
        for text in [
            "[refund]\nauto_approve_below = 3",
            "[refund]\napprove_after_days = 10",
            "[refund]\nsilence_is_yes = true",
            "[refund.auto]\nmax = 1",
        ] {
            let error = load(text).unwrap_err().to_string();
            assert!(
                error.contains("only ever approved by a person"),
                "{text}: {error}"
            );
        }
        let unknown = load("[refund]\nwindow = 3").unwrap_err();
        assert!(matches!(unknown, ConfigError::Key(_)));
        let impossible = load("[refund]\nwindow_days = 0").unwrap_err();
        assert!(impossible.to_string().contains("refund.window_days"));
        assert_eq!(
            load("[refund]\nwindow_days = 60")
                .unwrap()
                .refund
                .window_days,
            60
        );
    }

    #[test]
    fn the_built_in_limits_do_not_contradict_themselves() {
        assert!(Limits::default().refuse_contradictions().is_ok());
    }
}
