//! What each answer, and each silence, of a relay means for a letter.

use chrono::TimeDelta;
use relance_shared::clock::Clock;
use relance_shared::contact::LineKind;
use relance_shared::on_engine;
use relance_shared::outbox::State;
use relance_shared::outbox::store::{self, LetterRow};
use relance_shared::testing::{day, each_engine};
use relance_tests::smtp_sink::{Act, Pipelining, SmtpSink};
use relance_worker::jobs::drain_outbox::drain;

use super::{env, put_follow_ups};

const LINES: &str = "SELECT kind FROM contacts WHERE source LIKE 'outbox%'";
const DEAD: &str = "SELECT COUNT(*) FROM clients WHERE email_dead_at IS NOT NULL";

/// What the relay does, what the letter becomes, the reason, whether the address is dead then.
const CASES: &[(Act, State, &str, bool)] = &[
    (Act::Accept, State::Accepted, "", false),
    (
        Act::SayToRecipient("550 5.1.1 no such user"),
        State::Refused,
        "RCPT 550 5.1.1",
        true,
    ),
    (
        Act::SayToRecipient("550 5.7.1 blocked by policy"),
        State::Refused,
        "RCPT 550 5.7.1",
        false,
    ),
    (
        Act::SayToRecipient("450 4.2.0 greylisted"),
        State::Planned,
        "RCPT 450 4.2.0",
        false,
    ),
    (
        Act::SayToData("451 4.3.0 try later"),
        State::Planned,
        "DATA 451 4.3.0",
        false,
    ),
    (
        Act::SayToData("554 5.5.1 no"),
        State::Refused,
        "DATA 554 5.5.1",
        false,
    ),
    (
        Act::SayToText("452 4.3.1 no space"),
        State::Planned,
        "text 452 4.3.1",
        false,
    ),
    (
        Act::SayToText("554 5.7.1 looks like spam"),
        State::Refused,
        "text 554 5.7.1",
        false,
    ),
    (
        Act::DropAtRecipient,
        State::Planned,
        "the connection broke at RCPT",
        false,
    ),
    (
        Act::HangAtRecipient,
        State::Planned,
        "no answer to the envelope in time",
        false,
    ),
    (
        Act::DropInText,
        State::Unknown,
        "the connection broke after the text began",
        false,
    ),
    (
        Act::DropAfterText,
        State::Unknown,
        "the connection broke after the text began",
        false,
    ),
    (
        Act::HangAfterText,
        State::Unknown,
        "no answer to the text in time",
        false,
    ),
];

async fn one_letter(act: Act, pipelining: Pipelining) {
    let (_, state, reason, is_dead) = CASES.iter().find(|case| case.0 == act).expect("a case");
    each_engine(async |db| {
        let sink = SmtpSink::start_with(pipelining, move |_| act).await?;
        let env = env(&db, &Clock::fixed(day(3)), &sink.url());
        put_follow_ups(&env, &["anne".to_owned()]).await?;
        drain(&env).await?;
        let row: LetterRow = store::list(&db, None, 1).await?.remove(0);
        assert_eq!(
            (row.state, row.reason.as_deref().unwrap_or_default()),
            (*state, *reason),
            "{act:?}, {pipelining:?}"
        );
        assert_eq!(row.attempts, 1);
        if row.state == State::Planned {
            assert_eq!(
                row.due_at,
                day(3) + TimeDelta::seconds(30),
                "{act:?}, {pipelining:?}"
            );
        }
        let lines: Vec<LineKind> =
            on_engine!(db.read(), pool => sqlx::query_scalar(LINES).fetch_all(pool).await)?;
        let expected: &[LineKind] = match state {
            State::Accepted => &[LineKind::LetterSent],
            State::Refused | State::Unknown => &[LineKind::LetterFailed],
            State::Planned | State::Sending | State::Withdrawn => &[],
        };
        assert_eq!(lines, expected, "{act:?}, {pipelining:?}");
        let dead: i64 =
            on_engine!(db.read(), pool => sqlx::query_scalar(DEAD).fetch_one(pool).await)?;
        assert_eq!(dead == 1, *is_dead, "{act:?}, {pipelining:?}");
        Ok(())
    })
    .await;
}

// E3: accepted, refused, later and unknown, each by how far the letter came.
#[tokio::test]
async fn each_answer_and_each_silence_of_a_relay_is_the_verdict_that_it_means() {
    let cases = CASES.iter().map(|case| one_letter(case.0, Pipelining::No));
    futures_util::future::join_all(cases).await;
}

// E3: the same when the envelope travels in one packet: the first refusal counts, whatever the relay says to what follows.
#[tokio::test]
async fn an_envelope_in_one_packet_means_the_same() {
    for pipelining in [Pipelining::Yes, Pipelining::DataAnyway] {
        let cases = CASES.iter().map(|case| one_letter(case.0, pipelining));
        futures_util::future::join_all(cases).await;
    }
}

// a23: after a break in one letter the others still go, and the broken one keeps its Message-ID when a person repeats it.
#[tokio::test]
async fn one_bad_letter_delays_nobody_and_keeps_its_id() {
    each_engine(async |db| {
        let sink = SmtpSink::start(|to| {
            if to.starts_with("n07@") {
                Act::DropAfterText
            } else {
                Act::Accept
            }
        })
        .await?;
        let env = env(&db, &Clock::fixed(day(3)), &sink.url());
        let names: Vec<_> = (0..30).map(|n| format!("n{n:02}")).collect();
        put_follow_ups(&env, &names).await?;
        let drained = drain(&env).await?;
        assert_eq!((drained.accepted, drained.unknown), (29, 1));
        let unknown = store::list(&db, Some(State::Unknown), 10).await?.remove(0);
        let mut tx = db.begin().await?;
        store::retry(&mut tx, unknown.id, day(3)).await?;
        tx.commit().await?;
        drain(&env).await?;
        let mut copies = sink.received();
        copies.retain(|letter| letter.message_id() == unknown.message_id);
        assert_eq!(copies.len(), 2);
        assert_eq!(copies[0].raw, copies[1].raw, "the same bytes");
        Ok(())
    })
    .await;
}

// O7, E7: a relay that is away costs no letter an attempt; when it is back everything goes.
#[tokio::test]
async fn a_relay_that_is_away_costs_nothing_but_time() {
    each_engine(async |db| {
        let clock = Clock::fixed(day(3));
        let away = format!(
            "smtp://127.0.0.1:{}",
            relance_tests::mail_servers::free_port()?
        );
        let alone = env(&db, &clock, &away);
        put_follow_ups(&alone, &["anne".to_owned(), "zoe".to_owned()]).await?;
        drain(&alone).await?;
        for row in store::list(&db, None, 10).await? {
            assert_eq!((row.state, row.attempts), (State::Planned, 0));
        }
        assert!(store::standing_away(&db).await?.is_some());
        let sink = SmtpSink::start(|_| Act::Accept).await?;
        let drained = drain(&env(&db, &clock, &sink.url())).await?;
        assert_eq!(drained.accepted, 2);
        assert_eq!(store::standing_away(&db).await?, None);
        Ok(())
    })
    .await;
}
