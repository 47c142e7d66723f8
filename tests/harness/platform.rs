//! A platform on loopback that takes our events and keeps them as they came.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use relance_shared::platform::Signature;
use relance_shared::platform::webhook::Secrets;
use secrecy::SecretString;
use serde_json::Value;
use tokio::net::TcpListener;

/// The secret that both sides know.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A platform that answers 204 to everything.
pub struct Platform {
    url: String,
    received: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl Platform {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/events", listener.local_addr()?);
        let received: Arc<Mutex<Vec<(HeaderMap, String)>>> = Arc::default();
        let kept = received.clone();
        let take = post(move |headers: HeaderMap, body: String| async move {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push((headers, body));
            StatusCode::NO_CONTENT
        });
        tokio::spawn(
            async move { axum::serve(listener, Router::new().route("/events", take)).await },
        );
        Ok(Self { url, received })
    }

    /// Points our settings here.
    pub fn point(&self, settings: &mut relance_shared::config::Settings) {
        settings.platform.secret = Some(SecretString::from(SECRET));
        settings.platform.events_url = Some(self.url.clone());
    }

    /// What arrived so far, oldest first; only what bears our signature counts.
    ///
    /// # Errors
    /// When an event came unsigned, wrongly signed, or is not JSON.
    pub fn events(&self) -> anyhow::Result<Vec<Value>> {
        let secrets = Secrets::new(Some(&SecretString::from(SECRET)))?;
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = Vec::with_capacity(received.len());
        for (headers, body) in received.iter() {
            let header = |name: &str| -> anyhow::Result<String> {
                let value = headers.get(name).with_context(|| format!("no {name}"))?;
                Ok(value.to_str()?.to_owned())
            };
            let signature = Signature {
                id: header("webhook-id")?,
                timestamp: header("webhook-timestamp")?.parse()?,
                signature: header("webhook-signature")?,
            };
            anyhow::ensure!(secrets.holds(&signature, body), "a signature does not hold");
            events.push(serde_json::from_str(body)?);
        }
        Ok(events)
    }
}
