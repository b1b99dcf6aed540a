//! Sharing: who may see a title, by what link, and the paths that play it.

pub mod access;
pub mod groups;
pub mod links;
pub mod playback;
