//! `/report project`: weak evidence about one or several projects; never a change of state (S1, S21, N9).

use relance_shared::report::{references, store};
use relance_shared::words::bot::{quoted, say};
use relance_shared::words::report::{thanks, verdict};

use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Characters of a reference that is said back.
const REFERENCE_CHARS_MAX: usize = 40;

/// Notes the report and says what became of each reference.
pub async fn run(desk: &Desk, asker: &Asker, options: &Options) -> Result<Reply, Trouble> {
    let locale = asker.locale;
    let Some(provider) = asker.identity.provider() else {
        return Ok(Reply::text(say(locale, "need_provider", &[])));
    };
    let references = references(options.text("project"));
    if references.is_empty() {
        return Ok(Reply::text(say(locale, "report_nothing", &[])));
    }
    let verdicts = store::take(&desk.env.db, provider, &references, desk.env.clock.now()).await?;
    let mut lines: Vec<String> = verdicts
        .iter()
        .map(|(reference, of)| verdict(locale, &quoted(reference, REFERENCE_CHARS_MAX), *of))
        .collect();
    if verdicts
        .iter()
        .any(|(_, of)| *of == relance_shared::report::Verdict::Noted)
    {
        lines.push(thanks(locale).to_owned());
    }
    Ok(Reply::text(lines.join("\n")))
}
