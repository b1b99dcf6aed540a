//! Requests and their answers.

mod answers;
mod dispatch;
pub(crate) mod fast;
mod guard;
pub(crate) mod listing;
pub(crate) mod mounted;
pub(crate) mod mounts;
mod routes;
pub(crate) mod state;
