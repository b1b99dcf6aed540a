//! The other end of a connection.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Client {
    /// Its address, or the one that its load balancer gives; none where it came through a Unix socket.
    pub address: Option<SocketAddr>,
    /// True if it speaks TLS with us.
    pub tls: bool,
}

/// The address that limits count by: all of an IPv4 address, but the /64 of an IPv6 address, since every customer has
/// that many to choose from (RFC 6177).
#[must_use]
pub(crate) fn network(address: IpAddr) -> IpAddr {
    const PREFIX: u128 = !0 << 64;
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & PREFIX)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_customer_count_as_one() {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            assert_eq!(network(address.parse().unwrap()), counted.parse::<IpAddr>().unwrap());
        }
    }
}
