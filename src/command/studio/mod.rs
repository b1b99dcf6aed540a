//! `pack studio`, and the commands that work on its data.

pub(crate) mod account;
pub(crate) mod backup;
pub(crate) mod serve;
