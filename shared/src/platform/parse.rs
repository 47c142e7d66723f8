//! Reads an event strictly: what is wrong is named, what is unknown is kept.

mod fields;

use serde_json::{Map, Value};

use super::{
    Application, ClientProfile, Details, EVENT_BYTES_MAX, Event, ProviderProfile, Signature,
    Subscription, What,
};
use crate::account::Plan;
use crate::consent::CancelReason;
use crate::contact::{Channel, LineKind, Stage};
use crate::ranking::settings::check_kind;
use fields::Fields;

/// Characters kept of a title.
const TITLE_CHARS_MAX: usize = 300;
/// Characters kept of a description.
const DESCRIPTION_CHARS_MAX: usize = 20_000;
/// Zone of a client who has none. Source: `design.md`, the platform's own.
const ZONE_DEFAULT: &str = "Europe/Paris";
/// Stands where a name or a title was erased.
pub const ERASED: &str = "—";

/// Why an event is not kept; says what to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// No JSON object of the agreed form.
    #[error("{0}")]
    Form(String),
    /// A field is missing or of the wrong kind.
    #[error("{field}: {why}")]
    Field {
        /// Which.
        field: &'static str,
        /// What was expected.
        why: &'static str,
    },
    /// A cancellation that nobody signed.
    #[error(
        "project.cancelled_by_client must be signed: deliver it to /hooks/platform, or as a line with webhook-id, \
         webhook-timestamp, webhook-signature and payload"
    )]
    Unsigned,
    /// The signature does not hold under any secret of `platform.secret`.
    #[error(
        "the signature does not hold: check platform.secret and that the payload is the text that was signed"
    )]
    Signature,
}

fn wrong(field: &'static str, why: &'static str) -> Reject {
    Reject::Field { field, why }
}

/// The signed event in a line, if the line carries one.
pub(super) fn envelope(line: &str) -> Result<Option<(String, Signature)>, Reject> {
    let object = object(line)?;
    if !object.contains_key("payload") && !object.contains_key("webhook-signature") {
        return Ok(None);
    }
    let fields = Fields(&object);
    let timestamp = match object.get("webhook-timestamp") {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let signature = Signature {
        id: fields.name("webhook-id")?,
        timestamp: timestamp
            .ok_or_else(|| wrong("webhook-timestamp", "must be whole seconds since 1970"))?,
        signature: fields.required("webhook-signature")?.to_owned(),
    };
    Ok(Some((fields.required("payload")?.to_owned(), signature)))
}

/// What `body` says.
pub(super) fn event(body: &str) -> Result<Event, Reject> {
    let object = object(body)?;
    let envelope = Fields(&object);
    let (id, kind, at) = (
        envelope.name("id")?,
        envelope.name("type")?,
        envelope.time("at")?,
    );
    let Some(Value::Object(data)) = object.get("data") else {
        return Err(wrong("data", "must be an object"));
    };
    let fields = Fields(data);
    let what = what(&kind, &fields)?;
    let subject = ["project", "client", "provider"]
        .into_iter()
        .find_map(|field| fields.name(field).ok());
    Ok(Event {
        id,
        kind,
        at,
        subject,
        what,
    })
}

/// Reads an event that is kept.
pub(super) fn stored(body: &str, is_erased: bool) -> Result<Event, Reject> {
    event(&readable(body, is_erased)?)
}

/// The text of an event that is kept; of an erased one, what a person was called and what they wrote is no longer known.
pub(super) fn readable(body: &str, is_erased: bool) -> Result<String, Reject> {
    if !is_erased {
        return Ok(body.to_owned());
    }
    let mut object = object(body)?;
    if let Some(Value::Object(data)) = object.get_mut("data") {
        for field in ["name", "title"] {
            data.insert(field.to_owned(), ERASED.into());
        }
    }
    Ok(Value::Object(object).to_string())
}

fn object(text: &str) -> Result<Map<String, Value>, Reject> {
    if text.len() > EVENT_BYTES_MAX {
        return Err(Reject::Form(format!("longer than {EVENT_BYTES_MAX} bytes")));
    }
    match serde_json::from_str(text) {
        // PostgreSQL keeps no NUL, and no text of a person has one.
        Ok(Value::Object(_)) if text.contains("\\u0000") => {
            Err(Reject::Form("holds the character U+0000".to_owned()))
        }
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Reject::Form("must be a JSON object".to_owned())),
        Err(error) => Err(Reject::Form(format!("is no JSON: {error}"))),
    }
}

fn what(kind: &str, fields: &Fields<'_>) -> Result<What, Reject> {
    let found = match kind.split_once('.') {
        Some(("client" | "provider" | "subscription" | "credits", _)) => of_people(kind, fields)?,
        Some(("project", _)) => of_project(kind, fields)?,
        Some(("application", _)) => of_application(kind, fields)?,
        Some(("history", "client_cancelled")) => Some(What::Ended {
            project: fields.name("project")?,
        }),
        Some(("history", name)) => logged(name, fields)?,
        Some(_) | None => None,
    };
    Ok(found.unwrap_or(What::Unknown))
}

fn of_people(kind: &str, fields: &Fields<'_>) -> Result<Option<What>, Reject> {
    Ok(Some(match kind {
        "client.upserted" => What::Client(client(fields)?),
        "client.seen" => What::Seen {
            client: fields.name("client")?,
            project: fields.optional_name("project")?,
        },
        "provider.upserted" => What::Provider(ProviderProfile {
            provider: fields.name("provider")?,
            name: fields
                .short("name")?
                .ok_or_else(|| wrong("name", "is missing"))?,
            email: fields.email()?,
            locale: fields.locale()?,
        }),
        "subscription.changed" => What::Subscription(subscription(fields)?),
        "credits.granted" => What::Credits {
            provider: fields.name("provider")?,
            kind: fields.name("kind")?,
            amount: fields
                .amount("amount")?
                .filter(|amount| *amount > 0)
                .ok_or_else(|| wrong("amount", "must be a whole number above 0"))?,
            reference: fields.name("reference")?,
        },
        _ => return Ok(None),
    }))
}

fn of_project(kind: &str, fields: &Fields<'_>) -> Result<Option<What>, Reject> {
    Ok(Some(match kind {
        "project.published" => published(fields)?,
        "project.updated" => What::Updated {
            project: fields.name("project")?,
            details: details(fields)?,
        },
        "project.awarded" => What::Awarded {
            project: fields.name("project")?,
            provider: fields.name("provider")?,
        },
        "project.award_revoked" => What::AwardRevoked {
            project: fields.name("project")?,
        },
        "project.cancelled_by_client" => What::Cancelled {
            project: fields.name("project")?,
            client: fields.name("client")?,
            reason: reason(fields.optional("reason")?),
        },
        "project.reopened_by_client" => What::Reopened {
            project: fields.name("project")?,
            client: fields.optional_name("client")?,
        },
        "project.evidence" => evidence(fields)?,
        _ => return Ok(None),
    }))
}

fn published(fields: &Fields<'_>) -> Result<What, Reject> {
    let details = details(fields)?;
    if details.title.is_none() {
        return Err(wrong("title", "is missing"));
    }
    Ok(What::Published {
        project: fields.name("project")?,
        client: fields.name("client")?,
        details,
    })
}

/// Of a kind that may not be declared yet; its name must be one that could be.
fn evidence(fields: &Fields<'_>) -> Result<What, Reject> {
    let kind = fields.name("kind")?;
    if check_kind(&kind, None).is_err() {
        return Err(wrong(
            "kind",
            "must be the name of a kind of evidence: 1 to 40 small letters, digits and underscores, none of the log's own",
        ));
    }
    Ok(What::Evidence {
        project: fields.name("project")?,
        kind,
    })
}

fn of_application(kind: &str, fields: &Fields<'_>) -> Result<Option<What>, Reject> {
    Ok(Some(match kind {
        "application.created" => What::Applied(Application {
            project: fields.name("project")?,
            provider: fields.name("provider")?,
            kind: fields
                .application()?
                .ok_or_else(|| wrong("kind", "is missing"))?,
            credits: fields
                .amount("credits")?
                .ok_or_else(|| wrong("credits", "is missing"))?,
        }),
        "application.withdrawn" => What::Withdrawn {
            project: fields.name("project")?,
            provider: fields.name("provider")?,
            kind: fields.application()?,
        },
        _ => return Ok(None),
    }))
}

fn client(fields: &Fields<'_>) -> Result<ClientProfile, Reject> {
    let zone = fields.optional("zone")?.unwrap_or(ZONE_DEFAULT);
    if zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(wrong("zone", "must be an IANA name such as Europe/Paris"));
    }
    let phone = fields
        .optional("phone")?
        .map(str::trim)
        .filter(|phone| !phone.is_empty());
    if phone.is_some_and(|phone| phone.chars().count() > 40 || phone.chars().any(char::is_control))
    {
        return Err(wrong("phone", "must be a number of at most 40 characters"));
    }
    Ok(ClientProfile {
        client: fields.name("client")?,
        name: fields
            .short("name")?
            .ok_or_else(|| wrong("name", "is missing"))?,
        email: fields.email()?,
        phone: phone.map(str::to_owned),
        locale: fields.locale()?,
        zone: zone.to_owned(),
    })
}

fn subscription(fields: &Fields<'_>) -> Result<Subscription, Reject> {
    let from = fields.time("from")?;
    let until = fields
        .optional("until")?
        .map(|_| fields.time("until"))
        .transpose()?;
    if until.is_some_and(|until| until <= from) {
        return Err(wrong("until", "must be after from"));
    }
    Ok(Subscription {
        provider: fields.name("provider")?,
        plan: match fields.required("plan")? {
            "basic" => Plan::Basic,
            "privilege" => Plan::Privilege,
            _ => return Err(wrong("plan", "must be basic or privilege")),
        },
        from,
        until,
    })
}

fn details(fields: &Fields<'_>) -> Result<Details, Reject> {
    let currency = fields.optional("currency")?;
    if currency.is_some_and(|c| c.len() != 3 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
        return Err(wrong("currency", "must be three capitals, ISO 4217"));
    }
    Ok(Details {
        title: fields.text("title", TITLE_CHARS_MAX, false)?,
        description: fields.text("description", DESCRIPTION_CHARS_MAX, true)?,
        category: fields.short("category")?,
        budget_minor: fields.budget()?,
        currency: currency.map(str::to_owned),
        urgency: fields.short("urgency")?,
        phone_verified: fields.flag("phone_verified")?,
        is_company: fields.flag("is_company")?,
        source: fields.short("source")?,
    })
}

/// Words that we do not know say at least that the client gave a reason.
fn reason(word: Option<&str>) -> CancelReason {
    match word {
        Some("found_elsewhere") => CancelReason::FoundElsewhere,
        Some("fell_through") => CancelReason::FellThrough,
        Some("" | "not_said") | None => CancelReason::NotSaid,
        Some(_) => CancelReason::Other,
    }
}

/// None for a name that the log of the past does not have.
fn logged(name: &str, fields: &Fields<'_>) -> Result<Option<What>, Reject> {
    let detail = fields.optional("detail")?.unwrap_or_default();
    let by = if name == "call" {
        Channel::Phone
    } else {
        Channel::Email
    };
    let said = |stage| (LineKind::Answer, by, Some(stage));
    let (line, channel, stage) = match (name, detail) {
        ("email_sent", _) => (LineKind::LetterSent, Channel::Email, None),
        ("email_bounced", _) => (LineKind::Bounce, Channel::Email, None),
        ("login", _) => (LineKind::Login, Channel::Platform, None),
        ("provider_report", _) => (LineKind::Report, Channel::Platform, None),
        ("call", "no_answer") => (LineKind::CallNoAnswer, Channel::Phone, None),
        ("call", "wrong_number") => (LineKind::CallWrongNumber, Channel::Phone, None),
        ("call", "refused") => (LineKind::CallRefused, Channel::Phone, None),
        ("reply" | "call", "still_looking") => said(Stage::Searching),
        ("reply" | "call", "paused") => said(Stage::Postponed),
        ("reply" | "call", "found_elsewhere") => said(Stage::ChosenOutside),
        ("reply" | "call", "abandoned") => said(Stage::Dropped),
        ("reply" | "call", "unclear") => said(Stage::Unknown),
        ("reply" | "call", _) => {
            return Err(wrong("detail", "is no outcome of an answer or a call"));
        }
        _ => return Ok(None),
    };
    Ok(Some(What::Logged {
        project: fields.name("project")?,
        line,
        channel,
        stage,
    }))
}
