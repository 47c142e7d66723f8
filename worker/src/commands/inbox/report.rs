//! What `inbox explain` and `tray show` say, for people.

use relance_shared::reading::Reading;
use relance_shared::reading::explain::Known;
use relance_shared::reading::matching::Matched;
use relance_shared::reading::meaning::THRESHOLD;

/// Whose letter it answers, and whether its sender is proven.
pub(super) fn known(known: &Known) -> String {
    let matched = known.matched.unwrap_or(Matched::None);
    let asked: Vec<&str> = known
        .projects
        .iter()
        .map(|asked| asked.reference.as_str())
        .collect();
    let about = if asked.is_empty() {
        String::new()
    } else {
        format!("   (about {})", asked.join(", "))
    };
    let (sign, reason) = match &known.verdict {
        Some(verdict) => (verdict.trusted, verdict.reason.as_str()),
        None => (false, "nothing was looked at"),
    };
    format!(
        "matched     {}{about}\ntrusted     {}   ({reason})\n",
        matched.name(),
        if sign { "yes" } else { "no" }
    )
}

/// What was understood, for people.
pub(super) fn reading(reading: &Reading) -> String {
    let meaning = &reading.meaning;
    let labels: Vec<&str> = meaning.labels.iter().map(|label| label.name()).collect();
    let mut lines = vec![
        format!(
            "kind        {}   ({})",
            reading.kind.name(),
            reading.kind.evidence()
        ),
        format!("language    {}", meaning.language),
        format!("meaning     {}", labels.join(", ")),
        format!(
            "confidence  {:.2} of {THRESHOLD:.2}: {}",
            meaning.confidence,
            if meaning.is_sure() {
                "would be recorded"
            } else {
                "would wait in the tray"
            }
        ),
    ];
    if !meaning.sentence.is_empty() {
        lines.push(format!("said        {}", meaning.sentence));
    }
    if let (Some(day), Some(words)) = (meaning.date, &meaning.date_words) {
        lines.push(format!("date        {day}   (\"{words}\")"));
    }
    if let Some(phone) = &meaning.phone {
        lines.push(format!("telephone   {phone}"));
    }
    lines.extend(meaning.why.iter().map(|cue| format!("  cue       {cue}")));
    lines.extend(
        reading
            .reply
            .evidence
            .iter()
            .map(|cut| format!("  left out  {cut}")),
    );
    lines.push("text".to_owned());
    lines.extend(reading.reply.text.lines().map(|line| format!("  | {line}")));
    lines.join("\n") + "\n"
}
