//! The same conversation in a terminal: commands as on Discord, buttons as numbered choices.

use std::collections::BTreeMap;

use relance_shared::account::Locale;
use relance_shared::terminal;
use relance_shared::words::bot::{QUOTED, command as shown};
use relance_shared::words::{console as words, typeset};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::conversation::table::COMMANDS;
use crate::conversation::{Caller, Desk, Options, Reply, Request};

/// Longest line that is read, in bytes; the rest of a longer one is another line.
const LINE_BYTES_MAX: usize = 8_000;

/// What the last reply left to choose from.
#[derive(Debug, Default)]
struct Waiting {
    buttons: Vec<String>,
    form: Option<(String, &'static str)>,
}

/// Talks until the input ends.
///
/// # Errors
/// When standard input or output break.
pub async fn talk(
    desk: &Desk,
    caller: &Caller,
    input: impl tokio::io::AsyncRead + Unpin,
    mut output: impl tokio::io::AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(input).lines();
    let mut waiting = Waiting::default();
    output
        .write_all(words::greeting(caller.locale).as_bytes())
        .await?;
    loop {
        output.write_all(b"\n> ").await?;
        output.flush().await?;
        let Some(mut line) = lines.next_line().await? else {
            return output.write_all(b"\n").await;
        };
        line.truncate(line.floor_char_boundary(LINE_BYTES_MAX));
        let Some(request) = waiting.request(line.trim()) else {
            continue;
        };
        let reply = desk.answer(caller, &request).await;
        output
            .write_all(draw(caller.locale, &reply).as_bytes())
            .await?;
        waiting = Waiting::of(&reply);
    }
}

impl Waiting {
    fn of(reply: &Reply) -> Self {
        Self {
            buttons: reply
                .buttons
                .iter()
                .flatten()
                .map(|button| button.id.clone())
                .collect(),
            form: reply
                .form
                .as_ref()
                .map(|form| (form.id.clone(), form.field)),
        }
    }

    /// What a line asks for; none for an empty one.
    fn request(&self, line: &str) -> Option<Request> {
        if line.is_empty() {
            return None;
        }
        if let Some((id, field)) = &self.form {
            let fields = BTreeMap::from([((*field).to_owned(), line.to_owned())]);
            return Some(Request::Form {
                id: id.clone(),
                fields,
            });
        }
        let chosen = line
            .parse::<usize>()
            .ok()
            .and_then(|n| self.buttons.get(n.wrapping_sub(1)));
        if let Some(id) = chosen {
            return Some(Request::Button(id.clone()));
        }
        Some(command(line))
    }
}

/// `/pending 2` or `/en-attente 2` as a command: the words after the name fill the options in their order, the last one takes the rest.
/// Plain text is a question to `/faq`.
#[must_use]
pub fn command(line: &str) -> Request {
    let Some(typed) = line.strip_prefix('/') else {
        return Request::Command {
            name: "faq".to_owned(),
            options: Options(BTreeMap::from([("question".to_owned(), line.to_owned())])),
        };
    };
    let names = |command: &str| [Locale::En, Locale::Fr].map(|locale| shown(locale, command));
    let known = COMMANDS
        .iter()
        .flat_map(|command| names(command.name).map(|name| (command, name)))
        .filter(|(_, name)| line == name || line.starts_with(&format!("{name} ")))
        .max_by_key(|(_, name)| name.len());
    let Some((known, name)) = known else {
        let first = typed.split_whitespace().next().unwrap_or_default();
        let group = (COMMANDS.iter())
            .filter_map(|command| command.name.split_once(' '))
            .find(|(group, _)| names(group).iter().any(|name| name[1..] == *first));
        let name = group.map_or(first, |(group, _)| group).to_owned();
        return Request::Command {
            name,
            options: Options::default(),
        };
    };
    let mut rest = line[name.len()..].trim();
    let mut options = BTreeMap::new();
    for (n, option) in known.options.iter().enumerate() {
        if rest.is_empty() {
            break;
        }
        let is_last = n + 1 == known.options.len();
        let (value, after) = if is_last {
            (rest, "")
        } else {
            rest.split_once(' ').unwrap_or((rest, ""))
        };
        options.insert(option.name.to_owned(), value.to_owned());
        rest = after.trim();
    }
    Request::Command {
        name: known.name.to_owned(),
        options: Options(options),
    }
}

/// A reply as plain text: without Discord's marks, whatever people wrote without control characters.
#[must_use]
pub fn draw(locale: Locale, reply: &Reply) -> String {
    let mut text = plain(&reply.text);
    if let Some(form) = &reply.form {
        let colon = typeset(locale, if locale == Locale::Fr { " :" } else { ":" });
        text = format!("{}\n{}{colon}", form.title, form.label);
    }
    let choices = reply.buttons.iter().flatten().enumerate();
    text.extend(choices.map(|(n, button)| format!("\n  [{}] {}", n + 1, plain(&button.label))));
    if !reply.buttons.is_empty() {
        text.push('\n');
        text.push_str(words::choose(locale));
    }
    text.push('\n');
    text
}

fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| {
        (line.strip_prefix('_'))
            .and_then(|rest| rest.strip_suffix('_'))
            .unwrap_or(line)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    terminal::lines(&text.replace([QUOTED.0, QUOTED.1], ""))
        .replace("**", "")
        .replace('`', "")
}
