//! `/link email` and `/link code`: ties a Discord user to a provider's or client's account.

use relance_shared::account::link::{
    Account, AccountId, CODE_LIFE, address, code_holds, code_mac, new_code,
};
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
    if !store::link(&desk.env.db, user, holds, now).await? {
        return Ok(Reply::text(say(locale, "link_wrong", &[])));
    }
    let name = match store::who(&desk.env.db, user, now).await? {
        Identity::Provider { provider, .. } => provider.name,
        Identity::Client { name, .. } => name,
        Identity::Staff(member) => member.name,
        Identity::Nobody => return Ok(Reply::text(say(locale, "link_wrong", &[]))),
    };
    let name = quoted(&name, NAME_CHARS_MAX);
    Ok(Reply::text(say(locale, "link_done", &[("name", &name)])))
}

fn letter(desk: &Desk, account: &Account, user: DiscordUser, code: &str) -> Letter {
    let now = desk.env.clock.now();
    let (client, provider) = match account.id {
        AccountId::Client(id) => (Some(id), None),
        AccountId::Provider(id) => (None, Some(id)),
        AccountId::Staff(_) => (None, None),
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
