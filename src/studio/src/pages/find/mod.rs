//! Pages that lead to titles: the start, the search, a tag's and a person's.

pub(super) mod group;
pub(super) mod home;
pub(super) mod search;
