//! The two places that bytes are sent from.

use std::sync::Arc;

use bytes::Bytes;

use crate::library::file::Opened;

/// The place that bytes are sent from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Memory(Bytes),
    /// An open file, whose content the kernel's cache holds.
    File(Arc<Opened>),
}
