//! Addresses that only we can make: where answers and bounces of one letter come back to.

use uuid::Uuid;

use crate::mail::LetterId;
use crate::token::{self, Keys, SHORT_MAC_BYTES};

/// What the MAC of a reply address is for, so that no other MAC of ours can stand for one.
const SIGNED_FOR: &[u8] = b"relance reply address\0";
/// What the MAC of a return path is for: whoever answers a letter knows its reply address, and must not be able to say with
/// it that the letter came back (M3).
const RETURNED_FOR: &[u8] = b"relance return path\0";
/// The digits of RFC 4648 base 32 in lower case: some servers change the case of local parts in transit.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Bits that one digit carries.
const DIGIT_BITS: u32 = 5;
/// Id and MAC of a token.
const TOKEN_BYTES: usize = 16 + SHORT_MAC_BYTES;
/// Digits of a token. With `bounce+` in front it stays under the 64 characters of a local part (RFC 5321 4.5.3.1.1).
const TOKEN_DIGITS: usize = (TOKEN_BYTES * 8).div_ceil(DIGIT_BITS as usize);

/// The token of a letter's addresses: lower-case base 32 of its id and a MAC, so it can be neither guessed nor altered.
#[must_use]
pub fn reply_token(keys: &Keys, letter: LetterId) -> String {
    token_for(SIGNED_FOR, keys, letter)
}

/// The token of a letter's return path; no reply address has it.
#[must_use]
pub fn bounce_token(keys: &Keys, letter: LetterId) -> String {
    token_for(RETURNED_FOR, keys, letter)
}

fn token_for(purpose: &[u8], keys: &Keys, letter: LetterId) -> String {
    let id = letter.uuid();
    let mac = keys.short_mac(&[purpose, id.as_bytes()].concat());
    encode(&[&id.as_bytes()[..], &mac[..]].concat())
}

/// The letter of a reply address's token that one of `keys` made; upper and lower case read alike.
#[must_use]
pub fn read_reply_token(keys: &Keys, token: &str) -> Option<LetterId> {
    read_token(SIGNED_FOR, keys, token)
}

/// The letter of a return path's token, as [`read_reply_token`].
#[must_use]
pub fn read_bounce_token(keys: &Keys, token: &str) -> Option<LetterId> {
    read_token(RETURNED_FOR, keys, token)
}

fn read_token(purpose: &[u8], keys: &Keys, token: &str) -> Option<LetterId> {
    let bytes = decode(token)?;
    let (id, mac) = bytes.split_first_chunk::<16>()?;
    keys.short_signed(&[purpose, &id[..]].concat(), mac)
        .then(|| LetterId::from(Uuid::from_bytes(*id)))
}

/// Where answers to the letter of `token` go.
#[must_use]
pub fn reply_address(token: &str, domain: &str) -> String {
    format!("reply+{token}@{domain}")
}

/// Where the letter of `token` comes back to when it cannot be delivered (VERP).
#[must_use]
pub fn bounce_address(token: &str, domain: &str) -> String {
    format!("bounce+{token}@{domain}")
}

/// What `suppressions` keeps of an address: SHA-256 in hexadecimal of it without blanks around, in lower case.
#[must_use]
pub fn address_hash(address: &str) -> String {
    token::hash(&address.trim().to_lowercase())
}

fn encode(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(TOKEN_DIGITS);
    let (mut held, mut bits) = (0_u32, 0);
    for &byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= DIGIT_BITS {
            bits -= DIGIT_BITS;
            digits.push(char::from(DIGITS[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        digits.push(char::from(
            DIGITS[(held << (DIGIT_BITS - bits) & 31) as usize],
        ));
    }
    digits
}

/// The bytes of a token; none unless each character counts, so that two texts never mean one letter but for their case.
fn decode(token: &str) -> Option<[u8; TOKEN_BYTES]> {
    if token.len() != TOKEN_DIGITS {
        return None;
    }
    let mut bytes = [0_u8; TOKEN_BYTES];
    let (mut held, mut bits, mut filled) = (0_u32, 0, 0);
    for digit in token.bytes() {
        let value = match digit.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            number @ b'2'..=b'7' => number - b'2' + 26,
            _ => return None,
        };
        held = (held << DIGIT_BITS) | u32::from(value);
        bits += DIGIT_BITS;
        if bits >= 8 {
            bits -= 8;
            *bytes.get_mut(filled)? = u8::try_from(held >> bits).ok()?;
            filled += 1;
            held &= (1 << bits) - 1;
        }
    }
    (filled == TOKEN_BYTES && held == 0).then_some(bytes)
}
