//! Titles as people know them: seen, listed, changed and deleted.

pub mod access;
pub mod edit;
pub mod find;
pub mod groups;
pub mod list;
pub mod playback;
pub mod remove;
pub mod shown;
