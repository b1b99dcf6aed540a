//! HTTP's semantics, pure: no file, no socket, no clock. Each topic of the RFCs has its file.
#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub(crate) mod cache_status;
pub(crate) mod client;
pub(crate) mod cmcd;
pub(crate) mod content;
pub(crate) mod head;
pub(crate) mod host;
pub(crate) mod kind;
pub(crate) mod lifetime;
pub(crate) mod policy;
pub(crate) mod request_id;
pub(crate) mod route;
pub(crate) mod steering;
