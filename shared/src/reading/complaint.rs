//! Complaints: a provider tells us that a person pressed "this is spam" (RFC 5965, and Hotmail's older form).

use mail_parser::MimeHeaders as _;

use super::message::{Mail, content_type, part_text};

/// What a complaint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `abuse`, `fraud`, `opt-out`, `not-spam`, `auth-failure`, …, lower case.
    pub feedback_type: String,
    /// Addresses of the person, when the provider did not redact them.
    pub recipients: Vec<String>,
    /// Message-ID of our letter inside the returned copy.
    pub original_message_id: Option<String>,
    /// The header or part that says so.
    pub evidence: String,
}

impl Complaint {
    /// Whether mail to this person stops: a person complained, or asked to leave. Not for reports about signatures.
    #[must_use]
    pub fn stops_mail(&self) -> bool {
        matches!(
            self.feedback_type.as_str(),
            "abuse"
                | "fraud"
                | "opt-out"
                | "opt-out-list"
                | "miscategorized"
                | "virus"
                | "other"
                | ""
        )
    }
}

/// The complaint in a message, if it is one.
#[must_use]
pub fn find(mail: &Mail<'_>) -> Option<Complaint> {
    let report_type = mail
        .own_parts()
        .first()
        .and_then(|root| root.content_type())
        .and_then(|kind| kind.attribute("report-type"))
        .unwrap_or_default()
        .to_lowercase();
    let part = mail
        .own_parts()
        .iter()
        .find(|part| content_type(part) == "message/feedback-report");
    let evidence = match part {
        Some(_) => "a message/feedback-report part (RFC 5965)",
        None if report_type == "feedback-report" => "multipart/report; report-type=feedback-report",
        None => return older_form(mail),
    };
    let report = part
        .map(|part| part_text(part).into_owned())
        .unwrap_or_default();
    let field = |name: &str| fields(&report, name).next().map(str::to_owned);
    Some(Complaint {
        feedback_type: field("Feedback-Type").unwrap_or_default().to_lowercase(),
        recipients: fields(&report, "Original-Rcpt-To")
            .chain(fields(&report, "Removal-Recipient"))
            .map(|address| address.trim_matches(['<', '>', ' ']).to_lowercase())
            .collect(),
        original_message_id: returned_message_id(mail),
        evidence: evidence.to_owned(),
    })
}

/// Hotmail's loop: only the original comes back, from an address that does nothing else.
fn older_form(mail: &Mail<'_>) -> Option<Complaint> {
    // Apple Mail unsubscribes for the person by a mail of its own (RFC 2369 mailto).
    if mail.header("X-Apple-Unsubscribe").is_some() {
        return Some(Complaint {
            feedback_type: "opt-out".to_owned(),
            recipients: mail.from_address().into_iter().collect(),
            original_message_id: None,
            evidence: "X-Apple-Unsubscribe".to_owned(),
        });
    }
    let path = mail.header("Return-Path").unwrap_or_default();
    let from = mail
        .from_address()
        .filter(|from| !from.is_empty() && !path.contains("staff@hotmail.com"))
        .unwrap_or_else(|| path.trim_matches(['<', '>']).to_lowercase());
    let subject = mail.subject().to_lowercase();
    let loops = [
        "staff@hotmail.com",
        "scomp@aol.net",
        "fbl-no-reply@postmaster.aol.com",
    ];
    let named = mail.header("X-HmXmrOriginalRecipient").is_some()
        || mail.header("X-Loop").is_some_and(|value| value == "scomp");
    let says_so = [
        "complaint about message from",
        "email feedback report for",
        "client tos notification",
        "abuse report",
    ]
    .iter()
    .any(|phrase| subject.starts_with(phrase));
    if !(loops.contains(&from.as_str()) || named || says_so) {
        return None;
    }
    Some(Complaint {
        feedback_type: "abuse".to_owned(),
        recipients: mail
            .header("X-HmXmrOriginalRecipient")
            .into_iter()
            .map(|address| address.to_lowercase())
            .collect(),
        original_message_id: returned_message_id(mail),
        evidence: format!("a complaint loop's own form, from {from}"),
    })
}

/// Message-ID of the letter returned inside a report.
#[must_use]
pub fn returned_message_id(mail: &Mail<'_>) -> Option<String> {
    mail.own_parts().iter().find_map(|part| {
        if let Some(inner) = part.message() {
            return inner.message_id().map(str::to_owned);
        }
        let kind = content_type(part);
        if kind != "text/rfc822-headers"
            && kind != "message/rfc822-headers"
            && kind != "message/rfc822"
        {
            return None;
        }
        fields(&part_text(part), "Message-ID")
            .next()
            .map(|id| id.trim_matches(['<', '>', ' ']).to_owned())
    })
}

/// Values of a field in a block of `Name: value` lines.
pub(super) fn fields<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
