//! Questions that a person of the staff takes: a row, a card in the staff's channel, and a mark once it is resolved (c17).

pub mod store;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::account::{DiscordUser, Locale};
use crate::discord_out::{Body, Button, Message, Style, To};
use crate::faq::log::AnswerId;
use crate::id::Id;
use crate::words::bot::{quoted, say};
use crate::words::time;

/// The id of a [`Handover`].
pub type HandoverId = Id<Handover>;

/// Characters of a question on the card and in the message to its asker.
const QUESTION_CHARS_MAX: usize = 500;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 80;
/// What the card's button does; the bot's table knows it.
pub const DONE: &str = "handover-done";

/// A question that waits for a person, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Its id.
    pub id: HandoverId,
    /// What people call it by, counted from 1.
    pub number: i64,
    /// The logged answer under which a person was asked for.
    pub answer: AnswerId,
    /// When a person was asked for.
    pub at: DateTime<Utc>,
    /// The question, masked; none after an erasure.
    pub question: Option<String>,
    /// The language of the question.
    pub locale: Locale,
    /// The asker on Discord; none in the terminal and after an erasure.
    pub user: Option<DiscordUser>,
    /// The platform's id of the asker's account, if it is known.
    pub account: Option<String>,
    /// Who marked it resolved, and when.
    pub resolved: Option<(String, DateTime<Utc>)>,
}

/// The name of the card of a handover.
#[must_use]
pub fn card_name(id: HandoverId) -> String {
    format!("handover:{id}")
}

impl Handover {
    /// Names its card: the same question is one card.
    #[must_use]
    pub fn dedupe(&self) -> String {
        card_name(self.id)
    }

    /// The question as it is shown.
    #[must_use]
    pub fn question(&self) -> String {
        let question = self.question.as_deref().unwrap_or("-");
        quoted(question, QUESTION_CHARS_MAX)
    }

    /// Who asks: a mention shows it to the staff and, mentions being off, calls nobody.
    #[must_use]
    pub fn who(&self) -> String {
        match (self.user, &self.account) {
            (Some(user), _) => format!("<@{}>", user.0),
            (None, Some(account)) => quoted(account, NAME_CHARS_MAX),
            (None, None) => "-".to_owned(),
        }
    }

    /// Its card in the staff's channel, in the platform's own language; the button goes with the resolution.
    #[must_use]
    pub fn card(&self, zone: Tz) -> Body {
        let locale = Locale::default();
        let number = self.number.to_string();
        let (who, question) = (self.who(), self.question());
        let mut text = say(
            locale,
            "handover_card",
            &[("number", &number), ("who", &who), ("question", &question)],
        );
        let Some((by, at)) = &self.resolved else {
            let button = Button::new(format!("v1:{DONE}:{}", self.id.uuid().simple()), {
                say(locale, "handover_button", &[])
            });
            return Body {
                text,
                buttons: vec![vec![button.styled(Style::Success)]],
            };
        };
        let (by, on) = (quoted(by, NAME_CHARS_MAX), time::date(locale, *at, zone));
        text.push('\n');
        text.push_str(&say(
            locale,
            "handover_card_done",
            &[("by", &by), ("on", &on)],
        ));
        Body {
            text,
            buttons: Vec::new(),
        }
    }

    /// The card as a message to the staff's channel.
    #[must_use]
    pub fn announced(&self, zone: Tz) -> Message {
        Message {
            to: To::Review,
            dedupe: self.dedupe(),
            body: self.card(zone),
            letter: None,
        }
    }

    /// What its asker is told once it is resolved: once, and only where they asked.
    #[must_use]
    pub fn told(&self) -> Option<Message> {
        let text = say(
            self.locale,
            "handover_told",
            &[("question", &self.question())],
        );
        Some(Message {
            to: To::User(self.user?),
            dedupe: format!("handover_told:{}", self.id),
            body: Body {
                text,
                buttons: Vec::new(),
            },
            letter: None,
        })
    }
}
