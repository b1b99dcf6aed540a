//! The commands that look after the titles of a library.

pub(crate) mod access;
pub(crate) mod list;
pub(crate) mod pause;
pub(crate) mod prune;
pub(crate) mod remove;
pub(crate) mod retry;
pub(crate) mod rollback;
pub(crate) mod sign;
