//! Where the origin listens, with which certificates, and whose word on a client's address counts.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The address of a listener: written `127.0.0.1:8080`, `[::]:8080` or `unix:/run/pack/origin.sock`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() && !path.contains('\0') => Ok(Self::Unix(PathBuf::from(path))),
            Some(_) => Err(()),
            None => text.parse().map(Self::Ip).map_err(|_| ()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address)
    }
}

impl Address {
    /// True if a listener on `other` would be in this one's way. Port 0 is "any free one", which several may ask for.
    #[must_use]
    pub fn collides(&self, other: &Self) -> bool {
        self == other && !matches!(self, Self::Ip(address) if address.port() == 0)
    }
}

/// Listeners that speak TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Addresses of the public listeners with TLS.
    #[serde(with = "addresses")]
    pub listen: Vec<Address>,
    /// The certificates; clients that name no host, or an unknown one, get the first.
    #[serde(deserialize_with = "certificates")]
    pub certificates: Vec<Certificate>,
}

/// A certificate and its key, both PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The certificate, followed by those that lead from it to a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Peers that say with a PROXY header on whose behalf they connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxies {
    /// Those in this network.
    Network(IpNet),
    /// Those that connect to a Unix socket.
    Unix,
}

impl Proxies {
    /// True if a peer at `address` is one; `None` is the other end of a Unix socket.
    #[must_use]
    pub fn contain(&self, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::Network(network), Some(address)) => network.contains(&address),
            (Self::Unix, None) => true,
            _ => false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "unix" {
            return Some(Self::Unix);
        }
        let network = text.parse::<IpNet>().ok();
        network.or_else(|| Some(text.parse::<IpAddr>().ok()?.into())).map(Self::Network)
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

fn certificates<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Certificate>, D::Error> {
    let pairs = Vec::<Certificate>::deserialize(toml::Value::deserialize(deserializer)?).ok();
    let usable = |path: &Path| !path.as_os_str().is_empty() && !path.as_os_str().as_encoded_bytes().contains(&0);
    let pairs = pairs.filter(|pairs| pairs.iter().all(|pair| usable(&pair.certificate) && usable(&pair.key)));
    pairs.ok_or_else(|| {
        serde::de::Error::custom(
            "expected a list of pairs of PEM files, such as [{ certificate = \"./tls/www.crt\", key = \"./tls/www.key\" }]",
        )
    })
}

/// Addresses: one as a text, several as a list or as a text with commas.
pub(super) mod addresses {
    use serde::de::Error;
    use serde::{Deserializer, Serialize, Serializer};

    use super::Address;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
        super::texts(deserializer)?.and_then(|texts| texts.iter().map(|t| t.parse().ok()).collect()).ok_or_else(|| {
            D::Error::custom(
                "expected an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\", a Unix socket, such as \
                 \"unix:/run/pack/origin.sock\", or a list of these",
            )
        })
    }

    pub(crate) fn serialize<S: Serializer>(addresses: &[Address], serializer: S) -> Result<S::Ok, S::Error> {
        match addresses {
            [one] => serializer.collect_str(one),
            several => several.iter().map(Address::to_string).collect::<Vec<_>>().serialize(serializer),
        }
    }
}

/// Networks that proxies are in.
pub(super) mod proxies {
    use serde::de::Error;
    use serde::{Deserializer, Serialize, Serializer};

    use super::Proxies;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Proxies>, D::Error> {
        super::texts(deserializer)?.and_then(|texts| texts.iter().map(|t| Proxies::parse(t)).collect()).ok_or_else(
            || D::Error::custom("expected a list of networks, such as [\"10.0.0.0/8\", \"fd00::/8\", \"unix\"]"),
        )
    }

    pub(crate) fn serialize<S: Serializer>(proxies: &[Proxies], serializer: S) -> Result<S::Ok, S::Error> {
        proxies.iter().map(Proxies::to_string).collect::<Vec<_>>().serialize(serializer)
    }
}

/// A list of texts, or the parts of one text between commas; `None` when it is neither.
fn texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => Some(text.split(',').map(|part| part.trim().to_owned()).collect()),
        list => Vec::deserialize(list).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in ["127.0.0.1:8080", "[::]:80", "unix:/run/pack/origin.sock", "unix:relative.sock"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "unix:", "localhost:80", "127.0.0.1", "::1:80", "/run/x.sock", "unix:a\0b"] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn proxies_are_known_by_their_network() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", Some("10.255.0.1"), Some("11.0.0.1")),
            ("192.0.2.7", Some("192.0.2.7"), Some("192.0.2.8")),
            ("fd00::/8", Some("fd12::1"), Some("fe80::1")),
            ("unix", None, Some("127.0.0.1")),
            ("0.0.0.0/0", Some("127.0.0.1"), Some("::1")),
            ("::/0", Some("::1"), None),
        ] {
            let proxies = Proxies::parse(text).unwrap();
            let address = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            assert!(proxies.contain(address(inside)), "{text} {inside:?}");
            assert!(!proxies.contain(address(outside)), "{text} {outside:?}");
        }
        assert!(["", "10.0.0.0/33", "10.0.0", "unix:/x", "any"].iter().all(|text| Proxies::parse(text).is_none()));
    }
}
