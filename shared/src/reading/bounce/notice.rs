//! Reports that follow no standard: what gives them away, and whom they name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::automatic;
use super::super::complaint::fields;
use super::super::message::{Mail, bounded, content_type, part_text};
use super::super::pattern::rx;
use super::RECIPIENTS_MAX;

static DAEMON: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r#"(?i)^"?(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|post-?master|postoffice|mail(?:er)?[-_]?delivery|delivery|bounce[sd]?|system[ -]administrator|administrator|mail[-_]?system|uucp|smtp[-_]?(?:daemon|server)|mmdf|mailadm|no-?reply|symantec\S*|nondelivery\S*|autoresponder|mxp?relay|messagelabs)"?(?:@|\+|$)|mailer-daemon|postmaster@|mail delivery (?:sub)?system"#,
    )
});

/// Sentences of reports, in the languages of relays met so far.
static FAILED: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?ix)undeliver(?:able|ed)|non-?delivery|delivery\s(?:status|has\sfailed|failed|failure|to\sthe\sfollowing|notification|report|error|problem|delayed|incomplete)|(?:mail|message|send|transport)\s(?:delivery\s)?(?:fail|could\snot|not\sdelivered|has\snot\sbeen\sdelivered|undeliverable|returned)|encountered\san\serror|has\sbeen\s(?:returned|postponed)|processing\serror|failure\s(?:notice|delivery|reasons)|fail(?:ed|ure)\s(?:to\sdeliver|recipient)|returned\s(?:mail|e-?mail|message|to\ssender)|(?:could|can|was|were|is|are|did|does|would|has|have|been)\s?(?:not|n['o]t|unable)\s(?:be\s|been\s|yet\sbeen\s|to\sbe\s|yet\sbe\s|reach\s)?(?:deliver|reach|sent|relayed|accepted|processed|the\sfollowing|find|complete|exist|listed)|unable\sto\s(?:deliver|send|relay|complete)|(?:couldn't|wasn't\sable\sto|cannot|could\snot)\s(?:be\s)?(?:deliver|send|reach|find)|undelivered|user\s(?:unknown|doesn't|does\snot|not\sknown)|unknown\s(?:user|address|recipient|mailbox)|no\ssuch\s(?:user|mailbox|address|recipient|person)|permanent\s(?:fatal\s)?(?:error|failure)|mailbox\s(?:is\s)?(?:full|unavailable|not\sfound|disabled|over)|over\squota|quota\sexceeded|recipients?\s(?:address\s)?(?:rejected|failed|not\sfound|unknown|returned)|rejected\s(?:by|for|because)|address(?:es)?\s(?:failed|could|had|has|were|not|rejected)|did\snot\sreach|error\s(?:sending|delivering)|trouble\sdelivering|bounce|blocked|hop\scount|host\s(?:unknown|not\sfound|or\sdomain)|address\sno\slonger|no\slonger\s(?:valid|active|in\suse|accepts?)|giv(?:en|ing)\sup|
      n['’]a\s(?:pas\s)?(?:pu|été)\s.{0,20}(?:remis|livr|distribu|achemin|délivr|transmis)|n['’]a\spu\sêtre|(?:pas|non)\s(?:être\s|été\s)?(?:remis|livr|distribu|achemin|délivr)|échec\sd|impossible\sde\s(?:remettre|distribuer|délivrer|livrer)|retour\sà\sl['’]exp|boîte\s.{0,30}pleine|destinataire\s(?:inconnu|introuvable)|adresse\s(?:inconnue|introuvable|erronée)|utilisateur\sinconnu|
      unzustellbar|nicht\szugestellt|zustellung|konnte\snicht|no\s(?:se\s)?(?:ha\s)?(?:pudo|podido)|não\sfoi|non\s(?:è\sstato|recapit)|mancato\srecapito|não\sentreg|не\sдостав|невозможно\sдостав|недостав|не\sможет\sбыть|не\sудал|配信|配送|届|宛先|エラー|送信でき|不能|失败|退信|无法",
    )
});

/// Subjects that only programs write. Anchored: "Re: Undelivered …" is a person talking about one.
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^\W{0,4}(?:undeliver(?:able|ed)|delivery (?:status notification|failure|failed|delayed|report|notification|error)|mail delivery (?:failed|failure|problem|status|system)|failure notice|failure delivery|returned (?:mail|e-?mail|message)|(?:non-?|un)?delivery (?:report|notice)|mail (?:could not be delivered|failure|status report)|message (?:delivery failure|not delivered|undeliverable)|warning: (?:message|could not send)|could not (?:send|deliver)|nondeliverable|échec de (?:la )?(?:remise|distribution|livraison)|non remis|non distribuable|message non (?:remis|distribué|délivré)|notification d['’]état de (?:la )?(?:remise|distribution)|retour de courrier|unzustellbar|zustellung|mailzustellung|entrega|mancato recapito|недоставленное|автоматическое уведомление|address change|benachrichtung|rapport de non-remise|mail returned|error sending|there was an error sending|votre message n['’]a pas)",
    )
});

/// Where the returned copy begins: addresses under it are not those that failed.
static COPY: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^(?:[\s>*=#|]*-{2,}.{0,40}(?:copy|original|returned|headers?|message|texte|follows|transcript of headers).*$|[\s>-]*(?:(?:the |your )?(?:original|unsent|undelivered|returned) message.{0,40}(?:follow|below|attached|is|was|:).{0,40}|message headers? follow.{0,20}|(?:below|included) is .*(?:copy|message|headers).{0,20}|copy of the .{0,40}|original message.{0,20}|received\s?: ?(?:from|by).*|return-path\s?:.*|message contents? follow.{0,20}|original[- ]headers?:?|the attachment contains.*|en-?têtes? .{0,40}origine.*|.{0,40}(?:header|top \d+ lines) .{0,40}(?:follows|below).*|begin(?:ning)? of .{0,20}message.*))\s*$",
    )
});

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r#"(?i)(?:"[^"@\s]{1,64}"|[a-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,80})@(?:[a-z0-9](?:[a-z0-9\-_]{0,62})\.)+[a-z][a-z0-9\-]{1,62}"#,
    )
});
/// Words right before an address that make it another one than the one that failed.
static NOT_IT: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)(?:mail from|envelope-from|sent by|generated from|from|sender|contact|e-?mail us at|reply-to|return-path|expéditeur|message-id|de la part de|by|postmaster at|help|forward\w* .{0,20}to|admin\w*|support)\s*(?:is|at|:|=)?\s*[<(\[]?\s*$",
    )
});
pub(super) static STATUS: LazyLock<Regex> =
    LazyLock::new(|| rx(r"(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.?$|\.\D)"));
static SMTP_CODE: LazyLock<Regex> = LazyLock::new(|| rx(r"(?:^|[\s<:(\[#])([45])[0-7]\d[\s:;\-]"));
static TEMPORARY: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)(?:still|will (?:continue|keep|be)|attempts? to deliver .{0,30}continue|again for|not yet been|has been delayed|delayed|temporar|try again later|you do not need to resend|warning message|(?:no action is|need not) required|retry|retried|timed out|time ?out|timeout|too long|connection refused|greylist|deferred|provisoire|nouvelle tentative|sera réessay|retardé|diffé|expired|hasn't been delivered|have been failing)",
    )
});
static PERMANENT: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)(?:permanent(?:ly)?\b|user unknown|unknown user|no such user|does ?n.t exist|mailbox (?:not found|unavailable|full)|account (?:disabled|closed)|invalid (?:address|recipient)|définitive)",
    )
});

/// Addresses at which this report reached us.
pub(super) fn ours(mail: &Mail<'_>) -> BTreeSet<String> {
    ["To", "Delivered-To", "X-Original-To", "Envelope-To"]
        .iter()
        .flat_map(|name| mail.headers(name).collect::<Vec<_>>())
        .flat_map(|value| {
            ADDRESS
                .find_iter(&value)
                .map(|found| found.as_str().to_lowercase())
                .collect::<Vec<_>>()
        })
        .collect()
}

pub(super) fn is_daemon(mail: &Mail<'_>) -> bool {
    let from = mail.header("From").unwrap_or_default();
    let address = mail.from_address().unwrap_or_default();
    let path = mail.header("Return-Path").unwrap_or_default();
    DAEMON.is_match(&address)
        || DAEMON.is_match(from.trim_start_matches('<'))
        || path.to_lowercase().contains("mailer-daemon")
        || mail
            .header("Sender")
            .is_some_and(|sender| DAEMON.is_match(sender.trim_start_matches('<')))
}

/// Whether the message may be a report at all, with its notice and the reason. Free text alone is never enough.
pub(super) fn gate(mail: &Mail<'_>) -> Option<(String, String)> {
    let subject = mail.subject();
    if ["X-Failed-Recipients", "X-Bounced-Address"]
        .iter()
        .any(|name| mail.header(name).is_some())
    {
        return Some((notice_of(mail), "X-Failed-Recipients".to_owned()));
    }
    let machine = is_daemon(mail)
        || mail.has_null_return_path()
        || mail
            .headers("Received")
            .any(|line| line.contains("for bounce)"));
    let titled = SUBJECT.is_match(&subject);
    if !machine && !titled && mail.own_parts().len() < 2 {
        return None;
    }
    if automatic::is_titled(&subject) {
        return None;
    }
    let returned = mail.own_parts().iter().any(|part| {
        matches!(
            content_type(part).as_str(),
            "message/rfc822" | "text/rfc822-headers" | "message/delivery-status"
        )
    });
    if !machine && !titled && !returned {
        return None;
    }
    let notice = notice_of(mail);
    let failed = FAILED.find(&notice);
    if machine && (titled || failed.is_some() || FAILED.is_match(&subject)) {
        let said = failed.map_or(subject.as_str(), |found| found.as_str());
        return Some((
            notice.clone(),
            format!("a mail system's sender and \"{said}\""),
        ));
    }
    if titled && (failed.is_some() || SMTP_CODE.is_match(&notice)) {
        return Some((
            notice.clone(),
            format!("the subject \"{subject}\" and a report's words"),
        ));
    }
    // A returned copy behind a few lines that say that it could not be delivered.
    let head: String = notice.chars().take(600).collect();
    if returned
        && FAILED.is_match(&head)
        && ADDRESS.is_match(&head)
        && mail.header("In-Reply-To").is_none()
        && !subject.to_lowercase().starts_with("re:")
    {
        return Some((
            notice.clone(),
            "a returned copy behind a report's words".to_owned(),
        ));
    }
    None
}

/// The text of the report without the returned copy.
pub(super) fn notice_of(mail: &Mail<'_>) -> String {
    let mut text = String::new();
    for part in mail.own_parts() {
        match content_type(part).as_str() {
            "text/plain" | "text" | "text/" | "message/delivery-status" => {
                text.push_str(bounded(&part_text(part)));
            }
            _ => continue,
        }
        text.push('\n');
    }
    if !ADDRESS.is_match(&text) {
        text.push_str(&mail.html_text().unwrap_or_default());
    }
    if text.trim().is_empty() && mail.is_broken() {
        text = mail.raw_body();
    }
    let mut kept = String::new();
    for line in text.lines() {
        if kept.trim().len() > 20 && COPY.is_match(line) {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

pub(super) fn listed_in_headers(mail: &Mail<'_>) -> Vec<String> {
    let mut all = BTreeSet::new();
    for value in mail.headers("X-Failed-Recipients") {
        all.extend(
            ADDRESS
                .find_iter(&value)
                .take(RECIPIENTS_MAX)
                .map(|found| found.as_str().to_lowercase()),
        );
    }
    all.into_iter().collect()
}

/// Addresses that the notice names as failed; one of ours only when nobody else is named (mail to oneself).
pub(super) fn in_notice(notice: &str, own: &BTreeSet<String>) -> Vec<String> {
    let strict = named_in(notice, own);
    if strict.is_empty() {
        named_in(notice, &BTreeSet::new())
    } else {
        strict
    }
}

/// Those that stand alone or first on a line, else any that is not somebody else's.
fn named_in(notice: &str, own: &BTreeSet<String>) -> Vec<String> {
    let mut first = BTreeSet::new();
    let mut any = BTreeSet::new();
    for line in notice.lines() {
        for found in ADDRESS.find_iter(line).take(20) {
            let address = found
                .as_str()
                .rsplit_once(['=', ':'])
                .map_or(found.as_str(), |(_, address)| address)
                .trim_matches(['.', '\'', '`', '='])
                .to_lowercase();
            let before = &line[..found.start()];
            let after = &line[found.end()..];
            let is_id = after.starts_with(':') && before.to_lowercase().contains("message-id");
            if own.contains(&address)
                || is_id
                || DAEMON.is_match(&address)
                || NOT_IT.is_match(before)
            {
                continue;
            }
            let lead = before
                .trim()
                .trim_matches(['<', '(', '[', '"', '\'', '*', '-', '>', ' ', '\t']);
            if lead.is_empty() && first.len() < RECIPIENTS_MAX {
                first.insert(address.clone());
            }
            if any.len() < RECIPIENTS_MAX {
                any.insert(address);
            }
        }
    }
    if first.is_empty() {
        any.into_iter().collect()
    } else {
        first.into_iter().collect()
    }
}

/// The recipient of the returned copy, for reports that name nobody.
pub(super) fn returned_recipient(mail: &Mail<'_>) -> Vec<String> {
    let mut all = BTreeSet::new();
    for part in mail.own_parts() {
        let text = match (part.message(), content_type(part).as_str()) {
            (Some(inner), _) => inner.header_raw("To").unwrap_or_default().to_owned(),
            (None, "text/rfc822-headers" | "message/rfc822") => fields(&part_text(part), "To")
                .next()
                .unwrap_or_default()
                .to_owned(),
            (None, _) => continue,
        };
        all.extend(
            ADDRESS
                .find_iter(&text)
                .take(RECIPIENTS_MAX)
                .map(|found| found.as_str().to_lowercase()),
        );
    }
    all.into_iter().collect()
}

pub(super) fn is_temporary(status: Option<&str>, notice: &str, subject: &str) -> bool {
    if let Some(code) = status {
        return code.starts_with('4');
    }
    if let Some(code) = SMTP_CODE.captures(notice) {
        return &code[1] == "4";
    }
    !PERMANENT.is_match(notice) && (TEMPORARY.is_match(notice) || TEMPORARY.is_match(subject))
}
