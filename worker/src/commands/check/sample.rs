//! What the setting of the mail server's results gives, tried on a real message.

use std::path::Path;

use relance_shared::config::Settings;
use relance_shared::reading::authenticity;
use relance_shared::reading::message::Mail;

use super::{Found, Line, line};
use crate::commands::inbox;

pub(super) fn authentication(settings: &Settings) -> Line {
    let found = settings.mail.trusted_authserv.as_ref().map_or_else(
        || Found::Note("not set: no sender is believed, every answer waits in the tray".to_owned()),
        |id| Found::Fine(format!("only results of {id} are believed")),
    );
    line("mail.trusted_authserv", found)
}

/// What a real message's Authentication-Results give with the setting as it is.
pub(super) fn sample(
    settings: &Settings,
    file: Option<&Path>,
    last: Option<Vec<u8>>,
) -> Option<Line> {
    let (raw, which) = match file {
        Some(file) => (inbox::raw(Some(file)), "the sample"),
        None => (Ok(last?), "the last message stored"),
    };
    let found = match raw {
        Err(error) => Found::Broken(format!("{error:#}")),
        Ok(raw) => match Mail::parse(&raw) {
            Err(error) => Found::Note(format!("{which} tells nothing: {error}")),
            Ok(mail) => authentic(settings.mail.trusted_authserv.as_deref(), &mail, which),
        },
    };
    Some(line("mail.trusted_authserv", found))
}

fn authentic(authserv: Option<&str>, mail: &Mail<'_>, which: &str) -> Found {
    let servers = authenticity::servers(mail);
    let verdict = authenticity::verdict(mail, authserv);
    if verdict.trusted {
        return Found::Fine(format!("{which} would be believed: {}", verdict.reason));
    }
    let is_ours = |server: &&String| {
        authserv.is_some_and(|authserv| server.eq_ignore_ascii_case(authserv.trim()))
    };
    Found::Note(match (servers.first(), servers.iter().find(is_ours)) {
        (None, _) => format!(
            "{which} carries no Authentication-Results: does your mail server check DMARC, and write what it finds?"
        ),
        (Some(top), None) => format!(
            "{which} carries results of {}, none of the server configured; if {top} is your own mail server, set mail.trusted_authserv = {top:?}",
            servers.join(", ")
        ),
        (Some(_), Some(ours)) => format!(
            "{which} carries results of {ours}, as configured, and would wait in the tray: {}",
            verdict.reason
        ),
    })
}
