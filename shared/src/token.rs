//! Links that act: purpose-bound, subject-bound, time-bound tokens under a MAC, with room for two keys.

pub mod store;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Shortest key that is accepted, in bytes. Source: RFC 2104, the length of the hash's output.
pub const KEY_BYTES_MIN: usize = 32;
/// Bytes of the MAC that a token carries: 128 bits (threats W2).
const MAC_BYTES: usize = SHORT_MAC_BYTES;
/// Bytes of [`Keys::short_mac`]: 128 bits (threats W2).
pub const SHORT_MAC_BYTES: usize = 16;
/// Purpose (1), key id (4), subject (16), expiry in seconds (8).
const BODY_BYTES: usize = 29;

/// What a token may be used for; the number is part of what is signed and is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Opens the client's page: answers, rhythm of the mails. Subject: the client.
    ClientPage = 1,
    /// One-click opt-out of a letter. Subject: the client.
    Unsubscribe = 2,
    /// Signs a client in to the account, once. Subject: the sign-in row.
    SignIn = 3,
    /// The session of a signed-in client. Subject: the session row.
    Session = 4,
    /// The way back from a cancellation, 7 days. Subject: the project.
    WayBack = 5,
    /// Guards a form against being sent from elsewhere. Subject: the session or client.
    Form = 6,
}

/// Why a token is refused. People are told "this link is no longer valid" whatever the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not ours, altered, or for another purpose.
    #[error("the link is not valid")]
    Invalid,
    /// Ours, but too old.
    #[error("the link has expired")]
    Expired,
}

/// The signing key and, after a rotation, those before.
#[derive(Debug, Clone)]
pub struct Keys {
    present: Key,
    previous: Vec<Key>,
}

#[derive(Debug, Clone)]
struct Key {
    id: [u8; 4],
    secret: SecretString,
}

/// A key is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key has fewer than {KEY_BYTES_MIN} bytes; take a random one, for example from openssl rand -base64 48"
)]
pub struct WeakKey;

impl Keys {
    /// Keys from the settings `web.key` and `web.key_previous`; of the latter several, separated by commas, the last one first.
    ///
    /// # Errors
    /// [`WeakKey`] when one has fewer than [`KEY_BYTES_MIN`] bytes.
    pub fn new(present: SecretString, previous: Option<SecretString>) -> Result<Self, WeakKey> {
        let previous = previous.into_iter().flat_map(|keys| {
            let keys = keys.expose_secret().split(',').map(str::trim);
            keys.filter(|key| !key.is_empty())
                .map(SecretString::from)
                .collect::<Vec<_>>()
        });
        Ok(Self {
            present: Key::new(present)?,
            previous: previous.map(Key::new).collect::<Result<_, _>>()?,
        })
    }

    /// A token for `purpose` and `subject`, good until `expires_at` (whole seconds).
    #[must_use]
    pub fn mint(&self, purpose: Purpose, subject: Uuid, expires_at: DateTime<Utc>) -> String {
        let mut token = Vec::with_capacity(BODY_BYTES + MAC_BYTES);
        token.push(purpose as u8);
        token.extend_from_slice(&self.present.id);
        token.extend_from_slice(subject.as_bytes());
        token.extend_from_slice(&expires_at.timestamp().to_be_bytes());
        let mac = self.present.mac(&token);
        token.extend_from_slice(&mac[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The subject of a token made for `purpose` and not yet expired at `now`.
    ///
    /// # Errors
    /// [`TokenError`]; the comparison takes the same time whatever is wrong with the MAC.
    pub fn read(
        &self,
        purpose: Purpose,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Uuid, TokenError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| TokenError::Invalid)?;
        if bytes.len() != BODY_BYTES + MAC_BYTES {
            return Err(TokenError::Invalid);
        }
        let (body, mac) = bytes.split_at(BODY_BYTES);
        let key = self
            .all()
            .find(|key| key.id == body[1..5])
            .ok_or(TokenError::Invalid)?;
        if !bool::from(key.mac(body)[..MAC_BYTES].ct_eq(mac)) || body[0] != purpose as u8 {
            return Err(TokenError::Invalid);
        }
        let expires_at = i64::from_be_bytes(body[21..29].try_into().expect("eight bytes were cut"));
        if expires_at <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        Ok(Uuid::from_bytes(
            body[5..21].try_into().expect("sixteen bytes were cut"),
        ))
    }

    /// The ids of the keys as text, the present one first. An id says nothing about its key.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.all().map(|key| URL_SAFE_NO_PAD.encode(key.id))
    }

    /// The first bytes of the MAC over `message` under the present key, for addresses that have no room for more. The
    /// message begins with what it is for.
    #[must_use]
    pub fn short_mac(&self, message: &[u8]) -> [u8; SHORT_MAC_BYTES] {
        let mac = self.present.mac(message);
        mac[..SHORT_MAC_BYTES]
            .try_into()
            .expect("sixteen bytes were cut")
    }

    /// Whether [`Keys::short_mac`] gives `mac` for `message` with one of the keys, compared in constant time.
    #[must_use]
    pub fn short_signed(&self, message: &[u8], mac: &[u8]) -> bool {
        self.all()
            .any(|key| bool::from(key.mac(message)[..SHORT_MAC_BYTES].ct_eq(mac)))
    }

    /// Whether `signature` says that one of the keys made it; [`Keys::signed`] says whether that is so.
    #[must_use]
    pub fn names(&self, signature: &str) -> bool {
        let id = signature.split_once('.').map(|(id, _)| id);
        id.is_some_and(|id| self.ids().any(|known| known == id))
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.present).chain(&self.previous)
    }

    /// MAC over `message` under the present key, for evidence that the account page makes; first the key's id.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> String {
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(self.present.id),
            URL_SAFE_NO_PAD.encode(self.present.mac(message))
        )
    }

    /// Whether `signature` was made by [`Keys::sign`] over `message` with one of the keys.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &str) -> bool {
        let Some((id, mac)) = signature.split_once('.') else {
            return false;
        };
        let (Ok(id), Ok(mac)) = (URL_SAFE_NO_PAD.decode(id), URL_SAFE_NO_PAD.decode(mac)) else {
            return false;
        };
        self.all()
            .any(|key| key.id[..] == id[..] && bool::from(key.mac(message)[..].ct_eq(&mac)))
    }
}

impl Key {
    fn new(secret: SecretString) -> Result<Self, WeakKey> {
        let bytes = secret.expose_secret().as_bytes();
        if bytes.len() < KEY_BYTES_MIN {
            return Err(WeakKey);
        }
        let hash = Sha256::digest([b"relance key id".as_slice(), bytes].concat());
        Ok(Self {
            id: hash[..4].try_into().expect("four bytes were cut"),
            secret,
        })
    }

    fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

/// SHA-256 of a token in lower-case hexadecimal: what is stored of a token that acts once (threats W2).
#[must_use]
pub fn hash(token: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(token.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn keys(seed: &str) -> Keys {
        Keys::new(SecretString::from(seed.repeat(KEY_BYTES_MIN)), None).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    // W2: purpose-, subject- and time-bound.
    #[test]
    fn a_token_opens_only_what_it_was_made_for_and_only_in_time() {
        let (keys, subject) = (keys("a"), Uuid::from_u128(7));
        let token = keys.mint(Purpose::ClientPage, subject, now() + TimeDelta::hours(1));
        assert_eq!(keys.read(Purpose::ClientPage, &token, now()), Ok(subject));
        assert_eq!(
            keys.read(Purpose::Session, &token, now()),
            Err(TokenError::Invalid)
        );
        assert_eq!(
            keys.read(Purpose::ClientPage, &token, now() + TimeDelta::hours(1)),
            Err(TokenError::Expired)
        );
        assert_eq!(
            super::tests::keys("b").read(Purpose::ClientPage, &token, now()),
            Err(TokenError::Invalid)
        );
    }

    // W2: any altered character is noticed.
    #[test]
    fn an_altered_token_is_refused() {
        let keys = keys("a");
        let token = keys.mint(
            Purpose::SignIn,
            Uuid::from_u128(9),
            now() + TimeDelta::hours(1),
        );
        for at in 0..token.len() {
            let mut altered: Vec<u8> = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_ne!(
                keys.read(Purpose::SignIn, &altered, now()),
                Ok(Uuid::from_u128(9)),
                "at {at}"
            );
        }
    }

    // W3: two keys live during rotation.
    #[test]
    fn after_a_rotation_links_of_the_previous_key_still_open() {
        let (old, new) = (
            SecretString::from("o".repeat(40)),
            SecretString::from("n".repeat(40)),
        );
        let before = Keys::new(old.clone(), None).unwrap();
        let after = Keys::new(new, Some(old)).unwrap();
        let token = before.mint(
            Purpose::ClientPage,
            Uuid::from_u128(3),
            now() + TimeDelta::days(1),
        );
        assert_eq!(
            after.read(Purpose::ClientPage, &token, now()),
            Ok(Uuid::from_u128(3))
        );
        assert!(after.signed(b"evidence", &before.sign(b"evidence")));
        assert!(!after.signed(b"evidence!", &before.sign(b"evidence")));
    }

    // W3: what was signed several rotations ago can still be checked.
    #[test]
    fn several_keys_before_the_present_one_are_known() {
        let key = |of: &str| of.repeat(KEY_BYTES_MIN);
        let list = format!("{}, {}", key("b"), key("a"));
        let now = Keys::new(key("c").into(), Some(list.into())).unwrap();
        for of in ["a", "b", "c"] {
            let signature = keys(of).sign(b"evidence");
            assert!(now.signed(b"evidence", &signature) && now.names(&signature));
        }
        assert!(!now.names(&keys("d").sign(b"evidence")));
        let weak = Keys::new(key("c").into(), Some("short".into()));
        assert!(weak.is_err());
    }
}
