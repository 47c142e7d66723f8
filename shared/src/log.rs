//! What a program that serves tells its operator: one JSON object a line on standard error, without personal data (D5).

use tracing_subscriber::EnvFilter;

use crate::config::environment;

/// Names what is told, for example `warn` or `info,relance_bot=debug`.
const LEVELS_VARIABLE: &str = "RELANCE_LOG";
/// At their finest these libraries tell what passes through them: a password, the content of mail, an address with an
/// interaction's token.
const LEVELS_ALWAYS: &str = "async_imap=warn,html5ever=off,markup5ever=off,markup5ever_rcdom=off,mail_parser=off,\
    serenity=off";

/// Begins to write. Without `RELANCE_LOG`: the steps of the program whose crate is `own`, and only the trouble of libraries,
/// because sqlx would tell statements and lettre addresses. A second call, as tests make it, changes nothing.
pub fn begin(own: &str) {
    let levels = environment(LEVELS_VARIABLE)
        .unwrap_or_else(|| format!("warn,{own}=info,relance_shared=info"));
    // An error means that a log is being written already.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(format!("{levels},{LEVELS_ALWAYS}")))
        .with_writer(std::io::stderr)
        .try_init();
}
