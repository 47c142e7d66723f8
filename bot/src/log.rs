//! Lines of the log: one JSON object each, on standard error, without names, addresses, texts or tokens.

use relance_shared::config::environment;
use tracing_subscriber::EnvFilter;

/// The variable that says what is told, for example `warn` or `info,relance_bot=debug`.
const LEVELS_VARIABLE: &str = "RELANCE_LOG";
/// Told without it. serenity's own errors hold addresses with an interaction's token, so ours tell of them instead.
const LEVELS: &str = "warn,relance_bot=info,relance_shared=info,serenity=off";

/// Begins to write. A second call, as tests make it, changes nothing.
pub fn begin() {
    let levels = environment(LEVELS_VARIABLE).unwrap_or_else(|| LEVELS.to_owned());
    // An error means that a log is being written already.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(levels))
        .with_writer(std::io::stderr)
        .try_init();
}
