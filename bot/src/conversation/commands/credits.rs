//! `/credits`: the asker's own balance, margin, last transfers of each kind, and where their requests stand (d15, N21).

use relance_shared::account::Locale;
use relance_shared::credit::store::statement::{StatementLine, statement};
use relance_shared::credit::store::{balance, margin};
use relance_shared::credit::{Kind, Margin, Purpose};
use relance_shared::refund;
use relance_shared::refund::store::Queued;
use relance_shared::words::bot::say;
use relance_shared::words::refund as refunds;
use relance_shared::words::time::date;

use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Transfers of each kind that are shown.
const LINES_PER_KIND_MAX: u32 = 5;
/// Requests that are shown; `/refund` lists them all.
const REQUESTS_MAX: usize = 5;

/// What the asker has, used and got back, kind by kind, and where their requests stand.
pub async fn run(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let (db, locale) = (&desk.env.db, asker.locale);
    let Some(provider) = asker.identity.provider() else {
        return Ok(Reply::text(say(locale, "need_provider", &[])));
    };
    let mut left = Vec::new();
    for kind in Kind::ALL {
        left.push((
            kind,
            balance(db, provider, kind).await?.available.to_string(),
        ));
    }
    let margin = margin(db, provider).await?;
    let last = statement(db, provider, LINES_PER_KIND_MAX).await?;
    let mut lines = summary(locale, &margin, &left);
    if last.is_empty() {
        lines.push(say(locale, "credits_none", &[]));
    }
    for (kind, available) in &left {
        let own: Vec<&StatementLine> = last.iter().filter(|line| line.kind == *kind).collect();
        if !own.is_empty() {
            let values = [("kind", &*name(locale, *kind)), ("available", available)];
            lines.push(say(locale, "credits_kind", &values));
            lines.extend(own.iter().map(|of| line(desk, locale, of)));
        }
    }
    let requests = refund::store::of_provider(db, provider).await?;
    if !requests.is_empty() {
        lines.push(say(locale, "credits_claims", &[]));
    }
    let shown = requests.iter().take(REQUESTS_MAX);
    lines.extend(shown.map(|request| claim(desk, locale, request)));
    Ok(Reply::text(lines.join("\n")))
}

fn summary(locale: Locale, margin: &Margin, left: &[(Kind, String)]) -> Vec<String> {
    let kinds = left
        .iter()
        .map(|(kind, available)| format!("{} {available}", name(locale, *kind)));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let (available, used) = (margin.available.to_string(), margin.used.to_string());
    let (granted, cancelled) = (
        margin.granted.to_string(),
        margin.used_on_cancelled.to_string(),
    );
    vec![
        say(
            locale,
            "credits_balance",
            &[("available", &available), ("kinds", &kinds)],
        ),
        say(
            locale,
            "credits_margin",
            &[
                ("used", &used),
                ("granted", &granted),
                ("cancelled", &cancelled),
            ],
        ),
    ]
}

/// Where a request stands, since when.
fn claim(desk: &Desk, locale: Locale, request: &Queued) -> String {
    let zone = desk.env.settings.schedule.zone;
    say(
        locale,
        "refund_own_line",
        &[
            ("number", &request.number.to_string()),
            ("project", &request.project),
            ("amount", &request.amount.to_string()),
            ("kind", refunds::kind(locale, request.kind)),
            ("state", refunds::state(locale, request.state)),
            ("since", &date(locale, request.state_at, zone)),
        ],
    )
}

fn name(locale: Locale, kind: Kind) -> String {
    say(
        locale,
        match kind {
            Kind::View => "credit_view",
            Kind::Offer => "credit_offer",
            Kind::Contact => "credit_contact",
        },
        &[],
    )
}

fn line(desk: &Desk, locale: Locale, of: &StatementLine) -> String {
    let purpose = match of.purpose {
        Purpose::Grant => "credit_granted",
        Purpose::Spend => "credit_spent",
        Purpose::Refund => "credit_returned",
        Purpose::Correction => "credit_corrected",
    };
    let on = date(locale, of.at, desk.env.settings.schedule.zone);
    let (amount, kind) = (refunds::credits(locale, of.amount), name(locale, of.kind));
    let project = of.reference.as_ref().map_or_else(String::new, |reference| {
        format!(
            ", {}",
            say(locale, "credit_project", &[("reference", reference)])
        )
    });
    let what = say(locale, purpose, &[("amount", &amount), ("kind", &kind)]);
    let values = [("date", &*on), ("what", &what), ("project", &project)];
    say(locale, "credits_line", &values)
}
