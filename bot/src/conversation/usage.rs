//! How a command is used, for whoever typed it in a terminal without what it needs; Discord asks for it before it sends.

use relance_shared::account::Locale;
use relance_shared::words::bot::{command as shown, find, say};
use relance_shared::words::typeset;

use crate::conversation::table::{COMMANDS, Command, Kind, Opt};
use crate::conversation::{Options, Reply};

/// Whether everything is there that the command cannot do without, numbers being numbers.
#[must_use]
pub fn is_whole(command: &Command, options: &Options) -> bool {
    command.options.iter().all(|option| {
        let given = options.text(option.name);
        match option.kind {
            _ if given.is_empty() => !option.required,
            Kind::Number => options.number(option.name).is_some(),
            Kind::Text(_) => true,
        }
    })
}

/// How `command` is used.
#[must_use]
pub fn of(locale: Locale, command: &Command) -> Reply {
    let mut lines = vec![say(locale, "usage", &[("usage", &line(locale, command))])];
    lines.extend(command.options.iter().map(|option| {
        let about = find(locale, &format!("about_{}_{}", command.name, option.name));
        let values = [
            ("name", name(locale, option)),
            ("about", about.unwrap_or_default()),
        ];
        say(locale, "usage_option", &values)
    }));
    Reply::text(lines.join("\n"))
}

/// The commands whose name begins with `group`.
pub fn group(group: &str) -> impl Iterator<Item = &'static Command> {
    let group = group.to_owned();
    (COMMANDS.iter()).filter(move |command| {
        (command.name.split_once(' ')).is_some_and(|(first, _)| first == group)
    })
}

/// How the commands of a group are used.
#[must_use]
pub fn of_group(locale: Locale, commands: &[&Command]) -> Reply {
    let mut lines = vec![say(locale, "usage_group", &[])];
    lines.extend(commands.iter().map(|command| {
        let about = find(locale, &format!("about_{}", command.name)).unwrap_or_default();
        let about = typeset(locale, about);
        let values = [("name", &*line(locale, command)), ("about", &about)];
        say(locale, "usage_option", &values)
    }));
    Reply::text(lines.join("\n"))
}

/// `/review approve <number> <reason>`, what may be left out in brackets.
fn line(locale: Locale, command: &Command) -> String {
    let options = command.options.iter().map(|option| {
        let name = name(locale, option);
        if option.required {
            format!("<{name}>")
        } else {
            format!("[{name}]")
        }
    });
    let words: Vec<String> = [shown(locale, command.name)]
        .into_iter()
        .chain(options)
        .collect();
    words.join(" ")
}

fn name(locale: Locale, option: &Opt) -> &'static str {
    find(locale, &format!("name_{}", option.name)).unwrap_or(option.name)
}
