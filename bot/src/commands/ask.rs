//! `ask`: questions as JSON lines.

use anyhow::bail;

/// How the questions come.
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    /// One JSON object per line on standard input, one answer per line on standard output.
    #[arg(long)]
    pub jsonl: bool,
}

/// Answers until the input ends.
///
/// # Errors
/// When standard input or output break.
pub fn run(args: &AskArgs) -> anyhow::Result<()> {
    bail!("ask is not furnished yet ({args:?})")
}
