//! Pages of one's own titles.

pub(super) mod edit;
pub(super) mod fields;
pub(super) mod line;
pub(super) mod links;
pub(super) mod many;
pub(super) mod original;
pub(super) mod poster;
pub(super) mod report;
pub(super) mod retry;
pub(super) mod room;
pub(super) mod titles;
pub(super) mod tracks;
pub(super) mod upload;
