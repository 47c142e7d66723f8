//! From a letter to be written to the bytes that travel.

use chrono::{DateTime, TimeDelta, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, message::header::ContentType};
use minijinja::value::Value;

use crate::account::{ClientId, Locale};
use crate::config::Settings;
use crate::mail::address::{bounce_address, bounce_token, reply_address, reply_token};
use crate::mail::header::{clean_header, clean_text};
use crate::mail::templates::{TemplateError, Templates, Words};
use crate::mail::{Composed, Letter, LetterId, LetterKind, PROJECTS_PER_LETTER_MAX};
use crate::token::{Keys, Purpose};
use crate::words::time;

/// How long the link to the client's page opens it. Source: the longest gap between two letters is 90 days; a letter is
/// still found in a mailbox after a second one was missed.
const PAGE_LINK_DAYS: i64 = 200;
/// How long the opt-out of a letter works. Source: the opt-out must work as long as anybody may keep the letter
/// (CPCE L34-5 asks for it in each letter and names no end).
const UNSUBSCRIBE_LINK_DAYS: i64 = 1_100;
/// Characters of a text from outside that a letter shows; titles are one line of a form.
const VALUE_CHARS_MAX: usize = 300;
/// Values nested deeper than this are dropped; ours are two deep.
const VALUE_DEPTH_MAX: usize = 6;
/// Largest letter, in bytes, headers included; the built-in ones have some 10,000.
const LETTER_BYTES_MAX: usize = 512 * 1024;

/// Why a letter cannot be written. The text names no person.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The address is no address, or not one that every relay takes (ASCII).
    #[error(
        "the recipient's address cannot be written to: it is not of the form name@domain in ASCII"
    )]
    Address,
    /// A letter for a client without client, for a provider without provider.
    #[error("a {} letter needs {}", .0.as_str(), if .0.is_for_client() { "a client" } else { "a provider" })]
    Nobody(LetterKind),
    /// More lines than one letter may have.
    #[error("a letter asks about at most {PROJECTS_PER_LETTER_MAX} projects")]
    TooManyProjects,
    /// The templates ask for a value that the caller did not give.
    #[error("the values of the letter do not fit its templates")]
    Values(#[from] minijinja::Error),
    /// The mail builder refused.
    #[error("the letter cannot be built: {0}")]
    Build(&'static str),
}

/// Writes letters: templates checked, sender and links taken from the settings.
#[derive(Debug)]
pub struct Composer {
    templates: Templates,
    keys: Keys,
    from: Mailbox,
    reply_domain: String,
    public_url: String,
    account_url: Option<String>,
}

impl Composer {
    /// Reads and checks the templates and the settings that letters are made of.
    ///
    /// # Errors
    /// [`TemplateError`] names the file and line, or the setting.
    pub fn new(settings: &Settings, keys: &Keys) -> Result<Self, TemplateError> {
        let refuse = |key, why| Err(TemplateError::Setting { key, why });
        let Ok(from) = settings.mail.from.parse::<Mailbox>() else {
            return refuse("mail.from", "must be an address, or Name <address>");
        };
        let reply_domain = settings.mail.reply_domain.clone();
        let probe = reply_address(&"a".repeat(52), &reply_domain);
        if !reply_domain.is_ascii() || probe.parse::<Address>().is_err() {
            return refuse(
                "mail.reply_domain",
                "must be a domain in ASCII, for example reponse.example.fr",
            );
        }
        Ok(Self {
            templates: Templates::load(settings.mail.templates.as_deref())?,
            keys: keys.clone(),
            from: Mailbox::new(from.name.as_deref().map(clean_header), from.email),
            reply_domain,
            public_url: settings.web.public_url.trim_end_matches('/').to_owned(),
            account_url: settings.platform.account_url.clone(),
        })
    }

    /// Renders `letter` once and for all: id, Message-ID, reply address, return path and bytes.
    ///
    /// # Errors
    /// [`ComposeError`]; whatever names and titles hold, they cannot cause one.
    pub fn compose(&self, letter: &Letter, now: DateTime<Utc>) -> Result<Composed, ComposeError> {
        let one = letter.client.is_some() != letter.provider.is_some();
        let right = letter.client.is_some() == letter.kind.is_for_client();
        // A code is mailed to whichever account is to be tied.
        if !one || !(right || letter.kind == LetterKind::LinkCode) {
            return Err(ComposeError::Nobody(letter.kind));
        }
        if letter.projects.len() > PROJECTS_PER_LETTER_MAX {
            return Err(ComposeError::TooManyProjects);
        }
        let recipient = letter.email.trim();
        if !recipient.is_ascii() {
            return Err(ComposeError::Address);
        }
        let to: Address = recipient.parse().map_err(|_| ComposeError::Address)?;
        let id = LetterId::at(now);
        let token = reply_token(&self.keys, id);
        let message_id = format!("<{id}@{}>", self.reply_domain);
        let links = letter.client.map(|client| self.links(client, now));
        let values = self.values(letter, links.as_ref(), now);
        let words = self.templates.render(letter.kind, letter.locale, &values)?;
        let opt_out = links.filter(|_| letter.kind.is_repeated());
        let envelope = Envelope {
            to: Mailbox::new(
                Some(clean_header(&letter.name)).filter(|name| !name.is_empty()),
                to,
            ),
            reply_to: reply_address(&token, &self.reply_domain),
            message_id: message_id.clone(),
            unsubscribe: opt_out.map(|links| links.unsubscribe),
            id,
        };
        // The letter is fixed now and leaves when it is due: that is the date that its reader should see.
        let raw = self.message(envelope, words, letter.due_at.max(now))?;
        if raw.len() > LETTER_BYTES_MAX {
            return Err(ComposeError::Build("it is larger than half a megabyte"));
        }
        Ok(Composed {
            id,
            kind: letter.kind,
            client: letter.client,
            provider: letter.provider,
            dedupe: letter.dedupe.clone(),
            message_id,
            recipient: recipient.to_owned(),
            return_path: bounce_address(&bounce_token(&self.keys, id), &self.reply_domain),
            due_at: letter.due_at,
            projects: letter.projects.clone(),
            raw,
        })
    }

    fn links(&self, client: ClientId, now: DateTime<Utc>) -> Links {
        let link = |purpose, days| {
            self.keys
                .mint(purpose, client.uuid(), now + TimeDelta::days(days))
        };
        let page = link(Purpose::ClientPage, PAGE_LINK_DAYS);
        let unsubscribe = link(Purpose::Unsubscribe, UNSUBSCRIBE_LINK_DAYS);
        let page = format!("{}/c/{page}", self.public_url);
        Links {
            // Stand-alone, the account is reached from the client's page.
            account: self.account_url.clone().unwrap_or_else(|| page.clone()),
            page,
            unsubscribe: format!("{}/unsubscribe/{unsubscribe}", self.public_url),
        }
    }

    /// What the templates see: the caller's values, cleaned, and what every letter of the kind has.
    fn values(&self, letter: &Letter, links: Option<&Links>, now: DateTime<Utc>) -> Value {
        let mut values = match clean(&letter.values, VALUE_DEPTH_MAX) {
            serde_json::Value::Object(values) => values,
            _ => serde_json::Map::new(),
        };
        let rows = values
            .get_mut("projects")
            .and_then(serde_json::Value::as_array_mut);
        for row in rows
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_object_mut)
        {
            let published_at = row.get("published_at").and_then(serde_json::Value::as_str);
            let published_at = published_at.and_then(|at| DateTime::parse_from_rfc3339(at).ok());
            if let Some(at) = published_at {
                let age = time::span(letter.locale, at.to_utc(), now);
                row.insert("age".to_owned(), age.into());
            }
        }
        let mut insert = |name: &str, value: &str| values.insert(name.to_owned(), value.into());
        insert("name", &clean_header(&letter.name));
        insert(
            "sender",
            self.from
                .name
                .as_deref()
                .unwrap_or(self.from.email.domain()),
        );
        insert("locale", letter.locale.tag());
        insert("zone", letter.zone.name());
        if let Some(links) = links {
            insert("page_url", &links.page);
            insert("account_url", &links.account);
            if letter.kind.is_repeated() {
                insert("unsubscribe_url", &links.unsubscribe);
            }
        }
        as_value(values.into())
    }

    fn message(
        &self,
        envelope: Envelope,
        words: Words,
        date: DateTime<Utc>,
    ) -> Result<Vec<u8>, ComposeError> {
        let reply_to = envelope
            .reply_to
            .parse()
            .map_err(|_| ComposeError::Build("its reply address is none"))?;
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(envelope.to)
            .reply_to(Mailbox::new(self.from.name.clone(), reply_to))
            .message_id(Some(envelope.message_id))
            .date(date.into())
            .subject(clean_header(&words.subject))
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
            .raw_header(raw("X-Auto-Response-Suppress", "All".to_owned()));
        if let Some(url) = envelope.unsubscribe {
            let mail = format!(
                "mailto:{}?subject=unsubscribe&body=unsubscribe",
                envelope.reply_to
            );
            builder = builder
                .raw_header(raw("List-Unsubscribe", format!("<{url}>, <{mail}>")))
                .raw_header(raw(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click".to_owned(),
                ));
        }
        let body = MultiPart::alternative()
            // Fixed by the id: the same letter has the same bytes.
            .boundary(format!("=_{}", envelope.id.uuid().simple()))
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(words.text),
            )
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_HTML)
                    .body(words.html),
            );
        let message = builder
            .multipart(body)
            .map_err(|_| ComposeError::Build("a header is missing"))?;
        Ok(message.formatted())
    }
}

struct Links {
    page: String,
    account: String,
    unsubscribe: String,
}

struct Envelope {
    id: LetterId,
    to: Mailbox,
    reply_to: String,
    message_id: String,
    unsubscribe: Option<String>,
}

/// What a template of `kind` may ask for, with values like those of a real letter.
pub(super) fn sample(kind: LetterKind, locale: Locale) -> Value {
    let mut values = kind.sample_values();
    let lines = values
        .get_mut("projects")
        .and_then(serde_json::Value::as_array_mut);
    for line in lines.into_iter().flatten() {
        line["age"] = "3 j".into();
    }
    let every = ["name", "sender"].into_iter();
    let client = ["page_url", "account_url"]
        .into_iter()
        .filter(|_| kind.is_for_client());
    let repeated = ["unsubscribe_url"]
        .into_iter()
        .filter(|_| kind.is_repeated());
    for name in every.chain(client).chain(repeated) {
        values[name] = format!("https://{name}.example").into();
    }
    values["locale"] = locale.tag().into();
    values["zone"] = "Europe/Paris".into();
    as_value(values)
}

/// Every text in `value` on one line, without control characters, bounded; our own links are never that long.
fn clean(value: &serde_json::Value, depth: usize) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::String(text) if text.starts_with("https://") || text.starts_with("http://") => {
            clean_text(text, 4 * VALUE_CHARS_MAX).into()
        }
        Json::String(text) => clean_text(text, VALUE_CHARS_MAX).into(),
        Json::Array(_) | Json::Object(_) if depth == 0 => Json::Null,
        Json::Array(items) => items.iter().map(|item| clean(item, depth - 1)).collect(),
        Json::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), clean(value, depth - 1)))
                .collect(),
        ),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}

/// As the templates take it.
fn as_value(value: serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::from(()),
        Json::Bool(truth) => truth.into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(as_value).collect(),
        Json::Object(fields) => Value::from_pairs(
            fields
                .into_iter()
                .map(|(name, value)| (name, as_value(value))),
        ),
    }
}

/// A header of ours whose name is fixed and whose value holds only ASCII that we made.
fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}
