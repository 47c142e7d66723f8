//! `demo`

use relance_shared::env::Env;

/// What `demo` is told.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Simulated days.
    #[arg(long, default_value_t = 60)]
    days: usize,
    /// Projects that will have been posted by the last day.
    #[arg(long, default_value_t = 200)]
    projects: usize,
    /// End after the summary instead of serving the pages.
    #[arg(long)]
    no_serve: bool,
    /// The same seed lives the same days.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &DemoArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
