//! What Discord's description does not say: limits, duplicate ids, names.

use std::collections::HashSet;

use serde_json::Value;

/// What is wrong with a message.
pub(super) fn message(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let content = chars(&body["content"]);
    let embeds: usize = list(&body["embeds"])
        .iter()
        .map(|embed| chars(&embed["description"]))
        .sum();
    if content > 2_000 {
        wrong.push(format!("{content} characters of content"));
    }
    if embeds > 6_000
        || list(&body["embeds"])
            .iter()
            .any(|embed| chars(&embed["description"]) > 4_096)
    {
        wrong.push(format!("{embeds} characters in embeds"));
    }
    if content == 0 && embeds == 0 {
        wrong.push("an empty message".to_owned());
    }
    if body["allowed_mentions"]["parse"]
        .as_array()
        .is_none_or(|parse| !parse.is_empty())
    {
        wrong.push("mentions are not switched off".to_owned());
    }
    wrong.extend(components(&body["components"]));
    wrong
}

/// What is wrong with rows of buttons.
fn components(rows: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    if list(rows).len() > 5 {
        wrong.push("more than 5 rows".to_owned());
    }
    for row in list(rows) {
        let row = list(&row["components"]);
        if row.is_empty() || row.len() > 5 {
            wrong.push(format!("a row of {} buttons", row.len()));
        }
        for button in row {
            let id = button["custom_id"].as_str().unwrap_or_default();
            if id.is_empty() || id.chars().count() > 100 || !seen.insert(id.to_owned()) {
                wrong.push(format!("the button id {id:?}"));
            }
            if !(1..=80).contains(&chars(&button["label"])) {
                wrong.push(format!("the label of {id:?}"));
            }
        }
    }
    wrong
}

/// What is wrong with a form.
pub(super) fn form(data: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if !(1..=45).contains(&chars(&data["title"])) {
        wrong.push("the title of a form".to_owned());
    }
    for input in list(&data["components"])
        .iter()
        .flat_map(|row| list(&row["components"]))
    {
        if !(1..=45).contains(&chars(&input["label"])) {
            wrong.push("the label of a field".to_owned());
        }
    }
    wrong
}

/// What is wrong with suggestions.
pub(super) fn choices(data: &Value) -> Vec<String> {
    let choices = list(&data["choices"]);
    let is_long = |choice: &Value| {
        !(1..=100).contains(&chars(&choice["name"])) || chars(&choice["value"]) > 100
    };
    if choices.len() > 25 || choices.iter().any(is_long) {
        return vec!["the suggestions".to_owned()];
    }
    Vec::new()
}

/// What is wrong with command definitions.
pub(super) fn commands(definitions: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    if list(definitions).len() > 100 {
        wrong.push("more than 100 commands".to_owned());
    }
    for command in list(definitions) {
        let name = command["name"].as_str().unwrap_or_default();
        if !seen.insert(name) {
            wrong.push(format!("two commands {name:?}"));
        }
        wrong.extend(named(command));
        let mut is_optional = false;
        for option in list(&command["options"]) {
            wrong.extend(named(option));
            for own in list(&option["options"]) {
                wrong.extend(named(own));
            }
            let required = option["required"].as_bool().unwrap_or(false);
            if is_optional && required {
                wrong.push(format!("{name}: a required option after an optional one"));
            }
            is_optional |= !required;
        }
        if total(command) > 8_000 {
            wrong.push(format!("{name} is longer than 8,000 characters"));
        }
    }
    wrong
}

/// Names and descriptions, in every language.
fn named(of: &Value) -> Vec<String> {
    let mut names = vec![&of["name"]];
    names.extend(
        of["name_localizations"]
            .as_object()
            .into_iter()
            .flat_map(|map| map.values()),
    );
    let mut abouts = vec![&of["description"]];
    abouts.extend(
        of["description_localizations"]
            .as_object()
            .into_iter()
            .flat_map(|map| map.values()),
    );
    let fits = |name: &str| {
        (1..=32).contains(&name.chars().count())
            && name
                .chars()
                .all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-' || c == '_')
    };
    let bad_names = names.iter().filter(|name| !name.as_str().is_some_and(fits));
    let bad_abouts = abouts
        .iter()
        .filter(|about| !(1..=100).contains(&chars(about)));
    let mut wrong: Vec<String> = bad_names.map(|name| format!("the name {name}")).collect();
    wrong.extend(bad_abouts.map(|about| format!("the description {about}")));
    wrong
}

/// Characters that count for a command: of each text the longest language.
fn total(command: &Value) -> usize {
    let longest = |of: &Value, text: &str| {
        let localized = of[format!("{text}_localizations")].as_object();
        let others = localized
            .into_iter()
            .flat_map(|map| map.values())
            .map(chars);
        others.chain([chars(&of[text])]).max().unwrap_or(0)
    };
    let own = longest(command, "name") + longest(command, "description");
    own + list(&command["options"]).iter().map(total).sum::<usize>()
}

fn chars(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.chars().count())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
