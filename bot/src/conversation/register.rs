//! What Discord is told about the commands, from the one table: names, options, both languages.

use relance_shared::account::Locale;
use relance_shared::token;
use relance_shared::words::bot::find;
use serde_json::{Value, json};

use crate::conversation::table::{COMMANDS, Command, Kind, Opt, Who};

/// Types of options. Source: Discord's reference, application command option type.
const SUB_COMMAND: u8 = 1;
const STRING: u8 = 3;
const INTEGER: u8 = 4;
/// Where commands show: in servers and in the bot's own private messages. Source: interaction context types.
const CONTEXTS: [u8; 2] = [0, 1];
/// Permission that the staff's commands ask for: manage messages. A hint only, the desk decides (B1).
const MANAGE_MESSAGES: &str = "8192";

/// The definitions, as Discord's bulk overwrite takes them.
#[must_use]
pub fn definitions() -> Value {
    let mut groups: Vec<(&str, Vec<&Command>)> = Vec::new();
    for command in COMMANDS {
        let group = command.name.split(' ').next().unwrap_or(command.name);
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, members)) => members.push(command),
            None => groups.push((group, vec![command])),
        }
    }
    Value::Array(
        groups
            .iter()
            .map(|(name, members)| group(name, members))
            .collect(),
    )
}

/// What identifies the definitions: they are registered again only when it changes.
#[must_use]
pub fn fingerprint() -> String {
    token::hash(&definitions().to_string())
}

fn group(name: &str, members: &[&Command]) -> Value {
    let mut definition = named(name, name);
    definition["type"] = json!(1);
    definition["contexts"] = json!(CONTEXTS);
    if members.iter().all(|command| command.who == Who::Staff) {
        definition["default_member_permissions"] = json!(MANAGE_MESSAGES);
    }
    definition["options"] = members
        .iter()
        .flat_map(|command| match command.name.split_once(' ') {
            None => command
                .options
                .iter()
                .map(|option| described(command, option))
                .collect(),
            Some((_, own)) => {
                let mut sub = named(own, command.name);
                sub["type"] = json!(SUB_COMMAND);
                sub["options"] = command
                    .options
                    .iter()
                    .map(|option| described(command, option))
                    .collect();
                vec![sub]
            }
        })
        .collect();
    definition
}

fn described(command: &Command, option: &Opt) -> Value {
    let mut described = named(option.name, &format!("{}_{}", command.name, option.name));
    match option.kind {
        Kind::Text(chars_max) => {
            described["type"] = json!(STRING);
            described["max_length"] = json!(chars_max);
        }
        Kind::Number => {
            described["type"] = json!(INTEGER);
            described["min_value"] = json!(1);
        }
    }
    described["required"] = json!(option.required);
    if option.complete.is_some() {
        described["autocomplete"] = json!(true);
    }
    described
}

/// Name and description in both languages. English is given for both of Discord's kinds of it: they fall back on each
/// other, French falls back on the name.
fn named(name: &str, about: &str) -> Value {
    let about = |locale| find(locale, &format!("about_{about}")).unwrap_or(name);
    let french = find(Locale::Fr, &format!("name_{name}")).unwrap_or(name);
    json!({
        "name": name,
        "name_localizations": {"fr": french, "en-US": name, "en-GB": name},
        "description": about(Locale::En),
        "description_localizations": {"fr": about(Locale::Fr), "en-US": about(Locale::En), "en-GB": about(Locale::En)},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Discord's limit on the characters of a command, all texts together, the longest localisation counting.
    const CHARACTERS_MAX: usize = 8_000;

    // c9: complete in both languages; names as Discord takes them.
    #[test]
    fn every_command_and_option_has_its_words_in_both_languages() {
        for command in COMMANDS {
            let own = command.name.split(' ').next_back().unwrap();
            let mut keys = vec![format!("name_{own}"), format!("about_{}", command.name)];
            for option in command.options {
                keys.push(format!("name_{}", option.name));
                keys.push(format!("about_{}_{}", command.name, option.name));
            }
            for key in keys {
                for locale in [Locale::Fr, Locale::En] {
                    let words = find(locale, &key).unwrap_or_else(|| panic!("{key} has no words"));
                    if key.starts_with("name_") {
                        let fits = |c: char| {
                            c.is_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
                        };
                        assert!(
                            words.chars().all(fits) && words.chars().count() <= 32,
                            "{key}: {words}"
                        );
                    }
                }
            }
        }
        let definitions = definitions();
        assert!(definitions.as_array().unwrap().len() <= 100);
        assert!(definitions.to_string().chars().count() < CHARACTERS_MAX * COMMANDS.len());
    }

    // c1: what is registered is reviewed when it changes.
    #[test]
    fn the_definitions_are_these() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&definitions()).unwrap());
    }
}
