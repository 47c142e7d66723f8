//! The mail world of the demo: what comes back for a letter, put where a mail server would put it (Maildir `DATA/mail/in`).

use std::path::Path;

use anyhow::Context as _;
use relance_shared::env::Env;
use relance_shared::mail::{LetterId, bounce_address, bounce_token, reply_address, reply_token};
use relance_shared::outbox;

use crate::demo::people::{Person, Temper};
use crate::demo::rng::Rng;

/// The mail server of the demo, which checks senders (`mail.trusted_authserv`).
pub const AUTHSERV: &str = "mx.demo.example";

/// A non-delivery report (RFC 3464) for a letter.
///
/// # Errors
/// When the letter is not there or the mail folder cannot be written.
pub async fn bounce(env: &Env, letter: LetterId) -> anyhow::Result<()> {
    let (row, _) = outbox::store::get(&env.db, letter).await?;
    let recipient = row.recipient.unwrap_or_default();
    let to = bounce_address(
        &bounce_token(&env.keys, letter),
        &env.settings.mail.reply_domain,
    );
    let date = env.clock.now().to_rfc2822();
    let text = format!(
        "From: Mail Delivery System <mailer-daemon@{AUTHSERV}>\r\nTo: {to}\r\nDate: {date}\r\n\
        Message-ID: <bounce-{letter}@{AUTHSERV}>\r\nAuto-Submitted: auto-replied\r\n\
        Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_demo\"\r\n\r\n\
        --=_demo\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
        The mailbox of the recipient does not exist.\r\n\
        --=_demo\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; {AUTHSERV}\r\n\r\n\
        Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 no such mailbox\r\n\r\n\
        --=_demo\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {}\r\n\r\n--=_demo--\r\n",
        row.message_id
    );
    deliver(env, &format!("bounce-{letter}"), &text)
}

/// A person's reply to a letter, in a few words, as a mail program writes it.
///
/// # Errors
/// When the letter is not there or the mail folder cannot be written.
pub async fn reply(
    env: &Env,
    letter: LetterId,
    person: &Person,
    rng: &mut Rng,
) -> anyhow::Result<()> {
    let (row, _) = outbox::store::get(&env.db, letter).await?;
    let to = reply_address(
        &reply_token(&env.keys, letter),
        &env.settings.mail.reply_domain,
    );
    let words = rng.pick(words(person));
    let domain = person
        .email
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain);
    let now = env.clock.now();
    let text = format!(
        "Return-Path: <{from}>\r\nAuthentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom={domain}; \
        dkim=pass header.d={domain}; dmarc=pass header.from={domain}\r\n\
        From: {from}\r\nTo: {to}\r\nDate: {date}\r\nMessage-ID: <reply-{letter}@{domain}>\r\n\
        In-Reply-To: {id}\r\nReferences: {id}\r\nSubject: Re: votre projet\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
        {words}\r\n\r\n{name}\r\n\r\nLe {day}, Relance a écrit :\r\n> Où en êtes-vous de votre projet ?\r\n",
        from = person.email,
        date = now.to_rfc2822(),
        id = row.message_id,
        name = person.name,
        day = now.format("%d/%m/%Y"),
    );
    deliver(env, &format!("reply-{letter}"), &text)
}

fn words(person: &Person) -> &'static [&'static str] {
    match person.temper {
        Temper::Decided => &[
            "Bonjour,\r\n\r\nNous comparons encore deux devis.",
            "Bonjour, nous sommes en discussion avec plusieurs prestataires, le choix n'est pas fait.",
        ],
        Temper::Slow => &[
            "Bonjour,\r\n\r\nOui, je cherche toujours quelqu'un pour ce projet.",
            "Bonjour, le projet est toujours d'actualité, je n'ai encore trouvé personne.",
        ],
        Temper::Gone => &[
            "Bonjour,\r\n\r\nJ'ai finalement trouvé un prestataire ailleurs, merci.",
            "Bonjour, c'est réglé, un ami s'en est chargé.",
        ],
        Temper::Tourist => &["Bonjour, nous avons abandonné ce projet."],
    }
}

/// Into the Maildir as its rule says: written in `tmp`, moved into `new`.
fn deliver(env: &Env, name: &str, text: &str) -> anyhow::Result<()> {
    let maildir = env.settings.data.join("mail").join("in");
    let place = |folder: &str| -> anyhow::Result<std::path::PathBuf> {
        let folder: &Path = &maildir.join(folder);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder.join(format!("{}.{name}.demo", env.clock.now().timestamp())))
    };
    let (tmp, new) = (place("tmp")?, place("new")?);
    place("cur")?;
    std::fs::write(&tmp, text).with_context(|| format!("cannot write {}", tmp.display()))?;
    std::fs::rename(&tmp, &new).with_context(|| format!("cannot write {}", new.display()))
}
