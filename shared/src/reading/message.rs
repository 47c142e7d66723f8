//! One raw message, taken apart within bounds: headers, parts, the body a person wrote.

mod bounds;

use std::borrow::Cow;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use self::bounds::{header_end, is_taken_apart_cheaply, shortened};
use super::html;

/// Longest message read, in bytes; larger ones are parked with their first bytes kept. Source: common relays' limit.
pub const MESSAGE_BYTES_MAX: usize = 30 * 1024 * 1024;
/// Longest header section of a message, in bytes. Real ones stay under 64 kB.
pub const HEADER_BYTES_MAX: usize = 512 * 1024;
/// MIME parts of a message. Real ones stay under 100.
pub const PARTS_MAX: usize = 1_000;
/// Longest body looked at for the reply, in bytes; what follows is only kept raw.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Nested messages looked into.
const NESTING_MAX: usize = 4;

/// Why a message is not read at all; it is parked with the raw bytes kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than [`MESSAGE_BYTES_MAX`].
    #[error("the message is larger than {MESSAGE_BYTES_MAX} bytes")]
    TooLarge,
    /// More than [`HEADER_BYTES_MAX`].
    #[error("its headers are larger than {HEADER_BYTES_MAX} bytes")]
    HeadersTooLarge,
    /// More than [`PARTS_MAX`].
    #[error("it has more than {PARTS_MAX} parts")]
    TooManyParts,
    /// The parser found no message in it.
    #[error("no message was found in these bytes")]
    NotAMessage,
}

/// A message taken apart.
#[derive(Debug)]
pub struct Mail<'a> {
    message: Message<'a>,
}

impl<'a> Mail<'a> {
    /// Takes a message apart. Of a large one only the beginning of each part is looked at, so that memory stays bounded.
    ///
    /// # Errors
    /// [`Unreadable`] when a bound is passed.
    pub fn parse(raw: &'a [u8]) -> Result<Self, Unreadable> {
        if raw.len() > MESSAGE_BYTES_MAX {
            return Err(Unreadable::TooLarge);
        }
        let header_end = header_end(raw);
        if header_end > HEADER_BYTES_MAX {
            return Err(Unreadable::HeadersTooLarge);
        }
        if !is_taken_apart_cheaply(raw) {
            return Err(Unreadable::TooManyParts);
        }
        let parser = MessageParser::default();
        let message = match shortened(raw) {
            Cow::Borrowed(raw) => parser.parse(raw),
            Cow::Owned(short) => parser.parse(&short).map(Message::into_owned),
        };
        let message = message.ok_or(Unreadable::NotAMessage)?;
        if message.parts.len() > PARTS_MAX {
            return Err(Unreadable::TooManyParts);
        }
        Ok(Self { message })
    }

    /// The parsed message.
    #[must_use]
    pub const fn inner(&self) -> &Message<'a> {
        &self.message
    }

    /// First field of this name, unfolded, encoded words left as they are.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).next()
    }

    /// Every field of this name from the top, unfolded.
    pub fn headers<'s>(&'s self, name: &'s str) -> impl Iterator<Item = String> + 's {
        self.message
            .headers_raw()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| unfold(value))
    }

    /// The decoded subject, one line.
    #[must_use]
    pub fn subject(&self) -> String {
        self.message.subject().map(unfold).unwrap_or_default()
    }

    /// Address of the first mailbox in From, lower case.
    #[must_use]
    pub fn from_address(&self) -> Option<String> {
        self.message
            .from()?
            .first()?
            .address()
            .map(str::to_lowercase)
    }

    /// Display name of the first mailbox in From.
    #[must_use]
    pub fn from_name(&self) -> Option<&str> {
        self.message.from()?.first()?.name()
    }

    /// Whether the envelope's sender is empty (`Return-Path: <>`): a machine's mail.
    #[must_use]
    pub fn has_null_return_path(&self) -> bool {
        self.header("Return-Path")
            .is_some_and(|path| path.trim() == "<>")
    }

    /// Every part, in order, nested messages opened up to a small depth.
    #[must_use]
    pub fn parts(&self) -> Vec<&MessagePart<'a>> {
        let mut all = Vec::new();
        collect(&self.message, 0, &mut all);
        all
    }

    /// Parts of the message itself, nested messages closed.
    #[must_use]
    pub fn own_parts(&self) -> &[MessagePart<'a>] {
        &self.message.parts
    }

    /// The body a person reads: plain text when there is some, else HTML turned into lines.
    #[must_use]
    pub fn body(&self) -> String {
        let mut text = String::new();
        for id in &self.message.text_body {
            let Some(part) = self.message.part(*id) else {
                continue;
            };
            match &part.body {
                PartType::Text(body) => push_body(&mut text, &without_flow(part, body)),
                PartType::Html(body) => push_body(&mut text, &html::to_text(bounded(body))),
                PartType::Binary(_)
                | PartType::InlineBinary(_)
                | PartType::Message(_)
                | PartType::Multipart(_) => {}
            }
        }
        if text.trim().is_empty() {
            text = self.html_text().unwrap_or_default();
        }
        if text.trim().is_empty() && self.is_broken() {
            text = self.raw_body();
        }
        text
    }

    /// Whether a multipart's boundary never comes: its parts were not found.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.message.parts.len() <= 1
            && self
                .message
                .parts
                .first()
                .is_some_and(|root| content_type(root).starts_with("multipart/"))
    }

    /// Everything under the headers, as it came, within [`BODY_BYTES_MAX`].
    #[must_use]
    pub fn raw_body(&self) -> String {
        let raw = self.message.raw_message();
        let start = header_end(raw).min(raw.len());
        let end = raw.len().min(start + BODY_BYTES_MAX);
        String::from_utf8_lossy(&raw[start..end]).into_owned()
    }

    /// The HTML body as lines, when the message has one.
    #[must_use]
    pub fn html_text(&self) -> Option<String> {
        self.message
            .html_body
            .iter()
            .find_map(|id| match &self.message.part(*id)?.body {
                PartType::Html(body) => Some(html::to_text(bounded(body))),
                PartType::Text(_)
                | PartType::Binary(_)
                | PartType::InlineBinary(_)
                | PartType::Message(_)
                | PartType::Multipart(_) => None,
            })
    }
}

/// `type/subtype` of a part in lower case; text/plain when unsaid.
#[must_use]
pub fn content_type(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(
        || "text/plain".to_owned(),
        |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("")).to_lowercase(),
    )
}

/// Text of a part, whatever its type; empty for a nested message.
#[must_use]
pub fn part_text<'p>(part: &'p MessagePart<'_>) -> std::borrow::Cow<'p, str> {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.as_ref().into(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes),
        PartType::Message(_) | PartType::Multipart(_) => "".into(),
    }
}

/// One line of a header's value: folds opened, control characters turned into spaces.
#[must_use]
pub fn unfold(value: &str) -> String {
    value
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// First [`BODY_BYTES_MAX`] bytes of a text, at a character's edge.
#[must_use]
pub fn bounded(text: &str) -> &str {
    if text.len() <= BODY_BYTES_MAX {
        return text;
    }
    let mut end = BODY_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Joins the soft line breaks of format=flowed (RFC 3676); other bodies pass unchanged.
fn without_flow(part: &MessagePart<'_>, body: &str) -> String {
    let flowed = part
        .content_type()
        .and_then(|kind| kind.attribute("format"))
        .is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
    let body = bounded(body);
    if !flowed {
        return body.to_owned();
    }
    let mut out = String::with_capacity(body.len());
    for line in body.lines() {
        out.push_str(line);
        // "-- " is the signature's delimiter, never a soft break; quoted lines are left alone.
        if !line.ends_with(' ') || line == "-- " || line.starts_with('>') || line.trim().is_empty()
        {
            out.push('\n');
        }
    }
    out
}

fn push_body(text: &mut String, more: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(bounded(more));
}

fn collect<'m, 'a>(message: &'m Message<'a>, depth: usize, all: &mut Vec<&'m MessagePart<'a>>) {
    for part in &message.parts {
        all.push(part);
        if let (PartType::Message(inner), true) = (&part.body, depth < NESTING_MAX) {
            collect(inner, depth + 1, all);
        }
    }
}
