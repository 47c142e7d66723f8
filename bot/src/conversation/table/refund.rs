//! The buttons and forms of refund requests.

use relance_shared::refund::store::Verdict;

use super::{Action, How, Who, act};
use crate::conversation::commands;

/// The handler of a decision whose button was pressed: it asks for the reason.
macro_rules! pressed {
    ($verdict:expr) => {
        |desk, asker, row, _| Box::pin(commands::review::press(desk, asker, row, $verdict))
    };
}

/// The handler of a decision with its reason.
macro_rules! said {
    ($verdict:expr) => {
        |desk, asker, row, fields| {
            Box::pin(commands::review::said(desk, asker, row, fields, $verdict))
        }
    };
}

/// Every button and form of refund requests.
pub(super) const ACTIONS: &[Action] = &[
    act(
        "refund",
        Who::Provider,
        How::Private,
        |desk, asker, _, _| Box::pin(commands::refund::start(desk, asker)),
    ),
    act(
        "refund-pick",
        Who::Provider,
        How::Private,
        |desk, asker, row, _| Box::pin(commands::refund::pick(desk, asker, row)),
    ),
    act(
        "refund-why",
        Who::Provider,
        How::MayAsk,
        |_, asker, row, _| Box::pin(async { Ok(commands::refund::why(asker, row)) }),
    ),
    act(
        "refund-send",
        Who::Provider,
        How::Private,
        |desk, asker, row, fields| Box::pin(commands::refund::send(desk, asker, row, fields)),
    ),
    act(
        "refund-answer",
        Who::Provider,
        How::MayAsk,
        |_, asker, row, _| Box::pin(async { Ok(commands::refund::answer(asker, row)) }),
    ),
    act(
        "refund-answered",
        Who::Provider,
        How::Private,
        |desk, asker, row, fields| Box::pin(commands::refund::answered(desk, asker, row, fields)),
    ),
    act(
        "refund-show",
        Who::Staff,
        How::Private,
        |desk, asker, row, _| Box::pin(commands::review::show_row(desk, asker, row)),
    ),
    act(
        "refund-yes",
        Who::Staff,
        How::MayAsk,
        pressed!(Verdict::Approve),
    ),
    act(
        "refund-no",
        Who::Staff,
        How::MayAsk,
        pressed!(Verdict::Decline),
    ),
    act(
        "refund-ask",
        Who::Staff,
        How::MayAsk,
        pressed!(Verdict::Ask),
    ),
    act(
        "refund-yes-said",
        Who::Staff,
        How::Private,
        said!(Verdict::Approve),
    ),
    act(
        "refund-no-said",
        Who::Staff,
        How::Private,
        said!(Verdict::Decline),
    ),
    act(
        "refund-ask-said",
        Who::Staff,
        How::Private,
        said!(Verdict::Ask),
    ),
];
