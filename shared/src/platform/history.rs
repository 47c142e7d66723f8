//! The platform's past as CSV (`listings.csv`, `events.csv`): each line becomes events that are taken like any other.
//!
//! Ids are made from what a line says, so the same line of two exports is one event.

use serde_json::{Value, json};

use super::parse::ERASED;
use super::{RawEvent, Reject};

/// Columns of `listings.csv` that are read; those after [`LISTING_COLUMNS_NEEDED`] may be missing.
pub const LISTING_COLUMNS: [&str; 9] = [
    "listing_id",
    "client_id",
    "created_at",
    "category",
    "budget_eur",
    "urgency",
    "phone_verified",
    "is_company",
    "source",
];
/// Columns of `listings.csv` that must be there; the others are facts that an older export does not tell.
pub const LISTING_COLUMNS_NEEDED: usize = 6;
/// Columns of `events.csv`.
pub const EVENT_COLUMNS: [&str; 5] = ["at", "listing_id", "event", "actor", "detail"];
/// Names of `events.csv` for lines of a project's past; another one, beside `bid` and `awarded`, is a kind of evidence
/// that the installation declares.
const LOGGED: [&str; 7] = [
    "email_sent",
    "email_bounced",
    "reply",
    "call",
    "login",
    "provider_report",
    "client_cancelled",
];
/// Profiles made from bare references are as old as can be: whatever the platform says later counts more.
const OLDEST: &str = "1970-01-01T00:00:00Z";
/// The provider of an award whose log does not say to whom.
const UNNAMED: &str = "history:unnamed";
/// What a `bid` cost. Source: the format's description, "a credit was spent".
const BID_CREDITS: i64 = 1;

/// A posted project and its client; cells as [`LISTING_COLUMNS`], empty when unknown.
///
/// # Errors
/// [`Reject`] names the cell by the event's own field.
pub fn listing(cells: [&str; 9]) -> Result<Vec<RawEvent>, Reject> {
    let [
        project,
        client,
        created_at,
        category,
        budget,
        urgency,
        phone_verified,
        is_company,
        source,
    ] = cells;
    let said = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    // What is no flag stays text, so that the event's own rule refuses it by name.
    let flag = |text: &str| match text {
        "0" => Some(Value::from(false)),
        "1" => Some(Value::from(true)),
        _ => said(text),
    };
    let published = json!({
        "project": project, "client": client, "title": format!("Projet {project}"), "description": "",
        "category": said(category), "budget": said(budget), "urgency": said(urgency),
        "currency": said(budget).map(|_| "EUR"), "phone_verified": flag(phone_verified),
        "is_company": flag(is_company), "source": said(source),
    });
    Ok(vec![
        raw(
            &format!("history:client:{client}"),
            "client.upserted",
            OLDEST,
            &json!({"client": client, "name": client}),
        )?,
        raw(
            &format!("history:listing:{project}"),
            "project.published",
            created_at,
            &published,
        )?,
    ])
}

/// One thing that happened; cells as [`EVENT_COLUMNS`].
///
/// # Errors
/// [`Reject`] names the cell by the event's own field.
pub fn event(cells: [&str; 5]) -> Result<Vec<RawEvent>, Reject> {
    let [at, project, name, actor, detail] = cells;
    let id = format!("history:{name}:{project}:{at}:{actor}:{detail}");
    let provider = if actor.is_empty() { UNNAMED } else { actor };
    let mut events = Vec::new();
    if name == "bid" || name == "awarded" {
        let called = if actor.is_empty() { ERASED } else { actor };
        let profile = json!({"provider": provider, "name": called});
        events.push(raw(
            &format!("history:provider:{provider}"),
            "provider.upserted",
            OLDEST,
            &profile,
        )?);
    }
    let (kind, data) = match name {
        "bid" => (
            "application.created".to_owned(),
            json!({"project": project, "provider": provider, "kind": "contact", "credits": BID_CREDITS}),
        ),
        "awarded" => (
            "project.awarded".to_owned(),
            json!({"project": project, "provider": provider}),
        ),
        _ if !LOGGED.contains(&name) => (
            "project.evidence".to_owned(),
            json!({"project": project, "kind": name}),
        ),
        _ => (
            format!("history.{name}"),
            json!({"project": project, "detail": detail, "provider": (!actor.is_empty()).then_some(actor)}),
        ),
    };
    events.push(raw(&id, &kind, at, &data)?);
    Ok(events)
}

/// Whether a line of `events.csv` says that the client had ended the project: those are taken before the projects are.
#[must_use]
pub fn is_end(cells: [&str; 5]) -> bool {
    cells[2] == "client_cancelled"
}

fn raw(id: &str, kind: &str, at: &str, data: &Value) -> Result<RawEvent, Reject> {
    RawEvent::unsigned(&json!({"id": id, "type": kind, "at": at, "data": data}).to_string())
}
