//! From a chat message to plain words: case, accents, apostrophes, shorthand, the sound of a French word.

use unicode_normalization::UnicodeNormalization as _;

/// Characters of a message that are looked at; the rest of a longer one is not read.
/// Source: a Discord message ends at 2,000 characters and the subject comes early.
pub const MESSAGE_CHARS_MAX: usize = 600;

/// Lower case, no accents, ligatures apart, one kind of apostrophe.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let cut = text
        .chars()
        .take(MESSAGE_CHARS_MAX)
        .flat_map(char::to_lowercase);
    for c in cut.nfd() {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            '’' | '‘' | 'ʼ' | '`' | '´' => folded.push('\''),
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    folded
}

/// The words of a text: runs of letters and digits, a letter repeated more than twice counted once (“suuuper”).
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(squeeze)
        .collect()
}

fn squeeze(word: &str) -> String {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return word.to_owned();
    }
    let letters: Vec<char> = word.chars().collect();
    let mut kept = String::with_capacity(word.len());
    let mut n = 0;
    while n < letters.len() {
        let run = letters[n..]
            .iter()
            .take_while(|c| **c == letters[n])
            .count();
        for _ in 0..if run > 2 { 1 } else { run } {
            kept.push(letters[n]);
        }
        n += run;
    }
    kept
}

/// Rewrites of the sound key, tried in this order at each place of a folded word. Upper-case letters on the right stand
/// for one sound. Source: own rules for French spelling mistakes in chat, not for linguistics.
const SOUNDS: &[(&str, &str)] = &[
    ("eaux", "o"),
    ("eau", "o"),
    ("aux", "o"),
    ("au", "o"),
    ("oeu", "E"),
    ("eux", "E"),
    ("eu", "E"),
    ("oin", "WI"),
    ("oi", "W"),
    ("oy", "W"),
    ("ou", "U"),
    ("aill", "AY"),
    ("eill", "eY"),
    ("ill", "iY"),
    ("ain", "I"),
    ("ein", "I"),
    ("aim", "I"),
    ("ien", "iI"),
    ("yn", "I"),
    ("tion", "sO"),
    ("ssion", "sO"),
    ("sion", "sO"),
    ("ai", "e"),
    ("ay", "e"),
    ("ei", "e"),
    ("ey", "e"),
    ("ph", "f"),
    ("sch", "S"),
    ("ch", "S"),
    ("sh", "S"),
    ("gn", "N"),
    ("th", "t"),
    ("rh", "r"),
    ("qu", "k"),
    ("cq", "k"),
    ("ck", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("sc", "s"),
    ("c", "k"),
    ("gea", "ja"),
    ("geo", "jo"),
    ("ge", "je"),
    ("gi", "ji"),
    ("gu", "g"),
    ("ss", "s"),
    ("z", "s"),
    ("y", "i"),
    ("w", "v"),
    ("h", ""),
];

/// Endings that are written but not heard, longest first; what stays must be two letters or more.
const SILENT: &[&str] = &[
    "aient", "ent", "ees", "es", "er", "ez", "et", "ee", "e", "s", "t", "d", "x", "p",
];

/// How a French word sounds, roughly; two spellings of one sound give one key. English words get a key too, which does
/// no harm.
#[must_use]
pub fn sound(word: &str) -> String {
    let mut stem = word;
    for _ in 0..2 {
        if let Some(cut) = SILENT
            .iter()
            .find_map(|ending| stem.strip_suffix(ending).filter(|rest| rest.len() > 2))
        {
            stem = cut;
        }
    }
    let mut key = String::with_capacity(stem.len());
    let mut rest = stem;
    while let Some(first) = rest.chars().next() {
        let (taken, sound) = nasal(rest)
            .or_else(|| {
                (SOUNDS.iter().find(|(from, _)| rest.starts_with(from)))
                    .map(|(from, to)| (from.len(), *to))
            })
            .unwrap_or((0, ""));
        if taken == 0 {
            if !key.ends_with(first) {
                key.push(first);
            }
            rest = &rest[first.len_utf8()..];
        } else {
            if !sound.is_empty() && !key.ends_with(sound) {
                key.push_str(sound);
            }
            rest = &rest[taken..];
        }
    }
    key
}

/// A vowel with n or m that no vowel follows: one nasal sound.
fn nasal(rest: &str) -> Option<(usize, &'static str)> {
    let bytes = rest.as_bytes();
    let (vowel, nose) = (bytes.first()?, bytes.get(1)?);
    let open = bytes.get(2).is_some_and(|next| b"aeiouynm".contains(next));
    if !matches!(nose, b'n' | b'm') || open {
        return None;
    }
    match vowel {
        b'a' | b'e' => Some((2, "A")),
        b'i' | b'u' => Some((2, "I")),
        b'o' => Some((2, "O")),
        _ => None,
    }
}
