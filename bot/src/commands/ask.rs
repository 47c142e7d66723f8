//! `ask`: questions as JSON lines, answered one at a time; needs no database.

use std::io::{BufRead, Read as _, Write, stdin, stdout};

use anyhow::Context as _;
use relance_shared::account::Locale;
use relance_shared::config::Settings;
use relance_shared::faq::{Band, Index, Question};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::commands::faq;

/// Longest line that is read, in bytes; a longer one is answered with an error.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// How the questions come.
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    /// One JSON object per line on standard input ({"id","text"[,"lang"]}), one answer per line on standard output.
    #[arg(long, required = true)]
    pub jsonl: bool,
}

#[derive(Debug, Deserialize)]
struct Asked {
    text: String,
    lang: Option<String>,
}

/// Answers until the input ends; a bad line is answered with what is wrong, and the next one is read.
///
/// # Errors
/// When the FAQ's content has a fault, or standard input or output break.
pub fn run(settings: &Settings, _args: &AskArgs) -> anyhow::Result<()> {
    let index = faq::index(settings)?;
    answer_all(&index, stdin().lock(), stdout().lock()).context("answering on standard output")
}

fn answer_all(index: &Index, mut from: impl BufRead, mut to: impl Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if from
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok(());
        }
        let whole =
            line.ends_with(b"\n") || u64::try_from(line.len()).is_ok_and(|n| n < LINE_BYTES_MAX);
        if !whole {
            skip_line(&mut from)?;
        }
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let answer = if whole {
            answer(index, &text)
        } else {
            json!({"id": null, "error": format!("longer than {LINE_BYTES_MAX} bytes")})
        };
        writeln!(to, "{answer}")?;
        to.flush()?;
    }
}

/// Reads to the end of a line without keeping it.
fn skip_line(from: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = from.fill_buf()?;
        let (end, used) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (true, at + 1),
            None => (buffer.is_empty(), buffer.len()),
        };
        from.consume(used);
        if end {
            return Ok(());
        }
    }
}

fn answer(index: &Index, line: &str) -> Value {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => return json!({"id": null, "error": format!("no JSON: {error}")}),
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let asked: Asked = match serde_json::from_value(value) {
        Ok(asked) => asked,
        Err(error) => return json!({"id": id, "error": error.to_string()}),
    };
    let verdict = index.ask(&Question {
        text: &asked.text,
        locale: asked.lang.as_deref().map(Locale::of_tag),
        audience: None,
    });
    let (answer, suggest) = match &verdict.band {
        Band::Answer(id) => (Some(id.as_str()), Vec::new()),
        Band::Suggest(ids) => (None, ids.clone()),
        Band::HandOver(_) => (None, Vec::new()),
    };
    let top: Vec<&str> = verdict.ranked.iter().map(|(id, _)| id.as_str()).collect();
    json!({
        "id": id,
        "answer_id": answer,
        "score": verdict.score,
        "top": top,
        "suggest": suggest,
        "lang": verdict.language,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8]) -> Vec<Value> {
        let mut out = Vec::new();
        answer_all(&Index::built_in(), input, &mut out).expect("memory can be written");
        (String::from_utf8(out).expect("text").lines())
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    // c2, c3, c18
    #[test]
    fn every_line_gets_one_answer_and_a_bad_line_stops_nothing() {
        let long = format!("{{\"id\":\"long\",\"text\":\"{}\"}}", "a".repeat(70_000));
        let lines = [
            "{\"id\":\"1\",\"text\":\"Où trouver mes factures ?\"}",
            "no json",
            "{\"id\":7}",
            &long,
            "{\"id\":[1],\"text\":\"zzzz zzzz\",\"lang\":\"en\"}",
            "{\"id\":\"2\",\"text\":\"Do my credits expire?\"}",
        ];
        let answers = answers(lines.join("\n").as_bytes());
        assert_eq!(answers.len(), lines.len());
        assert_eq!(answers[0]["answer_id"], "sub-invoice");
        assert_eq!(answers[0]["lang"], "fr");
        assert!(answers[1]["error"].is_string());
        assert_eq!(answers[2]["id"], 7);
        assert!(answers[2]["error"].as_str().expect("said").contains("text"));
        assert!(answers[3]["error"].is_string());
        assert_eq!(answers[4]["id"], json!([1]));
        assert_eq!(answers[4]["answer_id"], Value::Null);
        assert_eq!(answers[5]["answer_id"], "credits-expiry");
        assert_eq!(answers[5]["lang"], "en");
        assert_eq!(answers[5]["top"][0], "credits-expiry");
    }
}
