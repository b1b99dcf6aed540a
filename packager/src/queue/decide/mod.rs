//! Decisions of the queue, which know neither files nor clocks.

pub(super) mod due;
pub(super) mod order;
pub(super) mod retry;
