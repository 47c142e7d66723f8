//! `/link email`, `/link code` and `/link end`: ties a Discord user to a provider's or client's account.
//!
//! A Discord user is one person in one role (B1). Whoever is tied ends that tie first; the staff's ties are the operator's
//! alone, so somebody of the staff who is a provider, too, acts as one from a second Discord user.

use relance_shared::account::link::{
    Account, AccountId, CODE_LIFE, address, code_holds, code_mac, new_code,
};
use relance_shared::account::store::Linked;
use relance_shared::account::{DiscordUser, Identity, store};
use relance_shared::mail::{Letter, LetterKind};
use relance_shared::outbox;
use relance_shared::words::bot::{quoted, say};
use serde_json::json;

use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Characters of a name that is said back.
const NAME_CHARS_MAX: usize = 80;

/// Mails a code to the account of the address, if there is one; the answer is the same if there is none.
pub async fn email(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let Some(user) = asker.user else {
        return Ok(Reply::text(say(locale, "link_only_discord", &[])));
    };
    let Some(address) = address(options.text("address")) else {
        return Ok(Reply::text(say(locale, "link_bad_address", &[])));
    };
    if let Some(tied) = tied(asker) {
        return Ok(tied);
    }
    let now = desk.env.clock.now();
    let account = store::by_email(&desk.env.db, &address).await?;
    let code = new_code();
    // Composed before the transaction, and for nobody too: an unknown address takes no less time by much.
    let letter = account
        .as_ref()
        .map(|account| {
            desk.composer
                .compose(&letter(desk, account, user, &code), now)
        })
        .transpose()?;
    let mut tx = desk.env.db.begin().await?;
    let allowed = store::allow_code(&mut tx, user, &address, now).await?;
    if let (true, Some(account), Some(letter)) = (allowed, &account, &letter) {
        let mac = code_mac(&desk.env.keys, user, &code);
        store::put_code(&mut tx, user, account.id, &mac, now, now + CODE_LIFE).await?;
        outbox::store::put(&mut tx, std::slice::from_ref(letter), now).await?;
    }
    tx.commit().await?;
    if !allowed {
        return Ok(Reply::text(say(locale, "link_too_many", &[])));
    }
    let minutes = CODE_LIFE.num_minutes().to_string();
    Ok(Reply::text(say(
        locale,
        "link_sent",
        &[("minutes", &minutes)],
    )))
}

/// Ties the user to the account whose code was typed.
pub async fn code(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let Some(user) = asker.user else {
        return Ok(Reply::text(say(locale, "link_only_discord", &[])));
    };
    let (now, typed) = (desk.env.clock.now(), options.text("code"));
    let holds = |mac: &str| code_holds(&desk.env.keys, user, typed, mac);
    match store::link(&desk.env.db, user, holds, now).await? {
        Linked::Tied => {}
        Linked::Wrong => return Ok(Reply::text(say(locale, "link_wrong", &[]))),
        // Tied to somebody who left the staff when our data names nobody: the operator ends that one, too.
        Linked::Taken => {
            let staff = || Reply::text(say(locale, "link_staff", &[]));
            return Ok(tied(asker).unwrap_or_else(staff));
        }
    }
    let Some(name) = name(&store::who(&desk.env.db, user, now).await?) else {
        return Ok(Reply::text(say(locale, "link_wrong", &[])));
    };
    Ok(Reply::text(say(locale, "link_done", &[("name", &name)])))
}

/// Ends the asker's own tie; it counts at the next interaction.
pub async fn end(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let Some(user) = asker.user else {
        return Ok(Reply::text(say(locale, "link_only_discord", &[])));
    };
    if asker.identity.staff().is_some() {
        return Ok(Reply::text(say(locale, "link_staff", &[])));
    }
    let ended = store::end_own(&desk.env.db, user).await?;
    let Some(name) = name(&asker.identity).filter(|_| ended) else {
        return Ok(Reply::text(say(locale, "link_none", &[])));
    };
    Ok(Reply::text(say(locale, "link_ended", &[("name", &name)])))
}

/// What somebody is told who is tied already; none when they are nobody yet.
fn tied(asker: &Asker) -> Option<Reply> {
    let locale = asker.locale;
    if asker.identity.staff().is_some() {
        return Some(Reply::text(say(locale, "link_staff", &[])));
    }
    let name = name(&asker.identity)?;
    Some(Reply::text(say(locale, "link_tied", &[("name", &name)])))
}

fn name(of: &Identity) -> Option<String> {
    let name = match of {
        Identity::Provider { provider, .. } => &provider.name,
        Identity::Client { name, .. } => name,
        Identity::Staff(member) => &member.name,
        Identity::Nobody => return None,
    };
    Some(quoted(name, NAME_CHARS_MAX))
}

fn letter(desk: &Desk, account: &Account, user: DiscordUser, code: &str) -> Letter {
    let now = desk.env.clock.now();
    let (client, provider) = match account.id {
        AccountId::Client(id) => (Some(id), None),
        AccountId::Provider(id) => (None, Some(id)),
    };
    Letter {
        kind: LetterKind::LinkCode,
        client,
        provider,
        name: account.name.clone(),
        email: account.email.clone(),
        locale: account.locale,
        zone: account.zone,
        dedupe: format!("link_code:{}:{}", user.0, now.timestamp_micros()),
        due_at: now,
        projects: Vec::new(),
        values: json!({"code": code, "minutes": CODE_LIFE.num_minutes()}),
    }
}
