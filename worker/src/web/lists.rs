//! The list pages and the page of a project, for everybody: no word of the timeline, nothing about who the client is.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use axum::routing::get;
use chrono::{DateTime, Utc};
use minijinja::context;
use minijinja::value::Serde;
use relance_shared::account::Locale;
use relance_shared::env::Env;
use relance_shared::listing::Place;
use relance_shared::listing::store::{self, List, Listed, Page, Past, StateName};
use relance_shared::project::PAGE_SIZE;
use relance_shared::ranking::store::{Explained, explain};
use relance_shared::words;
use relance_shared::words::pages::sentence;
use relance_shared::words::ranking::Reader;
use relance_shared::words::{filled, typeset};
use serde::{Deserialize, Serialize};

use crate::web::{Fault, Speaks, page};

/// Bytes of a project's reference that are looked up; no platform's id is longer.
const REFERENCE_BYTES_MAX: usize = 200;

pub(super) fn routes() -> Router<Env> {
    Router::new()
        .route("/", get(async || Redirect::temporary("/projects")))
        .route("/projects", get(pending))
        .route("/projects/in-progress", get(in_progress))
        .route("/projects/{reference}", get(project))
}

/// `?page=`
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    page: Option<String>,
}

/// The page that was asked for.
///
/// # Errors
/// [`Fault::NotFound`] for what is no number, page 0 and beyond the last; page 1 is there even when the list is empty.
pub(super) async fn read(env: &Env, list: List, asked: &Asked) -> Result<Page, Fault> {
    let number = match &asked.page {
        Some(number) => number.parse().map_err(|_| Fault::NotFound)?,
        None => 1,
    };
    let page = store::page_of(&env.db, list, number).await?;
    if number == 0 || number > page.pages.max(1) {
        return Err(Fault::NotFound);
    }
    Ok(page)
}

/// The place of the first project of `page`, from 1.
pub(super) fn first_position(page: &Page) -> u64 {
    u64::from(page.number - 1) * u64::from(PAGE_SIZE) + 1
}

async fn pending(
    State(env): State<Env>,
    Speaks(locale): Speaks,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let read = read(&env, List::Pending, &asked).await?;
    list_page(&env, locale, &read, List::Pending)
}

async fn in_progress(
    State(env): State<Env>,
    Speaks(locale): Speaks,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let read = read(&env, List::InProgress, &asked).await?;
    list_page(&env, locale, &read, List::InProgress)
}

#[derive(Serialize)]
struct Row<'a> {
    address: String,
    reference: &'a str,
    title: &'a str,
    category: Option<&'a str>,
    budget: Option<String>,
    line: String,
}

fn list_page(env: &Env, locale: Locale, read: &Page, list: List) -> Result<Html<String>, Fault> {
    let now = env.clock.now();
    let zone = env.settings.schedule.zone;
    let (title, lead, base) = match list {
        List::Pending => ("list_pending", "list_lead_pending", "/projects"),
        List::InProgress => (
            "list_in_progress",
            "list_lead_in_progress",
            "/projects/in-progress",
        ),
    };
    let rows: Vec<Row<'_>> = read
        .projects
        .iter()
        .map(|p| Row {
            address: address(&p.reference),
            reference: &p.reference,
            title: &p.title,
            category: p.category.as_deref(),
            budget: budget(locale, p),
            line: match list {
                List::Pending => words::listing::facts(locale, &p.evidence(), now, zone),
                List::InProgress => state(env, locale, p),
            },
        })
        .collect();
    page(
        locale,
        "list.html",
        context! {
            title, lead, base,
            is_pending => list == List::Pending,
            advice => words::listing::advice(locale),
            page => read.number,
            pages => read.pages.max(1),
            total => read.total,
            first => first_position(read),
            projects => Serde(&rows),
        },
    )
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    known: Option<String>,
}

/// What the page of a project shows.
#[derive(Default, Serialize)]
struct Shown<'a> {
    reference: &'a str,
    title: &'a str,
    description: &'a str,
    state: String,
    tone: &'static str,
    is_gone: bool,
    warning: Option<String>,
    explanation: Option<String>,
    /// How probable an award is, in a word, and what speaks for and against it.
    chance: Option<String>,
    reasons: Vec<String>,
    still_here: &'static str,
    facts: Vec<Fact>,
    list: String,
}

async fn project(
    State(env): State<Env>,
    Speaks(locale): Speaks,
    Path(reference): Path<String>,
) -> Result<Html<String>, Fault> {
    match find(&env, &reference).await? {
        Found::Known(listed, place) => {
            let scored = scored(&env, &listed, place).await?;
            let shown = Shown {
                chance: scored.as_ref().map(|scored| {
                    let word = words::ranking::chance(locale, scored.probability);
                    told(locale, "project_chance", &[("word", word)])
                }),
                reasons: reasons(&env, locale, scored.as_ref()),
                ..known(&env, locale, &listed, place)
            };
            page(
                locale,
                "project.html",
                context! { project => Serde(&shown) },
            )
        }
        Found::Past(past) => past_page(&env, locale, &past),
    }
}

/// A project by the platform's id.
pub(super) enum Found {
    /// One of ours, with its place while it is pending.
    Known(Box<Listed>, Option<Place>),
    /// One that had ended before Relance knew it.
    Past(Past),
}

/// Looks a project up, whatever its state (b18).
///
/// # Errors
/// [`Fault::NotFound`]
pub(super) async fn find(env: &Env, reference: &str) -> Result<Found, Fault> {
    if reference.len() > REFERENCE_BYTES_MAX {
        return Err(Fault::NotFound);
    }
    if let Some(listed) = store::find(&env.db, reference).await? {
        let place = store::place_of(&env.db, listed.id).await?;
        return Ok(Found::Known(Box::new(listed), place));
    }
    store::find_past(&env.db, reference)
        .await?
        .map(Found::Past)
        .ok_or(Fault::NotFound)
}

/// What the learned line says about a pending project; none while the list follows the stated rules.
///
/// # Errors
/// [`Fault::Broken`]
pub(super) async fn scored(
    env: &Env,
    listed: &Listed,
    place: Option<Place>,
) -> Result<Option<Explained>, Fault> {
    if place.is_none() {
        return Ok(None);
    }
    Ok(explain(&env.db, listed.id, env.clock.now()).await?)
}

/// The weightiest reasons, as everybody may read them.
pub(super) fn reasons(env: &Env, locale: Locale, scored: Option<&Explained>) -> Vec<String> {
    let zone = env.settings.schedule.zone;
    let weighed = scored.map_or(&[][..], |scored| &scored.reasons);
    weighed
        .iter()
        .map(|of| words::ranking::reason(locale, of, Reader::Public, zone))
        .collect()
}

fn past_page(env: &Env, locale: Locale, past: &Past) -> Result<Html<String>, Fault> {
    let on = words::time::date(locale, past.ended_at, env.settings.schedule.zone);
    let online = online(env, locale, past.published_at, past.ended_at);
    let shown = Shown {
        reference: &past.reference,
        title: &past.title,
        state: told(locale, "project_past", &[("date", &on)]),
        is_gone: true,
        facts: vec![online],
        list: "/projects".to_owned(),
        ..Shown::default()
    };
    page(
        locale,
        "project.html",
        context! { project => Serde(&shown) },
    )
}

fn known<'a>(env: &Env, locale: Locale, of: &'a Listed, place: Option<Place>) -> Shown<'a> {
    let (now, zone) = (env.clock.now(), env.settings.schedule.zone);
    let evidence = of.evidence();
    let is_pending = of.state == StateName::Pending;
    let until = of.awarded_at.or(of.cancelled_at).unwrap_or(now);
    let mut facts = vec![online(env, locale, of.published_at, until)];
    if is_pending {
        facts.extend(contact_facts(env, locale, of));
    }
    let mut more = |key, value: Option<String>| {
        facts.extend(value.map(|value| Fact {
            name: sentence(locale, key).unwrap_or_default(),
            value,
            known: None,
        }));
    };
    more("project_category", of.category.clone());
    more("project_budget", budget(locale, of));
    Shown {
        reference: &of.reference,
        title: &of.title,
        description: &of.description,
        state: state(env, locale, of),
        tone: match of.state {
            StateName::Pending => "",
            StateName::InProgress => "good",
            StateName::Cancelled => "warn",
        },
        is_gone: !is_pending,
        warning: place.and_then(|place| words::listing::warning(locale, place)),
        explanation: place
            .map(|place| words::listing::explanation(locale, place, &evidence, now, zone)),
        chance: None,
        reasons: Vec::new(),
        still_here: words::listing::why_still_here(locale),
        facts,
        list: match (of.state, place) {
            (StateName::InProgress, _) => "/projects/in-progress".to_owned(),
            (_, Some(place)) => format!("/projects?page={}", place.page),
            (_, None) => "/projects".to_owned(),
        },
    }
}

/// Age, last sign with since when it is known, last follow-up, what is unanswered (N22).
fn contact_facts(env: &Env, locale: Locale, of: &Listed) -> [Fact; 3] {
    let zone = env.settings.schedule.zone;
    let name = |key| sentence(locale, key).unwrap_or_default();
    let date = |at| words::time::date(locale, at, zone);
    let sign = of.last_sign_at.zip(of.last_sign_kind);
    [
        Fact {
            name: name("project_sign"),
            value: sign.map_or_else(
                || words::listing::never_heard(locale).to_owned(),
                |(at, kind)| {
                    let kind = words::listing::sign(locale, kind);
                    told(
                        locale,
                        "project_sign_at",
                        &[("kind", kind), ("date", &date(at))],
                    )
                },
            ),
            known: of
                .last_sign_known_at
                .map(|at| told(locale, "project_known", &[("date", &date(at))])),
        },
        Fact {
            name: name("project_asked"),
            value: of
                .asked_at
                .map_or_else(|| name("project_never_asked").to_owned(), date),
            known: None,
        },
        Fact {
            name: name("project_unanswered"),
            value: words::listing::unanswered(locale, &of.evidence())
                .unwrap_or_else(|| name("project_none_unanswered").to_owned()),
            known: None,
        },
    ]
}

fn online(env: &Env, locale: Locale, from: DateTime<Utc>, to: DateTime<Utc>) -> Fact {
    let date = words::time::date(locale, from, env.settings.schedule.zone);
    let age = words::time::span(locale, from, to);
    Fact {
        name: sentence(locale, "project_online").unwrap_or_default(),
        value: told(
            locale,
            "project_online_since",
            &[("date", &date), ("age", &age)],
        ),
        known: None,
    }
}

fn state(env: &Env, locale: Locale, of: &Listed) -> String {
    let date = |at: Option<DateTime<Utc>>| {
        at.map(|at| words::time::date(locale, at, env.settings.schedule.zone))
            .unwrap_or_default()
    };
    match of.state {
        StateName::Pending => told(locale, "project_pending", &[]),
        StateName::InProgress => told(
            locale,
            "project_in_progress",
            &[("date", &date(of.awarded_at))],
        ),
        StateName::Cancelled => told(
            locale,
            "project_cancelled",
            &[("date", &date(of.cancelled_at))],
        ),
    }
}

fn budget(locale: Locale, of: &Listed) -> Option<String> {
    let currency = of.currency.as_deref().unwrap_or("EUR");
    of.budget_minor
        .map(|minor| words::listing::money(locale, minor, currency))
}

/// The path of a project's page; the platform chooses its ids.
fn address(reference: &str) -> String {
    let escaped = reference.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    format!("/projects/{}", escaped.collect::<String>())
}

/// The sentence `key` with its values filled in.
fn told(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    filled(
        &typeset(locale, sentence(locale, key).unwrap_or_default()),
        values,
    )
}
