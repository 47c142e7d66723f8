//! The letters' templates: built-in, each replaceable from a folder, all checked before the first letter.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use crate::account::Locale;
use crate::mail::LetterKind;
use crate::words::time;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../content/letters/", $name)))),*]
    };
}

/// Name and text of every built-in template. A letter has a text, whose first line is the subject, and an HTML page,
/// which extends the layout of its language.
const BUILT_IN: &[(&str, &str)] = built_in![
    "layout.fr.html",
    "layout.en.html",
    "follow_up.fr.txt",
    "follow_up.fr.html",
    "follow_up.en.txt",
    "follow_up.en.html",
    "sign_in.fr.txt",
    "sign_in.fr.html",
    "sign_in.en.txt",
    "sign_in.en.html",
    "cancel_receipt.fr.txt",
    "cancel_receipt.fr.html",
    "cancel_receipt.en.txt",
    "cancel_receipt.en.html",
    "way_to_account.fr.txt",
    "way_to_account.fr.html",
    "way_to_account.en.txt",
    "way_to_account.en.html",
    "link_code.fr.txt",
    "link_code.fr.html",
    "link_code.en.txt",
    "link_code.en.html",
    "refund_decision.fr.txt",
    "refund_decision.fr.html",
    "refund_decision.en.txt",
    "refund_decision.en.html",
];
/// Largest template that is read from a folder, in bytes; the built-in ones have some 2,000.
const TEMPLATE_BYTES_MAX: u64 = 256 * 1024;

/// Why the letters cannot be written; the message says where to look.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A template does not parse, or asks for a value that its kind of letter does not have.
    #[error("letter template {file}, line {line}: {why}")]
    Template {
        /// The file, or the name of the built-in template.
        file: String,
        /// From 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The folder of `mail.templates` or a file in it cannot be read.
    #[error("mail.templates: {0}: give a folder that can be read, or leave the setting out")]
    Folder(String, #[source] std::io::Error),
    /// A file of `mail.templates` replaces nothing.
    #[error("mail.templates: {0} has the name of no built-in template, so it would never be used: {names}",
        names = names())]
    Stranger(String),
    /// A setting of which letters are made cannot be used.
    #[error("settings: {key}: {why}")]
    Setting {
        /// The key to change.
        key: &'static str,
        /// What is wrong and what to do.
        why: &'static str,
    },
}

/// Templates that passed their check.
#[derive(Debug)]
pub(super) struct Templates(Environment<'static>);

/// What one letter says.
pub(super) struct Words {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Templates {
    /// The built-in templates, with those of `folder` in the place of their namesakes.
    ///
    /// # Errors
    /// [`TemplateError`] names the file and, in it, the line.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut letters = Environment::new();
        letters.set_undefined_behavior(UndefinedBehavior::Strict);
        letters.set_auto_escape_callback(|name| {
            if is_html(name) {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        letters.add_filter("day", day);
        letters.add_filter("moment", moment);
        let own = folder.map(replacements).transpose()?.unwrap_or_default();
        for (name, built_in) in BUILT_IN {
            let replaced = own.iter().find(|(own, ..)| own == name);
            let text = replaced.map_or(*built_in, |(_, _, text)| text);
            letters
                .add_template_owned(*name, text.to_owned())
                .map_err(|error| place(&error, &own))?;
        }
        let templates = Self(letters);
        for kind in LetterKind::ALL {
            for locale in [Locale::Fr, Locale::En] {
                templates.check(kind, locale, &own)?;
            }
        }
        Ok(templates)
    }

    /// Renders the letter of `kind`.
    ///
    /// # Errors
    /// When a value is missing or the first line, the subject, is empty.
    pub(super) fn render(
        &self,
        kind: LetterKind,
        locale: Locale,
        values: &Value,
    ) -> Result<Words, Error> {
        let name = |format| template_name(kind, locale, format);
        let text = self.0.get_template(&name("txt"))?.render(values.clone())?;
        let html = self.0.get_template(&name("html"))?.render(values.clone())?;
        let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
        if subject.trim().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "the first line is the subject and must not be empty",
            ));
        }
        Ok(Words {
            subject: subject.trim().to_owned(),
            text: text.trim_start().to_owned(),
            html,
        })
    }

    /// Renders with values like those of a letter, and looks for names that no value has in the branches not taken.
    fn check(&self, kind: LetterKind, locale: Locale, own: &[Own]) -> Result<(), TemplateError> {
        let values = super::compose::sample(kind, locale);
        for format in ["txt", "html"] {
            let name = template_name(kind, locale, format);
            let template = self.0.get_template(&name).map_err(|e| place(&e, own))?;
            let unknown = template
                .undeclared_variables(false)
                .into_iter()
                .filter(|variable| values.get_attr(variable).is_ok_and(|v| v.is_undefined()))
                .min();
            if let Some(variable) = unknown {
                return Err(TemplateError::Template {
                    line: line_of(template.source(), &variable),
                    file: file_of(&name, own),
                    why: format!("this kind of letter has no value {variable:?}"),
                });
            }
        }
        let rendered = self.render(kind, locale, &values);
        rendered.map(drop).map_err(|error| {
            let named = error.name().is_some();
            let mut placed = place(&error, own);
            if let TemplateError::Template { file, .. } = &mut placed
                && !named
            {
                *file = file_of(&template_name(kind, locale, "txt"), own);
            }
            placed
        })
    }
}

/// Name, path and text of a file that replaces a built-in template.
type Own = (&'static str, PathBuf, String);

fn replacements(folder: &Path) -> Result<Vec<Own>, TemplateError> {
    let trouble = |path: &Path, error| TemplateError::Folder(path.display().to_string(), error);
    let mut own = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| trouble(folder, error))? {
        let path = entry.map_err(|error| trouble(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || !(is_html(&name) || name.ends_with(".txt")) {
            continue;
        }
        let Some((known, _)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
            return Err(TemplateError::Stranger(path.display().to_string()));
        };
        let bytes = std::fs::metadata(&path)
            .map_err(|e| trouble(&path, e))?
            .len();
        if bytes > TEMPLATE_BYTES_MAX {
            return Err(trouble(&path, std::io::ErrorKind::FileTooLarge.into()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| trouble(&path, error))?;
        own.push((*known, path, text));
    }
    Ok(own)
}

fn template_name(kind: LetterKind, locale: Locale, format: &str) -> String {
    format!("{}.{}.{format}", kind.as_str(), locale.tag())
}

fn names() -> String {
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn place(error: &Error, own: &[Own]) -> TemplateError {
    let why = error.detail().map_or_else(
        || error.kind().to_string(),
        |detail| format!("{}: {detail}", error.kind()),
    );
    TemplateError::Template {
        file: error
            .name()
            .map_or_else(String::new, |name| file_of(name, own)),
        line: error.line().unwrap_or(1),
        why,
    }
}

fn file_of(name: &str, own: &[Own]) -> String {
    own.iter().find(|(known, ..)| *known == name).map_or_else(
        || format!("{name} (built in)"),
        |(_, path, _)| path.display().to_string(),
    )
}

fn line_of(source: &str, variable: &str) -> usize {
    let found = source.lines().position(|line| line.contains(variable));
    found.map_or(1, |at| at + 1)
}

fn is_html(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|kind| kind == "html")
}

/// `{{ until|day }}`: the day of an instant, in the letter's words and zone.
fn day(state: &State, at: &str) -> Result<String, Error> {
    let (locale, zone, at) = local(state, at)?;
    Ok(time::date(locale, at, zone))
}

/// `{{ until|moment }}`: day and time of an instant, in the letter's words and zone.
fn moment(state: &State, at: &str) -> Result<String, Error> {
    let (locale, zone, at) = local(state, at)?;
    Ok(time::moment(locale, at, zone))
}

fn local(state: &State, at: &str) -> Result<(Locale, Tz, DateTime<Utc>), Error> {
    let wrong = |what: &str| Error::new(ErrorKind::InvalidOperation, format!("no instant: {what}"));
    let instant = DateTime::parse_from_rfc3339(at).map_err(|_| wrong(at))?;
    let value = |name| state.lookup(name).map(|value| value.to_string());
    let zone = value("zone").and_then(|zone| zone.parse::<Tz>().ok());
    let locale = value("locale").map(|locale| Locale::of_tag(&locale));
    match (locale, zone) {
        (Some(locale), Some(zone)) => Ok((locale, zone, instant.to_utc())),
        (None, _) | (_, None) => Err(wrong("the letter has no locale or zone")),
    }
}
