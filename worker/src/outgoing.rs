//! Requests that we make: only to public addresses, checked after resolution, without redirects (W6).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, Url, redirect};

/// How long a request may take, its answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client for the address `setting`, and the address read. HTTPS to public addresses; an address of this machine may
/// be asked, in the clear too, when the setting itself names it.
///
/// # Errors
/// When the setting is no such address; says what is wrong with it.
pub fn client(setting: &str) -> anyhow::Result<(Client, Url)> {
    let url: Url = setting.parse().context("is no URL")?;
    let host = url.host_str().context("names no host")?;
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let is_local = host == "localhost" || literal.is_some_and(|ip| ip.is_loopback());
    if literal.is_some_and(|ip| !is_public(ip)) && !is_local {
        bail!("names an address that is not public");
    }
    if url.scheme() != "https" && !(is_local && url.scheme() == "http") {
        bail!("must begin with https://");
    }
    let client = Client::builder()
        .timeout(REQUEST_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirect::Policy::none())
        // A proxy of the environment would resolve names itself, unchecked.
        .no_proxy()
        .dns_resolver(Arc::new(Guarded { is_local }))
        .user_agent(concat!("relance/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot be asked")?;
    Ok((client, url))
}

/// The body of an answer, at most `bytes_max`.
///
/// # Errors
/// When it is longer or breaks off.
pub async fn bounded(mut answer: Response, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if body.len() + piece.len() > bytes_max {
            bail!("the answer is longer than {bytes_max} bytes");
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Resolves names, and gives the addresses that may be asked.
struct Guarded {
    is_local: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let is_local = self.is_local;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = |at: &SocketAddr| {
                if is_local {
                    at.ip().is_loopback()
                } else {
                    is_public(at.ip())
                }
            };
            let found: Vec<SocketAddr> = found.filter(allowed).collect();
            if found.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is on the public network. Source: the IANA special-purpose registries (RFC 6890).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, ..] = ip.segments();
    // Only global unicast is given out; of it, documentation, Teredo, ORCHID and 6to4 lead elsewhere.
    (0x2000..0x4000).contains(&a)
        && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    // W6: the ways round that are known.
    #[test]
    fn only_public_addresses_are_asked() {
        for inside in [
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.168.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fc00::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "192.0.32.10",
            "8.8.8.8",
            "2a00:1450:4007::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
        for setting in [
            "http://platform.example/feed",
            "https://10.0.0.1/",
            "https://[::ffff:10.0.0.1]/",
            "ftp://a/",
            "x",
        ] {
            assert!(client(setting).is_err(), "{setting}");
        }
        for setting in [
            "https://platform.example/feed",
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "http://[::1]:9/",
        ] {
            assert!(client(setting).is_ok(), "{setting}");
        }
    }
}
