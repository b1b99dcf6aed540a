//! The client of a request: its address and scheme, through proxies that the settings name.

pub mod cookie;
pub mod guard;
pub mod signed_in;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use config::caller::Caller;
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;

use super::App;
use super::problem::Problem;

/// The client of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its address; none where it came through a Unix socket.
    pub address: Option<IpAddr>,
    /// True if it speaks TLS with us, or with a proxy of ours.
    pub is_tls: bool,
}

impl Client {
    /// The address for people and for the audit trail; empty where there is none.
    #[must_use]
    pub fn text(&self) -> String {
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }

    /// The address that limits count by: all of an IPv4 address, but the /64 of an IPv6 address (RFC 6177).
    #[must_use]
    pub fn network(&self) -> IpAddr {
        match self.address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(address)) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
            Some(v4) => v4,
            None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }

    /// Refuses what shows a password or another secret where others can read along.
    ///
    /// # Errors
    /// 403.
    pub fn needs_privacy(&self) -> Result<(), Problem> {
        if self.is_private() { Ok(()) } else { Err(Problem::forbidden("this needs TLS: use https")) }
    }

    /// True if nobody between can read along: TLS, or the machine itself.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.is_tls || self.address.is_none_or(|address| address.to_canonical().is_loopback())
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Caller>().copied().unwrap_or_default();
        Ok(client(caller, &parts.headers, &app.settings.proxies))
    }
}

/// The client behind the connection. `X-Forwarded-For` is read from its end, as far as `proxies` wrote it: what lies
/// before was written by anybody.
fn client(caller: Caller, headers: &HeaderMap, proxies: &[IpNet]) -> Client {
    let peer = caller.address.map(|address| address.ip().to_canonical());
    let is_proxy = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    let direct = Client { address: peer, is_tls: caller.is_tls };
    let Some(peer) = peer.filter(is_proxy) else { return direct };
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for hop in chain.iter().rev() {
        let Ok(hop) = hop.parse::<IpAddr>() else { break };
        address = hop.to_canonical();
        if !is_proxy(&address) {
            break;
        }
    }
    let proto = headers.get_all("x-forwarded-proto").iter().next_back().and_then(|value| value.to_str().ok());
    let proto = proto.and_then(|value| value.rsplit(',').next()).map(str::trim);
    Client { address: Some(address), is_tls: proto.map_or(caller.is_tls, |proto| proto.eq_ignore_ascii_case("https")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str], proto: Option<&str>) -> (String, bool) {
        let caller = Caller { address: Some(peer.parse().unwrap()), is_tls: false };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        if let Some(proto) = proto {
            headers.insert("x-forwarded-proto", proto.parse().unwrap());
        }
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let client = client(caller, &headers, &proxies);
        (client.text(), client.is_tls)
    }

    #[test]
    fn forwarded_addresses_count_as_far_as_named_proxies_wrote_them() {
        type Case<'a> = (&'a str, &'a [&'a str], Option<&'a str>, &'a str, bool);
        let cases: [Case<'_>; 6] = [
            ("192.0.2.1:9", &["203.0.113.9"], Some("https"), "192.0.2.1", false),
            ("10.0.0.1:9", &["203.0.113.9"], Some("https"), "203.0.113.9", true),
            ("10.0.0.1:9", &["198.51.100.1, 203.0.113.9", "10.0.0.7"], Some("http"), "203.0.113.9", false),
            ("10.0.0.1:9", &["203.0.113.9, nonsense"], None, "10.0.0.1", false),
            ("10.0.0.1:9", &[], None, "10.0.0.1", false),
            ("[::ffff:10.0.0.1]:9", &["2001:db8::1"], Some("HTTPS"), "2001:db8::1", true),
        ];
        for (peer, forwarded, proto, address, is_tls) in cases {
            assert_eq!(of(peer, forwarded, proto), (address.into(), is_tls), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_customer_of_ipv6_counts_as_one() {
        let client = |text: &str| Client { address: Some(text.parse().unwrap()), is_tls: false };
        assert_eq!(client("2001:db8:1:2:3:4:5:6").network(), client("2001:db8:1:2::9").network());
        assert_ne!(client("2001:db8:1:3::9").network(), client("2001:db8:1:2::9").network());
    }
}
