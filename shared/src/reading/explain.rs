//! The protocol of `inbox explain --jsonl`: one JSON object in, one out, whatever the line holds.

use std::borrow::Cow;

use base64::Engine as _;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::authenticity::{self, Verdict};
use super::matching::{self, Matched, Pointers};
use super::meaning::{self, Facts};
use super::message::Mail;
use super::{Reading, read_mail, read_text};

/// Longest line taken, in bytes: a message of 30 MB in base64 and its wrapping.
pub const LINE_BYTES_MAX: usize = 48 * 1024 * 1024;

#[derive(Debug, Deserialize)]
struct Question<'q> {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    format: Option<String>,
    #[serde(borrow)]
    raw: Option<Large<'q>>,
    #[serde(borrow)]
    raw_b64: Option<Large<'q>>,
    received: Option<String>,
    #[serde(default)]
    projects: Option<Vec<ProjectAsked>>,
    /// The one server to believe; without it, the installation's.
    trusted_authserv: Option<String>,
    /// Letters that the message may answer; without them, the installation's.
    letters: Option<Vec<LetterSent>>,
}

/// Text as large as a message: copied only where JSON escapes it.
#[derive(Debug, Deserialize)]
struct Large<'q>(#[serde(borrow)] Cow<'q, str>);

/// A letter of ours, as a question gives it: what points to it, and whose it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LetterSent {
    token: Option<String>,
    message_id: Option<String>,
    to: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ProjectAsked {
    #[serde(default)]
    n: usize,
    #[serde(rename = "ref", default)]
    reference: String,
    #[serde(default)]
    title: String,
}

/// What is known of a message besides its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// How the letter that it answers was found.
    pub matched: Option<Matched>,
    /// What that letter asked about.
    pub projects: Vec<meaning::projects::Asked>,
    /// Whether the sender is proven, and why or why not.
    pub verdict: Option<Verdict>,
}

/// What this installation knows: without one, nothing is matched and nobody is believed.
pub trait Installation {
    /// The one server whose Authentication-Results count.
    fn authserv(&self) -> Option<&str>;
    /// How the letter that a message answers is found here, and what it asked about.
    fn find(&self, mail: &Mail<'_>) -> (Matched, Vec<meaning::projects::Asked>);
}

/// No installation: the message alone.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

impl Installation for Nowhere {
    fn authserv(&self) -> Option<&str> {
        None
    }

    fn find(&self, _: &Mail<'_>) -> (Matched, Vec<meaning::projects::Asked>) {
        (Matched::None, Vec::new())
    }
}

/// What `here` knows of a message.
#[must_use]
pub fn known(mail: &Mail<'_>, here: &dyn Installation) -> Known {
    let (matched, projects) = here.find(mail);
    Known {
        matched: Some(matched),
        projects,
        verdict: Some(authenticity::verdict(mail, here.authserv())),
    }
}

/// Answers one line; a bad line is answered too, with what is wrong.
#[must_use]
pub fn answer(line: &str, here: &dyn Installation) -> Value {
    let question: Question<'_> = match serde_json::from_str(line) {
        Ok(question) => question,
        Err(error) => {
            let id = serde_json::from_str::<Value>(line)
                .ok()
                .and_then(|value| value.get("id").cloned())
                .unwrap_or(Value::Null);
            return json!({"id": id, "error": format!("not a question: {error}")});
        }
    };
    let id = question.id.clone();
    answered(question, here).unwrap_or_else(|error| json!({"id": id, "error": error}))
}

fn answered(mut question: Question<'_>, here: &dyn Installation) -> Result<Value, String> {
    let raw = bytes(&mut question)?;
    let is_text = match question.format.as_deref() {
        Some("text") => true,
        Some("eml") | None => false,
        Some(other) => return Err(format!("format {other:?} is neither text nor eml")),
    };
    if is_text {
        let facts = question.facts(Vec::new());
        let reading = read_text(&String::from_utf8_lossy(&raw), &facts);
        return Ok(object(&question.id, &reading, &Known::default()));
    }
    let mail = Mail::parse(&raw).map_err(|error| error.to_string())?;
    let mut known = question.known(&mail, here);
    let facts = question.facts(std::mem::take(&mut known.projects));
    let reading = read_mail(&mail, &facts);
    Ok(object(&question.id, &reading, &known))
}

fn bytes<'q>(question: &mut Question<'q>) -> Result<Cow<'q, [u8]>, String> {
    match (question.raw.take(), question.raw_b64.take()) {
        (Some(Large(Cow::Borrowed(raw))), _) => Ok(raw.as_bytes().into()),
        (Some(Large(Cow::Owned(raw))), _) => Ok(raw.into_bytes().into()),
        (None, Some(Large(encoded))) => base64::engine::general_purpose::STANDARD
            .decode(encoded.trim())
            .map(Cow::Owned)
            .map_err(|error| format!("raw_b64 is not base64: {error}")),
        (None, None) => Err("raw or raw_b64 is missing".to_owned()),
    }
}

impl Question<'_> {
    /// What the question itself gives comes first, then what the installation knows.
    fn known(&self, mail: &Mail<'_>, here: &dyn Installation) -> Known {
        let (matched, projects) = match &self.letters {
            Some(letters) => (given(letters, mail), Vec::new()),
            None => here.find(mail),
        };
        let authserv = self.trusted_authserv.as_deref().or(here.authserv());
        Known {
            matched: Some(matched),
            projects,
            verdict: Some(authenticity::verdict(mail, authserv)),
        }
    }

    fn facts(&mut self, found: Vec<meaning::projects::Asked>) -> Facts {
        let given = self.projects.take().map(|projects| {
            let asked = |project: ProjectAsked| meaning::projects::Asked {
                rank: project.n,
                reference: project.reference,
                title: project.title,
            };
            projects.into_iter().map(asked).collect()
        });
        Facts {
            arrived: self
                .received
                .as_deref()
                .and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()),
            projects: given.unwrap_or(found),
        }
    }
}

/// Which of the letters given a message answers, by the rules of an installation.
fn given(letters: &[LetterSent], mail: &Mail<'_>) -> Matched {
    let Pointers {
        tokens,
        in_reply_to,
        references,
    } = matching::pointers(mail);
    let places = |is_meant: &dyn Fn(&LetterSent) -> bool| -> Vec<(usize, Option<String>)> {
        let meant = letters
            .iter()
            .enumerate()
            .filter(|(_, letter)| is_meant(letter));
        meant
            .map(|(at, letter)| (at, letter.to.as_deref().map(str::to_lowercase)))
            .collect()
    };
    let by_token = places(&|letter| {
        let token = letter.token.as_deref().map(str::to_lowercase);
        token.is_some_and(|token| tokens.contains(&token))
    });
    let by_id = |ids: &[String]| {
        places(&|letter| {
            let id = letter.message_id.as_deref().unwrap_or_default();
            let id = id.trim().trim_matches(['<', '>']);
            ids.iter().any(|other| other == id)
        })
    };
    let agreed = matching::agreed(&by_token, &by_id(&in_reply_to), &by_id(&references));
    if let Ok(Some((_, matched))) = agreed {
        return matched;
    }
    let from = mail.from_address();
    let is_from = |letter: &&LetterSent| {
        let to = letter.to.as_deref().map(str::to_lowercase);
        to.is_some() && to == from
    };
    match letters.iter().filter(is_from).count() {
        1 if agreed.is_ok() => Matched::Inferred,
        _ => Matched::None,
    }
}

/// A reading as the protocol's answer.
#[must_use]
pub fn object(id: &Value, reading: &Reading, known: &Known) -> Value {
    let meaning = &reading.meaning;
    let projects: serde_json::Map<String, Value> = meaning
        .projects
        .iter()
        .map(|(reference, label)| (reference.clone(), json!(label.name())))
        .collect();
    let (addresses, temporary) = match &reading.kind {
        super::kind::Kind::Bounce(bounce) => (bounce.addresses.clone(), bounce.temporary),
        super::kind::Kind::Complaint(_)
        | super::kind::Kind::Automatic(_)
        | super::kind::Kind::Human => (Vec::new(), false),
    };
    let labels: Vec<&str> = meaning.labels.iter().map(|label| label.name()).collect();
    json!({
        "id": id,
        "kind": reading.kind.name(),
        "text": reading.reply.text,
        "bounced_addresses": addresses,
        "temporary": temporary,
        "lang": meaning.language,
        "meaning": labels.first().copied().unwrap_or("none"),
        "meanings": labels,
        "date": meaning.date.map(|day| day.to_string()),
        "projects": projects,
        "phone": meaning.phone,
        "confidence": rounded(meaning.confidence),
        "threshold": rounded(meaning::THRESHOLD),
        "matched": known.matched.unwrap_or(Matched::None).name(),
        "trusted": known.verdict.as_ref().is_some_and(|verdict| verdict.trusted),
    })
}

/// Two decimals: more would claim a precision that the model has not.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "Authentication-Results: mx.ours.example; dmarc=pass header.from=client.example\r\n\
        From: A <a@client.example>\r\nTo: reply+ABC2@x.example\r\nIn-Reply-To: <1@ours.example>\r\n\r\nToujours d'actualité.\r\n";

    fn asked(more: Value) -> (String, bool) {
        let mut question = json!({"id": 1, "raw": RAW});
        if let (Some(question), Value::Object(more)) = (question.as_object_mut(), more) {
            question.extend(more);
        }
        let answer = answer(&question.to_string(), &Nowhere);
        let matched = answer["matched"].as_str().map(str::to_owned);
        (matched.expect("an answer"), answer["trusted"] == true)
    }

    // a7, a8, M1: what a question gives counts by the rules of an installation; without it nothing is matched or believed.
    #[test]
    fn letters_and_a_server_given_with_the_question_count() {
        let none = || "none".to_owned();
        assert_eq!(asked(json!({})), (none(), false));
        let letter =
            |letter: Value| json!({"trusted_authserv": "mx.ours.example", "letters": [letter]});
        assert_eq!(
            asked(letter(json!({"token": "abc2"}))),
            ("token".to_owned(), true)
        );
        let by_id = letter(json!({"message_id": "<1@ours.example>"}));
        assert_eq!(asked(by_id), ("in_reply_to".to_owned(), true));
        assert_eq!(
            asked(letter(json!({"to": "A@client.example"}))),
            ("inferred".to_owned(), true)
        );
        assert_eq!(
            asked(letter(json!({"to": "b@client.example"}))),
            (none(), true)
        );
        assert_eq!(
            asked(json!({"trusted_authserv": "mx.theirs.example"})),
            (none(), false)
        );
        let two = json!({"letters": [{"token": "abc2", "to": "a@client.example"},
            {"message_id": "<1@ours.example>", "to": "b@client.example"}]});
        assert_eq!(asked(two).0, "none", "pointers to different people");
    }
}
