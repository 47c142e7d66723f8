//! What of `discord.*` contradicts itself.

use std::net::SocketAddr;

use super::{ConfigError, Discord};

impl Discord {
    /// # Errors
    /// [`ConfigError::Contradiction`] names the key that would send the token somewhere else than to Discord.
    pub(super) fn refuse_contradictions(&self) -> Result<(), ConfigError> {
        let refuse = |key, why| Err(ConfigError::Contradiction { key, why });
        let is_local = |base: &String| {
            let host = base
                .strip_prefix("http://")
                .and_then(|rest| rest.rsplit_once(':'));
            host.is_some_and(|(host, port)| {
                matches!(host, "127.0.0.1" | "[::1]" | "localhost") && port.parse::<u16>().is_ok()
            })
        };
        if self.api_base.as_ref().is_some_and(|base| !is_local(base)) {
            return refuse(
                "discord.api_base",
                "only for tests: must be http:// and a loopback address with a port; remove it to reach Discord",
            );
        }
        if self.tls_test_ca.is_some() != self.tls_test_addr.is_some() {
            return refuse(
                "discord.tls_test_ca",
                "goes with discord.tls_test_addr; give both or neither",
            );
        }
        let address = self
            .tls_test_addr
            .as_ref()
            .map(|at| at.parse::<SocketAddr>());
        if address.is_some_and(|at| !at.is_ok_and(|at| at.ip().is_loopback())) {
            return refuse(
                "discord.tls_test_addr",
                "only for tests: must be a loopback address with a port; remove it to reach Discord",
            );
        }
        if self.api_base.is_some() && self.tls_test_addr.is_some() {
            return refuse(
                "discord.api_base",
                "contradicts discord.tls_test_addr; keep one of them",
            );
        }
        if self.shards == Some(0) {
            return refuse(
                "discord.shards",
                "must be at least 1; remove it to follow Discord's advice",
            );
        }
        Ok(())
    }
}
