use proptest::prelude::*;

use super::*;
use crate::testing::day;

/// Day of the tests on which everything is asked.
const TODAY: i64 = 800;

fn stages() -> impl Strategy<Value = Stage> {
    prop::sample::select(vec![
        Stage::Searching,
        Stage::Comparing,
        Stage::ChosenOutside,
        Stage::ChosenHere,
        Stage::Postponed,
        Stage::Dropped,
        Stage::Unknown,
    ])
}

fn signs() -> impl Strategy<Value = LineKind> {
    prop::sample::select(vec![LineKind::Answer, LineKind::Login, LineKind::Reopened])
}

prop_compose! {
    fn evidence()(published in 0..TODAY)(
        published in Just(published),
        sign in prop::option::of((published..TODAY, signs())),
        word in prop::option::of((published..TODAY, stages())),
        mails in 0..30_i64,
        calls in 0..15_i64,
        unreachable in prop::option::of(published..TODAY),
    ) -> Evidence {
        Evidence {
            published_at: day(published),
            // An answer is a sign: the last sign is never older than the last word.
            last_sign: sign.map(|(at, kind)| (day(at.max(word.map_or(0, |(said, _)| said))), kind))
                .or(word.map(|(said, _)| (day(said), LineKind::Answer))),
            word: word.map(|(said, stage)| (day(said), stage)),
            mails_unanswered: mails,
            calls_unanswered: calls,
            unreachable_at: unreachable.map(day),
        }
    }
}

proptest! {
    // S13: among silent pending projects, older never stands above newer, however often each was asked.
    #[test]
    fn among_silent_projects_the_older_never_stands_above(
        older in 0..TODAY, younger_by in 1..TODAY, asked in 5..100_i64, more in 0..100_i64,
    ) {
        let silent = |published, calls_unanswered| Evidence {
            calls_unanswered,
            ..Evidence::none(day(published))
        };
        let (older, newer) = (silent(older, asked), silent(older + younger_by, asked + more));
        prop_assert_eq!(older.silence(), Silence::Silent);
        prop_assert!(rank_key(&older, day(2 * TODAY)) < rank_key(&newer, day(2 * TODAY)));
    }

    // S13: with the same evidence, or less of it for the older one, the older never stands above.
    #[test]
    fn age_alone_always_counts_against(of in evidence(), older_by in 1..400_i64) {
        let older = Evidence { published_at: of.published_at - TimeDelta::days(older_by), ..of };
        prop_assert!(rank_key(&older, day(TODAY)) < rank_key(&of, day(TODAY)));
    }

    // S18, N4: silence lowers and never lifts.
    #[test]
    fn more_silence_never_lifts(of in evidence(), mails in 0..10_i64, calls in 0..10_i64) {
        let quieter = Evidence {
            mails_unanswered: of.mails_unanswered + mails,
            calls_unanswered: of.calls_unanswered + calls,
            ..of
        };
        prop_assert!(rank_key(&quieter, day(TODAY)) <= rank_key(&of, day(TODAY)));
    }

    // P5: whatever the evidence, the place is within a stated distance of the age's own and fits the database.
    #[test]
    fn evidence_moves_a_project_within_bounds(of in evidence()) {
        let key = rank_key(&of, day(TODAY));
        let published = of.published_at.timestamp();
        prop_assert!(RANK_KEYS.contains(&key));
        prop_assert!(key >= published - LOWERED_DAYS_MAX * 86_400);
        prop_assert!(key <= of.last_sign.map_or(published, |(at, _)| at.timestamp()));
    }

    // P5, b6: one "still searching" undoes everything that lowered the project.
    #[test]
    fn one_answer_brings_a_project_back(of in evidence()) {
        let answered = Evidence {
            last_sign: Some((day(TODAY), LineKind::Answer)),
            word: Some((day(TODAY), Stage::Searching)),
            mails_unanswered: 0,
            calls_unanswered: 0,
            ..of
        };
        prop_assert!(rank_key(&answered, day(TODAY)) > rank_key(&of, day(TODAY)));
        prop_assert!(rank_key(&answered, day(TODAY)) >= of.published_at.timestamp());
    }

    // b6: a log-in lifts, unless the client has called the project over.
    #[test]
    fn a_log_in_never_lowers(of in evidence()) {
        let seen = Evidence {
            last_sign: Some((day(TODAY), LineKind::Login)),
            mails_unanswered: 0,
            calls_unanswered: 0,
            ..of
        };
        prop_assert!(rank_key(&seen, day(TODAY)) >= rank_key(&of, day(TODAY)));
    }

    // N25: the key does not depend on the day of asking, so a night in which nothing happened writes nothing.
    #[test]
    fn ageing_needs_no_write(of in evidence(), later in 0..1000_i64) {
        prop_assert_eq!(rank_key(&of, day(TODAY)), rank_key(&of, day(TODAY + later)));
    }
}

// S14: two years on a project has a place, below newer ones.
#[test]
fn a_project_of_731_days_has_a_place() {
    let old = rank_key(&Evidence::none(day(0)), day(731));
    let new = rank_key(&Evidence::none(day(730)), day(731));
    assert!(RANK_KEYS.contains(&old) && old < new);
}

// N5: an old project that lives stands above younger ones nobody answers for.
#[test]
fn a_living_old_project_stands_above_a_silent_younger_one() {
    let living = Evidence {
        last_sign: Some((day(720), LineKind::Answer)),
        word: Some((day(720), Stage::Searching)),
        ..Evidence::none(day(0))
    };
    let silent = Evidence {
        mails_unanswered: 10,
        calls_unanswered: 5,
        ..Evidence::none(day(600))
    };
    assert!(rank_key(&living, day(731)) > rank_key(&silent, day(731)));
}

// b19: a client who puts a project back takes back what was said before.
#[test]
fn a_return_to_the_list_outweighs_an_older_word() {
    let dropped = Evidence {
        last_sign: Some((day(100), LineKind::Answer)),
        word: Some((day(100), Stage::Dropped)),
        ..Evidence::none(day(0))
    };
    let reopened = Evidence {
        last_sign: Some((day(200), LineKind::Reopened)),
        word: Some((day(200), Stage::Searching)),
        ..dropped
    };
    assert_eq!(lowered_days(&dropped), OVER_DAYS);
    assert_eq!(lowered_days(&reopened), 0);
    assert!(rank_key(&reopened, day(300)) > rank_key(&Evidence::none(day(0)), day(300)));
}

// P5: a date in the future (a wrong clock somewhere) holds no project on top for ever.
#[test]
fn evidence_from_the_future_counts_as_of_now() {
    let ahead = Evidence::none(day(5_000));
    assert_eq!(rank_key(&ahead, day(10)), day(10).timestamp());
}

#[test]
fn pages_hold_twenty() {
    assert_eq!((pages(0), pages(1), pages(20), pages(21)), (0, 1, 1, 2));
    assert_eq!(
        Place::at(20),
        Place {
            position: 20,
            page: 1
        }
    );
    assert_eq!(
        Place::at(21),
        Place {
            position: 21,
            page: 2
        }
    );
}
