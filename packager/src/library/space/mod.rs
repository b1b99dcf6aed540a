//! The room that a library takes: what goes when nothing refers to it any more, and what is kept back.

pub(super) mod expired;
pub(super) mod prune;
pub(super) mod results;
mod room;
mod sweep;
