//! The rhythm, the channels, the caps, the calendar: rules by themselves, then two years lived by chance.

mod calendar;
mod simulated;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::contact::{LineKind, Stage};
use crate::testing::day;

fn person() -> Person {
    Person {
        id: ClientId::from(Uuid::from_u128(7)),
        zone: Tz::Europe__Paris,
        mails: Mails::Normal,
        email: Way::Works,
        phone: Way::Works,
    }
}

/// Published on Monday 5 January 2026.
fn fresh() -> Standing {
    Standing {
        published_at: day(4),
        facts: Facts::default(),
        last_step: None,
        reported_at: None,
    }
}

/// After its `n`-th mail in a row, sent on `on`.
fn mailed(n: i64, on: i64) -> Standing {
    let mut of = fresh();
    of.facts.mails_unanswered = n;
    of.facts.asked_at = Some(day(on));
    of.last_step = Some(Step {
        number: n,
        channel: Channel::Email,
        at: day(on),
        mails_in_row: n,
        end: StepEnd::Done,
    });
    of
}

fn called(end: StepEnd, on: i64) -> Standing {
    let mut of = mailed(2, on - 7);
    of.last_step = Some(Step {
        number: 3,
        channel: Channel::Phone,
        at: day(on),
        mails_in_row: 0,
        end,
    });
    of
}

fn answered(of: &Standing, stage: Stage, on: i64) -> Standing {
    let mut of = of.clone();
    of.facts.last_sign_at = Some(day(on));
    of.facts.last_sign_kind = Some(LineKind::Answer);
    (of.facts.stage, of.facts.stage_at) = (Some(stage), Some(day(on)));
    (of.facts.mails_unanswered, of.facts.calls_unanswered) = (0, 0);
    of
}

/// Days from `from` to the next question, and its channel.
fn ask(rhythm: &Rhythm, person: &Person, of: &Standing, from: i64) -> (i64, Channel, Reason) {
    match next(rhythm, person, of) {
        Next::Ask {
            at,
            channel,
            reason,
        } => (
            (at.date_naive() - day(from).date_naive()).num_days(),
            channel,
            reason,
        ),
        other => panic!("{other:?}"),
    }
}

/// A rhythm whose days are all working days, so that tests can count.
fn days(of: &Standing, from: i64) -> (i64, Channel, Reason) {
    ask(&Rhythm::default(), &person(), of, from)
}

// a1, b3, N13: day 3, 7, 14, 30, then every 30, from a year every 90.
#[test]
fn the_rhythm_slows_with_age_and_never_ends() {
    assert_eq!(days(&fresh(), 4), (3, Channel::Email, Reason::First));
    // Every gap from the day of asking; the channel apart.
    for (asked, gap) in [
        (7, 4),
        (11, 7),
        (18, 16),
        (34, 30),
        (62, 30),
        (369, 90),
        (2000, 90),
    ] {
        let of = mailed(1, asked);
        let day_of_week = |n: i64| (3 + n).rem_euclid(7); // day 0 is a Thursday, Monday is 0
        let (days, ..) = days(&of, asked);
        if day_of_week(asked + gap) < 5 {
            assert!(
                (gap..gap + 2).contains(&days),
                "asked on {asked}: {days} instead of {gap}"
            );
        } else {
            assert!(
                (gap..gap + 9).contains(&days),
                "asked on {asked}: {days} instead of {gap}"
            );
        }
    }
}

// a19: after two unanswered mails a call; after the call mails again.
#[test]
fn after_two_unanswered_mails_comes_a_call_and_then_mails_again() {
    assert_eq!(days(&mailed(1, 7), 7).1, Channel::Email);
    assert_eq!(days(&mailed(2, 11), 11).1, Channel::Phone);
    assert_eq!(days(&called(StepEnd::Done, 18), 18).1, Channel::Email);
}

// a20, S7: an unmade call expires into the next mail, at once.
#[test]
fn a_call_not_made_gives_way_to_a_mail() {
    let open = called(StepEnd::Open { until: day(25) }, 18);
    assert_eq!(
        next(&Rhythm::default(), &person(), &open),
        Next::Waiting { until: day(25) }
    );
    let expired = called(StepEnd::Expired { at: day(25) }, 18);
    let (in_days, channel, reason) = days(&expired, 25);
    assert!(in_days <= 1);
    assert_eq!((channel, reason), (Channel::Email, Reason::CallNotMade));
}

// a15, N16: a bounce makes the next step a call, a wrong number a mail; with neither there is nobody to ask.
#[test]
fn each_channel_stands_in_for_the_other() {
    let rhythm = Rhythm::default();
    let bounced = Person {
        email: Way::DeadSince(day(7)),
        ..person()
    };
    assert_eq!(
        ask(&rhythm, &bounced, &mailed(1, 7), 7),
        (1, Channel::Phone, Reason::Bounced)
    );
    let wrong = Person {
        phone: Way::DeadSince(day(18)),
        ..person()
    };
    let mut of = called(StepEnd::Done, 18);
    of.facts.asked_at = Some(day(18));
    assert_eq!(
        ask(&rhythm, &wrong, &of, 18),
        (1, Channel::Email, Reason::WrongNumber)
    );
    let both = Person {
        email: Way::DeadSince(day(7)),
        phone: Way::DeadSince(day(18)),
        ..person()
    };
    assert_eq!(next(&rhythm, &both, &of), Next::NoWay);
    assert_eq!(both.unreachable_since(), Some(day(18)));
    let neither = Person {
        email: Way::Unknown,
        phone: Way::Unknown,
        ..person()
    };
    assert_eq!(neither.unreachable_since(), None, "never tried");
}

// a3: the first human answer starts the plan again, with longer gaps.
#[test]
fn still_searching_starts_the_plan_again_with_longer_gaps() {
    let of = answered(&mailed(2, 11), Stage::Searching, 12);
    assert_eq!(days(&of, 12), (14, Channel::Email, Reason::AfterAnswer));
    let gaps = |rhythm: &Rhythm| {
        (
            rhythm.first_days[0] < rhythm.after_answer_days[0],
            rhythm.then_every_days < rhythm.after_answer_every_days,
        )
    };
    assert_eq!(gaps(&Rhythm::default()), (true, true));
}

// "Call me in September": that date, whatever the rhythm says.
#[test]
fn a_date_that_the_client_names_is_kept() {
    let mut of = answered(&mailed(1, 11), Stage::Postponed, 12);
    assert_eq!(days(&of, 12).2, Reason::Promised);
    of.facts.ask_again_at = Some(day(243));
    assert_eq!(days(&of, 243), (0, Channel::Email, Reason::Promised));
    of.facts.ask_again_at = Some(day(5_000));
    assert!(days(&of, 12).0 <= 366 + 9, "not in thirteen years");
}

// P3: a client who says it is over is asked to say so on the account; the plan goes on.
#[test]
fn over_is_a_wish_and_the_plan_goes_on() {
    let of = answered(&mailed(1, 11), Stage::ChosenOutside, 12);
    assert_eq!(days(&of, 12).2, Reason::SaidOver);
}

// a18: fewer mails are twice the gaps, none are calls only.
#[test]
fn fewer_mails_double_the_gaps_and_none_leaves_calls() {
    let fewer = Person {
        mails: Mails::Fewer,
        ..person()
    };
    assert_eq!(ask(&Rhythm::default(), &fewer, &mailed(1, 7), 7).0, 8);
    let none = Person {
        mails: Mails::None,
        ..person()
    };
    assert_eq!(
        ask(&Rhythm::default(), &none, &mailed(1, 7), 7).1,
        Channel::Phone
    );
    let nothing = Person {
        phone: Way::Unknown,
        ..none
    };
    assert_eq!(
        next(&Rhythm::default(), &nothing, &mailed(1, 7)),
        Next::NoWay
    );
}

// A letter stopped before it left asked nobody: the plan is where it was, a little later.
#[test]
fn a_withdrawn_letter_counts_as_no_question() {
    let mut of = mailed(1, 7);
    of.last_step = of.last_step.map(|step| Step {
        number: 2,
        at: day(11),
        end: StepEnd::Withdrawn,
        ..step
    });
    assert_eq!(days(&of, 11).0, 3);
    of.facts.last_sign_at = Some(day(12));
    assert_eq!(days(&of, 11).0, 0, "a sign takes the pause away");
}

fn due_now(contacts: &Contacts, projects: &[Standing]) -> Decision {
    let now = day(40);
    decide(&Rhythm::default(), &person(), projects, contacts, now, now)
}

// a2, a5, N14: a client with five projects gets one letter with five lines.
#[test]
fn five_projects_are_one_letter() {
    let five: Vec<_> = (0..5)
        .map(|n| Standing {
            published_at: day(30 + n),
            ..fresh()
        })
        .collect();
    let Decision::Contact(contacted) = due_now(&Contacts::default(), &five) else {
        panic!()
    };
    assert_eq!(contacted.channel, Channel::Email);
    let asked: Vec<_> = contacted
        .asks
        .iter()
        .map(|ask| (ask.project, ask.step, ask.mails_in_row))
        .collect();
    assert_eq!(
        asked,
        [(0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1)]
    );
}

// a18: whatever is due, nobody is written to more often than the caps say.
#[test]
fn the_caps_count_all_projects_together() {
    let projects = [Standing {
        published_at: day(30),
        ..fresh()
    }];
    let written = |days: &[i64]| Contacts {
        letters: days.iter().map(|n| day(*n)).collect(),
        ..Contacts::default()
    };
    assert!(matches!(
        due_now(&written(&[38]), &projects),
        Decision::Contact(_)
    ));
    let Decision::Later(at) = due_now(&written(&[36, 38]), &projects) else {
        panic!()
    };
    // Day 43 is a Friday; after noon the next working days count.
    assert!(at >= day(43) && at < day(50), "{at}");
    let calling = Contacts {
        call_open_until: Some(day(44)),
        ..Contacts::default()
    };
    let Decision::Later(at) = due_now(&calling, &projects) else {
        panic!()
    };
    assert!(at >= day(44), "{at}");
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    type Broken = (&'static str, fn(&mut Rhythm));
    let broken: [Broken; 10] = [
        ("follow_up.first_days", |r| r.first_days = vec![]),
        ("follow_up.first_days", |r| r.first_days = vec![3, 3]),
        ("follow_up.first_days", |r| r.first_days = vec![1, 2, 3]),
        ("follow_up.then_every_days", |r| r.then_every_days = 0),
        ("follow_up.old_every_days", |r| r.old_every_days = 20),
        ("follow_up.mails_before_call", |r| r.mails_before_call = 0),
        ("follow_up.office_until_hour", |r| r.office_until_hour = 9),
        ("follow_up.mails_per_week_max", |r| r.mails_per_week_max = 0),
        ("follow_up.together_days", |r| r.together_days = 31),
        ("follow_up.people_per_run_max", |r| r.people_per_run_max = 0),
    ];
    assert!(Rhythm::default().refuse_contradictions().is_ok());
    for (key, breaks) in broken {
        let mut rhythm = Rhythm::default();
        breaks(&mut rhythm);
        let error = rhythm.refuse_contradictions().expect_err(key).to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn the_longest_gap_is_that_of_the_settings() {
    assert_eq!(Rhythm::default().longest_gap_days(), 90);
    assert_eq!(TimeDelta::days(90).num_days(), 90);
}

// N9, S21: a report brings the next question forward once, never within days of the last one.
#[test]
fn a_report_brings_the_next_question_forward_and_nothing_else() {
    let asked = mailed(1, 62);
    let reported = |of: &Standing, on| Standing {
        reported_at: Some(day(on)),
        ..of.clone()
    };
    assert_eq!(days(&asked, 62).0, 30);
    assert_eq!(
        days(&reported(&asked, 65), 62),
        (5, Channel::Email, Reason::Reported)
    );
    assert_eq!(
        days(&reported(&asked, 61), 62).0,
        30,
        "asked since the report"
    );
    let answered = answered(&reported(&asked, 65), Stage::Searching, 66);
    assert_ne!(
        days(&answered, 62).2,
        Reason::Reported,
        "the client spoke since"
    );
}
