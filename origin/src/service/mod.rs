//! Requests and their answers.

mod answer;
mod answers;
mod dispatch;
pub(crate) mod fast;
mod guard;
mod library;
pub(crate) mod listing;
pub(crate) mod mounted;
pub(crate) mod mounts;
pub(crate) mod state;
