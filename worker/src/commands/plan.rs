//! `plan`: plans the follow-ups that are due, once.

use anyhow::bail;
use relance_shared::env::Env;
use relance_shared::follow_up::store::plan;
use relance_shared::mail::Composer;
use relance_shared::outbox::store::standing_hold;

use crate::commands::outbox::HELD;

/// What `plan` is told.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// For this once, write to or call up to so many people, whatever `follow_up.people_per_run_max` says.
    #[arg(long, value_name = "PEOPLE")]
    allow: Option<u32>,
}

/// Plans once and says what was planned.
///
/// # Errors
/// When more people are due than may be disturbed at once, or the database or the templates do not let it.
pub async fn run(env: &Env, args: &PlanArgs) -> anyhow::Result<()> {
    if standing_hold(&env.db).await?.is_some() {
        bail!("{HELD}");
    }
    let composer = Composer::new(&env.settings, &env.keys)?;
    let rhythm = &env.settings.follow_up;
    let people_max = args.allow.unwrap_or(rhythm.people_per_run_max);
    let planned = plan(&env.db, &composer, rhythm, people_max, env.clock.now()).await?;
    if let Some(stop) = planned.stopped {
        bail!(
            "{} people are due and a run disturbs at most {}: nobody was written to; look at `preview`, then `plan --allow {}`",
            stop.people,
            stop.people_max,
            stop.people
        );
    }
    println!(
        "{} letters and {} calls planned, about {} projects; {} people wait because they were asked twice this week.",
        planned.letters, planned.calls, planned.projects, planned.later
    );
    if planned.expired + planned.withdrawn > 0 {
        println!(
            "{} calls expired, {} were closed because nothing was left to ask.",
            planned.expired, planned.withdrawn
        );
    }
    Ok(())
}
