use chrono::{Datelike as _, NaiveDate, Timelike as _, Weekday};
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn someone(n: u128) -> ClientId {
    // Ids as they are made: random in their low bits.
    ClientId::from(Uuid::from_u128(
        n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
    ))
}

// a17: the eleven holidays of L3133-1; Easter, Ascension and Whit Monday as the calendars of those years print them.
#[test]
fn public_holidays_are_those_of_the_law() {
    let of_2026: Vec<String> = date("2026-01-01")
        .iter_days()
        .take(365)
        .filter(|day| is_public_holiday(*day))
        .map(|day| day.to_string())
        .collect();
    assert_eq!(
        of_2026,
        [
            "2026-01-01",
            "2026-04-06",
            "2026-05-01",
            "2026-05-08",
            "2026-05-14",
            "2026-05-25",
            "2026-07-14",
            "2026-08-15",
            "2026-11-01",
            "2026-11-11",
            "2026-12-25"
        ]
    );
    // Easter Mondays.
    for easter_monday in [
        "2000-04-24",
        "2008-03-24",
        "2011-04-25",
        "2024-04-01",
        "2025-04-21",
        "2027-03-29",
        "2038-04-26",
    ] {
        assert!(is_public_holiday(date(easter_monday)), "{easter_monday}");
    }
    assert!(
        !Calendar::is_working_day(date("2027-03-29"))
            && Calendar::is_working_day(date("2027-03-30"))
    );
}

// a17: office hours are local, on both days on which the clocks change.
#[test]
fn office_hours_follow_the_clocks_of_the_zone() {
    let calendar = Calendar::new(&Rhythm::default());
    for (before, opens) in [
        // The Friday and Monday round the last Sunday of October 2026 and of March 2027 (29 March is Easter Monday).
        ("2026-10-23T05:00:00Z", "2026-10-23T07:00:00Z"),
        ("2026-10-23T16:00:00Z", "2026-10-26T08:00:00Z"),
        ("2026-10-25T00:30:00Z", "2026-10-26T08:00:00Z"),
        ("2027-03-26T17:00:00Z", "2027-03-30T07:00:00Z"),
        ("2027-03-28T01:00:00Z", "2027-03-30T07:00:00Z"),
    ] {
        assert_eq!(
            calendar.open_from(at(before), Tz::Europe__Paris),
            at(opens),
            "{before}"
        );
    }
    assert_eq!(
        calendar.open_from(at("2026-10-23T09:00:00Z"), Tz::Europe__Paris),
        at("2026-10-23T09:00:00Z")
    );
    assert_eq!(
        calendar.open_from(at("2026-10-23T09:00:00Z"), Tz::America__Montreal),
        at("2026-10-23T13:00:00Z")
    );
}

// a17, fixthestatusquo/proca-server#157 in features.md: what falls on a weekend does not all fall on Monday.
#[test]
fn a_weekend_is_spread_over_the_week_after_it() {
    let calendar = Calendar::new(&Rhythm::default());
    let mut on = std::collections::BTreeMap::new();
    for n in 1..=2_000 {
        let slot = calendar.slot(date("2026-06-06"), Tz::Europe__Paris, someone(n));
        *on.entry(
            slot.with_timezone(&Tz::Europe__Paris)
                .date_naive()
                .weekday()
                .num_days_from_monday(),
        )
        .or_insert(0) += 1;
    }
    assert_eq!(on.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(
        on.values().all(|people| (400..600).contains(people)),
        "{on:?}"
    );
}

// o3: an hour's people an hour, within office hours, over nights and weekends.
#[test]
fn catching_up_goes_on_the_next_working_day() {
    let calendar = Calendar::new(&Rhythm::default());
    let friday = at("2026-06-05T15:00:00Z");
    let later = |minutes| calendar.after_office_minutes(friday, Tz::Europe__Paris, minutes);
    assert_eq!(later(0), friday);
    assert_eq!(later(59), at("2026-06-05T15:59:00Z"));
    assert_eq!(later(60), at("2026-06-08T07:00:00Z"));
    assert_eq!(later(60 + 540), at("2026-06-09T07:00:00Z"));
    assert_eq!(later(30 + 10 * 540), at("2026-06-19T15:30:00Z"));
}

proptest! {
    // a17: every slot is on a working day in office hours of the person's zone, at or after the day asked for.
    #[test]
    fn nobody_is_disturbed_out_of_hours(
        days in 0..4_000_i64, n in 1..u128::MAX, minutes in 0..100_000_u64,
        zone in prop::sample::select(vec![Tz::Europe__Paris, Tz::America__Guadeloupe, Tz::Indian__Reunion, Tz::Pacific__Noumea]),
    ) {
        let calendar = Calendar::new(&Rhythm::default());
        let asked = day(days).date_naive();
        let slots = [
            calendar.slot(asked, zone, someone(n)),
            calendar.slot_after(day(days), zone, someone(n)),
            calendar.open_from(day(days), zone),
            calendar.after_office_minutes(day(days), zone, minutes),
        ];
        for slot in slots {
            prop_assert!(calendar.is_open(slot, zone), "{slot}");
            let local = slot.with_timezone(&zone);
            prop_assert!(Calendar::is_working_day(local.date_naive()));
            prop_assert!(!matches!(local.weekday(), Weekday::Sat | Weekday::Sun) && (9..18).contains(&local.hour()));
        }
        let local = slots[0].with_timezone(&zone).date_naive();
        // A long weekend and the days of the spread.
        prop_assert!(local >= asked && (local - asked).num_days() <= 4 + 6);
        prop_assert!(slots[1] > day(days) && slots[2] >= day(days));
    }
}
