//! What the author is shown: checks, a ranking, measures.

use std::collections::BTreeSet;

use comfy_table::Table;
use relance_shared::faq::load::File;
use relance_shared::faq::weights::{FOR_ENTRY, FOR_RIGHT};
use relance_shared::faq::{Band, Entry, Question, content::Content, normalise};

use super::{Example, Index, Measures, decide, eval, faults};

/// Variants below which an entry is listed as thin, per language.
const VARIANTS_MIN: usize = 4;
/// Share of common words from which two variants of different entries are alike.
const ALIKE_FROM: f64 = 0.85;
/// Entries of a ranking that are shown.
const RANKED_SHOWN: usize = 5;

/// Reads the content and lists what could be better.
pub fn check(files: &[File]) -> anyhow::Result<()> {
    let content = Content::read(files).map_err(|problems| faults(&problems))?;
    let questions: usize = (content.entries.iter())
        .map(|entry| entry.fr.questions().count() + entry.en.questions().count())
        .sum();
    println!(
        "{} entries, {questions} questions, no fault",
        content.entries.len()
    );
    for entry in &content.entries {
        for (language, text) in [("fr", &entry.fr), ("en", &entry.en)] {
            if text.variants.len() < VARIANTS_MIN {
                println!(
                    "{}: {} variants in {language}",
                    entry.file,
                    text.variants.len()
                );
            }
        }
    }
    for (one, other) in alike(&content.entries) {
        println!("alike: {one} / {other}");
    }
    Ok(())
}

/// Questions of different entries with nearly the same words.
fn alike(entries: &[Entry]) -> Vec<(String, String)> {
    let mut rows: Vec<(&str, &str, BTreeSet<String>)> = Vec::new();
    for entry in entries {
        for question in entry.fr.questions().chain(entry.en.questions()) {
            rows.push((
                &entry.id,
                question,
                normalise::words(question).into_iter().collect(),
            ));
        }
    }
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let mut alike = Vec::new();
    for (n, (id, question, words)) in rows.iter().enumerate() {
        for (other_id, other, other_words) in &rows[n + 1..] {
            let common = words.intersection(other_words).count();
            let all = words.len() + other_words.len() - common;
            if id != other_id && count(common) >= ALIKE_FROM * count(all) {
                alike.push((
                    format!("{id} “{question}”"),
                    format!("{other_id} “{other}”"),
                ));
            }
        }
    }
    alike
}

/// Ranks a message and shows why.
pub fn ranking(index: &Index, message: &str) {
    let question = Question {
        text: message,
        locale: None,
        audience: None,
    };
    let considered = decide::consider(index, &question);
    let verdict = decide::decide(index, &question);
    let words: Vec<String> = (considered.doc.words.iter())
        .map(|word| {
            if word.known {
                word.text.clone()
            } else {
                format!("{}?", word.text)
            }
        })
        .collect();
    let concepts: Vec<&str> = (considered.doc.concepts.iter())
        .map(|concept| index.concept(*concept))
        .collect();
    println!(
        "words: {}\nconcepts: {}\nguards: {:?}",
        words.join(" "),
        concepts.join(" "),
        considered.guard
    );
    let mut table = Table::new();
    table.set_header(["entry", "score"].into_iter().chain(FOR_ENTRY));
    for (n, score) in considered.ranked.iter().take(RANKED_SHOWN) {
        let parts = considered.evidence.entries[*n]
            .iter()
            .zip(index.weights.rank);
        let parts = parts.map(|(sign, weight)| format!("{:.2}", sign * weight));
        let row = [index.entries[*n].id.clone(), format!("{score:.2}")]
            .into_iter()
            .chain(parts);
        table.add_row(row);
    }
    println!("{table}");
    let signs: Vec<String> = (FOR_RIGHT
        .iter()
        .zip(considered.signs)
        .zip(index.weights.right))
    .map(|((name, sign), weight)| format!("{name} {:+.2}", sign * weight))
    .collect();
    println!("{}", signs.join("  "));
    println!(
        "right {:.0} %, among three {:.0} %, language {:?}: {}",
        verdict.score * 100.0,
        verdict.among * 100.0,
        verdict.language,
        said(&verdict.band)
    );
}

fn said(band: &Band) -> String {
    match band {
        Band::Answer(id) => format!("answer {id}"),
        Band::Suggest(ids) => format!("offer {}", ids.join(", ")),
        Band::HandOver(reason) => format!("hand over ({reason:?})"),
    }
}

/// Measures on examples, all and by language.
pub fn measures(index: &Index, examples: &[Example], errors: bool) {
    let verdicts = eval::ask_all(index, examples);
    let mut table = Table::new();
    table.set_header([
        "",
        "messages",
        "top 1",
        "top 3",
        "answered right",
        "wrong",
        "helped",
        "held back",
        "precision",
        "net",
        "language",
    ]);
    let languages: BTreeSet<&str> = examples
        .iter()
        .map(|example| example.lang.as_str())
        .collect();
    table.add_row(row("all", &eval::measure(examples, &verdicts)));
    for language in languages {
        let (some, of_them): (Vec<_>, Vec<_>) =
            (examples.iter().cloned().zip(verdicts.iter().cloned()))
                .filter(|(example, _)| example.lang == language)
                .unzip();
        table.add_row(row(language, &eval::measure(&some, &of_them)));
    }
    println!("{table}");
    for (example, verdict) in examples.iter().zip(&verdicts).filter(|_| errors) {
        let right = match &verdict.band {
            Band::Answer(id) => example.accepts(id),
            Band::Suggest(_) | Band::HandOver(_) => example.accept.contains(&None),
        };
        if !right {
            println!(
                "{} want {:?}: {} | {}",
                example.id,
                example.expect,
                said(&verdict.band),
                example.text
            );
        }
    }
}

fn row(name: &str, measures: &Measures) -> Vec<String> {
    let shares = [
        measures.top1,
        measures.top3,
        measures.right,
        measures.wrong,
        measures.helped,
        measures.held_back,
        measures.precision,
        measures.net,
        measures.language,
    ];
    [name.to_owned(), measures.examples.to_string()]
        .into_iter()
        .chain(shares.iter().map(|share| format!("{share:.3}")))
        .collect()
}
