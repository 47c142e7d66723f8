//! The common frame of the pages: templates in the binary, words in the reader's language, one style sheet.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, context};
use relance_shared::account::Locale;
use relance_shared::words::pages::sentence;
use relance_shared::words::{filled, typeset};

use crate::web::Fault;
use relance_shared::env::Env;

/// Name and text of every template; each but the first extends `layout.html`.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "layout.html",
        include_str!("../../content/pages/layout.html"),
    ),
    (
        "problem.html",
        include_str!("../../content/pages/problem.html"),
    ),
    ("list.html", include_str!("../../content/pages/list.html")),
    (
        "project.html",
        include_str!("../../content/pages/project.html"),
    ),
    (
        "client.html",
        include_str!("../../content/pages/client.html"),
    ),
    (
        "review.html",
        include_str!("../../content/pages/review.html"),
    ),
    (
        "unsubscribe.html",
        include_str!("../../content/pages/unsubscribe.html"),
    ),
    (
        "sign_in.html",
        include_str!("../../content/pages/sign_in.html"),
    ),
    ("enter.html", include_str!("../../content/pages/enter.html")),
    (
        "account.html",
        include_str!("../../content/pages/account.html"),
    ),
    (
        "cancel.html",
        include_str!("../../content/pages/cancel.html"),
    ),
    (
        "reopen.html",
        include_str!("../../content/pages/reopen.html"),
    ),
];
const STYLE: &str = include_str!("../../content/pages/style.css");
/// Languages of an Accept-Language field that are looked at; browsers send a handful.
const LANGUAGES_MAX: usize = 20;

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    pages.add_function("w", word);
    for (name, text) in TEMPLATES {
        pages
            .add_template(name, text)
            .expect("the tests render every built-in template");
    }
    pages
});

/// Renders the template `name` in `locale`. The template extends `layout.html` and says `{{ w("key", name=value) }}` for
/// each sentence of `words::pages`; everything from outside is escaped.
///
/// # Errors
/// [`Fault::Broken`] when the template asks for a value or a sentence that is not there.
pub fn page(locale: Locale, name: &str, values: Value) -> Result<Html<String>, Fault> {
    let lang = locale.tag();
    let html = PAGES
        .get_template(name)
        .and_then(|template| template.render(context! { lang, ..values }))
        .map_err(|error| Fault::Broken(error.into()))?;
    Ok(Html(html))
}

/// The language that the reader's browser asks for; a client's own pages take the client's instead.
#[derive(Debug, Clone, Copy)]
pub struct Speaks(pub Locale);

impl<S: Sync> FromRequestParts<S> for Speaks {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let asked = parts.headers.get(ACCEPT_LANGUAGE);
        Ok(Self(
            asked
                .and_then(|value| value.to_str().ok())
                .map_or_else(Locale::default, preferred),
        ))
    }
}

pub(super) fn routes() -> Router<Env> {
    Router::new().route(
        "/style.css",
        get(async || {
            (
                [
                    (CONTENT_TYPE, "text/css; charset=utf-8"),
                    (CACHE_CONTROL, "public, max-age=300"),
                ],
                STYLE,
            )
        }),
    )
}

/// The first of our languages in an Accept-Language value, by weight (RFC 9110, 12.5.4); English when there is none.
pub(super) fn preferred(accept_language: &str) -> Locale {
    let mut best: Option<(Locale, f32)> = None;
    for entry in accept_language.split(',').take(LANGUAGES_MAX) {
        let mut parts = entry.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        let ours = matches!(
            tag.get(..2).map(str::to_ascii_lowercase).as_deref(),
            Some("fr" | "en")
        );
        if ours && weight > 0.0 && best.is_none_or(|(_, so_far)| weight > so_far) {
            best = Some((Locale::of_tag(tag), weight));
        }
    }
    best.map_or(Locale::En, |(locale, _)| locale)
}

/// `w("key", name=value)` in a template: the sentence in the page's language with its values filled in.
#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja gives its functions owned arguments"
)]
fn word(state: &minijinja::State, key: &str, values: Kwargs) -> Result<String, Error> {
    let lang = state
        .lookup("lang")
        .and_then(|lang| lang.as_str().map(Locale::of_tag));
    let lang = lang.unwrap_or_default();
    let text = sentence(lang, key)
        .ok_or_else(|| Error::new(ErrorKind::UndefinedError, format!("no sentence {key}")))?;
    let mut given = Vec::new();
    for name in values.args() {
        given.push((name, values.get::<Value>(name)?.to_string()));
    }
    let given: Vec<(&str, &str)> = (given.iter())
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Ok(filled(&typeset(lang, text), &given))
}
