//! Mail in: what a message is, whose it is, what the person wrote and what they mean by it.
//!
//! Everything here is pure: bytes in, a [`Reading`] out. The order is fixed: kind (complaint, bounce, automatic, human),
//! reply text, meaning. A meaning is a proposal; nothing in this module can end a project (threats P3, M1, M2).

pub mod authenticity;
pub mod automatic;
pub mod bounce;
pub mod complaint;
pub mod dates;
pub mod explain;
pub mod html;
pub mod kind;
pub mod language;
pub mod matching;
pub mod meaning;
pub mod message;
mod pattern;
pub mod quote;
pub mod signature;
pub mod store;
pub mod text;

use self::kind::Kind;
use self::meaning::{Facts, Label, Meaning};
use self::message::{Mail, Unreadable};
use self::signature::Signer;
use self::text::Reply;

/// Everything understood of one message.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What it is, with the evidence.
    pub kind: Kind,
    /// What the person wrote, without the letter answered and the signature.
    pub reply: Reply,
    /// What they mean, as a proposal; `none` for everything that nobody wrote.
    pub meaning: Meaning,
}

/// Reads a whole message.
///
/// # Errors
/// [`Unreadable`] when a bound is passed; the raw bytes are then parked, never dropped.
pub fn read_message(raw: &[u8], facts: &Facts) -> Result<Reading, Unreadable> {
    Ok(read_mail(&Mail::parse(raw)?, facts))
}

/// Reads a message that is taken apart already.
#[must_use]
pub fn read_mail(mail: &Mail<'_>, facts: &Facts) -> Reading {
    let signer = Signer::new(mail.from_name(), mail.from_address().as_deref());
    let reply = text::reply(&mail.body(), &signer);
    let kind = kind::decide(mail, &reply.words);
    let meaning = match &kind {
        Kind::Human => meaning::read(&reply.words, facts),
        Kind::Automatic(_) => returning(mail, &reply, facts),
        Kind::Bounce(_) | Kind::Complaint(_) => nothing(&reply.words),
    };
    Reading {
        kind,
        reply,
        meaning,
    }
}

/// Reads a body that is already decoded.
#[must_use]
pub fn read_text(body: &str, facts: &Facts) -> Reading {
    let reply = text::reply(body, &Signer::default());
    let meaning = meaning::read(&reply.words, facts);
    Reading {
        kind: Kind::Human,
        reply,
        meaning,
    }
}

/// An automatic answer means nothing; a stated return date only postpones.
fn returning(mail: &Mail<'_>, reply: &Reply, facts: &Facts) -> Meaning {
    let mut meaning = nothing(&reply.words);
    if let Some(arrived) = facts.arrived {
        let named = dates::chosen(&reply.words, arrived)
            .or_else(|| dates::chosen(&mail.subject(), arrived));
        meaning.date_words = named.as_ref().map(|named| named.words.clone());
        meaning.date = named.map(|named| named.day);
    }
    meaning
}

fn nothing(words: &str) -> Meaning {
    Meaning {
        labels: vec![Label::None],
        confidence: 0.0,
        date: None,
        date_words: None,
        projects: Vec::new(),
        phone: None,
        language: language::of(words),
        asks_for_silence: false,
        sentence: String::new(),
        why: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
