//! `/refund`: the FAQ's answer first, then a request that a person will look at. It never refunds anything (c13, d1, S3).

use relance_shared::account::ProviderId;
use relance_shared::credit::{TransferId, store as ledger};
use relance_shared::discord_out::Button;
use relance_shared::faq::Audience;
use relance_shared::faq::answer::{Facts, Reader, compose};
use relance_shared::refund::State;
use relance_shared::refund::store::{self, Ask, Claimable, Decided, Opened, claimable};
use relance_shared::refund::{PROOF_CHARS_MAX, Reason, RequestId, SAID_CHARS_MAX, STORY_CHARS_MAX};
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::refund as words;
use relance_shared::words::time::date;
use uuid::Uuid;

use crate::conversation::table::{Choice, id};
use crate::conversation::{Asker, Desk, Form, Options, Reply, Trouble};

/// The FAQ's entry that is read before a request (c13).
const ENTRY: &str = "credits-refund-expired";
/// Spends that are offered as buttons.
const OFFERED_MAX: usize = 5;
/// Characters of a label; Discord takes 100 in suggestions and 80 on buttons.
const LABEL_CHARS_MAX: usize = 78;
/// Characters of a title in an answer.
const TITLE_CHARS_MAX: usize = 100;
/// Reasons on one row of buttons.
const REASONS_PER_ROW: usize = 3;
/// Shortest story. Source: less than a few words tells a reviewer nothing.
const STORY_CHARS_MIN: u16 = 10;

/// Without a project the asker's own requests; with one the FAQ's answer and the reasons to choose from.
pub async fn run(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let Some(provider) = asker.identity.provider() else {
        return Ok(Reply::text(say(asker.locale, "need_provider", &[])));
    };
    let typed = options.text("project").trim_start_matches('#');
    if typed.is_empty() {
        return own(desk, asker, provider).await;
    }
    // A suggestion that was chosen arrives as the id of its spend.
    if Uuid::try_parse(typed).is_ok() {
        return pick(desk, asker, typed).await;
    }
    let spends = claimable(&desk.env.db, provider, typed).await?;
    match &spends[..] {
        [] => {
            let reference = quoted(typed, 40);
            let text = say(
                asker.locale,
                "refund_no_project",
                &[("reference", &reference)],
            );
            Ok(Reply::text(text))
        }
        [one] => before(desk, asker, provider, one).await,
        several => Ok(offer(desk, asker, several)),
    }
}

/// From the FAQ's button: the asker's latest spends to choose from.
pub async fn start(desk: &Desk, asker: &Asker) -> Result<Reply, Trouble> {
    let Some(provider) = asker.identity.provider() else {
        return Ok(Reply::text(say(asker.locale, "need_provider", &[])));
    };
    let spends = claimable(&desk.env.db, provider, "").await?;
    if spends.is_empty() {
        return Ok(Reply::text(say(asker.locale, "refund_nothing", &[])));
    }
    Ok(offer(desk, asker, &spends))
}

/// One of the asker's own spends was chosen.
pub async fn pick(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    let (Some(provider), Some(spend)) = (asker.identity.provider(), spend_of(row)) else {
        return Ok(Reply::text(say(asker.locale, "old_button", &[])));
    };
    let spends = claimable(&desk.env.db, provider, "").await?;
    match spends.iter().find(|one| one.spend == spend) {
        Some(one) => before(desk, asker, provider, one).await,
        // Older than the latest, asked for already, given back, or somebody else's: the door says which.
        None => Ok(Reply::text(say(asker.locale, "turned_nothing", &[]))),
    }
}

/// A reason was chosen: the form.
pub fn why(asker: &Asker, row: &str) -> Reply {
    if split(row).is_none() {
        return Reply::text(say(asker.locale, "old_button", &[]));
    }
    Reply::form(Form {
        id: id("refund-send", row),
        title: say(asker.locale, "refund_form", &[]),
        label: say(asker.locale, "refund_form_label", &[]),
        field: "story",
        chars_min: STORY_CHARS_MIN,
        chars_max: u16::try_from(STORY_CHARS_MAX).unwrap_or(u16::MAX),
    })
}

/// The form was sent: the request enters the queue, or is turned away with the reason.
pub async fn send(
    desk: &Desk,
    asker: &Asker,
    row: &str,
    fields: &Options,
) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let (Some(provider), Some((spend, reason))) = (asker.identity.provider(), split(row)) else {
        return Ok(Reply::text(say(locale, "old_button", &[])));
    };
    let (db, now, zone) = (
        &desk.env.db,
        desk.env.clock.now(),
        desk.env.settings.schedule.zone,
    );
    let spend = ledger::get(db, spend).await?;
    let (true, Some(project)) = (spend.provider_id == provider, spend.project_id) else {
        return Ok(Reply::text(say(locale, "refund_not_yours", &[])));
    };
    let story = fields.text("story");
    let ask = Ask {
        provider,
        project,
        kind: spend.kind,
        reason,
        story: story.to_owned(),
        proof: link_in(story).to_owned(),
        locale,
        surface: asker.surface.of_requests(),
        key: asker.key(now),
    };
    let limits = &desk.env.settings.refund;
    Ok(Reply::text(
        match store::open(db, &ask, limits, zone, now).await? {
            Opened::Queued(request) => say(
                locale,
                "refund_queued",
                &[("number", &request.number.to_string())],
            ),
            Opened::Turned(why) => words::turned(locale, &why, zone),
            Opened::KeyTaken(number) => {
                say(locale, "turned_waiting", &[("number", &number.to_string())])
            }
        },
    ))
}

/// The staff asked something: the form for the answer.
pub fn answer(asker: &Asker, row: &str) -> Reply {
    Reply::form(Form {
        id: id("refund-answered", row),
        title: say(asker.locale, "refund_form", &[]),
        label: say(asker.locale, "refund_answer_label", &[]),
        field: "answer",
        chars_min: 1,
        chars_max: u16::try_from(SAID_CHARS_MAX).unwrap_or(u16::MAX),
    })
}

/// The answer was sent.
pub async fn answered(
    desk: &Desk,
    asker: &Asker,
    row: &str,
    fields: &Options,
) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let (Some(provider), Some(request)) = (asker.identity.provider(), request_of(row)) else {
        return Ok(Reply::text(say(locale, "old_button", &[])));
    };
    let (db, now, zone) = (
        &desk.env.db,
        desk.env.clock.now(),
        desk.env.settings.schedule.zone,
    );
    let (surface, rules) = (
        asker.surface.of_requests(),
        (&desk.env.settings.refund, zone),
    );
    if store::get(db, request).await?.provider_id != provider {
        return Ok(Reply::text(say(locale, "refund_not_yours", &[])));
    }
    let text = fields.text("answer");
    Ok(Reply::text(
        match store::answer(db, request, provider, text, surface, rules, now).await? {
            Decided::Done(done) => say(
                locale,
                "refund_answered",
                &[("number", &done.request.number.to_string())],
            ),
            Decided::Refused { refused, by } => {
                words::refused(locale, &refused, by.as_deref(), zone)
            }
        },
    ))
}

/// The asker's own spends, as the option is typed: at most 25.
pub async fn suggest(desk: &Desk, asker: &Asker, typed: &str) -> Result<Vec<Choice>, Trouble> {
    let Some(provider) = asker.identity.provider() else {
        return Ok(Vec::new());
    };
    let spends = claimable(&desk.env.db, provider, typed.trim_start_matches('#')).await?;
    Ok((spends.iter())
        .map(|one| Choice {
            label: label(desk, asker, one),
            value: one.spend.uuid().simple().to_string(),
        })
        .collect())
}

async fn own(desk: &Desk, asker: &Asker, provider: ProviderId) -> Result<Reply, Trouble> {
    let (locale, zone) = (asker.locale, desk.env.settings.schedule.zone);
    let requests = store::of_provider(&desk.env.db, provider).await?;
    if requests.is_empty() {
        return Ok(Reply::text(say(locale, "refund_own_none", &[])));
    }
    let mut lines = vec![say(locale, "refund_own", &[])];
    let mut answers = Vec::new();
    for request in &requests {
        let (number, amount) = (request.number.to_string(), request.amount.to_string());
        let since = date(locale, request.state_at, zone);
        lines.push(say(
            locale,
            "refund_own_line",
            &[
                ("number", &number),
                ("project", &request.project),
                ("amount", &amount),
                ("kind", words::kind(locale, request.kind)),
                ("state", words::state(locale, request.state)),
                ("since", &since),
            ],
        ));
        if request.state == State::Asked && answers.len() < OFFERED_MAX {
            let label = format!("{} {number}", say(locale, "refund_answer", &[]));
            let row = request.id.uuid().simple();
            answers.push(Button::new(id("refund-answer", row), label));
        }
    }
    Ok(Reply::text(lines.join("\n")).row(answers))
}

fn offer(desk: &Desk, asker: &Asker, spends: &[Claimable]) -> Reply {
    let mut reply = Reply::text(say(asker.locale, "refund_which", &[]));
    for one in spends.iter().take(OFFERED_MAX) {
        let pick = id("refund-pick", one.spend.uuid().simple());
        reply = reply.row(vec![Button::new(pick, label(desk, asker, one))]);
    }
    reply
}

/// The FAQ's answer, what was spent, the margin, and the reasons.
async fn before(
    desk: &Desk,
    asker: &Asker,
    provider: ProviderId,
    spend: &Claimable,
) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let margin = ledger::margin(&desk.env.db, provider).await?;
    let title = quoted(&spend.title, TITLE_CHARS_MAX);
    let at = date(locale, spend.at, desk.env.settings.schedule.zone);
    let text = say(
        locale,
        "refund_before",
        &[
            ("amount", &spend.amount.to_string()),
            ("kind", words::kind(locale, spend.kind)),
            ("date", &at),
            ("project", &spend.reference),
            ("title", &title),
            ("available", &margin.available.to_string()),
            ("granted", &margin.granted.to_string()),
            ("cancelled", &margin.used_on_cancelled.to_string()),
        ],
    );
    let index = desk.faq.index();
    let reader = Reader {
        locale,
        audience: Some(Audience::Provider),
        now: desk.env.clock.now(),
        zone: desk.env.settings.schedule.zone,
    };
    let faq = index.entry(ENTRY).map(|entry| {
        let made = compose(&index, entry, &reader, &Facts::default());
        format!("**{}**\n{}\n\n", made.heading, made.paragraphs.join("\n\n"))
    });
    let mut reply = Reply::text(format!("{}{text}", faq.unwrap_or_default()));
    let row = spend.spend.uuid().simple();
    for reasons in Reason::ALL.chunks(REASONS_PER_ROW) {
        let buttons = reasons.iter().map(|reason| {
            let row = format!("{row}-{}", reason.as_str());
            Button::new(id("refund-why", row), words::reason(locale, *reason))
        });
        reply = reply.row(buttons.collect());
    }
    Ok(reply)
}

fn label(desk: &Desk, asker: &Asker, one: &Claimable) -> String {
    let at = date(asker.locale, one.at, desk.env.settings.schedule.zone);
    let kind = words::kind(asker.locale, one.kind);
    let (open, close) = relance_shared::words::bot::QUOTED;
    let text = format!(
        "{} · {} {kind} · {at} · {}",
        one.reference, one.amount, one.title
    );
    quoted(&text, LABEL_CHARS_MAX).replace([open, close], "")
}

fn spend_of(row: &str) -> Option<TransferId> {
    Uuid::try_parse(row).ok().map(TransferId::from)
}

fn request_of(row: &str) -> Option<RequestId> {
    Uuid::try_parse(row).ok().map(RequestId::from)
}

fn split(row: &str) -> Option<(TransferId, Reason)> {
    let (spend, reason) = row.split_once('-')?;
    Some((spend_of(spend)?, reason.parse().ok()?))
}

/// The first link in a text; it is kept as text and never opened.
fn link_in(text: &str) -> &str {
    let link = text
        .split_whitespace()
        .find(|word| word.starts_with("https://") || word.starts_with("http://"));
    link.filter(|link| link.chars().count() <= PROOF_CHARS_MAX)
        .unwrap_or("")
}
