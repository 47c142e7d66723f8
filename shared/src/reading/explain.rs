//! The protocol of `inbox explain --jsonl`: one JSON object in, one out, whatever the line holds.

use base64::Engine as _;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::meaning::{self, Facts};
use super::{Reading, read_message, read_text};

/// Longest line taken, in bytes: a message of 30 MB in base64 and its wrapping.
pub const LINE_BYTES_MAX: usize = 48 * 1024 * 1024;

#[derive(Debug, Deserialize)]
struct Question {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    format: Option<String>,
    raw: Option<String>,
    raw_b64: Option<String>,
    received: Option<String>,
    #[serde(default)]
    projects: Option<Vec<ProjectAsked>>,
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

/// Answers one line; a bad line is answered too, with what is wrong.
#[must_use]
pub fn answer(line: &str) -> Value {
    let question: Question = match serde_json::from_str(line) {
        Ok(question) => question,
        Err(error) => {
            let id = serde_json::from_str::<Value>(line)
                .ok()
                .and_then(|value| value.get("id").cloned())
                .unwrap_or(Value::Null);
            return json!({"id": id, "error": format!("not a question: {error}")});
        }
    };
    let raw = match (&question.raw, &question.raw_b64) {
        (Some(raw), _) => raw.as_bytes().to_vec(),
        (None, Some(encoded)) => {
            match base64::engine::general_purpose::STANDARD.decode(encoded.trim()) {
                Ok(raw) => raw,
                Err(error) => {
                    return json!({"id": question.id, "error": format!("raw_b64 is not base64: {error}")});
                }
            }
        }
        (None, None) => return json!({"id": question.id, "error": "raw or raw_b64 is missing"}),
    };
    let facts = Facts {
        arrived: question
            .received
            .as_deref()
            .and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()),
        projects: question
            .projects
            .unwrap_or_default()
            .into_iter()
            .map(|project| meaning::projects::Asked {
                rank: project.n,
                reference: project.reference,
                title: project.title,
            })
            .collect(),
    };
    let reading = match question.format.as_deref() {
        Some("text") => Ok(read_text(&String::from_utf8_lossy(&raw), &facts)),
        Some("eml") | None => read_message(&raw, &facts),
        Some(other) => {
            return json!({"id": question.id, "error": format!("format {other:?} is neither text nor eml")});
        }
    };
    match reading {
        Ok(reading) => object(&question.id, &reading),
        Err(error) => json!({"id": question.id, "error": error.to_string()}),
    }
}

/// A reading as the protocol's answer.
#[must_use]
pub fn object(id: &Value, reading: &Reading) -> Value {
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
        "matched": "none",
        "trusted": false,
    })
}

/// Two decimals: more would claim a precision that the model has not.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}
