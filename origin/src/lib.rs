//! The origin: serves a library's published tree over HTTP.
//!
//! Each folder is a layer, and knows only those below it: [`server`] holds the sockets, [`connection`] speaks HTTP,
//! [`service`] answers requests, [`delivery`] has bytes within bounds on memory, [`pages`] are for people, [`library`] is
//! the disk, [`observe`] counts and logs, [`access`] checks tokens, and [`mod@http`] decides: pure, without files or sockets.

pub mod access;
mod connection;
mod delivery;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod library;
mod observe;
mod pages;
mod server;
mod service;

pub use connection::tls::certificates::Certificates;
pub use error::Error;
pub use server::{Addresses, Control, serve};
pub use service::mounts::{Claim, Mount, MountError, Mounts, Received, RequestBody};
