//! Bytes on their way from the library to a connection, within bounds on memory that no client can pass.
//!
//! Two sources: small objects are in memory, large ones in an open file whose content the kernel's cache holds. Three ways
//! out: vectored writes from memory; sendfile(2) for files over plain HTTP/1.1; blocks for files over TLS and HTTP/2.

pub(crate) mod blocks;
pub(crate) mod body;
pub(crate) mod budget;
pub(crate) mod cache;
mod compress;
pub(crate) mod entry;
pub(crate) mod outgoing;
pub(crate) mod pool;
pub(crate) mod representation;
pub(crate) mod source;
