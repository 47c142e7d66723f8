//! Replies as Discord takes them: text escaped, mentions off, within its limits.

use relance_shared::discord_out::{Button, Style};
use relance_shared::words::bot::QUOTED;
use relance_shared::words::cut;
use serde_json::{Value, json};

use crate::conversation::table::Choice;
use crate::conversation::{Form, Reply};

/// Only the asker sees it. Source: message flag `EPHEMERAL`.
pub const EPHEMERAL: u64 = 64;
/// Characters of a message's own text.
const CONTENT_CHARS_MAX: usize = 2_000;
/// Characters of an embed's description.
const EMBED_CHARS_MAX: usize = 4_096;
const ROWS_MAX: usize = 5;
const BUTTONS_PER_ROW_MAX: usize = 5;
const LABEL_CHARS_MAX: usize = 80;
const CUSTOM_ID_CHARS_MAX: usize = 100;
const CHOICE_CHARS_MAX: usize = 100;
const FORM_TITLE_CHARS_MAX: usize = 45;

/// Text and buttons; replaces everything that a message showed before.
#[must_use]
pub fn message(text: &str, buttons: &[Vec<Button>]) -> Value {
    let text = escaped(text);
    let is_long = text.chars().count() > CONTENT_CHARS_MAX;
    let (content, embeds) = if is_long {
        (
            String::new(),
            json!([{"description": cut(&text, EMBED_CHARS_MAX)}]),
        )
    } else {
        (text, json!([]))
    };
    json!({
        "content": content,
        "embeds": embeds,
        "components": rows(buttons),
        "allowed_mentions": {"parse": []},
    })
}

/// A reply as an edit of the deferred answer.
#[must_use]
pub fn reply(reply: &Reply) -> Value {
    message(&reply.text, &reply.buttons)
}

/// A reply as the first answer: a form, or a message: for the asker alone, unless everybody may read it.
#[must_use]
pub fn first(of: &Reply) -> Value {
    if let Some(asked) = &of.form {
        return json!({"type": 9, "data": form(asked)});
    }
    let mut data = reply(of);
    if !of.is_public {
        data["flags"] = json!(EPHEMERAL);
    }
    json!({"type": 4, "data": data})
}

/// Suggestions.
#[must_use]
pub fn choices(choices: &[Choice]) -> Value {
    let choices: Vec<Value> = choices
        .iter()
        .map(|choice| json!({"name": cut(&choice.label, CHOICE_CHARS_MAX), "value": cut(&choice.value, CHOICE_CHARS_MAX)}))
        .collect();
    json!({"type": 8, "data": {"choices": choices}})
}

// serenity 0.12 loses the values of the newer label components, so the text input stands in an action row.
fn form(form: &Form) -> Value {
    json!({
        "custom_id": cut(&form.id, CUSTOM_ID_CHARS_MAX),
        "title": cut(&form.title, FORM_TITLE_CHARS_MAX),
        "components": [{"type": 1, "components": [{
            "type": 4,
            "custom_id": form.field,
            "label": cut(&form.label, FORM_TITLE_CHARS_MAX),
            "style": 2,
            "min_length": form.chars_min,
            "max_length": form.chars_max,
            "required": form.chars_min > 0,
        }]}],
    })
}

fn rows(rows: &[Vec<Button>]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .filter(|row| !row.is_empty())
        .take(ROWS_MAX)
        .map(|row| {
            let buttons: Vec<Value> = row.iter().take(BUTTONS_PER_ROW_MAX).map(button).collect();
            json!({"type": 1, "components": buttons})
        })
        .collect();
    Value::Array(rows)
}

fn button(button: &Button) -> Value {
    let style = match button.style {
        Style::Primary => 1,
        Style::Secondary => 2,
        Style::Success => 3,
        Style::Danger => 4,
    };
    json!({
        "type": 2,
        "custom_id": cut(&button.id, CUSTOM_ID_CHARS_MAX),
        "label": cut(&unmarked(&button.label), LABEL_CHARS_MAX),
        "style": style,
    })
}

/// Our own marks stay; what people wrote is escaped so that it can neither format, mention nor link (B2, M5).
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            _ if c == QUOTED.0 => is_quoted = true,
            _ if c == QUOTED.1 => is_quoted = false,
            '\\' | '`' | '*' | '_' | '~' | '|' | '>' | '#' | '-' | '+' | '[' | ']' | '(' | ')'
            | '<' | '.' | '!'
                if is_quoted =>
            {
                out.push('\\');
                out.push(c);
            }
            // A mention or a link is no longer one behind a character without width.
            '@' | ':' if is_quoted => {
                out.push(c);
                out.push('\u{200b}');
            }
            _ => out.push(c),
        }
    }
    out
}

fn unmarked(text: &str) -> String {
    text.replace([QUOTED.0, QUOTED.1], "")
}

#[cfg(test)]
mod tests {
    use relance_shared::words::bot::quoted;

    use super::*;

    // B2, M5: titles that people craft neither ping nor format.
    #[test]
    fn what_people_wrote_can_neither_mention_nor_format() {
        let title = quoted(
            "@everyone <@1> **bold** [x](http://evil.example) `code`",
            200,
        );
        let shown = escaped(&format!("**{title}**"));
        assert!(shown.starts_with("**") && shown.ends_with("**"));
        let inner = &shown[2..shown.len() - 2];
        for forbidden in ["@everyone", "<@1>", "**", "](", "://", "`code`"] {
            assert!(
                !inner
                    .replace("\\`", "")
                    .replace("\\*", "")
                    .contains(forbidden),
                "{forbidden}: {inner}"
            );
        }
        assert!(!inner.contains('\u{e000}'));
        assert_eq!(message("x", &[])["allowed_mentions"], json!({"parse": []}));
    }

    // Discord's limits: long text moves to an embed, nothing is longer than it takes.
    #[test]
    fn long_replies_stay_within_the_limits() {
        let long = message(
            &"x".repeat(9_000),
            &[vec![Button::new("v1:a:b", "y".repeat(200)); 9]],
        );
        assert_eq!(long["content"], "");
        assert_eq!(
            long["embeds"][0]["description"]
                .as_str()
                .unwrap()
                .chars()
                .count(),
            EMBED_CHARS_MAX
        );
        let row = long["components"][0]["components"].as_array().unwrap();
        assert_eq!(row.len(), BUTTONS_PER_ROW_MAX);
        assert_eq!(
            row[0]["label"].as_str().unwrap().chars().count(),
            LABEL_CHARS_MAX
        );
    }
}
