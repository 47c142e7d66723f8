//! Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`, several secrets while one replaces another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::Signature;
use crate::config::ConfigError;

/// How far the sender's clock may be from ours. Source: Standard Webhooks, five minutes.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// Bytes of a secret. Source: Standard Webhooks, 24 to 64.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Signatures looked at in one header; a sender has two while it rotates.
const SIGNATURES_MAX: usize = 8;
const PREFIX: &str = "whsec_";
const VERSION: &str = "v1,";

/// The secrets shared with the platform, the present one first.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<SecretSlice<u8>>);

impl Secrets {
    /// Secrets from the setting `platform.secret`: `whsec_…`, several separated by commas; none when it is not set.
    ///
    /// # Errors
    /// [`ConfigError::Contradiction`] when one is no base64 of 24 to 64 bytes.
    pub fn new(setting: Option<&SecretString>) -> Result<Self, ConfigError> {
        let Some(setting) = setting else {
            return Ok(Self::default());
        };
        let texts = setting.expose_secret().split(',').map(str::trim);
        let secrets = texts.filter(|text| !text.is_empty()).map(|text| {
            let bytes = STANDARD
                .decode(text.strip_prefix(PREFIX).unwrap_or(text))
                .ok();
            bytes
                .filter(|bytes| SECRET_BYTES.contains(&bytes.len()))
                .map(SecretSlice::from)
        });
        match secrets.collect::<Option<Vec<_>>>() {
            Some(secrets) if !secrets.is_empty() => Ok(Self(secrets)),
            _ => Err(ConfigError::Contradiction {
                key: "platform.secret",
                why: "each secret must be whsec_ and the base64 of 24 to 64 bytes; separate several with commas",
            }),
        }
    }

    /// Whether none is set: then nothing signed can be believed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the signatures holds over `body` under one of the secrets, whatever its age. Takes the same time
    /// whatever is wrong.
    #[must_use]
    pub fn holds(&self, signature: &Signature, body: &(impl AsRef<[u8]> + ?Sized)) -> bool {
        let message = signed(&signature.id, signature.timestamp, body.as_ref());
        let given: Vec<Vec<u8>> = signature
            .signature
            .split(' ')
            .filter_map(|one| STANDARD.decode(one.strip_prefix(VERSION)?).ok())
            .take(SIGNATURES_MAX)
            .collect();
        let mut holds = false;
        for secret in &self.0 {
            let meant = mac(secret, &message);
            for one in &given {
                holds |= bool::from(meant[..].ct_eq(one));
            }
        }
        holds
    }

    /// The signature of `body` under the present secret; none when there is none.
    #[must_use]
    pub fn sign(
        &self,
        id: &str,
        timestamp: i64,
        body: &(impl AsRef<[u8]> + ?Sized),
    ) -> Option<String> {
        let secret = self.0.first()?;
        let mac = mac(secret, &signed(id, timestamp, body.as_ref()));
        Some(format!("{VERSION}{}", STANDARD.encode(mac)))
    }
}

/// Whether a message signed at `timestamp` (seconds) is neither too old nor from the future.
#[must_use]
pub fn is_timely(timestamp: i64, now: DateTime<Utc>) -> bool {
    now.timestamp().abs_diff(timestamp) <= TOLERANCE.num_seconds().unsigned_abs()
}

/// What is signed, of a body that may be no text (a raw message).
fn signed(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    [message(id, timestamp, "").as_bytes(), body].concat()
}

/// What is signed.
pub(super) fn message(id: &str, timestamp: i64, body: &str) -> String {
    format!("{id}.{timestamp}.{body}")
}

fn mac(secret: &SecretSlice<u8>, message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret())
        .expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secrets(setting: &str) -> Secrets {
        Secrets::new(Some(&SecretString::from(setting))).unwrap()
    }

    fn signature(signature: &str) -> Signature {
        Signature {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            timestamp: 1_614_265_330,
            signature: signature.to_owned(),
        }
    }

    // W5: the reference implementation and ours agree in both directions.
    #[test]
    fn the_reference_implementation_signs_alike() {
        let body = r#"{"test": 2432232314}"#;
        let theirs = standardwebhooks::Webhook::new(SECRET).unwrap();
        let signed = theirs
            .sign(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                body.as_bytes(),
            )
            .unwrap();
        assert!(secrets(SECRET).holds(&signature(&signed), body));
        let ours = secrets(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(ours.as_deref(), Some(signed.as_str()));
    }

    // W3, W5: two secrets live during a rotation; an altered body, id or time is noticed.
    #[test]
    fn during_a_rotation_either_secret_holds_and_nothing_altered_does() {
        let old = "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk";
        let both = secrets(&format!("{SECRET}, {old}"));
        for one in [SECRET, old] {
            let signed = secrets(one).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{}");
            let signed = format!("v1,AAAA v2,zzz {}", signed.unwrap());
            assert!(both.holds(&signature(&signed), "{}"));
            assert!(!both.holds(&signature(&signed), "{ }"));
            let altered = Signature {
                timestamp: 1_614_265_331,
                ..signature(&signed)
            };
            assert!(!both.holds(&altered, "{}"));
        }
        assert!(!Secrets::default().holds(&signature("v1,"), "{}"));
        assert!(Secrets::new(Some(&SecretString::from("whsec_c2hvcnQ="))).is_err());
    }
}
