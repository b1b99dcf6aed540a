//! Pages that play a title.

pub(super) mod embed;
pub(super) mod link;
pub(super) mod proof;
pub(super) mod shown;
pub(super) mod title;
