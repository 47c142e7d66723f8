//! Hundreds of damaged messages through every parser of remote text (C1): the same on every run, and none may panic.
//!
//! The fuzz targets of `tests/fuzz` go through the same doors with a fuzzer's patience: `testing::doors`.

use crate::testing::doors::{self, DOORS};

/// Damaged messages of one test. Source: a few seconds without optimisation.
const ROUNDS: u64 = 400;
const SEEDS: &[&str] = &[
    "From: Jeanne <j@client.example>\r\nTo: reply+abcdefghijklmnop@ours.example\r\nSubject: =?utf-8?Q?Re:_Votre_projet?=\r\n\
    Date: Tue, 3 Mar 2026 10:00:00 +0100\r\nIn-Reply-To: <1@ours.example>\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\nBonjour,=20\r\nToujours d'actualit=C3=A9, rappelez-moi le 12 septembre au 06 12 34 56 78.\r\n\r\n\
    Cordialement,\r\n-- \r\nJeanne\r\n\r\nLe mar. 3 mars 2026 =C3=A0 10:00, Suivi a =C3=A9crit :\r\n> Votre projet est-il d'actualit=C3=A9 ?\r\n",
    "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
    Annulez mon projet.\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Annulez <b>mon</b> projet.</p><div class=\"gmail_quote\"><blockquote>Bonjour</blockquote></div>\r\n--x--\r\n",
    "From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n\
    Sorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\
    Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@ours.example>\r\nTo: a@b.example\r\n\r\nx\r\n--b--\r\n",
    "From: fbl@mx.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n\
    Feedback-Type: abuse\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@ours.example>\r\n\r\nx\r\n--b--\r\n",
    "From: a@b.example\r\nAuto-Submitted: auto-replied\r\nSubject: Absence du bureau\r\n\r\nJe suis absente jusqu'au 15 mars.\r\n",
    "Authentication-Results: mx.ours.example 1; dmarc=pass (p=none; x \\) y) header.from=b.example; dkim=pass header.d=b.example;\r\n spf=pass smtp.mailfrom=\"a@b.example\"\r\n\
    From: a@b.example\r\n\r\n1) oui\r\n2) non, abandonné\r\n3) rappelez dans 3 semaines\r\n",
];
/// What damage is made of: marks that the parsers look for.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"=",
    b"=?utf-8?B?",
    b"?=",
    b"--b",
    b"--x--",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"&#",
    b"\"",
    b"(",
    b")",
    b";",
    b":",
    b"@",
    b"\\",
    b"\xff\xfe",
    b"\xc3",
    b"\xe2\x80\x8b",
    b"> ",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"9999999999",
    b"Content-Transfer-Encoding: base64\r\n",
    b"dmarc=pass",
    b" a \xc3\xa9crit :",
    b"-- \n",
    b"+",
    b"31/12/9999",
    b"charset=utf-7",
];

/// Xorshift: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap_or(0)
    }

    fn damage(&mut self, raw: &mut Vec<u8>) {
        let (at, length) = (self.below(raw.len() + 1), self.below(40));
        let end = raw.len().min(at + length);
        match self.below(6) {
            0 => drop(raw.drain(at..end)),
            1 => {
                let piece = PIECES[self.below(PIECES.len())];
                drop(raw.splice(at..at, piece.iter().copied()));
            }
            2 => {
                let other = SEEDS[self.below(SEEDS.len())].as_bytes();
                let from = self.below(other.len());
                let to = other.len().min(from + 4 * length);
                drop(raw.splice(at..end, other[from..to].iter().copied()));
            }
            3 => {
                let copy = raw[at..end].repeat(1 + self.below(30));
                drop(raw.splice(at..at, copy));
            }
            4 => raw[at..end].reverse(),
            _ => {
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                raw[at..end].fill(byte);
            }
        }
    }
}

#[test]
fn damaged_messages_break_no_parser() {
    let mut chance = Chance(0x5eed_5eed);
    for round in 0..ROUNDS {
        let seed = SEEDS[chance.below(SEEDS.len())];
        let mut raw = seed.as_bytes().to_vec();
        for _ in 0..=round % 8 {
            chance.damage(&mut raw);
        }
        for (_, door) in DOORS {
            door(&raw);
        }
        let asked = serde_json::json!({"id": round, "raw": String::from_utf8_lossy(&raw)});
        doors::question(&asked.to_string());
    }
}

// C1: a fuzz target for each door, and no target without one.
#[test]
fn every_door_has_a_fuzz_target() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz");
    let manifest =
        std::fs::read_to_string(folder.join("Cargo.toml")).expect("the targets' manifest");
    for (name, _) in DOORS {
        let path = folder.join("fuzz_targets").join(format!("{name}.rs"));
        let target = std::fs::read_to_string(&path).expect("a target of that name");
        assert!(target.contains(&format!("doors::{name}(")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
    let targets = std::fs::read_dir(folder.join("fuzz_targets")).expect("the targets");
    assert_eq!(targets.count(), DOORS.len());
}
