//! The keys of the tables of sentences and those that the programs ask for are the same, in both directions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::{bot, faq, pages};

/// What is put together: `"say_" ~ value` in a template; the texts under a problem's title.
const MADE_OF: [&str; 4] = ["account_", "mails_", "reason_", "say_"];

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_source = (path.extension()).is_some_and(|kind| kind == "rs" || kind == "html");
        if path.is_dir() {
            sources(&path, found);
        } else if is_source && !path.ends_with("words/keys.rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn programs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for folder in ["bot/src", "worker/src", "worker/content", "shared/src"] {
        sources(&root.join(folder), &mut found);
    }
    assert!(found.len() > 100, "the sources are here");
    found
}

fn keys() -> BTreeSet<&'static str> {
    (bot::all().chain(pages::all()).map(|(key, ..)| *key))
        .chain(faq::all().map(|(key, ..)| key))
        .collect()
}

#[test]
fn every_sentence_is_asked_for() {
    let programs = programs();
    for key in keys() {
        // Names and descriptions of commands are asked for by the table of commands; a test of the bot holds them together.
        let is_made = ["name_", "about_"]
            .iter()
            .chain(&MADE_OF)
            .any(|of| key.starts_with(of));
        let asked = format!("\"{}\"", key.trim_end_matches("_detail"));
        let times: usize = programs
            .iter()
            .map(|(_, text)| text.matches(&*asked).count())
            .sum();
        assert!(
            is_made || times >= 2,
            "nobody says {key}: it stands in its table only"
        );
    }
}

#[test]
fn every_key_that_is_asked_for_has_a_sentence() {
    let keys = keys();
    let asked = [
        (
            r#"\bsay\(\s*[^"()]*(?:\([^()]*\))?[^"()]*,\s*"([a-z_]+)""#,
            "bot/src",
        ),
        (
            r#"\b(?:sentence|told)\(\s*[^"()]*,\s*"([a-z_]+)""#,
            "worker/src/web",
        ),
        (r#"\bw\("([a-z_]+)"[,)]"#, "worker/content"),
    ];
    let programs = programs();
    for (pattern, folder) in asked {
        let pattern = Regex::new(pattern).unwrap();
        let texts = programs
            .iter()
            .filter(|(path, _)| path.to_str().unwrap().contains(folder));
        let mut seen = 0;
        for (path, text) in texts {
            for found in pattern.captures_iter(text) {
                seen += 1;
                assert!(
                    keys.contains(&found[1]),
                    "{}: {}",
                    path.display(),
                    &found[1]
                );
            }
        }
        assert!(seen > 5, "{folder}: {seen} keys");
    }
}

// What a French reader is told to type is what Discord shows them, and the same in English.
#[test]
fn commands_in_letters_and_answers_are_those_of_the_reader() {
    let word = Regex::new(r"(?:^|[ (>])/([a-zéèêà-]{3,})").unwrap();
    let names = |fr: bool| -> BTreeSet<&str> {
        bot::all()
            .filter(|(key, ..)| key.starts_with("name_"))
            .map(|(_, french, english)| if fr { *french } else { *english })
            .collect()
    };
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let mut files = Vec::new();
    texts(&content.join("letters"), &mut files);
    texts(&content.join("faq/entries"), &mut files);
    let mut seen = 0;
    for (path, text) in files {
        let name = path.to_str().unwrap();
        let (french, english) = match text.split_once("\n# en:") {
            Some((french, english)) => (french, english),
            None if name.contains(".fr.") => (&*text, ""),
            None => ("", &*text),
        };
        for (part, known) in [(french, names(true)), (english, names(false))] {
            let lines = part.lines().filter(|line| !line.starts_with("- "));
            for line in lines {
                for found in word.captures_iter(line) {
                    seen += 1;
                    assert!(known.contains(&found[1]), "{name}: {line}");
                }
            }
        }
    }
    assert!(seen > 20, "{seen} commands are named");
}

fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}
