//! What is said about one letter: the envelope, command by command or together (RFC 2920), and the text.

use std::fmt;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::response::Response;
use relance_shared::outbox::Verdict;

use super::answer::{Answer, Step};

/// How handing over before the text ended, when it did not end well.
pub(super) enum Cut {
    /// The connection is gone; the letter was not spoken of further.
    Broken(String),
    /// The relay answered about this letter; the connection still serves.
    Answered(Verdict),
    /// The same, but the connection serves no more.
    AnsweredLast(Verdict),
}

/// Envelope and DATA, up to the relay's leave to send the text; in one packet when it `pipelines`.
pub(super) async fn envelope(
    smtp: &mut AsyncSmtpConnection,
    pipelines: bool,
    from: &Address,
    to: &Address,
) -> Result<(), Cut> {
    let mail = Mail::new(Some(from.clone()), Vec::new());
    let rcpt = Rcpt::new(to.clone(), Vec::new());
    if pipelines {
        return together(smtp, &format!("{mail}{rcpt}{Data}")).await;
    }
    let said = smtp.command(mail).await;
    said.map_err(|error| cut(Step::Sender, &error))?;
    let said = smtp.command(rcpt).await;
    said.map_err(|error| cut(Step::Recipient, &error))?;
    let said = smtp.command(Data).await;
    said.map_err(|error| cut(Step::Data, &error))?;
    Ok(())
}

/// The first refusal counts: what follows it answers commands that should not have been given.
async fn together(smtp: &mut AsyncSmtpConnection, commands: &str) -> Result<(), Cut> {
    let mut refusal = None;
    let mut is_waiting_for_text = false;
    for step in [Step::Sender, Step::Recipient, Step::Data] {
        let said = match step {
            Step::Sender => smtp.command(commands).await,
            Step::Recipient | Step::Data => smtp.read_response().await,
        };
        match (said.map_err(|error| cut(step, &error)), refusal.take()) {
            (Ok(_), before) => {
                is_waiting_for_text = step == Step::Data;
                refusal = before;
            }
            (Err(Cut::Answered(verdict)), before) => refusal = Some(before.unwrap_or(verdict)),
            (Err(_), Some(verdict)) => return Err(Cut::AnsweredLast(verdict)),
            (Err(broken), None) => return Err(broken),
        }
    }
    match refusal {
        None => Ok(()),
        // Whatever came next would be taken for the text of a letter to nobody.
        Some(verdict) if is_waiting_for_text => Err(Cut::AnsweredLast(verdict)),
        Some(verdict) => Err(Cut::Answered(verdict)),
    }
}

fn cut(step: Step, error: &Error) -> Cut {
    match Answer::of(error) {
        Some(answer) => answer
            .to_envelope(step)
            .map_or_else(Cut::Broken, Cut::Answered),
        None => Cut::Broken(format!("the connection broke at {}", step.name())),
    }
}

/// The text and its final dot in one packet; lettre writes them apart.
pub(super) async fn text(smtp: &mut AsyncSmtpConnection, raw: &[u8]) -> Result<Response, Error> {
    match std::str::from_utf8(raw) {
        Ok(text) => smtp.command(Text(text)).await,
        Err(_) => smtp.message(raw).await,
    }
}

/// A text as it travels: dots at the beginning of a line doubled, a dot alone at the end (RFC 5321 4.5.2).
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.starts_with('.') {
            f.write_str(".")?;
        }
        let mut lines = self.0.split("\r\n.");
        f.write_str(lines.next().unwrap_or_default())?;
        for line in lines {
            f.write_str("\r\n..")?;
            f.write_str(line)?;
        }
        f.write_str(if self.0.ends_with("\r\n") {
            ".\r\n"
        } else {
            "\r\n.\r\n"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_at_the_beginning_of_a_line_is_doubled_and_one_alone_ends_the_text() {
        for (text, travels) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n..b.c\r\n.", "..\r\n...b.c\r\n..\r\n.\r\n"),
            ("", "\r\n.\r\n"),
            ("a\n.\nb\r\n", "a\n.\nb\r\n.\r\n"),
        ] {
            assert_eq!(Text(text).to_string(), travels);
        }
    }
}
