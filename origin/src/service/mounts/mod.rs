//! Other services on the origin's listeners.
//!
//! A mount is a `tower` service with the paths that it claims; it is asked before the library. Bodies of requests and
//! responses stream, and HTTP/1.1's upgrades work, since hyper alone feeds it. All mounts run on one runtime with threads of
//! lower priority: a mount that computes or blocks holds up other mounts, but no delivery. Its body passes through a bounded
//! channel ([`MountedBody`]), so that the connection's thread never runs a mount's code.
//!
//! HTTP/2's CONNECT with a protocol (RFC 8441) is not offered, and browsers then open a WebSocket over HTTP/1.1: hyper does
//! not tell when such a stream ends, and a connection that has one may be idle for as long as the mount likes, but not after.

mod claims;
mod content;
mod fallback;
mod mount;
mod request_body;
mod response_body;
mod runtime;

pub use claims::{Claim, MountError};
pub use mount::{Mount, Mounts};
pub use request_body::{Received, RequestBody};
pub(crate) use response_body::MountedBody;
pub(crate) use runtime::{MountRuntime, Mounted};

#[cfg(test)]
mod tests;
