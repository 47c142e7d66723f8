//! What an installation may set about the order: kinds of evidence of its own, and what providers' reports may cost.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::EXTRA_KINDS_MAX;
use super::history::{Kind, Sign};
use super::reports::PLACES_MAX;

/// Characters of a kind's name.
const NAME_CHARS_MAX: usize = 40;
/// Longest half-life in days, ten years: what fades slower does not fade.
pub const HALF_LIFE_DAYS_MAX: f64 = 3_650.0;
/// Names that the log has for itself; see `events.csv` in the format of history folders.
const TAKEN_NAMES: [&str; 9] = [
    "awarded",
    "bid",
    "call",
    "client_cancelled",
    "email_bounced",
    "email_sent",
    "login",
    "provider_report",
    "reply",
];

/// `rank.*`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RankSettings {
    /// Places that all reports of providers together may cost a project, 0 to 40. 0, the default: a report costs nothing,
    /// it only lets the client be asked sooner. Source: `guides/ranking.md` 1, reports are worth almost nothing as
    /// evidence for the order.
    pub report_places_max: u32,
    /// `rank.evidence.NAME`: the installation's own kinds of evidence, at most eight.
    pub evidence: BTreeMap<String, Declared>,
}

/// `rank.evidence.NAME.*`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Days after which it weighs half; none: it never fades.
    #[serde(default)]
    pub half_life_days: Option<f64>,
    /// Whether it can only raise the chance, only lower it, or either.
    pub sign: Sign,
}

/// Why the settings of the order cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct Unusable {
    /// The key to change.
    pub key: String,
    /// What is wrong and what to do.
    pub why: String,
}

/// Why a kind cannot be declared; says what to do.
///
/// # Errors
/// The part that is wrong (`half_life_days`, or nothing for the name) and why.
pub fn check_kind(
    name: &str,
    half_life_days: Option<f64>,
) -> Result<(), (&'static str, &'static str)> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        return Err((
            "",
            "a kind is named by 1 to 40 small letters, digits and underscores",
        ));
    }
    if TAKEN_NAMES.contains(&name) {
        return Err((
            "",
            "the log has this name for an event of its own; choose another",
        ));
    }
    let fades = |days: f64| days.is_finite() && days > 0.0 && days <= HALF_LIFE_DAYS_MAX;
    if half_life_days.is_some_and(|days| !fades(days)) {
        return Err((
            "half_life_days",
            "must be above 0 and at most 3650 days; leave it out for evidence that never fades",
        ));
    }
    Ok(())
}

impl RankSettings {
    /// # Errors
    /// Names the key that cannot be used.
    pub fn refuse_contradictions(&self) -> Result<(), Unusable> {
        let refuse = |key: &str, why: &str| {
            Err(Unusable {
                key: key.to_owned(),
                why: why.to_owned(),
            })
        };
        if self.report_places_max > PLACES_MAX {
            return refuse(
                "rank.report_places_max",
                "must be 0 to 40: two pages are the most that reports may cost",
            );
        }
        if self.evidence.len() > EXTRA_KINDS_MAX {
            return refuse(
                "rank.evidence",
                "at most 8 kinds can be declared; remove some",
            );
        }
        for (name, declared) in &self.evidence {
            if let Err((part, why)) = check_kind(name, declared.half_life_days) {
                let key = format!("rank.evidence.{name}.{part}");
                return refuse(key.trim_end_matches('.'), why);
            }
        }
        Ok(())
    }

    /// The declared kinds in the order of their names, after `before`, which another source declared; of one name that
    /// source's counts.
    ///
    /// # Errors
    /// When they are more than eight together.
    pub fn kinds(&self, before: Vec<Kind>) -> Result<Vec<Kind>, Unusable> {
        let mut kinds = before;
        for (name, declared) in &self.evidence {
            if kinds.iter().any(|kind| kind.name == *name) {
                continue;
            }
            let slot = u8::try_from(kinds.len()).unwrap_or(u8::MAX);
            if usize::from(slot) >= EXTRA_KINDS_MAX {
                return Err(Unusable {
                    key: format!("rank.evidence.{name}"),
                    why:
                        "with the kinds that the folder declares there are more than 8; remove some"
                            .to_owned(),
                });
            }
            kinds.push(Kind {
                slot,
                name: name.clone(),
                half_life_days: declared.half_life_days,
                sign: declared.sign,
            });
        }
        Ok(kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(settings: &RankSettings) -> String {
        settings
            .refuse_contradictions()
            .expect_err("refused")
            .to_string()
    }

    fn declared(name: &str, half_life_days: Option<f64>) -> RankSettings {
        let declared = Declared {
            half_life_days,
            sign: Sign::Raises,
        };
        RankSettings {
            evidence: BTreeMap::from([(name.to_owned(), declared)]),
            ..RankSettings::default()
        }
    }

    // b6: a bad declaration is refused by the name of its key.
    #[test]
    fn a_bad_declaration_is_refused_and_its_key_named() {
        assert_eq!(
            declared("quote_viewed", Some(30.0)).refuse_contradictions(),
            Ok(())
        );
        assert_eq!(declared("met", None).refuse_contradictions(), Ok(()));
        for (name, half) in [
            ("x", Some(0.0)),
            ("x", Some(-1.0)),
            ("x", Some(f64::NAN)),
            ("x", Some(4_000.0)),
        ] {
            let said = refused(&declared(name, half));
            assert!(
                said.starts_with("rank.evidence.x.half_life_days: must be above 0"),
                "{said}"
            );
        }
        for name in ["", "Quote", "a b", "login", &"x".repeat(41)] {
            let said = refused(&declared(name, None));
            assert!(said.starts_with("rank.evidence"), "{said}");
        }
        let many = (0..9).map(|n| {
            (
                format!("kind_{n}"),
                Declared {
                    half_life_days: None,
                    sign: Sign::Free,
                },
            )
        });
        let many = RankSettings {
            evidence: many.collect(),
            ..RankSettings::default()
        };
        assert!(refused(&many).starts_with("rank.evidence: at most 8"));
        let far = RankSettings {
            report_places_max: 41,
            ..RankSettings::default()
        };
        assert!(refused(&far).starts_with("rank.report_places_max: must be 0 to 40"));
    }

    #[test]
    fn a_folder_s_own_kind_goes_before_the_settings_kind_of_the_same_name() {
        let folder = vec![Kind {
            slot: 0,
            name: "met".to_owned(),
            half_life_days: None,
            sign: Sign::Free,
        }];
        let mut settings = declared("met", Some(3.0));
        settings
            .evidence
            .extend(declared("seen_abroad", None).evidence);
        let kinds = settings.kinds(folder.clone()).expect("two");
        assert_eq!(kinds[0], folder[0]);
        assert_eq!((kinds[1].slot, kinds[1].name.as_str()), (1, "seen_abroad"));
    }
}
