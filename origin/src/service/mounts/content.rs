//! The bodies that mounts are given and give.

use std::error::Error;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

pub(super) type BoxError = Box<dyn Error + Send + Sync>;
/// A client's body, or a mount's own.
pub(super) type MountContent = UnsyncBoxBody<Bytes, BoxError>;
