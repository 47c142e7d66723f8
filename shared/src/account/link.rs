//! Tying a Discord user to an account: a code that is mailed to the account's address and typed back.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::account::{ClientId, DiscordUser, Locale, ProviderId};
use crate::token::Keys;

/// Characters of a code: no letter or digit that is taken for another one.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters in a code: 40 random bits, of which [`ATTEMPTS_MAX`] may be guessed.
pub const CODE_CHARACTERS: usize = 8;
/// How long a code may be typed. Source: our choice; a mail takes minutes, a stolen code should not last.
pub const CODE_LIFE: TimeDelta = TimeDelta::minutes(15);
/// Wrong codes after which a new one must be asked for (also `link_code_attempts_bounded`).
pub const ATTEMPTS_MAX: i64 = 5;
/// Codes that a Discord user may ask for, and an address be sent, in [`REQUESTS_WINDOW`]. Source: our choice; nobody
/// shall fill somebody else's mailbox through us.
pub const REQUESTS_MAX: i64 = 3;
/// The window of [`REQUESTS_MAX`].
pub const REQUESTS_WINDOW: TimeDelta = TimeDelta::hours(1);
/// Longest address that is looked for, in bytes. Source: RFC 5321, 4.5.3.1.3.
pub const ADDRESS_BYTES_MAX: usize = 254;

/// One account of one kind, as a code can tie it. The staff's ties are the operator's alone: no code makes or ends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountId {
    /// A provider's.
    Provider(ProviderId),
    /// A client's.
    Client(ClientId),
}

/// An account and how to write to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// The person's name.
    pub name: String,
    /// The address that was asked for, as the account has it.
    pub email: String,
    /// Language of the letter.
    pub locale: Locale,
    /// Zone of the person, for clients; the platform's own for others.
    pub zone: Tz,
}

/// The address as accounts are looked for: trimmed, lower case; none when it cannot be one.
#[must_use]
pub fn address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let whole = typed.len() <= ADDRESS_BYTES_MAX
        && !typed.chars().any(|c| c.is_whitespace() || c.is_control())
        && typed.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    whole.then(|| typed.to_ascii_lowercase())
}

/// A new random code, as it is mailed: `ABCD-EFGH`.
///
/// # Panics
/// When the operating system gives no random bytes.
#[must_use]
pub fn new_code() -> String {
    let mut bytes = [0_u8; CODE_CHARACTERS];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    let (first, last) = letters.split_at(CODE_CHARACTERS / 2);
    first.iter().chain(&['-']).chain(last).collect()
}

/// What is kept of a code: a MAC that binds it to the Discord user, so a stolen table gives no codes.
#[must_use]
pub fn code_mac(keys: &Keys, user: DiscordUser, code: &str) -> String {
    keys.sign(message(user, code).as_bytes())
}

/// Whether `typed` is the code of `mac`; takes the same time wherever they differ. Case, spaces and dashes do not count.
#[must_use]
pub fn code_holds(keys: &Keys, user: DiscordUser, typed: &str, mac: &str) -> bool {
    keys.signed(message(user, typed).as_bytes(), mac)
}

fn message(user: DiscordUser, code: &str) -> String {
    let folded = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(CODE_CHARACTERS + 1)
        .map(|c| c.to_ascii_uppercase());
    let mut message = format!("discord link {} ", user.0);
    message.extend(folded);
    message
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn keys() -> Keys {
        Keys::new(SecretString::from("k".repeat(40)), None).unwrap()
    }

    // W2: bound to the one who asked.
    #[test]
    fn a_code_counts_for_the_user_who_asked_for_it_and_for_nobody_else() {
        let (keys, user) = (keys(), DiscordUser(42));
        let code = new_code();
        let mac = code_mac(&keys, user, &code);
        assert!(code_holds(&keys, user, &code, &mac));
        assert!(code_holds(
            &keys,
            user,
            &code.to_lowercase().replace('-', " "),
            &mac
        ));
        assert!(!code_holds(&keys, DiscordUser(43), &code, &mac));
        assert!(!code_holds(&keys, user, "AAAA-AAAA", &mac));
        assert!(!code_holds(&keys, user, &format!("{code}A"), &mac));
        assert!(!code_holds(&keys, user, "", &mac));
    }

    #[test]
    fn an_address_is_folded_and_nonsense_refused() {
        assert_eq!(
            address("  Ann@Example.org "),
            Some("ann@example.org".to_owned())
        );
        for nonsense in [
            "",
            "ann",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\r\nBcc: x@y",
        ] {
            assert_eq!(address(nonsense), None, "{nonsense:?}");
        }
    }
}
