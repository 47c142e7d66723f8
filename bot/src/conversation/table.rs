//! The one table of commands: from it come registration, localisation, permission and dispatch.

mod refund;

use std::future::Future;
use std::pin::Pin;

use relance_shared::faq::log::Feedback;
use relance_shared::refund::store::Verdict;

use crate::conversation::{Asker, Desk, Options, Reply, Trouble, actions, commands};

/// The future of an answer.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, Trouble>> + Send + 'a>>;
/// What a command does.
pub type Handler = for<'a> fn(&'a Desk, &'a Asker, &'a Options) -> Answering<'a>;
/// What a button or a form does; the text is the row's id, the options are a form's fields.
pub type ActionHandler = for<'a> fn(&'a Desk, &'a Asker, &'a str, &'a Options) -> Answering<'a>;
/// What is suggested while an option is being typed: at most 25 pairs of label and value.
pub type Completer = for<'a> fn(&'a Desk, &'a Asker, &'a str) -> Completing<'a>;
/// The future of suggestions.
pub type Completing<'a> = Pin<Box<dyn Future<Output = Result<Vec<Choice>, Trouble>> + Send + 'a>>;

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is shown, at most 100 characters.
    pub label: String,
    /// What is sent, at most 100 characters.
    pub value: String,
}

/// Who may use something. Decided from our data at each interaction; what Discord shows is no more than a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody, linked or not.
    Everybody,
    /// Somebody with a provider's account.
    Provider,
    /// A member of the staff.
    Staff,
}

/// How an answer appears; the surface must know before the work begins, because Discord waits 3 s only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Only the asker sees it.
    Private,
    /// It takes the place of the message whose button was pressed.
    Replaces,
    /// It may open a form, so nothing can be sent before.
    MayAsk,
}

/// Kind of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of at most this many characters.
    Text(u16),
    /// A whole number from 1.
    Number,
}

/// An option of a command.
#[derive(Debug, Clone, Copy)]
pub struct Opt {
    /// English name; the words know the French one.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// Whether Discord refuses the command without it.
    pub required: bool,
    /// What is suggested while it is typed.
    pub complete: Option<Completer>,
}

/// A command.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// English name, `group name` for a command of a group.
    pub name: &'static str,
    /// Options, required ones first.
    pub options: &'static [Opt],
    /// Who may use it.
    pub who: Who,
    /// How the answer appears.
    pub how: How,
    /// What it does.
    pub run: Handler,
}

/// A button or a form.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// Middle part of its id, `v1:<action>:<row id>`.
    pub name: &'static str,
    /// Who may use it.
    pub who: Who,
    /// How the answer appears.
    pub how: How,
    /// What it does.
    pub run: ActionHandler,
}

const fn text(name: &'static str, chars_max: u16) -> Opt {
    Opt {
        name,
        kind: Kind::Text(chars_max),
        required: true,
        complete: None,
    }
}

/// The number of a refund request.
const NUMBER: Opt = Opt {
    name: "number",
    kind: Kind::Number,
    required: true,
    complete: None,
};

/// Every command.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "faq",
        options: &[Opt {
            complete: Some(|desk, asker, typed| {
                Box::pin(async { Ok(commands::faq::suggest(desk, asker, typed)) })
            }),
            ..text("question", 400)
        }],
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::faq::run(desk, asker, options)),
    },
    Command {
        name: "pending",
        options: &[Opt {
            name: "page",
            kind: Kind::Number,
            required: false,
            complete: None,
        }],
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::pending::run(desk, asker, options)),
    },
    Command {
        name: "project",
        options: &[text("reference", 40)],
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::project::run(desk, asker, options)),
    },
    Command {
        name: "credits",
        options: &[],
        who: Who::Provider,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::credits::run(desk, asker, options)),
    },
    Command {
        name: "refund",
        options: &[Opt {
            required: false,
            complete: Some(|desk, asker, typed| {
                Box::pin(commands::refund::suggest(desk, asker, typed))
            }),
            ..text("project", 60)
        }],
        who: Who::Provider,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::refund::run(desk, asker, options)),
    },
    Command {
        name: "review list",
        options: &[],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::review::list(desk, asker, options)),
    },
    Command {
        name: "review show",
        options: &[NUMBER],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::review::show(desk, asker, options)),
    },
    Command {
        name: "review approve",
        options: &[NUMBER, text("reason", 1_000)],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| {
            Box::pin(commands::review::decide(
                desk,
                asker,
                options,
                Verdict::Approve,
            ))
        },
    },
    Command {
        name: "review decline",
        options: &[NUMBER, text("reason", 1_000)],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| {
            Box::pin(commands::review::decide(
                desk,
                asker,
                options,
                Verdict::Decline,
            ))
        },
    },
    Command {
        name: "review ask",
        options: &[NUMBER, text("question", 1_000)],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| {
            Box::pin(commands::review::decide(desk, asker, options, Verdict::Ask))
        },
    },
    Command {
        name: "review note",
        options: &[NUMBER, text("text", 1_000)],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::review::note(desk, asker, options)),
    },
    Command {
        name: "review undo",
        options: &[NUMBER, text("reason", 1_000)],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| {
            Box::pin(commands::review::decide(
                desk,
                asker,
                options,
                Verdict::Undo,
            ))
        },
    },
    Command {
        name: "link email",
        options: &[text("address", 254)],
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::link::email(desk, asker, options)),
    },
    Command {
        name: "link code",
        options: &[text("code", 20)],
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::link::code(desk, asker, options)),
    },
    Command {
        name: "report",
        options: &[text("project", 200)],
        who: Who::Provider,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::report::run(desk, asker, options)),
    },
    Command {
        name: "calls",
        options: &[],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::calls::run(desk, asker, options)),
    },
    Command {
        name: "status",
        options: &[],
        who: Who::Staff,
        how: How::Private,
        run: |desk, asker, options| Box::pin(commands::status::run(desk, asker, options)),
    },
];

/// Every button and form, but those of refund requests.
pub const ACTIONS: &[Action] = &[
    Action {
        name: "faq",
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, row, _| Box::pin(actions::faq(desk, asker, row)),
    },
    Action {
        name: "faq-pick",
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, row, _| Box::pin(actions::faq_pick(desk, asker, row)),
    },
    Action {
        name: "faq-yes",
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, row, _| {
            Box::pin(actions::faq_feedback(desk, asker, row, Feedback::Helped))
        },
    },
    Action {
        name: "faq-no",
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, row, _| {
            Box::pin(actions::faq_feedback(desk, asker, row, Feedback::NotHelped))
        },
    },
    Action {
        name: "faq-person",
        who: Who::Everybody,
        how: How::Private,
        run: |desk, asker, row, _| {
            Box::pin(actions::faq_feedback(desk, asker, row, Feedback::Person))
        },
    },
    Action {
        name: "crm",
        who: Who::Provider,
        how: How::Private,
        run: |desk, asker, row, _| Box::pin(actions::crm(desk, asker, row)),
    },
    Action {
        name: "pending",
        who: Who::Everybody,
        how: How::Replaces,
        run: |desk, asker, row, _| Box::pin(actions::pending(desk, asker, row)),
    },
];

/// The command with that English name.
#[must_use]
pub fn command(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

/// The action and the row id of a button's or form's id; none for an id of another version or of none of ours.
#[must_use]
pub fn action(id: &str) -> Option<(&'static Action, &str)> {
    let (name, row) = id.strip_prefix("v1:")?.split_once(':')?;
    let action = (ACTIONS.iter().chain(refund::ACTIONS)).find(|action| action.name == name)?;
    Some((action, row))
}

/// The id of a button or form.
#[must_use]
pub fn id(action: &str, row: impl std::fmt::Display) -> String {
    format!("v1:{action}:{row}")
}
