//! The reply without the letter it answers and without the signature.

use super::html::{self, CUT, INTRODUCTION, SIGNATURE_BEGINS, SIGNATURE_ENDS};
use super::message::bounded;
use super::quote::{self, Line};
use super::signature::{self, Signer};

/// Lines looked at; what follows is only kept raw.
const LINES_MAX: usize = 20_000;

/// What was taken out of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The person's words, with the quotes that they answered line by line.
    pub text: String,
    /// The person's words alone: what meaning is read from.
    pub words: String,
    /// What was left out and why, for people who ask.
    pub evidence: Vec<String>,
}

/// Finds the reply in a decoded body.
#[must_use]
pub fn reply(body: &str, signer: &Signer) -> Reply {
    let body = bounded(body).replace('\r', "");
    let body = undone_quoted_printable(body);
    let lines: Vec<&str> = body.split('\n').take(LINES_MAX).collect();
    let labels = quote::label(&lines);
    let mut evidence = Vec::new();
    let (kept, quotes_answered) = own_lines(&lines, &labels, &mut evidence);
    let kept_lines: Vec<&str> = kept.iter().map(|at| lines[*at]).collect();
    let own_end = signature::reply_lines(&kept_lines, signer);
    if kept_lines[own_end..]
        .iter()
        .any(|line| !line.trim().is_empty())
    {
        evidence.push(format!(
            "signature or footer from \"{}\"",
            short(first_filled(&kept_lines[own_end..]))
        ));
    }
    let mut end = own_end;
    // A quote at the end answers nothing once the signature under it is gone.
    while end > 0 && (labels[kept[end - 1]] == Line::Quote || kept_lines[end - 1].trim().is_empty())
    {
        end -= 1;
    }
    if end == 0 {
        end = own_end;
    }
    let text = clean(&kept_lines[..end]);
    let words = if quotes_answered {
        let own: Vec<&str> = kept[..end]
            .iter()
            .filter(|at| labels[**at] != Line::Quote)
            .map(|at| lines[*at])
            .collect();
        clean(&own)
    } else {
        text.clone()
    };
    Reply {
        text,
        words,
        evidence,
    }
}

/// Some mails arrive as quoted-printable that nobody decoded ("=C3=A9", lines that end in "="): undone here.
fn undone_quoted_printable(body: String) -> String {
    let escapes = ["=C3=", "=E2=", "=3D"];
    if !body.contains("=\n") || !escapes.iter().any(|escape| body.contains(escape)) {
        return body;
    }
    let bytes = body.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |offset: usize| {
            bytes
                .get(at + offset)
                .and_then(|b| char::from(*b).to_digit(16))
                .filter(|_| !bytes[at + offset].is_ascii_lowercase())
        };
        if bytes[at] == b'=' && bytes.get(at + 1) == Some(&b'\n') {
            at += 2;
        } else if let (b'=', Some(high), Some(low)) = (bytes[at], hex(1), hex(2)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or(body)
}

fn first_filled<'l>(lines: &[&'l str]) -> &'l str {
    lines
        .iter()
        .find(|line| !line.trim().is_empty())
        .copied()
        .unwrap_or_default()
        .trim()
}

fn short(line: &str) -> String {
    line.chars().take(60).collect()
}

fn clean(lines: &[&str]) -> String {
    let marks = [CUT, INTRODUCTION, SIGNATURE_BEGINS, SIGNATURE_ENDS];
    let joined = lines.join("\n");
    let trimmed =
        joined.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'));
    if trimmed.as_bytes().contains(&html::MARKS_LEAD) {
        trimmed.replace(marks, "")
    } else {
        trimmed.to_owned()
    }
}

/// Indices of the lines to keep, and whether quotes are among them.
fn own_lines(lines: &[&str], labels: &[Line], evidence: &mut Vec<String>) -> (Vec<usize>, bool) {
    let has_text = |range: &[Line]| range.contains(&Line::Text);
    let cut = labels
        .iter()
        .position(|label| *label == Line::Cut)
        .unwrap_or(labels.len());
    let mut end = labels.len();
    if cut < labels.len() && (has_text(&labels[..cut]) || !quoted_under(&labels[cut..])) {
        end = cut;
        evidence.push(format!(
            "the letter answered starts at \"{}\"",
            short(&clean(&[lines[cut]]))
        ));
    }
    if let Some(introduction) = bare_introduction(labels, end) {
        end = introduction;
        evidence.push(format!(
            "the letter answered starts at \"{}\"",
            short(lines[introduction])
        ));
    }
    let start = if end > cut && cut < labels.len() {
        past_quote(labels, cut)
    } else {
        0
    };
    let blocks = blocks(lines, labels, start, end);
    let own: Vec<&Block> = blocks.iter().filter(|block| !block.quote).collect();
    if own.is_empty() {
        return (Vec::new(), false);
    }
    let quotes_between = blocks
        .iter()
        .enumerate()
        .filter(|(at, block)| block.quote && blocks[at + 1..].iter().any(|later| !later.quote))
        .count();
    if blocks.iter().any(|block| block.quote) {
        evidence.push("lines marked as quotes".to_owned());
    }
    // Answers between quotes: the answered quotes stay. A single quote above the whole answer is the letter itself.
    let first_is_quote = blocks.first().is_some_and(|block| block.quote);
    let inline = quotes_between >= 2
        || quotes_between == 1 && !first_is_quote && !introduced(labels, &blocks);
    let mut kept = Vec::new();
    let last_own = blocks.iter().rposition(|block| !block.quote).unwrap_or(0);
    for (at, block) in blocks.iter().enumerate() {
        if !block.quote || inline && at < last_own {
            kept.extend(block.from..block.to);
        }
    }
    kept.retain(|at| {
        !matches!(
            labels[*at],
            Line::Introduction | Line::Signature | Line::Cut
        )
    });
    (kept, inline)
}

/// A run of lines of one sort.
#[derive(Debug)]
struct Block {
    quote: bool,
    from: usize,
    to: usize,
}

fn blocks(lines: &[&str], labels: &[Line], start: usize, end: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for at in start..end {
        let quote = match labels[at] {
            Line::Text if is_only_footers(lines[at]) => continue,
            Line::Text => false,
            Line::Quote => true,
            Line::Empty | Line::Introduction | Line::Cut | Line::Signature => continue,
        };
        match blocks.last_mut() {
            Some(last) if last.quote == quote => last.to = at + 1,
            Some(_) | None => blocks.push(Block {
                quote,
                from: at,
                to: at + 1,
            }),
        }
    }
    // Footers at the edges of a block of the person's stay with it: the signature's rules look at them.
    let mut filled = blocks;
    for block in filled.iter_mut().filter(|block| !block.quote) {
        while block.to < end
            && matches!(labels[block.to], Line::Text | Line::Empty | Line::Signature)
        {
            block.to += 1;
        }
    }
    filled
}

fn is_only_footers(line: &str) -> bool {
    signature::is_footer(line) || signature::is_notice(line) || quote::is_rule(line)
}

/// Whether an introduction stands before the first quote that has text after it.
fn introduced(labels: &[Line], blocks: &[Block]) -> bool {
    let Some(quote) = blocks.iter().find(|block| block.quote) else {
        return false;
    };
    labels[..quote.from]
        .iter()
        .rev()
        .find(|label| **label != Line::Empty)
        == Some(&Line::Introduction)
}

fn quoted_under(labels: &[Line]) -> bool {
    let first_quote = labels.iter().position(|label| *label == Line::Quote);
    first_quote.is_some_and(|at| labels[at..].contains(&Line::Text))
}

fn past_quote(labels: &[Line], cut: usize) -> usize {
    labels[cut..]
        .iter()
        .position(|label| *label == Line::Quote)
        .map_or(labels.len(), |at| cut + at)
}

/// An introduction with no marked quote under it: what follows is the letter, unmarked.
fn bare_introduction(labels: &[Line], end: usize) -> Option<usize> {
    let mut at = 0;
    while at < end {
        if labels[at] != Line::Introduction {
            at += 1;
            continue;
        }
        let start = at;
        while at < end && labels[at] == Line::Introduction {
            at += 1;
        }
        let next = labels[at..end].iter().find(|label| **label != Line::Empty);
        // Nothing above it and nothing of ours under it: the person wrote below an unmarked introduction.
        let ours_under = labels[at..].contains(&Line::Cut);
        let alone = !labels[..start].contains(&Line::Text);
        if next == Some(&Line::Cut) || next == Some(&Line::Text) && (ours_under || !alone) {
            return Some(start);
        }
    }
    None
}
