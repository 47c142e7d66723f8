//! `faq`: the author's desk.

use anyhow::anyhow;
use relance_shared::config::Settings;
use relance_shared::faq::Index;

/// The FAQ of the settings: a folder's, or the built-in one.
///
/// # Errors
/// Every fault of the content, with file and line.
pub fn index(settings: &Settings) -> anyhow::Result<Index> {
    match &settings.faq.content {
        None => Ok(Index::built_in()),
        Some(folder) => Index::load(folder).map_err(|problems| {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow!(
                "the FAQ in {} has faults:\n{}",
                folder.display(),
                all.join("\n")
            )
        }),
    }
}
