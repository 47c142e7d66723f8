//! The lists for programs: `/api/v1/…`, the same facts as the pages.

use axum::extract::{Path, Query, State};
use axum::http::header::LINK;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use relance_shared::account::Locale;
use relance_shared::contact::LineKind;
use relance_shared::env::Env;
use relance_shared::listing::Place;
use relance_shared::listing::store::{List, Listed, Page, StateName};
use relance_shared::project::PAGE_SIZE;
use relance_shared::words;
use serde::Serialize;
use serde_json::json;

use crate::web::Fault;
use crate::web::lists::{Asked, Found, find, first_position, read, reasons, scored};

pub(super) fn routes() -> Router<Env> {
    Router::new()
        .route("/api/v1/projects", get(pending))
        .route("/api/v1/projects/in-progress", get(in_progress))
        .route("/api/v1/projects/{reference}", get(project))
}

/// A project as programs read it.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    reference: &'a str,
    title: &'a str,
    description: &'a str,
    category: Option<&'a str>,
    budget_minor: Option<i64>,
    currency: Option<&'a str>,
    urgency: Option<&'a str>,
    state: StateName,
    published_at: DateTime<Utc>,
    awarded_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    place: Option<Place>,
    last_sign: Option<Sign>,
    asked_at: Option<DateTime<Utc>>,
    mails_unanswered: i64,
    calls_unanswered: i64,
    /// Why it is at its place, in words.
    explanation: Option<Explanation>,
}

#[derive(Debug, Serialize)]
struct Sign {
    kind: LineKind,
    at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct Explanation {
    fr: String,
    en: String,
}

impl<'a> Entry<'a> {
    /// Of `listed`, which stands at `place` while it is pending.
    #[must_use]
    pub fn of(env: &Env, listed: &'a Listed, place: Option<Place>) -> Self {
        let (now, zone) = (env.clock.now(), env.settings.schedule.zone);
        let told = |locale, place| {
            words::listing::explanation(locale, place, &listed.evidence(), now, zone)
        };
        Self {
            reference: &listed.reference,
            title: &listed.title,
            description: &listed.description,
            category: listed.category.as_deref(),
            budget_minor: listed.budget_minor,
            currency: listed.currency.as_deref(),
            urgency: listed.urgency.as_deref(),
            state: listed.state,
            published_at: listed.published_at,
            awarded_at: listed.awarded_at,
            cancelled_at: listed.cancelled_at,
            place,
            last_sign: listed
                .last_sign_at
                .zip(listed.last_sign_kind)
                .map(|(at, kind)| Sign {
                    kind,
                    at,
                    known_at: listed.last_sign_known_at,
                }),
            asked_at: listed.asked_at,
            mails_unanswered: listed.mails_unanswered,
            calls_unanswered: listed.calls_unanswered,
            explanation: place.map(|place| Explanation {
                fr: told(Locale::Fr, place),
                en: told(Locale::En, place),
            }),
        }
    }
}

/// A page of either list as JSON: also what the command `listing --json` prints.
#[must_use]
pub fn document(env: &Env, list: List, page: &Page) -> serde_json::Value {
    let projects: Vec<Entry<'_>> = page
        .projects
        .iter()
        .zip(first_position(page)..)
        .map(|(listed, position)| {
            let place = (list == List::Pending).then(|| Place::at(position));
            Entry::of(env, listed, place)
        })
        .collect();
    json!({
        "as_of": env.clock.now(),
        "page": page.number,
        "pages": page.pages,
        "page_size": PAGE_SIZE,
        "total": page.total,
        "projects": projects,
    })
}

async fn pending(State(env): State<Env>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let page = read(&env, List::Pending, &asked).await?;
    Ok(answer(&env, List::Pending, "/api/v1/projects", &page))
}

async fn in_progress(
    State(env): State<Env>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let page = read(&env, List::InProgress, &asked).await?;
    Ok(answer(
        &env,
        List::InProgress,
        "/api/v1/projects/in-progress",
        &page,
    ))
}

fn answer(env: &Env, list: List, base: &str, page: &Page) -> Response {
    let body = Json(document(env, list, page));
    ([(LINK, links(env, base, page))], body).into_response()
}

/// The pages around this one (RFC 8288), from the configured address, never from Host (W4).
fn links(env: &Env, base: &str, page: &Page) -> String {
    let root = env.settings.web.public_url.trim_end_matches('/');
    let last = page.pages.max(1);
    let to = |number: u32, relation| format!("<{root}{base}?page={number}>; rel=\"{relation}\"");
    let mut links = vec![to(1, "first"), to(last, "last")];
    if page.number > 1 {
        links.push(to(page.number - 1, "prev"));
    }
    if page.number < last {
        links.push(to(page.number + 1, "next"));
    }
    links.join(", ")
}

async fn project(
    State(env): State<Env>,
    Path(reference): Path<String>,
) -> Result<Json<serde_json::Value>, Fault> {
    let body = match find(&env, &reference).await? {
        Found::Known(listed, place) => {
            let scored = scored(&env, &listed, place).await?;
            let mut body = serde_json::to_value(Entry::of(&env, &listed, place))
                .map_err(|error| Fault::Broken(error.into()))?;
            body["chance"] = json!(scored.as_ref().map(|scored| json!({
                "fr": words::ranking::chance(Locale::Fr, scored.probability),
                "en": words::ranking::chance(Locale::En, scored.probability),
            })));
            body["reasons"] = json!({
                "fr": reasons(&env, Locale::Fr, scored.as_ref()),
                "en": reasons(&env, Locale::En, scored.as_ref()),
            });
            body
        }
        Found::Past(past) => json!({
            "reference": past.reference,
            "title": past.title,
            "state": "past",
            "published_at": past.published_at,
            "ended_at": past.ended_at,
        }),
    };
    Ok(Json(body))
}
