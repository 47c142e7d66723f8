//! `/credits`: the asker's own balance, last transfers and margin (d15, N21).

use relance_shared::account::Locale;
use relance_shared::credit::store::statement::{StatementLine, statement};
use relance_shared::credit::store::{balance, margin};
use relance_shared::credit::{Kind, Purpose};
use relance_shared::words::bot::say;
use relance_shared::words::time::date;

use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Transfers that are shown.
const LINES_MAX: u32 = 10;

/// What the asker has, used and got back.
pub async fn run(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let (db, locale) = (&desk.env.db, asker.locale);
    let Some(provider) = asker.identity.provider() else {
        return Ok(Reply::text(say(locale, "need_provider", &[])));
    };
    let mut left = Vec::new();
    for kind in Kind::ALL {
        let available = balance(db, provider, kind).await?.available;
        left.push(format!("{} {available}", name(locale, kind)));
    }
    let margin = margin(db, provider).await?;
    let (available, used) = (margin.available.to_string(), margin.used.to_string());
    let (granted, cancelled) = (
        margin.granted.to_string(),
        margin.used_on_cancelled.to_string(),
    );
    let mut lines = vec![
        say(
            locale,
            "credits_balance",
            &[("available", &available), ("kinds", &left.join(", "))],
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
    ];
    let last = statement(db, provider, LINES_MAX).await?;
    if last.is_empty() {
        lines.push(say(locale, "credits_none", &[]));
    } else {
        lines.push(say(locale, "credits_last", &[]));
    }
    lines.extend(last.iter().map(|of| line(desk, locale, of)));
    Ok(Reply::text(lines.join("\n")))
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
    let (amount, kind) = (of.amount.to_string(), name(locale, of.kind));
    let project = of.reference.as_ref().map_or_else(String::new, |reference| {
        format!(
            ", {}",
            say(locale, "credit_project", &[("reference", reference)])
        )
    });
    let what = say(locale, purpose, &[("amount", &amount), ("kind", &kind)]);
    format!("{on} : {what}{project}")
}
