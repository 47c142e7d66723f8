//! `run`

use relance_shared::env::Env;

/// What `run` is told.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Without the web face.
    #[arg(long)]
    no_web: bool,
    /// Only these jobs, comma separated; without it, all of them.
    #[arg(long, value_name = "JOB", value_delimiter = ',')]
    only: Vec<relance_shared::queue::JobName>,
}

/// Not there yet.
///
/// # Errors
/// Always.
#[expect(clippy::unused_async, reason = "the body is being written")]
pub async fn run(_env: &Env, _args: &RunArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
