//! What a program that serves tells its operator: one JSON object a line, without personal data.

use relance_shared::config::environment;
use tracing_subscriber::EnvFilter;

/// Names what is logged, for example `info,relance_worker=debug`.
const FILTER_VARIABLE: &str = "RELANCE_LOG";
/// Our own steps, and only the trouble of libraries: sqlx would log statements, lettre addresses.
const FILTER_DEFAULT: &str = "warn,relance_worker=info,relance_shared=info";

/// At their finest these libraries log what passes through them: a password, the content of mail.
const FILTER_ALWAYS: &str =
    "async_imap=warn,html5ever=off,markup5ever=off,markup5ever_rcdom=off,mail_parser=off";

/// Logs to standard error from here on.
pub fn to_stderr() {
    let asked = environment(FILTER_VARIABLE);
    let asked = asked.as_deref().unwrap_or(FILTER_DEFAULT);
    let filter = EnvFilter::new(format!("{asked},{FILTER_ALWAYS}"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
