//! The client of a request to a mount: an extension of the request that the origin sets.

use std::net::SocketAddr;

/// The client of a request, as the connection tells: nothing of it comes from headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caller {
    /// Its address, or the one that its load balancer gives in a PROXY header; none where it came through a Unix socket.
    pub address: Option<SocketAddr>,
    /// True if it speaks TLS with us.
    pub is_tls: bool,
}
