//! How long it takes to learn the order and to apply it. Goals: a fit on 60,000 rows under 2 s, a million projects scored
//! and sorted under 1 s.

use std::collections::BTreeSet;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use relance_shared::ranking::evidence::{Event, Evidence};
use relance_shared::ranking::fit::{Hold, fit};
use relance_shared::ranking::history::{Entry, Facts, History};
use relance_shared::ranking::model::Model;
use relance_shared::ranking::order::{Scored, order};
use relance_shared::ranking::{DAY_SECS, snapshots};

/// Days that the invented log spans.
const SPAN_DAYS: usize = 1_000;

/// Projects spread evenly over the span; half of the clients come to the site, one project in five is awarded.
fn log(projects: usize) -> History {
    let (mut entries, mut events) = (Vec::new(), Vec::new());
    for n in 0..projects {
        let created_at = i64::try_from(n * SPAN_DAYS * 86_400 / projects).expect("small");
        let index = u32::try_from(n).expect("small");
        let after = |days: usize| created_at + i64::try_from(days).expect("small") * DAY_SECS;
        let facts = Facts {
            category: format!("c{}", n % 8),
            budget_eur: Some(f64::from(index % 97) * 50.0),
            ..Facts::default()
        };
        let id = format!("L{n:07}");
        entries.push(Entry {
            id,
            created_at,
            facts,
            left: None,
        });
        events.push((index, after(3), Event::LetterSent));
        if n % 2 == 0 {
            events.push((index, after(4 + n % 29), Event::SeenOnSite));
        }
        if n % 5 == 0 {
            events.push((index, after(6 + n % 37), Event::Awarded));
        }
    }
    History::new(entries, events, Vec::new())
}

fn end() -> i64 {
    i64::try_from(SPAN_DAYS).expect("small") * DAY_SECS
}

fn learning(c: &mut Criterion) {
    let history = log(9_000);
    let model = Model::learn(&history, end());
    let sample = snapshots::collect(&history, &model.columns, end());
    let holds: Vec<Hold> = (model.columns.list().iter())
        .map(|column| Hold {
            low: column.low,
            high: column.high,
            pull_to: 0.0,
        })
        .collect();
    c.bench_function(&format!("fit {} rows", sample.len()), |b| {
        b.iter(|| fit(black_box(&sample), &holds, 40.0));
    });
}

fn applying(c: &mut Criterion) {
    let model = Model::learn(&log(2_000), end());
    for projects in [100_000, 1_000_000] {
        let history = log(projects);
        let known: Vec<(usize, Evidence)> = (0..projects)
            .map(|i| (i, history.evidence(i, end())))
            .collect();
        c.bench_function(&format!("score and sort {projects}"), |b| {
            b.iter(|| {
                let mut row = Vec::new();
                let mut list: Vec<Scored> = (known.iter())
                    .map(|(i, evidence)| {
                        let entry = &history.entries()[*i];
                        let log_odds = model.log_odds(
                            entry.created_at,
                            &entry.facts,
                            evidence,
                            end(),
                            &mut row,
                        );
                        Scored {
                            entry: *i,
                            created_at: entry.created_at,
                            log_odds,
                            lost: 0,
                        }
                    })
                    .collect();
                order(&mut list, end(), &BTreeSet::new());
                black_box(list)
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = learning, applying
}
criterion_main!(benches);
