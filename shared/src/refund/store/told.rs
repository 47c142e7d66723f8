//! Who must be told of what happened to a request: rows put with the change itself, so that none is lost and none twice.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;

use super::{Queued, get_in, waiting_in};
use crate::account::Locale;
use crate::db::{StoreError, Tx};
use crate::discord_out::{self, Body, Button, Message, To};
use crate::mail::LetterKind;
use crate::on_engine;
use crate::platform;
use crate::queue::{self, JobName};
use crate::refund::case::CaseFile;
use crate::refund::{EventKind, Limits, Request, RequestId, State, Surface};
use crate::words::bot::{quoted, say};
use crate::words::cut;
use crate::words::refund as words;
use crate::words::refund::card::{Said, card};
use crate::words::time::{date, days, moment};

/// The language of the review channel: the platform's own.
const CHANNEL: Locale = Locale::Fr;
/// Characters of a title in a message.
const TITLE_CHARS_MAX: usize = 120;
/// Characters of a reason in a message.
const SAID_CHARS_MAX: usize = 1_000;
/// Characters of the platform's ids in the log.
const ID_CHARS_MAX: usize = 60;
/// Cards of one person that are shown anew after an erasure, the newest.
const CARDS_MAX: i64 = 10_000;
/// Things said that a card is made from.
const SAID_MAX: i64 = 20;

const SAID: &str =
    "SELECT e.kind, s.name, e.said FROM refund_events e LEFT JOIN staff s ON s.id = e.staff_id
    WHERE e.request_id = $1 ORDER BY e.seq DESC LIMIT $2";
const CASE_SHOWN: &str = "SELECT file FROM refund_cases WHERE request_id = $1 ORDER BY gathered_at DESC, id DESC LIMIT 1";
const NAMES: &str = "SELECT v.reference, p.reference, p.title FROM providers v, projects p WHERE v.id = $1 AND p.id = $2";
const LAST: &str = "SELECT e.seq, e.from_state, s.reference AS staff, t.reference AS second, e.surface, e.interaction
    FROM refund_events e LEFT JOIN staff s ON s.id = e.staff_id LEFT JOIN staff t ON t.id = e.seconded_by
    WHERE e.request_id = $1 ORDER BY e.seq DESC LIMIT 1";
const ABOUT: &str = "SELECT r.id FROM refund_requests r JOIN projects p ON p.id = r.project_id
    WHERE r.provider_id = $1 OR p.client_id = $1 ORDER BY r.opened_at DESC, r.number DESC LIMIT $2";
const OLDEST: &str = "SELECT r.id, r.number, r.kind, r.amount, r.reason, r.plan, r.opened_at, r.state, r.state_at,
        v.reference AS provider, v.name AS provider_name, p.reference AS project, p.title
    FROM refund_requests r JOIN providers v ON v.id = r.provider_id JOIN projects p ON p.id = r.project_id
    WHERE r.state = 'open' ORDER BY r.opened_at, r.number LIMIT 1";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[SAID, CASE_SHOWN, NAMES, LAST, ABOUT, OLDEST];

/// The name of the card's message.
fn card_name(id: RequestId) -> String {
    format!("refund:{id}:card")
}

/// Puts the card into the review channel, or shows it anew there (d6, d8, d20).
pub(super) async fn show_card(
    tx: &mut Tx,
    request: &Request,
    case: &CaseFile,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let said = said(tx, request.id).await?;
    let body = card(CHANNEL, request, case, &said, zone);
    let name = card_name(request.id);
    if !discord_out::store::rewrite(tx, &name, &body, now).await? {
        let message = Message {
            to: To::Review,
            dedupe: name,
            body,
            letter: None,
        };
        discord_out::store::put(tx, &[message], now).await?;
    }
    Ok(())
}

/// Everything that follows from an event: the card shown anew, the claimant told, the platform told.
pub(super) async fn tell(
    tx: &mut Tx,
    request: &Request,
    event: EventKind,
    words: &str,
    limits: &Limits,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(case) = case_shown(tx, request.id).await? {
        show_card(tx, request, &case, zone, now).await?;
    }
    let (provider, project, title): (String, String, String) = on_engine!(&mut *tx, tx => sqlx::query_as(NAMES)
        .bind(request.provider_id).bind(request.project_id).fetch_one(&mut **tx).await)?;
    let mut messages = Vec::new();
    messages.extend(to_claimant(
        request, event, words, &project, &title, limits, now,
    ));
    if is_decision(event) {
        messages.push(to_log(tx, request, event, &provider, &project, zone).await?);
    }
    discord_out::store::put(tx, &messages, now).await?;
    let kind = match event {
        EventKind::Approved => "refund.approved",
        EventKind::Undone => "refund.undone",
        _ => return Ok(()),
    };
    let data = json!({
        "request": request.number, "provider": provider, "project": project, "kind": request.kind,
        "credits": request.amount, "reason": words,
    });
    platform::store::tell(tx, kind, data, now).await?;
    queue::hurry(tx, JobName::DeliverEvents, now).await
}

/// One message to the channel for all that the reviewers are reminded of, the oldest named (d17).
pub(super) async fn remind(tx: &mut Tx, zone: Tz, now: DateTime<Utc>) -> Result<(), StoreError> {
    let oldest: Option<Queued> =
        on_engine!(&mut *tx, tx => sqlx::query_as(OLDEST).fetch_optional(&mut **tx).await)?;
    let Some(oldest) = oldest else {
        return Ok(());
    };
    let (count, number) = (waiting_in(tx).await?.to_string(), oldest.number.to_string());
    let since = date(CHANNEL, oldest.opened_at, zone);
    let values = [("count", &*count), ("since", &since), ("number", &number)];
    let message = Message {
        to: To::Review,
        dedupe: format!("refund:remind:{}", now.timestamp()),
        body: Body {
            text: say(CHANNEL, "remind", &values),
            buttons: Vec::new(),
        },
        letter: None,
    };
    discord_out::store::put(tx, &[message], now).await.map(drop)
}

/// Shows the cards that are about a person (the claimant, or the project's client) anew, from what is kept now; gives the
/// names of their messages.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn show_cards_of(
    tx: &mut Tx,
    person: uuid::Uuid,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let ids: Vec<RequestId> = on_engine!(&mut *tx, tx => sqlx::query_scalar(ABOUT).bind(person).bind(CARDS_MAX)
        .fetch_all(&mut **tx).await)?;
    for id in &ids {
        let request = get_in(tx, *id).await?;
        if let Some(case) = case_shown(tx, *id).await? {
            show_card(tx, &request, &case, zone, now).await?;
        }
    }
    Ok(ids.into_iter().map(card_name).collect())
}

/// What the log channel is told of: whatever ends a request, and the first of two approvals.
const fn is_decision(event: EventKind) -> bool {
    match event {
        EventKind::Approved
        | EventKind::Declined
        | EventKind::Endorsed
        | EventKind::Undone
        | EventKind::ClosedSilent => true,
        EventKind::Asked | EventKind::Answered | EventKind::Warned => false,
    }
}

/// The event that was just appended, by ids: no name, no title, no reason (D5).
#[derive(sqlx::FromRow)]
struct Last {
    seq: i64,
    from_state: State,
    staff: Option<String>,
    second: Option<String>,
    surface: Surface,
    interaction: Option<String>,
}

/// The mirror of a decision in `discord.log_channel`; where none is set, the bot drops it.
async fn to_log(
    tx: &mut Tx,
    request: &Request,
    event: EventKind,
    provider: &str,
    project: &str,
    zone: Tz,
) -> Result<Message, StoreError> {
    let last: Last =
        on_engine!(tx, tx => sqlx::query_as(LAST).bind(request.id).fetch_one(&mut **tx).await)?;
    let (number, amount) = (request.number.to_string(), request.amount.to_string());
    let at = moment(CHANNEL, request.state_at, zone);
    let (provider, project) = (
        quoted(provider, ID_CHARS_MAX),
        quoted(project, ID_CHARS_MAX),
    );
    let mut text = say(
        CHANNEL,
        "log_decided",
        &[
            ("number", &number),
            ("happened", words::happened(CHANNEL, event)),
            ("from", words::state(CHANNEL, last.from_state)),
            ("to", words::state(CHANNEL, request.state)),
            ("provider", &provider),
            ("project", &project),
            ("amount", &amount),
            ("kind", words::kind(CHANNEL, request.kind)),
            ("at", &at),
            ("surface", words::surface(CHANNEL, last.surface)),
        ],
    );
    match (&last.staff, &last.second) {
        (Some(by), Some(second)) => {
            text += &say(CHANNEL, "log_by_two", &[("by", by), ("second", second)]);
        }
        (Some(by), None) => text += &say(CHANNEL, "log_by", &[("by", by)]),
        (None, _) => {}
    }
    if let Some(id) = &last.interaction {
        text += &say(CHANNEL, "log_interaction", &[("id", id)]);
    }
    Ok(Message {
        to: To::Log,
        dedupe: format!("refund:log:{}", last.seq),
        body: Body {
            text,
            buttons: Vec::new(),
        },
        letter: None,
    })
}

fn to_claimant(
    request: &Request,
    event: EventKind,
    words: &str,
    project: &str,
    title: &str,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Option<Message> {
    let key = match event {
        EventKind::Approved => "told_approved",
        EventKind::Declined => "told_declined",
        EventKind::Asked => "told_asked",
        EventKind::Warned => "told_warned",
        EventKind::ClosedSilent => "told_closed_silent",
        EventKind::Undone => "told_undone",
        EventKind::Answered | EventKind::Endorsed => return None,
    };
    let locale = request.locale;
    let said = quoted(words, SAID_CHARS_MAX);
    let (number, amount) = (request.number.to_string(), request.amount.to_string());
    let days = days(locale, i64::from(limits.close_after_days));
    let text = say(
        locale,
        key,
        &[
            ("number", &number),
            ("project", project),
            ("amount", &amount),
            ("days", &days),
            ("said", &said),
        ],
    );
    let answer = format!("v1:refund-answer:{}", request.id.uuid().simple());
    let buttons = match event {
        EventKind::Asked | EventKind::Warned => {
            vec![vec![Button::new(answer, say(locale, "refund_answer", &[]))]]
        }
        _ => Vec::new(),
    };
    // The letter says yes or no; anything else it says in the words of the message.
    let news = match event {
        EventKind::Approved | EventKind::Declined => None,
        _ => Some(text.replace(['\u{e000}', '\u{e001}'], "")),
    };
    let letter = json!({
        "reference": project, "title": cut(title, TITLE_CHARS_MAX), "approved": event == EventKind::Approved, "reason": words,
        "credits": request.amount, "news": news, "locale": locale,
    });
    Some(Message {
        to: To::Provider(request.provider_id),
        dedupe: format!("refund:{}:{key}:{}", request.id, now.timestamp_micros()),
        body: Body { text, buttons },
        letter: Some((LetterKind::RefundDecision, letter)),
    })
}

async fn said(tx: &mut Tx, id: RequestId) -> Result<Vec<Said>, StoreError> {
    let rows: Vec<(EventKind, Option<String>, String)> = on_engine!(tx, tx => sqlx::query_as(SAID).bind(id)
        .bind(SAID_MAX).fetch_all(&mut **tx).await)?;
    let said = rows.into_iter().rev();
    Ok(said
        .map(|(kind, by, text)| Said { kind, by, text })
        .collect())
}

async fn case_shown(tx: &mut Tx, id: RequestId) -> Result<Option<CaseFile>, StoreError> {
    let file: Option<String> = on_engine!(tx, tx => sqlx::query_scalar(CASE_SHOWN).bind(id).fetch_optional(&mut **tx).await)?;
    Ok(file.and_then(|file| serde_json::from_str(&file).ok()))
}
