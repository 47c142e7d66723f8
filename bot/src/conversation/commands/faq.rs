//! `/faq question`: the fixed wording of the entry with the asker's own facts, three to choose from, or "I do not know"
//! and a person. Every answer is written down; its asker can say whether it helped.

use relance_shared::account::{Identity, Locale};
use relance_shared::credit;
use relance_shared::discord_out::{self, Button, Style};
use relance_shared::faq::answer::{Answer, Facts, Offer, ProjectFacts, Reader, compose};
use relance_shared::faq::log::{
    AnswerId, Answered, Asker as LogAsker, Feedback, Surface as LogSurface,
};
use relance_shared::faq::{Action, Audience, Band, Entry, Index, Question, handover, store};
use relance_shared::listing;
use relance_shared::listing::store::{Listed, StateName};
use relance_shared::words::faq::{handed_over, say};
use relance_shared::words::{cut, typeset};

use crate::conversation::table::{self, Choice, id};
use crate::conversation::{Asker, Desk, Options, Reply, Surface, Trouble};

/// Characters of a suggestion; Discord takes 100.
const LABEL_CHARS_MAX: usize = 76;
/// References that are looked for in one question.
const REFERENCES_MAX: usize = 3;
/// Shortest reference of a project in free text, in digits.
const REFERENCE_DIGITS_MIN: usize = 3;

/// Answers, offers, or hands over.
pub async fn run(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let text = options.text("question");
    let index = desk.faq.index();
    // A suggestion that was chosen arrives as the id of its entry.
    if let Some(entry) = index.entry(text) {
        return answer(desk, &index, asker, asker.locale, entry, None, None).await;
    }
    let (text, project) = project_in(desk, text).await?;
    let verdict = index.ask(&Question {
        text: &text,
        locale: Some(asker.locale),
        audience: audience(asker),
    });
    let line = Answered::of(
        log_asker(asker),
        surface(asker),
        &text,
        &verdict,
        &index.version,
    );
    let logged = store::log(&desk.env.db, &line, desk.env.clock.now()).await?;
    let locale = verdict.language;
    match &verdict.band {
        Band::Answer(found) => match index.entry(found) {
            Some(entry) => {
                answer(
                    desk,
                    &index,
                    asker,
                    locale,
                    entry,
                    project.as_ref(),
                    Some(logged),
                )
                .await
            }
            None => Ok(Reply::text(say(locale, "reason_unknown", &[]))),
        },
        Band::Suggest(ids) => Ok(offer(&index, locale, ids, logged)),
        Band::HandOver(reason) => {
            let person = button("faq-person", logged, say(locale, "person", &[]));
            Ok(Reply::text(handed_over(locale, *reason, &text)).row(vec![person]))
        }
    }
}

/// The entry that a button names, in the asker's language.
pub async fn show(desk: &Desk, asker: &Asker, entry: &str) -> Result<Option<Reply>, Trouble> {
    let index = desk.faq.index();
    match index.entry(entry) {
        Some(entry) => answer(desk, &index, asker, asker.locale, entry, None, None)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// The entry chosen among three: `answer.entry`; the choice is a lesson for the author.
pub async fn pick(desk: &Desk, asker: &Asker, row: &str) -> Result<Option<Reply>, Trouble> {
    let Some((answer, entry)) = row.split_once('.') else {
        return Ok(None);
    };
    let shown = show(desk, asker, entry).await?;
    if let (Some(id), true) = (answer_id(answer), shown.is_some()) {
        let chosen = Feedback::Chosen(entry.to_owned());
        store::say(&desk.env.db, id, &chosen, desk.env.clock.now()).await?;
    }
    Ok(shown)
}

/// Hands the question to a person: a row, and a card in the staff's channel, once for each question (c17).
async fn call_a_person(desk: &Desk, id: AnswerId) -> Result<(), Trouble> {
    let now = desk.env.clock.now();
    let mut tx = desk.env.db.begin().await?;
    let handover = handover::store::open(&mut tx, id, now).await?;
    let card = handover.announced(desk.env.settings.schedule.zone);
    discord_out::store::put(&mut tx, &[card], now).await?;
    Ok(tx.commit().await?)
}

/// The entry's fixed wording for everybody to read: no fact of the asker or of a project, no button (c7, c12).
pub fn everybody(desk: &Desk, row: &str) -> Option<Reply> {
    let (entry, locale) = row.rsplit_once('.')?;
    let locale = Locale::of_tag(locale);
    let index = desk.faq.index();
    let reader = Reader {
        locale,
        audience: None,
        now: desk.env.clock.now(),
        zone: desk.env.settings.schedule.zone,
    };
    let made = compose(&index, index.entry(entry)?, &reader, &Facts::default());
    Some(Reply::public(text_of(&made)))
}

/// What the asker says about an answer.
pub async fn feedback(
    desk: &Desk,
    asker: &Asker,
    row: &str,
    said: Feedback,
) -> Result<Option<Reply>, Trouble> {
    let Some(id) = answer_id(row) else {
        return Ok(None);
    };
    store::say(&desk.env.db, id, &said, desk.env.clock.now()).await?;
    if said == Feedback::Person {
        call_a_person(desk, id).await?;
    }
    let key = match said {
        Feedback::Person => "passed_on",
        Feedback::Helped | Feedback::NotHelped | Feedback::Chosen(_) => "noted",
    };
    let reply = Reply::text(say(asker.locale, key, &[]));
    Ok(Some(match said {
        Feedback::NotHelped => reply.row(vec![button(
            "faq-person",
            id,
            say(asker.locale, "person", &[]),
        )]),
        Feedback::Helped | Feedback::Person | Feedback::Chosen(_) => reply,
    }))
}

/// Entries near to what is typed (c1).
pub fn suggest(desk: &Desk, asker: &Asker, typed: &str) -> Vec<Choice> {
    let index = desk.faq.index();
    let verdict = index.ask(&Question {
        text: typed,
        locale: Some(asker.locale),
        audience: audience(asker),
    });
    let near = (verdict.ranked.iter()).filter_map(|(id, _)| index.entry(id));
    near.map(|entry| Choice {
        label: cut(
            &typeset(verdict.language, &entry.text(verdict.language).question),
            LABEL_CHARS_MAX,
        ),
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

const fn surface(asker: &Asker) -> LogSurface {
    match asker.surface {
        Surface::Discord => LogSurface::Discord,
        Surface::Terminal => LogSurface::Terminal,
    }
}

const fn log_asker(asker: &Asker) -> LogAsker {
    let client = match asker.identity {
        Identity::Client { id, .. } => Some(id),
        Identity::Provider { .. } | Identity::Staff(_) | Identity::Nobody => None,
    };
    LogAsker {
        provider: asker.identity.provider(),
        client,
        user: asker.user,
    }
}

fn answer_id(row: &str) -> Option<AnswerId> {
    row.parse::<uuid::Uuid>().ok().map(AnswerId::from)
}

/// The pending project that the question names by its reference, and the question without it: what we can look up is no
/// case for a person.
async fn project_in(desk: &Desk, text: &str) -> Result<(String, Option<Listed>), Trouble> {
    let candidates = text
        .split(|c: char| c.is_whitespace() || ",;:?!()".contains(c))
        .filter(|word| word.chars().filter(char::is_ascii_digit).count() >= REFERENCE_DIGITS_MIN)
        .take(REFERENCES_MAX);
    for word in candidates {
        let reference = word.trim_start_matches('#');
        if let Some(project) = listing::store::find(&desk.env.db, reference).await?
            && project.state == StateName::Pending
        {
            return Ok((text.replace(word, ""), Some(project)));
        }
    }
    Ok((text.to_owned(), None))
}

async fn answer(
    desk: &Desk,
    index: &Index,
    asker: &Asker,
    locale: Locale,
    entry: &Entry,
    project: Option<&Listed>,
    logged: Option<AnswerId>,
) -> Result<Reply, Trouble> {
    let db = &desk.env.db;
    let reader = Reader {
        locale,
        audience: audience(asker),
        now: desk.env.clock.now(),
        zone: desk.env.settings.schedule.zone,
    };
    let page = match project {
        Some(project) => listing::store::place_of(db, project.id).await?,
        None => None,
    };
    let credits_left = match asker.identity.provider() {
        Some(provider) if entry.section == "credits" => {
            Some(credit::store::margin(db, provider).await?.available)
        }
        Some(_) | None => None,
    };
    let facts = Facts {
        credits_left,
        project: project.zip(page).map(|(project, place)| ProjectFacts {
            reference: &project.reference,
            published_at: project.published_at,
            page: place.page,
            last_sign_at: project.last_sign_at,
        }),
    };
    let made = compose(index, entry, &reader, &facts);
    let text = text_of(&made);
    let offers = made
        .offers
        .into_iter()
        .filter_map(|(offer, label)| button_of(offer, &label, logged));
    let reply = Reply::text(text).row(offers.collect());
    let tag = if locale == Locale::Fr { "fr" } else { "en" };
    let show = id("faq-show", format!("{}.{tag}", entry.id));
    let show = Button::new(show, say(locale, "show_all", &[]));
    Ok(match logged {
        Some(logged) => reply.row(vec![
            button("faq-yes", logged, say(locale, "helped", &[])),
            button("faq-no", logged, say(locale, "not_helped", &[])),
            show,
        ]),
        None => reply.row(vec![show]),
    })
}

/// None for what this program cannot do, or what needs an answer that was logged.
fn button_of(offer: Offer, label: &str, logged: Option<AnswerId>) -> Option<Button> {
    let act = match offer {
        Offer::Entry(entry) => {
            return Some(Button::new(id("faq", &entry), cut(label, LABEL_CHARS_MAX)));
        }
        Offer::Act(Action::RefundRequest) => id("refund", "new"),
        Offer::Act(Action::Handover) => id("faq-person", logged?.uuid()),
    };
    let known = table::action(&act).is_some();
    known.then(|| Button::new(act, label).styled(Style::Primary))
}

fn text_of(made: &Answer) -> String {
    format!(
        "**{}**\n{}\n\n_{}_",
        made.heading,
        made.paragraphs.join("\n\n"),
        made.source
    )
}

fn offer(index: &Index, locale: Locale, ids: &[String], logged: AnswerId) -> Reply {
    let mut reply = Reply::text(say(locale, "did_you_mean", &[]));
    for entry in ids.iter().filter_map(|id| index.entry(id)) {
        let pick = id(
            "faq-pick",
            format!("{}.{}", logged.uuid().simple(), entry.id),
        );
        let label = cut(
            &typeset(locale, &entry.text(locale).question),
            LABEL_CHARS_MAX,
        );
        reply = reply.row(vec![Button::new(pick, label).styled(Style::Primary)]);
    }
    reply.row(vec![button(
        "faq-person",
        logged,
        say(locale, "person", &[]),
    )])
}

fn button(action: &str, logged: AnswerId, label: String) -> Button {
    Button::new(id(action, logged.uuid().simple()), label)
}
