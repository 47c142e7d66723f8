//! `/review`: the staff's queue, case files and decisions. Rights are checked in `shared` at each press (B1, L5).

use relance_shared::account::StaffMember;
use relance_shared::discord_out::Button;
use relance_shared::refund::store::{self, Command, Decided, Verdict};
use relance_shared::refund::{EventKind, Refused, Request, RequestId, SAID_CHARS_MAX};
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::refund as words;
use relance_shared::words::refund::card::{Said, card};
use relance_shared::words::time::date;
use uuid::Uuid;

use crate::conversation::table::id;
use crate::conversation::{Asker, Desk, Form, Options, Reply, Trouble};

/// Requests on one answer.
const LISTED_MAX: u32 = 10;
/// Characters of a title in a list.
const TITLE_CHARS_MAX: usize = 60;
/// Notes that a file shows.
const NOTES_SHOWN_MAX: usize = 5;
/// Buttons on a row.
const BUTTONS_PER_ROW: usize = 5;

/// The requests that wait, the oldest first (d17).
pub async fn list(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let (db, locale, zone) = (&desk.env.db, asker.locale, desk.env.settings.schedule.zone);
    let rows = store::queue(db, 0, LISTED_MAX).await?;
    if rows.is_empty() {
        return Ok(Reply::text(say(locale, "review_none", &[])));
    }
    let count = store::waiting(db).await?.to_string();
    let mut lines = vec![say(locale, "review_title", &[("count", &count)])];
    let mut buttons = Vec::new();
    for row in &rows {
        let (number, amount) = (row.number.to_string(), row.amount.to_string());
        let (opened, title) = (
            date(locale, row.opened_at, zone),
            quoted(&row.title, TITLE_CHARS_MAX),
        );
        lines.push(say(
            locale,
            "review_line",
            &[
                ("number", &number),
                ("opened", &opened),
                ("provider", &row.provider),
                ("project", &row.project),
                ("title", &title),
                ("amount", &amount),
                ("kind", words::kind(locale, row.kind)),
                ("reason", words::reason(locale, row.reason)),
                ("state", words::state(locale, row.state)),
            ],
        ));
        let show = id("refund-show", row.id.uuid().simple());
        buttons.push(Button::new(show, format!("n°\u{a0}{number}")));
    }
    let mut reply = Reply::text(lines.join("\n"));
    for row in buttons.chunks(BUTTONS_PER_ROW) {
        reply = reply.row(row.to_vec());
    }
    Ok(reply)
}

/// The file of the request with the number that was typed.
pub async fn show(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    match numbered(desk, asker, options).await? {
        Ok(request) => file(desk, asker, &request).await,
        Err(reply) => Ok(reply),
    }
}

/// The file of the request whose button was pressed.
pub async fn show_row(desk: &Desk, asker: &Asker, row: &str) -> Result<Reply, Trouble> {
    match request_of(row) {
        Some(id) => file(desk, asker, &store::get(&desk.env.db, id).await?).await,
        None => Ok(Reply::text(say(asker.locale, "old_button", &[]))),
    }
}

/// A decision by command.
pub async fn decide(
    desk: &Desk,
    asker: &Asker,
    options: &Options,
    verdict: Verdict,
) -> Result<Reply, Trouble> {
    let request = match numbered(desk, asker, options).await? {
        Ok(request) => request,
        Err(reply) => return Ok(reply),
    };
    let said = match verdict {
        Verdict::Ask => options.text("question"),
        Verdict::Approve | Verdict::Decline | Verdict::Undo => options.text("reason"),
    };
    carry_out(desk, asker, request.id, verdict, said).await
}

/// A note that the claimant cannot see (d19).
pub async fn note(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let (request, member) = match (
        numbered(desk, asker, options).await?,
        asker.identity.staff(),
    ) {
        (Ok(request), Some(member)) => (request, member),
        (Err(reply), _) => return Ok(reply),
        (_, None) => return Ok(Reply::text(say(asker.locale, "need_staff", &[]))),
    };
    let (text, now) = (options.text("text"), desk.env.clock.now());
    if store::note(&desk.env.db, request.id, member.id, text, now).await? {
        return Ok(Reply::text(say(asker.locale, "review_noted", &[])));
    }
    let zone = desk.env.settings.schedule.zone;
    Ok(Reply::text(words::refused(
        asker.locale,
        &Refused::SayWhy,
        None,
        zone,
    )))
}

/// A button of the card: the form for the reason, or a kind sentence when it is too late.
pub async fn press(
    desk: &Desk,
    asker: &Asker,
    row: &str,
    verdict: Verdict,
) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let Some(request) = request_of(row) else {
        return Ok(Reply::text(say(locale, "old_button", &[])));
    };
    let request = store::get(&desk.env.db, request).await?;
    if !request.state.is_waiting() {
        let late = Refused::StandsElsewhere {
            state: request.state,
            since: request.state_at,
        };
        let zone = desk.env.settings.schedule.zone;
        let by = store::decided_by(&desk.env.db, request.id).await?;
        return Ok(Reply::text(words::refused(
            locale,
            &late,
            by.as_deref(),
            zone,
        )));
    }
    let (action, label) = match verdict {
        Verdict::Approve => ("refund-yes-said", "review_form_reason"),
        Verdict::Decline | Verdict::Undo => ("refund-no-said", "review_form_reason"),
        Verdict::Ask => ("refund-ask-said", "review_form_question"),
    };
    Ok(Reply::form(Form {
        id: id(action, row),
        title: say(
            locale,
            "review_form",
            &[("number", &request.number.to_string())],
        ),
        label: say(locale, label, &[]),
        field: "said",
        chars_min: 1,
        chars_max: u16::try_from(SAID_CHARS_MAX).unwrap_or(u16::MAX),
    }))
}

/// The form of a button was sent.
pub async fn said(
    desk: &Desk,
    asker: &Asker,
    row: &str,
    fields: &Options,
    verdict: Verdict,
) -> Result<Reply, Trouble> {
    match request_of(row) {
        Some(request) => carry_out(desk, asker, request, verdict, fields.text("said")).await,
        None => Ok(Reply::text(say(asker.locale, "old_button", &[]))),
    }
}

async fn carry_out(
    desk: &Desk,
    asker: &Asker,
    request: RequestId,
    verdict: Verdict,
    said: &str,
) -> Result<Reply, Trouble> {
    let (locale, zone) = (asker.locale, desk.env.settings.schedule.zone);
    let Some(member) = asker.identity.staff() else {
        return Ok(Reply::text(say(locale, "need_staff", &[])));
    };
    let command = Command {
        request,
        staff: member.id,
        verdict,
        said,
        surface: asker.surface.of_requests(),
        interaction: asker.interaction.as_deref(),
    };
    let limits = &desk.env.settings.refund;
    let decided = store::decide(&desk.env.db, &command, limits, zone, desk.env.clock.now()).await?;
    Ok(Reply::text(match decided {
        Decided::Done(done) => {
            let key = match done.event {
                EventKind::Approved => "done_approved",
                EventKind::Endorsed => "done_endorsed",
                EventKind::Asked => "done_asked",
                EventKind::Undone => "done_undone",
                EventKind::Declined
                | EventKind::Answered
                | EventKind::Warned
                | EventKind::ClosedSilent => "done_declined",
            };
            let (number, amount) = (
                done.request.number.to_string(),
                done.request.amount.to_string(),
            );
            say(locale, key, &[("number", &number), ("amount", &amount)])
        }
        Decided::Refused { refused, by } => words::refused(locale, &refused, by.as_deref(), zone),
    }))
}

/// The card as this person sees it now, kept with their decision, and the staff's notes.
async fn file(desk: &Desk, asker: &Asker, request: &Request) -> Result<Reply, Trouble> {
    let (db, locale) = (&desk.env.db, asker.locale);
    let Some(StaffMember { id: staff, .. }) = asker.identity.staff() else {
        return Ok(Reply::text(say(locale, "need_staff", &[])));
    };
    let (_, case) = store::open_case(db, request.id, Some(*staff), desk.env.clock.now()).await?;
    let said: Vec<Said> = (store::events(db, request.id).await?.into_iter())
        .map(|event| Said {
            kind: event.kind,
            by: event.staff,
            text: event.said,
        })
        .collect();
    let mut body = card(
        locale,
        request,
        &case,
        &said,
        desk.env.settings.schedule.zone,
    );
    for (name, text, _) in store::notes(db, request.id)
        .await?
        .iter()
        .take(NOTES_SHOWN_MAX)
    {
        body.text.push_str("\n📝 ");
        body.text.push_str(&quoted(&format!("{name}: {text}"), 300));
    }
    Ok(Reply {
        text: body.text,
        buttons: body.buttons,
        ..Reply::default()
    })
}

async fn numbered(
    desk: &Desk,
    asker: &Asker,
    options: &Options,
) -> Result<Result<Request, Reply>, Trouble> {
    let number = options.number("number").unwrap_or(0);
    let request = store::find(&desk.env.db, i64::from(number)).await?;
    Ok(request.ok_or_else(|| {
        let number = number.to_string();
        Reply::text(say(asker.locale, "review_unknown", &[("number", &number)]))
    }))
}

fn request_of(row: &str) -> Option<RequestId> {
    Uuid::try_parse(row).ok().map(RequestId::from)
}
