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

/// What the blocks of a report (RFC 3464) come to.
#[derive(Default)]
struct Tally {
    addresses: BTreeSet<String>,
    temporary: bool,
    permanent: bool,
    delivered: bool,
    status: Option<String>,
    diagnostics: String,
}

impl Tally {
    fn of(text: &str) -> Self {
        let mut tally = Self::default();
        for block in blocks(text) {
            if let Some(address) = recipient(&block) {
                tally.count(&block, address);
            }
        }
        tally
    }

    fn count(&mut self, block: &str, address: String) {
        let action = fields(block, "Action").next();
        let action = action.unwrap_or_default().to_lowercase();
        let code = fields(block, "Status")
            .find_map(|value| STATUS.captures(value).map(|found| found[1].to_owned()));
        if let Some(diagnostic) = fields(block, "Diagnostic-Code").next() {
            self.diagnostics.push_str(diagnostic);
            self.diagnostics.push('\n');
        }
        if is_delivered(&action) {
            self.delivered = true;
            return;
        }
        let soft = action.starts_with("delayed")
            || code.as_deref().is_some_and(|code| code.starts_with('4'));
        self.temporary |= soft;
        self.permanent |= !soft;
        self.status = self.status.take().or(code);
        if self.addresses.len() < RECIPIENTS_MAX {
            self.addresses.insert(address);
        }
    }

    /// Whether the letter was refused for what it says, or for who we are.
    fn is_policy(&self) -> bool {
        let refined = STATUS.captures(&self.diagnostics);
        let refined = refined.as_ref().map(|found| &found[1]);
        [self.status.as_deref(), refined]
            .into_iter()
            .flatten()
            .any(|code| code.starts_with("5.7."))
    }
}

/// RFC 3464: every block of fields about one recipient.
fn standard(mail: &Mail<'_>, own: &BTreeSet<String>) -> Option<Bounce> {
    let (text, in_part) = report_text(mail)?;
    let mut tally = Tally::of(&text);
    if tally.addresses.is_empty() {
        if tally.delivered || !in_part {
            return None;
        }
        let notice = notice_of(mail);
        tally.addresses = in_notice(&notice, own).into_iter().collect();
        if tally.addresses.is_empty() {
            tally.addresses = returned_recipient(mail).into_iter().collect();
        }
        tally.permanent = !is_temporary(None, &notice, &mail.subject());
    }
    Some(Bounce {
        policy: tally.is_policy(),
        addresses: tally.addresses.into_iter().collect(),
        temporary: tally.temporary && !tally.permanent,
        status: tally.status,
        original_message_id: returned_message_id(mail),
        evidence: if in_part {
            "a message/delivery-status part (RFC 3464)"
        } else {
            "the fields of RFC 3464 in its text"
        }
        .to_owned(),
    })
}

/// The text with the blocks, and whether it is the part that the standard names; none when this is no such report.
fn report_text(mail: &Mail<'_>) -> Option<(String, bool)> {
    let parts = mail.own_parts();
    let status_part = parts.iter().find(|part| {
        let kind = content_type(part);
        kind == "message/delivery-status" || kind == "message/global-delivery-status"
    });
    if let Some(part) = status_part {
        return Some((part_text(part).into_owned(), true));
    }
    let is_report = parts
        .first()
        .and_then(|root| root.content_type())
        .is_some_and(|kind| {
            kind.attribute("report-type")
                .is_some_and(|value| value.eq_ignore_ascii_case("delivery-status"))
        });
    if !is_report && !is_daemon(mail) && !mail.has_null_return_path() {
        return None;
    }
    // Some relays write the block into the text of the report.
    parts
        .iter()
        .filter(|part| content_type(part).starts_with("text/plain"))
        .map(|part| part_text(part).into_owned())
        .chain(mail.is_broken().then(|| mail.raw_body()))
        .find(|text| report_block(text))
        .map(|text| (text, false))
}

fn report_block(text: &str) -> bool {
    (fields(text, "Final-Recipient").next().is_some()
        || fields(text, "Original-Recipient").next().is_some())
        && (fields(text, "Action").next().is_some() || fields(text, "Status").next().is_some())
}

/// Blocks of fields, one of each recipient; folded lines joined. A blank line between the fields of one recipient is a
/// common fault, so only a new recipient opens a block. Looks at each line once.
fn blocks(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut block = String::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for line in bounded(text).lines().filter(|line| !line.trim().is_empty()) {
        let lower = line.trim_start().to_lowercase();
        let name = lower.split_once(':').map(|(name, _)| name.trim());
        let names_recipient =
            lower.starts_with("final-recipient") || lower.starts_with("original-recipient");
        let is_complete = names.contains("action")
            && (names.contains("final-recipient") || names.contains("original-recipient"));
        // A recipient, or the Action that some write before it, opens the next block when the last has one already.
        if (names_recipient || lower.starts_with("action"))
            && is_complete
            && name.is_some_and(|name| names.contains(name))
        {
            all.push(std::mem::take(&mut block));
            names.clear();
        }
        let folded = line.starts_with([' ', '\t']) && !block.is_empty() && name.is_none();
        block.push(if folded { ' ' } else { '\n' });
        block.push_str(line.trim());
        names.extend(name.map(str::to_owned));
    }
    all.push(block);
    all
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
