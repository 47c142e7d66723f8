//! The lines to Discord, and the two ways to a local server in place of it.

use std::net::SocketAddr;

use anyhow::Context as _;
use relance_shared::config::Discord;
use secrecy::ExposeSecret as _;
use serenity::all::{ApplicationId, CreateAllowedMentions, Http, HttpBuilder};

/// Host of the API, for the local TLS server's name.
const HOST: &str = "discord.com";

/// Two lines to the same API. Answers to interactions are outside Discord's global limit and each has a path of its own:
/// serenity's limiter would keep an entry for every one of them for ever, so they go without it, with a retry of our own.
pub struct Lines {
    /// For everything that Discord limits.
    pub http: Http,
    /// For answers to interactions.
    pub answers: Http,
}

impl Lines {
    /// Tells both lines whose commands are answered.
    pub fn know_application(&self, id: ApplicationId) {
        self.http.set_application_id(id);
        self.answers.set_application_id(id);
    }
}

/// The line of the gateway and those of the answers and deliveries.
///
/// # Errors
/// When there is no token, a test setting cannot be used, or the API does not answer. Without the last check serenity
/// would go on and try Discord's own gateway, whatever the settings say.
pub async fn lines(settings: &Discord) -> anyhow::Result<(Http, Lines)> {
    let gateway = line(settings, true)?;
    gateway.get_gateway().await.map_err(|error| {
        // The error's own text may hold the address with its token: only its kind is told.
        anyhow::anyhow!(
            "Discord's API does not answer ({}): look at discord.token and the network",
            kind(&error)
        )
    })?;
    let lines = Lines {
        http: line(settings, true)?,
        answers: line(settings, false)?,
    };
    Ok((gateway, lines))
}

fn line(settings: &Discord, is_limited: bool) -> anyhow::Result<Http> {
    let token = settings
        .token
        .as_ref()
        .context("no token: set discord.token, RELANCE__DISCORD__TOKEN or DISCORD_TOKEN")?;
    let mut builder = HttpBuilder::new(token.expose_secret())
        .default_allowed_mentions(CreateAllowedMentions::new());
    if let Some(base) = &settings.api_base {
        // With the limiter on, serenity would leave the proxy out and send the token to Discord.
        builder = builder.proxy(base).ratelimiter_disabled(true);
    } else {
        builder = builder.ratelimiter_disabled(!is_limited);
    }
    if let (Some(ca), Some(address)) = (&settings.tls_test_ca, &settings.tls_test_addr) {
        let pem = std::fs::read(ca)
            .with_context(|| format!("discord.tls_test_ca: cannot read {}", ca.display()))?;
        let address: SocketAddr = address.parse().context("discord.tls_test_addr")?;
        let client = reqwest::Client::builder()
            .use_rustls_tls()
            .tls_built_in_root_certs(false)
            .add_root_certificate(
                reqwest::Certificate::from_pem(&pem).context("discord.tls_test_ca")?,
            )
            .resolve(HOST, address)
            .build()
            .context("discord.tls_test_ca")?;
        builder = builder.client(client);
    }
    Ok(builder.build())
}

/// What kind of failure it was, without addresses and tokens (D5).
#[must_use]
pub fn kind(error: &serenity::Error) -> String {
    use serenity::http::HttpError;
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            format!(
                "status {}, code {}",
                response.status_code.as_u16(),
                response.error.code
            )
        }
        serenity::Error::Http(HttpError::Request(request)) if request.is_timeout() => {
            "timed out".to_owned()
        }
        serenity::Error::Http(HttpError::Request(_)) => "line cut".to_owned(),
        serenity::Error::Json(_) => "an answer that cannot be read".to_owned(),
        _ => "other".to_owned(),
    }
}
