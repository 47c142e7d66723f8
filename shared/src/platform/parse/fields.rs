//! The fields of an event, each read as what it must be.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::{Map, Value};

use super::{Reject, wrong};
use crate::account::Locale;
use crate::mail::turns;
use crate::platform::ApplicationKind;

/// Characters of a reference, an id, a type.
const NAME_CHARS_MAX: usize = 200;
/// Characters kept of a person's name, a category, an urgency.
const SHORT_CHARS_MAX: usize = 200;
/// Characters of an address. Source: RFC 5321, 254 octets of a path.
const EMAIL_CHARS_MAX: usize = 254;
/// Credits or hundredths of a unit of money at most: beyond it somebody mistyped.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// The fields of an object; null counts as absent.
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn optional(&self, field: &'static str) -> Result<Option<&'a str>, Reject> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(field, "must be text")),
        }
    }

    pub(super) fn required(&self, field: &'static str) -> Result<&'a str, Reject> {
        self.optional(field)?
            .ok_or_else(|| wrong(field, "is missing"))
    }

    /// An id or reference, as it is.
    pub(super) fn name(&self, field: &'static str) -> Result<String, Reject> {
        self.optional_name(field)?
            .ok_or_else(|| wrong(field, "is missing"))
    }

    pub(super) fn optional_name(&self, field: &'static str) -> Result<Option<String>, Reject> {
        let Some(name) = self.optional(field)? else {
            return Ok(None);
        };
        if name.is_empty()
            || name.chars().count() > NAME_CHARS_MAX
            || name.chars().any(char::is_control)
        {
            return Err(wrong(
                field,
                "must have 1 to 200 characters, none of them a control character",
            ));
        }
        Ok(Some(name.to_owned()))
    }

    pub(super) fn time(&self, field: &'static str) -> Result<DateTime<Utc>, Reject> {
        // The years that a rank can express; see `project_rank_bounded`.
        let known = |at: &DateTime<Utc>| (0..16_725_225_600).contains(&at.timestamp());
        DateTime::parse_from_rfc3339(self.required(field)?)
            .ok()
            .map(|at| at.with_timezone(&Utc).trunc_subsecs(6))
            .filter(known)
            .ok_or_else(|| {
                wrong(
                    field,
                    "must be an RFC 3339 time, for example 2026-01-31T09:00:00Z",
                )
            })
    }

    /// Text of a person: control characters and what turns the reading direction out, cut at `chars_max`.
    pub(super) fn text(
        &self,
        field: &'static str,
        chars_max: usize,
        lines: bool,
    ) -> Result<Option<String>, Reject> {
        let text = self.optional(field)?;
        let cleaned = text.map(|text| {
            let kept = text.chars().filter(|c| !turns(*c)).map(|c| {
                if c == '\n' && lines || !c.is_control() {
                    c
                } else {
                    ' '
                }
            });
            kept.take(chars_max).collect::<String>().trim().to_owned()
        });
        Ok(cleaned.filter(|text| lines || !text.is_empty()))
    }

    pub(super) fn short(&self, field: &'static str) -> Result<Option<String>, Reject> {
        self.text(field, SHORT_CHARS_MAX, false)
    }

    pub(super) fn email(&self) -> Result<Option<String>, Reject> {
        let Some(email) = self
            .optional("email")?
            .map(str::trim)
            .filter(|email| !email.is_empty())
        else {
            return Ok(None);
        };
        let is_clean = email.chars().count() <= EMAIL_CHARS_MAX
            && !email
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || "<>,;()".contains(c));
        match email.rsplit_once('@') {
            Some((local, domain)) if is_clean && !local.is_empty() && !domain.is_empty() => {
                Ok(Some(email.to_owned()))
            }
            _ => Err(wrong("email", "is no address")),
        }
    }

    pub(super) fn locale(&self) -> Result<Locale, Reject> {
        Ok(self
            .optional("locale")?
            .map_or_else(Locale::default, Locale::of_tag))
    }

    pub(super) fn amount(&self, field: &'static str) -> Result<Option<i64>, Reject> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64() {
                Some(amount) if (0..=AMOUNT_MAX).contains(&amount) => Ok(Some(amount)),
                _ => Err(wrong(field, "must be a whole number from 0 up")),
            },
        }
    }

    /// True or false, or 1 and 0 as tables write them.
    pub(super) fn flag(&self, field: &'static str) -> Result<Option<bool>, Reject> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(value) => match value.as_i64() {
                Some(0) => Ok(Some(false)),
                Some(1) => Ok(Some(true)),
                Some(_) | None => Err(wrong(field, "must be true or false")),
            },
        }
    }

    /// Hundredths of the currency's unit, from a number or its text.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded just before; cents are rounded"
    )]
    #[expect(
        clippy::cast_precision_loss,
        reason = "the bound is far below 2 to the 53rd"
    )]
    pub(super) fn budget(&self) -> Result<Option<i64>, Reject> {
        let number = match self.0.get("budget") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
            Some(value) => value.as_f64(),
        };
        match number.map(|units| (units * 100.0).round()) {
            Some(hundredths) if (0.0..=AMOUNT_MAX as f64).contains(&hundredths) => {
                Ok(Some(hundredths as i64))
            }
            _ => Err(wrong("budget", "must be a number from 0 up")),
        }
    }

    pub(super) fn application(&self) -> Result<Option<ApplicationKind>, Reject> {
        Ok(match self.optional("kind")? {
            None => None,
            Some("view") => Some(ApplicationKind::View),
            Some("offer") => Some(ApplicationKind::Offer),
            Some("contact") => Some(ApplicationKind::Contact),
            Some(_) => return Err(wrong("kind", "must be view, offer or contact")),
        })
    }
}
