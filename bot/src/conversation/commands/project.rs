//! `/project reference`: where a project stands and why; what to know before a credit is spent comes first (S4, N7).

use relance_shared::account::{Identity, Plan};
use relance_shared::contact::store::window as crm;
use relance_shared::discord_out::Button;
use relance_shared::listing::store::{self, Listed, StateName};
use relance_shared::project::ProjectId;
use relance_shared::witness;
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::crm as crm_words;
use relance_shared::words::listing::{explanation, sign, warning, why_still_here};
use relance_shared::words::time::date;
use relance_shared::words::witness::columns;

use crate::conversation::table::id;
use crate::conversation::{Asker, Desk, Options, Reply, Surface, Trouble};

/// Characters of a title.
const TITLE_CHARS_MAX: usize = 150;
/// Characters of a note in the CRM window.
const NOTE_CHARS_MAX: usize = 160;
/// Characters of a reference that is said back.
const REFERENCE_CHARS_MAX: usize = 40;

/// The project that was asked for.
pub async fn run(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let reference = options.text("reference").trim_start_matches('#');
    let (db, locale) = (&desk.env.db, asker.locale);
    if let Some(project) = store::find(db, reference).await? {
        return tell(desk, asker, &project).await;
    }
    let shown = quoted(reference, REFERENCE_CHARS_MAX);
    let Some(past) = store::find_past(db, reference).await? else {
        let unknown = say(locale, "project_unknown", &[("reference", &shown)]);
        return Ok(Reply::text(unknown));
    };
    let title = quoted(&past.title, TITLE_CHARS_MAX);
    let ended = date(locale, past.ended_at, desk.env.settings.schedule.zone);
    Ok(Reply::text(format!(
        "{}\n{}",
        say(
            locale,
            "project_title",
            &[("title", &title), ("reference", &shown)]
        ),
        say(locale, "project_past", &[("date", &ended)])
    )))
}

async fn tell(desk: &Desk, asker: &Asker, project: &Listed) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let title = quoted(&project.title, TITLE_CHARS_MAX);
    let mut lines = vec![say(
        locale,
        "project_title",
        &[("title", &title), ("reference", &project.reference)],
    )];
    let day = |at| date(locale, at, desk.env.settings.schedule.zone);
    match project.state {
        StateName::Pending => lines.extend(pending(desk, asker, project).await?),
        StateName::InProgress => {
            let at = project.awarded_at.map(day).unwrap_or_default();
            lines.push(say(locale, "project_in_progress", &[("date", &at)]));
        }
        StateName::Cancelled => {
            let at = project.cancelled_at.map(day).unwrap_or_default();
            lines.push(say(locale, "project_cancelled", &[("date", &at)]));
        }
    }
    // The staff alone see the columns apart (N2, N3); everybody else reads the same as ever.
    if asker.identity.staff().is_some()
        && let Some(record) = witness::store::record(&desk.env.db, project.id).await?
    {
        let (now, zone) = (desk.env.clock.now(), desk.env.settings.schedule.zone);
        lines.extend(columns(locale, &record, zone, now));
    }
    let reply = Reply::text(lines.join("\n"));
    Ok(match asker.identity {
        Identity::Provider {
            plan: Some(Plan::Privilege),
            ..
        } => {
            let open = id("crm", project.id.uuid().simple());
            reply.row(vec![Button::new(open, say(locale, "crm_button", &[]))])
        }
        Identity::Provider { .. }
        | Identity::Client { .. }
        | Identity::Staff(_)
        | Identity::Nobody => reply,
    })
}

/// The CRM window, for a privilege subscriber alone; each reading is checked and noted (N12).
pub async fn window(desk: &Desk, asker: &Asker, project: ProjectId) -> Result<Reply, Trouble> {
    let (locale, now) = (asker.locale, desk.env.clock.now());
    let refused = || Reply::text(say(locale, "crm_refused", &[]));
    let Some(provider) = asker.identity.provider() else {
        return Ok(refused());
    };
    let surface = match asker.surface {
        Surface::Discord => "discord",
        Surface::Terminal => "terminal",
    };
    let Some(read) = crm::read(&desk.env.db, provider, project, surface, now).await? else {
        return Ok(refused());
    };
    let day = |at| date(locale, at, desk.env.settings.schedule.zone);
    let mut lines = vec![say(locale, "crm_title", &[("date", &day(now))])];
    if read.is_empty() {
        lines.push(say(locale, "crm_empty", &[]));
    }
    for line in &read {
        let said = line.stage.map_or_else(String::new, |stage| {
            format!(", {}", crm_words::stage(locale, stage))
        });
        let note = line.note.as_ref().map_or_else(String::new, |note| {
            let colon = locale.pick("\u{a0}: ", ": ");
            format!("{colon}{}", quoted(note, NOTE_CHARS_MAX))
        });
        lines.push(format!(
            "{}, {}{said}{note}",
            day(line.at),
            crm_words::event(locale, line.kind)
        ));
    }
    if read.len() == crm::LINES_MAX {
        lines.push(say(
            locale,
            "crm_more",
            &[("lines", &crm::LINES_MAX.to_string())],
        ));
    }
    Ok(Reply::text(lines.join("\n")))
}

/// The warning and the client's last sign first, then the place and why age does not end a project.
async fn pending(desk: &Desk, asker: &Asker, project: &Listed) -> Result<Vec<String>, Trouble> {
    let (locale, now) = (asker.locale, desk.env.clock.now());
    let zone = desk.env.settings.schedule.zone;
    let place = store::place_of(&desk.env.db, project.id).await?;
    let last_sign = match (project.last_sign_at, project.last_sign_kind) {
        (Some(at), Some(kind)) => {
            let known = date(locale, project.last_sign_known_at.unwrap_or(at), zone);
            let on = date(locale, at, zone);
            let values = [
                ("kind", sign(locale, kind)),
                ("date", &on),
                ("known", &known),
            ];
            say(locale, "project_sign_known", &values)
        }
        _ => say(locale, "project_sign_never", &[]),
    };
    let last_asked = project.asked_at.map_or_else(
        || say(locale, "project_never_asked", &[]),
        |at| {
            say(
                locale,
                "project_asked",
                &[("date", &date(locale, at, zone))],
            )
        },
    );
    let mut lines = Vec::new();
    lines.extend(place.and_then(|place| warning(locale, place)));
    lines.push(last_sign);
    lines.push(last_asked);
    lines.extend(place.map(|place| explanation(locale, place, &project.evidence(), now, zone)));
    lines.push(why_still_here(locale).to_owned());
    Ok(lines)
}
