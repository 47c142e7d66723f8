//! Bounds of a raw message, counted before anything is taken apart.

use std::borrow::Cow;

use super::{BODY_BYTES_MAX, HEADER_BYTES_MAX, PARTS_MAX};

/// Lines that could end a part (`--` and more). Source: twice the parts of the largest digests, and no text has as many.
const DELIMITERS_MAX: usize = 20_000;
/// Raw bytes of a part that are decoded. Source: a body of [`BODY_BYTES_MAX`] in base64, 57 bytes to a line of 78, under its headers.
const PART_BYTES_MAX: usize = BODY_BYTES_MAX / 57 * 78 + HEADER_BYTES_MAX;
/// Raw bytes that are decoded of all parts: one body, and of the others enough to see what they are. Source: measured; all
/// together, with a message of [`super::MESSAGE_BYTES_MAX`] itself, stay under 64 MB.
const ALL_BYTES_MAX: usize = PART_BYTES_MAX + (1 << 20);
/// Raw bytes that are decoded of a part in any case: its fields.
const FIELDS_BYTES_MAX: usize = 256;

/// Where the header section ends.
pub(super) fn header_end(raw: &[u8]) -> usize {
    let mut line_is_empty = false;
    for (position, byte) in raw.iter().enumerate() {
        match byte {
            b'\n' if line_is_empty => return position,
            b'\n' => line_is_empty = true,
            b'\r' => {}
            _ => line_is_empty = false,
        }
    }
    raw.len()
}

/// Counts what could open a part before anything is parsed: `Content-Type` fields, and lines like delimiters. One look at
/// each line, no memory: the parser would make a part of each.
pub(super) fn is_taken_apart_cheaply(raw: &[u8]) -> bool {
    let (mut types, mut delimiters) = (0_usize, 0_usize);
    for line in raw.split(|byte| *byte == b'\n') {
        match line.first() {
            Some(b'-') => delimiters += usize::from(line.starts_with(b"--")),
            Some(b'c' | b'C') => {
                let is_type = line.len() > 13 && line[..13].eq_ignore_ascii_case(b"content-type:");
                types += usize::from(is_type);
            }
            Some(_) | None => {}
        }
    }
    types <= PARTS_MAX * 2 && delimiters <= DELIMITERS_MAX
}

/// A message without what nobody looks at: of each part the first [`PART_BYTES_MAX`] bytes, of all together
/// [`ALL_BYTES_MAX`] and every delimiter. Attachments of 28 MB would else be decoded, whole, into memory. A message
/// within the bounds is given back as it is.
pub(super) fn shortened(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.len() <= PART_BYTES_MAX {
        return Cow::Borrowed(raw);
    }
    let mut kept = Vec::with_capacity(raw.len().min(ALL_BYTES_MAX));
    let mut room = PART_BYTES_MAX;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"--") {
            let left = ALL_BYTES_MAX.saturating_sub(kept.len());
            room = PART_BYTES_MAX.min(left).max(FIELDS_BYTES_MAX);
        }
        if line.len() <= room {
            kept.extend_from_slice(line);
            room -= line.len();
        } else if room > 0 {
            // Base64 is read by fours; a line cut elsewhere would not be base64 any more.
            kept.extend_from_slice(&line[..room / 4 * 4]);
            kept.extend_from_slice(b"\r\n");
            room = 0;
        }
    }
    if kept.len() >= raw.len() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"VG91am91cnMgZCdhY3R1YWxpdMOpLg==\r\n";

    // M4: of a message of 30 MB what is decoded is bounded, whatever its parts are, and every part is still there.
    #[test]
    fn what_is_decoded_of_a_large_message_is_bounded() {
        let lines = |bytes: usize| LINE.repeat(bytes / LINE.len());
        let delimiter: &[u8] = b"--b\r\n";
        let twelve = [delimiter, &lines(2_000_000)].concat().repeat(12);
        let large = [delimiter, &lines(25_000_000), delimiter, LINE].concat();
        let one_line = [
            delimiter,
            &b"VG91".repeat(6_000_000),
            b"\r\n",
            delimiter,
            LINE,
        ]
        .concat();
        let short_parts = [delimiter, &lines(1_300)].concat().repeat(DELIMITERS_MAX);
        for raw in [&twelve, &large, &one_line, &short_parts] {
            let kept = shortened(raw);
            let fields = DELIMITERS_MAX * (FIELDS_BYTES_MAX + 2);
            assert!(kept.len() <= ALL_BYTES_MAX + fields, "{}", kept.len());
            let parts = |raw: &[u8]| {
                let lines = raw.split(|byte| *byte == b'\n');
                lines.filter(|line| line.starts_with(b"--b")).count()
            };
            assert_eq!(parts(&kept), parts(raw));
        }
        assert!(
            shortened(&large).ends_with(LINE),
            "what stands under an attachment is read"
        );
    }

    #[test]
    fn a_message_within_the_bounds_is_not_touched() {
        for raw in [LINE.repeat(10), LINE.repeat(PART_BYTES_MAX / LINE.len())] {
            assert!(matches!(shortened(&raw), Cow::Borrowed(same) if same == raw));
        }
    }
}
