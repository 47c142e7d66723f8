//! The one table of commands: from it come registration, localisation, permission and dispatch.

mod refund;

use std::future::Future;
use std::pin::Pin;

use relance_shared::faq::handover;
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
    /// It may open a form or be shown to everybody, so nothing can be sent before.
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

/// A command whose answer only the asker sees: all of them.
const fn command_of(
    name: &'static str,
    options: &'static [Opt],
    who: Who,
    run: Handler,
) -> Command {
    Command {
        name,
        options,
        who,
        how: How::Private,
        run,
    }
}

const fn act(name: &'static str, who: Who, how: How, run: ActionHandler) -> Action {
    Action {
        name,
        who,
        how,
        run,
    }
}

/// The handler of a staff member's decision.
macro_rules! verdict {
    ($verdict:expr) => {
        |desk, asker, options| Box::pin(commands::review::decide(desk, asker, options, $verdict))
    };
}

/// The handler of what an asker says about an answer.
macro_rules! said {
    ($said:expr) => {
        |desk, asker, row, _| Box::pin(actions::faq_feedback(desk, asker, row, $said))
    };
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
    command_of(
        "faq",
        &[Opt {
            complete: Some(|desk, asker, typed| {
                Box::pin(async { Ok(commands::faq::suggest(desk, asker, typed)) })
            }),
            ..text("question", 400)
        }],
        Who::Everybody,
        |desk, asker, options| Box::pin(commands::faq::run(desk, asker, options)),
    ),
    command_of(
        "pending",
        &[Opt {
            name: "page",
            kind: Kind::Number,
            required: false,
            complete: None,
        }],
        Who::Everybody,
        |desk, asker, options| Box::pin(commands::pending::run(desk, asker, options)),
    ),
    command_of(
        "project",
        &[text("reference", 40)],
        Who::Everybody,
        |desk, asker, options| Box::pin(commands::project::run(desk, asker, options)),
    ),
    command_of("credits", &[], Who::Provider, |desk, asker, options| {
        Box::pin(commands::credits::run(desk, asker, options))
    }),
    command_of(
        "refund",
        &[Opt {
            required: false,
            complete: Some(|desk, asker, typed| {
                Box::pin(commands::refund::suggest(desk, asker, typed))
            }),
            ..text("project", 60)
        }],
        Who::Provider,
        |desk, asker, options| Box::pin(commands::refund::run(desk, asker, options)),
    ),
    command_of("review list", &[], Who::Staff, |desk, asker, options| {
        Box::pin(commands::review::list(desk, asker, options))
    }),
    command_of(
        "review show",
        &[NUMBER],
        Who::Staff,
        |desk, asker, options| Box::pin(commands::review::show(desk, asker, options)),
    ),
    command_of(
        "review approve",
        &[NUMBER, text("reason", 1_000)],
        Who::Staff,
        verdict!(Verdict::Approve),
    ),
    command_of(
        "review decline",
        &[NUMBER, text("reason", 1_000)],
        Who::Staff,
        verdict!(Verdict::Decline),
    ),
    command_of(
        "review ask",
        &[NUMBER, text("question", 1_000)],
        Who::Staff,
        verdict!(Verdict::Ask),
    ),
    command_of(
        "review note",
        &[NUMBER, text("text", 1_000)],
        Who::Staff,
        |desk, asker, options| Box::pin(commands::review::note(desk, asker, options)),
    ),
    command_of(
        "review undo",
        &[NUMBER, text("reason", 1_000)],
        Who::Staff,
        verdict!(Verdict::Undo),
    ),
    command_of(
        "link email",
        &[text("address", 254)],
        Who::Everybody,
        |desk, asker, options| Box::pin(commands::link::email(desk, asker, options)),
    ),
    command_of(
        "link code",
        &[text("code", 20)],
        Who::Everybody,
        |desk, asker, options| Box::pin(commands::link::code(desk, asker, options)),
    ),
    command_of("link end", &[], Who::Everybody, |desk, asker, options| {
        Box::pin(commands::link::end(desk, asker, options))
    }),
    command_of(
        "report",
        &[text("project", 200)],
        Who::Provider,
        |desk, asker, options| Box::pin(commands::report::run(desk, asker, options)),
    ),
    command_of("calls", &[], Who::Staff, |desk, asker, options| {
        Box::pin(commands::calls::run(desk, asker, options))
    }),
    command_of("handovers", &[], Who::Staff, |desk, asker, options| {
        Box::pin(commands::handovers::run(desk, asker, options))
    }),
    command_of("status", &[], Who::Staff, |desk, asker, options| {
        Box::pin(commands::status::run(desk, asker, options))
    }),
];

/// Every button and form, but those of refund requests.
pub const ACTIONS: &[Action] = &[
    act(
        "faq",
        Who::Everybody,
        How::Private,
        |desk, asker, row, _| Box::pin(actions::faq(desk, asker, row)),
    ),
    act(
        "faq-pick",
        Who::Everybody,
        How::Private,
        |desk, asker, row, _| Box::pin(actions::faq_pick(desk, asker, row)),
    ),
    act(
        "faq-yes",
        Who::Everybody,
        How::Private,
        said!(Feedback::Helped),
    ),
    act(
        "faq-no",
        Who::Everybody,
        How::Private,
        said!(Feedback::NotHelped),
    ),
    act(
        "faq-person",
        Who::Everybody,
        How::Private,
        said!(Feedback::Person),
    ),
    // What everybody will read must not be deferred: a refusal would take the visibility of what was deferred.
    act(
        "faq-show",
        Who::Everybody,
        How::MayAsk,
        |desk, asker, row, _| Box::pin(async { Ok(actions::faq_show(desk, asker, row)) }),
    ),
    act(
        handover::DONE,
        Who::Staff,
        How::Private,
        |desk, asker, row, _| Box::pin(actions::handover_done(desk, asker, row)),
    ),
    act("crm", Who::Provider, How::Private, |desk, asker, row, _| {
        Box::pin(actions::crm(desk, asker, row))
    }),
    act(
        "pending",
        Who::Everybody,
        How::Replaces,
        |desk, asker, row, _| Box::pin(actions::pending(desk, asker, row)),
    ),
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
