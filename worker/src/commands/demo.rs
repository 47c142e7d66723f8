//! `demo`: a marketplace lives for some simulated days through the real code, then its pages are served.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, NaiveTime, TimeZone as _, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use relance_shared::clock::Clock;
use relance_shared::config::{Mail, Settings};
use relance_shared::env::Env;

use crate::commands::run::{listen, serve, stop_signal};
use crate::demo::{self, Life, Snapshot};
use crate::jobs;

/// Its presence says that a folder may be emptied: a demo made it.
const MARK: &str = ".relance-demo";
/// Most days that a demo lives: two years.
const DAYS_MAX: usize = 730;
/// Most projects of a demo.
const PROJECTS_MAX: usize = 5_000;

/// What `demo` is told.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Simulated days, 1 to 730.
    #[arg(long, default_value_t = 60)]
    days: usize,
    /// Projects that will have been posted by the last day, 1 to 5000.
    #[arg(long, default_value_t = 200)]
    projects: usize,
    /// End after the summary instead of serving the pages.
    #[arg(long)]
    no_serve: bool,
    /// The same seed, the same people, projects and chances on the same day; the hours of letters still differ.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Lives the days, says what happened, serves the pages. Of the settings only `web.listen` and `web.public_url` count:
/// the demo has a folder of its own and writes to nobody.
///
/// # Errors
/// When the folder is not the demo's, or anything of the real code fails.
pub async fn run(settings: Settings, args: &DemoArgs) -> anyhow::Result<()> {
    if !(1..=DAYS_MAX).contains(&args.days) || !(1..=PROJECTS_MAX).contains(&args.projects) {
        bail!("a demo lives 1 to {DAYS_MAX} days and has 1 to {PROJECTS_MAX} projects");
    }
    let data = settings.data.join("demo");
    fresh(&data)?;
    let settings = own(settings, data);
    let zone = settings.schedule.zone;
    let today = settings.clock().now().with_timezone(&zone).date_naive();
    let first = today
        .checked_sub_days(Days::new(args.days as u64))
        .context("too long ago")?;
    let start = zone
        .from_local_datetime(&first.and_time(NaiveTime::MIN))
        .earliest()
        .context("a day that does not begin at midnight")?
        .to_utc();
    let mut env = Env::open(settings)
        .await
        .context("opening the demo's database")?;
    env.clock = Clock::fixed(start);
    let end = live(&env, args).await?;
    if args.no_serve {
        env.db.close().await;
        return Ok(());
    }
    env.clock = Clock::starting(end);
    let stop = stop_signal()?;
    let listener = listen(&env.settings.web.listen).await?;
    println!(
        "The pages are on http://{}/projects until Ctrl-C.",
        listener.local_addr()?
    );
    println!(
        "The jobs go on meanwhile: a sign-in link that you ask for arrives in the same folder."
    );
    serve(&env, Some(listener), jobs::SERVED.to_vec(), stop).await
}

/// Lives the days and prints what happened; gives the last moment.
async fn live(env: &Env, args: &DemoArgs) -> anyhow::Result<DateTime<Utc>> {
    println!(
        "A marketplace of {} projects lives {} days; nobody in it exists, letters go into {}.",
        args.projects,
        args.days,
        env.settings.data.join("mail").display()
    );
    let bar = ProgressBar::new(args.days as u64).with_style(
        ProgressStyle::with_template("{bar:40} day {pos} of {len}  {msg}")
            .context("the progress bar")?,
    );
    let mut life = Life::begin(env.clone(), args.projects, args.days, args.seed).await?;
    let before = Snapshot::take(env).await?;
    for _ in 0..args.days {
        life.day().await?;
        bar.set_message(format!(
            "{} letters, {} answers",
            life.tally.letters,
            life.tally.page_answers + life.tally.mail_answers
        ));
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("{}", demo::told(env, &before, &life.tally).await?);
    Ok(env.clock.now())
}

/// The demo's own settings.
fn own(settings: Settings, data: PathBuf) -> Settings {
    Settings {
        data,
        mail: Mail {
            from: "Place des Projets <suivi@projets.example>".to_owned(),
            reply_domain: "suivi.projets.example".to_owned(),
            trusted_authserv: Some(demo::AUTHSERV.to_owned()),
            // Into a folder: nobody has to be spared.
            per_second_max: 10_000,
            per_domain_minute_max: 100_000,
            ..Mail::default()
        },
        web: settings.web,
        clock: settings.clock,
        ..Settings::default()
    }
}

/// An empty folder; what an earlier demo left is removed, anything else is left alone.
fn fresh(data: &Path) -> anyhow::Result<()> {
    let here = || format!("cannot prepare {}", data.display());
    if data.exists() {
        if !data.join(MARK).exists() {
            bail!(
                "{} was not made by a demo: give --data another folder",
                data.display()
            );
        }
        std::fs::remove_dir_all(data).with_context(here)?;
    }
    std::fs::create_dir_all(data).with_context(here)?;
    std::fs::write(
        data.join(MARK),
        "made by relance-worker demo; the next demo empties this folder\n",
    )
    .with_context(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_no_demo_made_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("demo");
        fresh(&data).unwrap();
        std::fs::write(data.join("relance.sqlite"), "old").unwrap();
        fresh(&data).unwrap();
        assert!(!data.join("relance.sqlite").exists(), "an earlier demo's");
        std::fs::remove_file(data.join(MARK)).unwrap();
        std::fs::write(data.join("precious"), "mine").unwrap();
        assert!(fresh(&data).is_err());
        assert!(data.join("precious").exists());
    }
}
