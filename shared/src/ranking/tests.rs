//! The promises of the order, tried on random logs (S13, S14, N5, b4-b8).

use std::collections::BTreeSet;

use chrono::DateTime;
use proptest::prelude::*;

use super::evidence::{Event, Said};
use super::history::{Entry, Facts, History, Kind, Left, Sign};
use super::settings::RankSettings;
use super::*;

const EVENTS: [Event; 13] = [
    Event::LetterSent,
    Event::Bounced,
    Event::Said(Said::StillLooking),
    Event::Said(Said::Paused),
    Event::Said(Said::Unclear),
    Event::Said(Said::FoundElsewhere),
    Event::Said(Said::Abandoned),
    Event::CallUnanswered,
    Event::SeenOnSite,
    Event::Applied,
    Event::StaleReport(3),
    Event::Cancelled,
    Event::Awarded,
];

type Log = (Vec<Entry>, Vec<(u32, i64, Event)>);

fn entry(n: usize, created_at: i64) -> Entry {
    let facts = Facts {
        category: format!("c{}", n % 3),
        ..Facts::default()
    };
    Entry {
        id: format!("L{n:05}"),
        created_at,
        facts,
        left: None::<Left>,
    }
}

/// Up to 200 projects over 300 days, each with up to six events after its creation.
fn log() -> impl Strategy<Value = Log> {
    let one = (
        0_i64..300,
        prop::collection::vec((0_i64..200, 0..EVENTS.len()), 0..6),
    );
    prop::collection::vec(one, 1..200).prop_map(|projects| {
        let (mut entries, mut events) = (Vec::new(), Vec::new());
        for (n, (day, happened)) in projects.into_iter().enumerate() {
            entries.push(entry(n, day * DAY_SECS));
            let index = u32::try_from(n).expect("few");
            let at = |after: i64| (day + after) * DAY_SECS + 60;
            events.extend(
                happened
                    .into_iter()
                    .map(|(after, e)| (index, at(after), EVENTS[e])),
            );
        }
        (entries, events)
    })
}

fn history((entries, events): Log) -> History {
    History::new(entries, events, Vec::new())
}

fn day(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(n * DAY_SECS, 0).expect("a date in range")
}

fn ids(history: &History, ranking: &Ranking) -> Vec<String> {
    ranking
        .placed
        .iter()
        .map(|p| history.entries()[p.entry].id.clone())
        .collect()
}

fn bits(history: &History, as_of: DateTime<Utc>) -> Vec<(String, u64)> {
    let ranking = rank_from_log(history, as_of, 0);
    let chances = ranking.placed.iter().map(|p| p.probability.to_bits());
    ids(history, &ranking).into_iter().zip(chances).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_pending_project_stands_once_with_a_real_chance(log in log(), at in 1_i64..500) {
        let history = history(log);
        let ranking = rank_from_log(&history, day(at), 0);
        let placed: BTreeSet<usize> = ranking.placed.iter().map(|p| p.entry).collect();
        prop_assert_eq!(placed.len(), ranking.placed.len());
        let pending: BTreeSet<usize> = history.pending(at * DAY_SECS).into_iter().collect();
        prop_assert_eq!(placed, pending);
        prop_assert!(ranking.placed.iter().all(|p| p.probability > 0.0 && p.probability < 1.0));
    }

    #[test]
    fn the_same_log_in_another_order_gives_the_same_bits(log in log(), at in 1_i64..500) {
        let (mut entries, mut events) = log.clone();
        let last = u32::try_from(entries.len() - 1).expect("few");
        entries.reverse();
        for event in &mut events {
            event.0 = last - event.0;
        }
        prop_assert_eq!(
            bits(&history(log), day(at)),
            bits(&history((entries, events)), day(at))
        );
    }

    #[test]
    fn nothing_after_the_instant_matters(log in log(), at in 1_i64..500) {
        let (entries, events) = log.clone();
        let until = at * DAY_SECS;
        // Created later stays in place, to keep the indices; its events go, as everything later does.
        let early = events.into_iter().filter(|(_, when, _)| *when <= until).collect();
        prop_assert_eq!(bits(&history(log), day(at)), bits(&history((entries, early)), day(at)));
    }

    #[test]
    fn reports_move_nothing(log in log(), at in 1_i64..500, liars in 1_usize..6) {
        let (entries, mut events) = log.clone();
        for (n, entry) in entries.iter().enumerate() {
            let index = u32::try_from(n).expect("few");
            let when = entry.created_at + 60;
            events.extend(std::iter::repeat_n((index, when, Event::StaleReport(5)), liars));
        }
        prop_assert_eq!(bits(&history(log), day(at)), bits(&history((entries, events)), day(at)));
    }

    // b16, S22: where reports may cost something, each project loses at most the stated places, and nobody else any.
    #[test]
    fn reports_cost_at_most_the_stated_places_and_nobody_else_any(
        log in log(), at in 300_i64..500, places_max in 1_u32..=40, liars in 1_usize..6, every in 1_usize..5,
    ) {
        let (entries, mut events) = log;
        for n in (0..entries.len()).step_by(every) {
            let index = u32::try_from(n).expect("few");
            events.extend(std::iter::repeat_n((index, at * DAY_SECS, Event::StaleReport(5)), liars));
        }
        let history = History::new(entries, events, Vec::new());
        let cold = BTreeSet::new();
        let (free, bound) = (rank(&history, day(at), &cold, 0), rank(&history, day(at), &cold, places_max));
        prop_assert_eq!(free.placed.len(), bound.placed.len());
        prop_assert_eq!(&free.model, &bound.model);
        for (place, was) in free.placed.iter().enumerate() {
            let now = bound.placed.iter().position(|p| p.entry == was.entry).expect("complete");
            let id = &history.entries()[was.entry].id;
            let is_reported = history.evidence(was.entry, at * DAY_SECS).reported > 0;
            let lost = if is_reported { usize::try_from(places_max).expect("few") } else { 0 };
            prop_assert!(now <= place + lost, "{id} from {place} to {now}, {places_max} at most");
            prop_assert_eq!(bound.placed[now], *was);
        }
    }

    // S4: pages 1 and 2 are where the recent are looked for; no place stays empty for it.
    #[test]
    fn at_most_twelve_old_projects_stand_on_the_first_pages(log in log(), at in 1_i64..400) {
        let history = history(log);
        let ranking = rank(&history, day(at), &BTreeSet::new(), 0);
        let is_old = |p: &&Placed| !order::is_recent(history.entries()[p.entry].created_at, at * DAY_SECS);
        let first = ranking.placed.iter().take(order::FIRST_PLACES);
        let recent = ranking.placed.iter().filter(|p| !is_old(p)).count();
        let room = order::FIRST_PLACES.saturating_sub(recent).max(order::OLD_PLACES_MAX);
        prop_assert!(first.filter(is_old).count() <= room);
    }

    #[test]
    fn alike_in_all_else_an_older_project_never_stands_above_a_newer(log in log(), at in 300_i64..500) {
        let (mut entries, events) = log;
        let first = entries.len();
        for age in [1, 2, 4, 9, 30, 80, 200] {
            let twin = Entry { id: format!("twin{age:03}"), ..entry(0, (at - age) * DAY_SECS) };
            entries.push(twin);
        }
        let history = History::new(entries, events, Vec::new());
        let ranking = rank(&history, day(at), &BTreeSet::new(), 0);
        let twins: Vec<String> =
            ids(&history, &ranking).into_iter().filter(|id| id.starts_with("twin")).collect();
        let mut newest_first = twins.clone();
        newest_first.sort();
        prop_assert_eq!(twins.len(), 7);
        prop_assert!(first > 0);
        prop_assert_eq!(twins, newest_first);
    }
}

/// 1,600 projects over 400 days; every third client comes back before deciding, and one in four is awarded then.
fn a_long_past() -> Log {
    let (mut entries, mut events) = (Vec::new(), Vec::new());
    for n in 0..1_600_usize {
        let created_at = i64::try_from(n).expect("small") * DAY_SECS / 4;
        let index = u32::try_from(n).expect("small");
        entries.push(entry(n, created_at));
        let decides = created_at + (5 + i64::try_from(n * 7 % 40).expect("small")) * DAY_SECS;
        events.push((index, created_at + 3 * DAY_SECS, Event::LetterSent));
        if n % 3 == 0 || n % 4 == 0 {
            events.push((index, decides - 2 * DAY_SECS, Event::SeenOnSite));
        }
        if n % 4 == 0 {
            events.push((index, decides, Event::Awarded));
        }
    }
    (entries, events)
}

#[test]
fn an_own_fit_keeps_the_promises_too() {
    let (mut entries, mut events) = a_long_past();
    for age in [1, 4, 9, 30, 80, 200] {
        entries.push(Entry {
            id: format!("twin{age:03}"),
            ..entry(0, (401 - age) * DAY_SECS)
        });
    }
    let before = History::new(entries.clone(), events.clone(), Vec::new());
    let ranking = rank(&before, day(401), &BTreeSet::new(), 0);
    assert_eq!(ranking.model.stage, model::Stage::Own);
    let twins: Vec<String> = ids(&before, &ranking)
        .into_iter()
        .filter(|id| id.starts_with("twin"))
        .collect();
    assert!(twins.is_sorted(), "{twins:?}");
    for (n, entry) in entries.iter().enumerate() {
        let index = u32::try_from(n).expect("small");
        events.push((index, entry.created_at, Event::StaleReport(5)));
    }
    let reported = History::new(entries, events, Vec::new());
    assert_eq!(rank(&reported, day(401), &BTreeSet::new(), 0), ranking);
}

#[test]
fn what_each_column_adds_sums_to_the_score() {
    let (entries, events) = a_long_past();
    let history = History::new(entries, events, Vec::new());
    let ranking = rank(&history, day(401), &BTreeSet::new(), 0);
    for placed in ranking.placed.iter().take(50) {
        let at = day(401).timestamp();
        let parts = ranking
            .model
            .contributions(&history.known(placed.entry, at), at);
        let sum: f64 = parts.iter().map(|(_, added)| added).sum();
        assert!((sum + ranking.model.line.intercept - placed.log_odds).abs() < 1e-9);
    }
}

#[test]
fn a_platform_without_awards_shows_the_newest_first_and_the_told_over_last() {
    let entries = (0..5)
        .map(|n| entry(usize::try_from(n).expect("small"), n * DAY_SECS))
        .collect();
    let over = vec![(4, 5 * DAY_SECS, Event::Said(Said::FoundElsewhere))];
    let history = History::new(entries, over, Vec::new());
    let ranking = rank_from_log(&history, day(10), 0);
    assert_eq!(
        ids(&history, &ranking),
        ["L00003", "L00002", "L00001", "L00000", "L00004"]
    );
}

// b16: what an installation lets reports cost is nothing once the client gave a sign of life.
#[test]
fn a_visit_takes_the_reports_before_it_back() {
    let mut evidence = evidence::Evidence::none();
    for n in 0..3 {
        evidence.take(Event::StaleReport(5), 200 * DAY_SECS + n);
    }
    let lost = |evidence: &evidence::Evidence, at: i64| {
        reports::places_lost(40, evidence, 0, at * DAY_SECS)
    };
    assert_eq!((lost(&evidence, 201), lost(&evidence, 2)), (40, 0));
    evidence.take(Event::SeenOnSite, 202 * DAY_SECS);
    assert_eq!(lost(&evidence, 203), 0);
    evidence.take(Event::StaleReport(5), 203 * DAY_SECS);
    assert_eq!(
        lost(&evidence, 204),
        0,
        "void for about a week after a visit"
    );
    assert_eq!(lost(&evidence, 260), 19);
}

// b7: coming ten times in a day is one visit.
#[test]
fn a_day_of_visits_counts_once() {
    let visits = |times: &[i64]| {
        let mut evidence = evidence::Evidence::none();
        for at in times {
            evidence.take(Event::SeenOnSite, *at);
        }
        evidence.visits(10 * DAY_SECS)
    };
    let noon = 9 * DAY_SECS + 43_200;
    assert!(visits(&[noon - 600, noon - 300, noon])[0] <= visits(&[noon])[0]);
    let [twice, once] = [visits(&[noon - DAY_SECS, noon]), visits(&[noon])];
    assert!(twice[0] > 1.8 * once[0], "{twice:?} {once:?}");
}

// b6: a declared kind counts, in the folder's words or the settings', and bears the way it was declared.
#[test]
fn a_declared_kind_bears_the_way_it_was_declared() {
    let kind = |name: &str, slot, sign| Kind {
        slot,
        name: name.to_owned(),
        half_life_days: Some(20.0),
        sign,
    };
    let (entries, mut events) = a_long_past();
    for n in (0..1_600_u32).filter(|n| n % 4 == 0) {
        let decides = i64::from(n) * DAY_SECS / 4 + (5 + i64::from(n * 7 % 40)) * DAY_SECS;
        events.push((n, decides - 5 * DAY_SECS, Event::Declared(1)));
        events.push((n, decides - 5 * DAY_SECS, Event::Declared(4)));
    }
    let kinds = vec![
        kind("quote_viewed", 1, Sign::Raises),
        kind("moved_away", 4, Sign::Lowers),
    ];
    let history = History::new(entries, events, kinds);
    let model = rank(&history, day(401), &BTreeSet::new(), 0).model;
    let of = |name: &str| {
        let at = model.columns.list().iter().position(|c| c.name == name);
        model.line.coefficients[at.expect("it has a column")]
    };
    assert!(of("declared_quote_viewed") > 0.5);
    assert!(of("declared_moved_away").abs() < 1e-9, "it may only lower");
}

#[test]
fn a_broken_line_is_named_by_file_and_number() {
    let dir = tempfile::tempdir().expect("a folder");
    let listings = "listing_id,created_at,category,budget_eur,description_chars,urgency,has_phone,\
                    phone_verified,is_company,source,client_prior_listings,client_prior_awards\n\
                    L1,2025-01-01T00:00:00Z,web,,10,asap,1,0,0,ads,0,0\n";
    std::fs::write(dir.path().join("listings.csv"), listings).expect("written");
    let events = "at,listing_id,event,actor,detail\n2025-01-02T00:00:00Z,L2,login,,\n";
    std::fs::write(dir.path().join("events.csv"), events).expect("written");
    let as_of = DateTime::parse_from_rfc3339("2025-02-01T00:00:00Z")
        .expect("a time")
        .to_utc();
    let error = history::read(dir.path(), as_of, &RankSettings::default())
        .expect_err("L2 is unknown")
        .to_string();
    assert!(error.ends_with("events.csv:2: no project `L2`"), "{error}");
    let kinds = "name,half_life_days,sign\nquote_viewed,30,raises\nlogin,,free\n";
    std::fs::write(dir.path().join("evidence.csv"), kinds).expect("written");
    let error = history::read(dir.path(), as_of, &RankSettings::default())
        .expect_err("the log has login for itself")
        .to_string();
    assert!(
        error.contains("evidence.csv:3: name: the log has this name"),
        "{error}"
    );
}
