//! Letters that could not be delivered: the standard report (RFC 3464), and the many that are not standard.
//!
//! A verdict here only says what the message is. It counts against a person only when it is tied to a letter of ours.

use std::collections::BTreeSet;

use mail_parser::MimeHeaders as _;

use self::notice::{
    STATUS, gate, in_notice, is_daemon, is_temporary, listed_in_headers, notice_of, ours,
    returned_recipient,
};
use super::complaint::{fields, returned_message_id};
use super::message::{Mail, bounded, content_type, part_text};

mod notice;

/// Addresses taken from one report. Source: relays split larger ones.
const RECIPIENTS_MAX: usize = 100;

/// What a report of failed delivery says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// Addresses that failed, lower case, sorted.
    pub addresses: Vec<String>,
    /// Whether the relay goes on trying, or may succeed another day (full mailbox is not one: 5.2.2 stays permanent).
    pub temporary: bool,
    /// Enhanced status code, when one is given.
    pub status: Option<String>,
    /// 5.7.x: about us or the text, never about the address.
    pub policy: bool,
    /// Message-ID of the letter returned.
    pub original_message_id: Option<String>,
    /// The header, part or sentence that says so.
    pub evidence: String,
}

/// The report of failed delivery in a message, if it is one.
#[must_use]
pub fn find(mail: &Mail<'_>) -> Option<Bounce> {
    if only_delivered(mail) {
        return None;
    }
    let own = ours(mail);
    if let Some(bounce) = standard(mail, &own) {
        return Some(bounce);
    }
    let (notice, evidence) = gate(mail)?;
    let mut addresses = listed_in_headers(mail);
    if addresses.is_empty() {
        addresses = in_notice(&notice, &own);
    }
    if addresses.is_empty() {
        addresses = returned_recipient(mail);
    }
    let status = STATUS.captures(&notice).map(|found| found[1].to_owned());
    let temporary = is_temporary(status.as_deref(), &notice, &mail.subject());
    Some(Bounce {
        policy: status
            .as_deref()
            .is_some_and(|code| code.starts_with("5.7.")),
        addresses,
        temporary,
        status,
        original_message_id: returned_message_id(mail),
        evidence,
    })
}

/// A report that every recipient got the letter.
fn only_delivered(mail: &Mail<'_>) -> bool {
    let Some(part) = mail
        .own_parts()
        .iter()
        .find(|part| content_type(part) == "message/delivery-status")
    else {
        return false;
    };
    let text = part_text(part);
    let mut actions = fields(&text, "Action").peekable();
    actions.peek().is_some() && actions.all(is_delivered)
}

fn is_delivered(action: &str) -> bool {
    let word = action
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    matches!(
        word.as_str(),
        "delivered" | "relayed" | "expanded" | "deliverable"
    )
}

/// RFC 3464: every block of fields about one recipient.
fn standard(mail: &Mail<'_>, own: &BTreeSet<String>) -> Option<Bounce> {
    let parts = mail.own_parts();
    let report = parts
        .first()
        .and_then(|root| root.content_type())
        .is_some_and(|kind| {
            kind.attribute("report-type")
                .is_some_and(|value| value.eq_ignore_ascii_case("delivery-status"))
        });
    let status_part = parts.iter().find(|part| {
        let kind = content_type(part);
        kind == "message/delivery-status" || kind == "message/global-delivery-status"
    });
    let text = match status_part {
        Some(part) => part_text(part).into_owned(),
        // Some relays write the block into the text of the report.
        None => parts
            .iter()
            .filter(|part| content_type(part).starts_with("text/plain"))
            .map(|part| part_text(part).into_owned())
            .chain(mail.is_broken().then(|| mail.raw_body()))
            .find(|text| report_block(text))?,
    };
    if status_part.is_none() && !report && !is_daemon(mail) && !mail.has_null_return_path() {
        return None;
    }
    let mut addresses = BTreeSet::new();
    let (mut temporary, mut permanent, mut delivered) = (false, false, false);
    let mut status = None;
    let mut diagnostics = String::new();
    for block in blocks(&text) {
        let Some(address) = recipient(&block) else {
            continue;
        };
        let action = fields(&block, "Action")
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let code = fields(&block, "Status")
            .find_map(|value| STATUS.captures(value).map(|found| found[1].to_owned()));
        if let Some(diagnostic) = fields(&block, "Diagnostic-Code").next() {
            diagnostics.push_str(diagnostic);
            diagnostics.push('\n');
        }
        if is_delivered(&action) {
            delivered = true;
            continue;
        }
        let soft = action.starts_with("delayed")
            || code.as_deref().is_some_and(|code| code.starts_with('4'));
        temporary |= soft;
        permanent |= !soft;
        status = status.or(code);
        if addresses.len() < RECIPIENTS_MAX {
            addresses.insert(address);
        }
    }
    if addresses.is_empty() {
        if delivered {
            return None;
        }
        status_part?;
        let notice = notice_of(mail);
        addresses = in_notice(&notice, own).into_iter().collect();
        if addresses.is_empty() {
            addresses = returned_recipient(mail).into_iter().collect();
        }
        permanent = !is_temporary(None, &notice, &mail.subject());
    }
    let refined = STATUS
        .captures(&diagnostics)
        .map(|found| found[1].to_owned());
    let policy = [&status, &refined]
        .into_iter()
        .flatten()
        .any(|code| code.starts_with("5.7."));
    Some(Bounce {
        addresses: addresses.into_iter().collect(),
        temporary: temporary && !permanent,
        status,
        policy,
        original_message_id: returned_message_id(mail),
        evidence: if status_part.is_some() {
            "a message/delivery-status part (RFC 3464)"
        } else {
            "the fields of RFC 3464 in its text"
        }
        .to_owned(),
    })
}

fn report_block(text: &str) -> bool {
    (fields(text, "Final-Recipient").next().is_some()
        || fields(text, "Original-Recipient").next().is_some())
        && (fields(text, "Action").next().is_some() || fields(text, "Status").next().is_some())
}

/// Blocks of fields, separated by blank lines; folded lines joined.
fn blocks(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in bounded(text).lines() {
        let last = all.last_mut().expect("starts with one block");
        if line.trim().is_empty() {
            // A blank line between the fields of one recipient is a common fault: only a new recipient opens a block.
            continue;
        }
        let lower = line.trim_start().to_lowercase();
        let names_recipient =
            lower.starts_with("final-recipient") || lower.starts_with("original-recipient");
        let repeated = lower
            .split_once(':')
            .is_some_and(|(name, _)| fields(last, name.trim()).next().is_some());
        // A recipient, or the Action that some write before it, opens the next block when the last has one already.
        if repeated && (names_recipient || lower.starts_with("action")) && complete(last) {
            all.push(String::new());
        }
        let last = all.last_mut().expect("starts with one block");
        if line.starts_with([' ', '\t'])
            && !last.is_empty()
            && !names_recipient
            && !lower.contains(':')
        {
            last.push(' ');
            last.push_str(line.trim());
        } else {
            last.push('\n');
            last.push_str(line.trim());
        }
    }
    all
}

fn complete(block: &str) -> bool {
    fields(block, "Action").next().is_some()
        && (fields(block, "Final-Recipient").next().is_some()
            || fields(block, "Original-Recipient").next().is_some())
}

fn recipient(block: &str) -> Option<String> {
    [
        "Final-Recipient",
        "Original-Recipient",
        "X-Actual-Recipient",
    ]
    .iter()
    .find_map(|name| {
        fields(block, name).find_map(|value| {
            let address = value.rsplit_once(';').map_or(value, |(_, address)| address);
            let address = address.trim().trim_matches(['<', '>', ' ']).to_lowercase();
            let address = address
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .trim_matches(['<', '>'])
                .to_owned();
            (address.contains('@') && !address.starts_with('@')).then_some(address)
        })
    })
}
