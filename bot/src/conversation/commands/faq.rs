//! `/faq question`: the fixed wording of the entry, three to choose from, or "I do not know" and a person.

use relance_shared::account::{Identity, Locale};
use relance_shared::discord_out::{Button, Style};
use relance_shared::faq::{Audience, Band, Entry, Question};
use relance_shared::words::bot::{quoted, say};

use crate::conversation::table::{Choice, id};
use crate::conversation::{Asker, Desk, Options, Reply};

/// Characters of a suggestion; Discord takes 100.
const LABEL_CHARS_MAX: usize = 76;
/// Related entries that are offered under an answer.
const RELATED_MAX: usize = 3;

/// Answers, offers, or hands over.
pub fn run(desk: &Desk, asker: &Asker, options: &Options) -> Reply {
    let text = options.text("question");
    // A suggestion that was chosen arrives as the id of its entry.
    if let Some(entry) = desk.faq.entry(text) {
        return answer(desk, asker.locale, entry);
    }
    let verdict = desk.faq.ask(&Question {
        text,
        locale: Some(asker.locale),
        audience: audience(asker),
    });
    match &verdict.band {
        Band::Answer(found) => match desk.faq.entry(found) {
            Some(entry) => answer(desk, verdict.language, entry),
            None => unknown(verdict.language),
        },
        Band::Suggest(ids) => offer(desk, verdict.language, ids),
        Band::HandOver(_) => unknown(verdict.language),
    }
}

/// The entry that a button names, in the asker's language.
pub fn show(desk: &Desk, asker: &Asker, entry: &str) -> Option<Reply> {
    let entry = desk.faq.entry(entry)?;
    Some(answer(desk, asker.locale, entry))
}

/// Entries near to what is typed (c1).
pub fn suggest(desk: &Desk, asker: &Asker, typed: &str) -> Vec<Choice> {
    let verdict = desk.faq.ask(&Question {
        text: typed,
        locale: Some(asker.locale),
        audience: audience(asker),
    });
    let near = verdict
        .ranked
        .iter()
        .filter_map(|(id, _)| desk.faq.entry(id));
    near.map(|entry| Choice {
        label: cut(&entry.text(verdict.language).question),
        value: entry.id.clone(),
    })
    .collect()
}

const fn audience(asker: &Asker) -> Option<Audience> {
    match asker.identity {
        Identity::Provider { .. } => Some(Audience::Provider),
        Identity::Client { .. } => Some(Audience::Client),
        Identity::Staff(_) | Identity::Nobody => None,
    }
}

fn answer(desk: &Desk, locale: Locale, entry: &Entry) -> Reply {
    let text = entry.text(locale);
    let source = say(locale, "faq_source", &[("entry", &entry.id)]);
    let related = entry.related.iter().filter_map(|id| desk.faq.entry(id));
    let buttons = related
        .take(RELATED_MAX)
        .map(|entry| button(locale, entry))
        .collect();
    Reply::text(format!(
        "**{}**\n{}\n\n{source}",
        text.question, text.answer
    ))
    .row(buttons)
}

fn offer(desk: &Desk, locale: Locale, ids: &[String]) -> Reply {
    let entries: Vec<&Entry> = ids.iter().filter_map(|id| desk.faq.entry(id)).collect();
    let mut reply = Reply::text(say(locale, "faq_did_you_mean", &[]));
    for entry in entries {
        reply = reply.row(vec![button(locale, entry).styled(Style::Primary)]);
    }
    reply
}

fn unknown(locale: Locale) -> Reply {
    Reply::text(say(locale, "faq_unknown", &[]))
}

fn button(locale: Locale, entry: &Entry) -> Button {
    Button::new(id("faq", &entry.id), cut(&entry.text(locale).question))
}

/// A question that fits a button.
fn cut(question: &str) -> String {
    let (open, close) = relance_shared::words::bot::QUOTED;
    quoted(question, LABEL_CHARS_MAX).replace([open, close], "")
}
