//! Other services on the origin's listeners.
//!
//! A mount is a `tower` service with the paths that it claims; it is asked before the library. Bodies of requests and
//! responses stream, and HTTP/1.1's upgrades work, since hyper alone feeds it. All mounts run on one runtime with threads of
//! lower priority: a mount that computes or blocks holds up other mounts, but no delivery. Its body passes through a bounded
//! channel ([`MountedBody`]), so that the connection's thread never runs a mount's code.
//!
//! WebSockets over HTTP/2 (RFC 8441) come to a mount as over HTTP/1.1, and the origin keeps the stream ([`Tunnel`]): so their
//! end and clients that take nothing are seen. Each holds one of its connection's few streams, as a stream of events does;
//! a browser's tabs share them; and a client that takes nothing of one loses its connection, with all that it shares.

mod claims;
mod content;
mod fallback;
mod mount;
mod request_body;
mod response_body;
mod runtime;
mod tunnel;
mod websocket;

pub use claims::{Claim, MountError};
pub use mount::{Mount, Mounts};
pub use request_body::{Received, RequestBody};
pub(crate) use response_body::MountedBody;
pub(crate) use runtime::{MountRuntime, Mounted};
pub(crate) use tunnel::{Broken, Tunnel};
pub(crate) use websocket::is_extended_connect;

#[cfg(test)]
mod tests;
