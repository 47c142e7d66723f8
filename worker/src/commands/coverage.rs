//! `coverage`: how much of the pending list was heard from and asked lately.

use relance_shared::coverage::{Coverage, Oldest, SPANS_DAYS, store};
use relance_shared::env::Env;
use relance_shared::follow_up::store::standing_stop;

use crate::commands::{Table, table};

/// What `coverage` is told.
#[derive(Debug, clap::Args)]
pub struct CoverageArgs {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the figures.
///
/// # Errors
/// When the database cannot be read.
pub async fn run(env: &Env, args: &CoverageArgs) -> anyhow::Result<()> {
    let coverage = store::coverage(&env.db, env.clock.now()).await?;
    let stop = standing_stop(&env.db).await?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&serde_json::json!({"coverage": coverage, "stop": stop}))?
        );
        return Ok(());
    }
    println!("{}", figures(&coverage));
    if let Some(stop) = stop {
        println!(
            "STOPPED since {}: {} people are due and a run disturbs at most {}. Look at `preview`, then `plan --allow {}`.",
            stop.since.format("%Y-%m-%d %H:%M UTC"),
            stop.people,
            stop.people_max,
            stop.people
        );
    }
    Ok(())
}

/// The figures as a table.
#[must_use]
pub fn figures(of: &Coverage) -> Table {
    let mut table = table(["pending projects", "", ""]);
    let share = |n: u64| [n.to_string(), format!("{} %", of.percent(n))];
    let mut row = |name: String, n: u64| {
        let [count, percent] = share(n);
        table.add_row([name, count, percent]);
    };
    row("on the list".to_owned(), of.pending);
    for (nth, days) in SPANS_DAYS.iter().enumerate() {
        row(format!("heard from in {days} days"), of.heard[nth]);
    }
    for (nth, days) in SPANS_DAYS.iter().enumerate() {
        row(format!("asked in {days} days"), of.asked[nth]);
    }
    row("never asked".to_owned(), of.never_asked);
    row("promise kept: asked when due".to_owned(), of.kept);
    row("asked again and again, silent".to_owned(), of.silent);
    row("no way to the client".to_owned(), of.no_way);
    let named = |oldest: &Option<Oldest>| {
        oldest.as_ref().map_or_else(
            || ["none".to_owned(), String::new()],
            |of| {
                [
                    of.reference.clone(),
                    of.since.format("%Y-%m-%d").to_string(),
                ]
            },
        )
    };
    for (name, oldest) in [
        ("oldest never asked", &of.oldest_never_asked),
        ("longest without a question", &of.oldest_unasked),
    ] {
        let [reference, since] = named(oldest);
        table.add_row([name.to_owned(), reference, since]);
    }
    table.add_row([
        "calls to make".to_owned(),
        of.calls_open.to_string(),
        format!("{} overdue", of.calls_overdue),
    ]);
    for of in &of.cancelled_because {
        let reason = of.reason.replace('_', " ");
        table.add_row([
            format!("cancelled by their clients: {reason}"),
            of.times.to_string(),
            String::new(),
        ]);
    }
    table
}
