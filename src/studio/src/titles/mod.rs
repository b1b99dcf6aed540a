//! Titles as people know them: seen, listed, changed and deleted; what becomes of them in the packager, and what they take
//! on disk.

pub mod access;
pub mod edit;
pub mod find;
pub mod groups;
pub mod links;
pub mod list;
pub mod live;
pub mod original;
pub mod playback;
pub mod poster;
pub mod remove;
pub mod shown;
pub mod space;
pub mod states;
pub mod streams;
pub mod sync;

/// Folder of the ingest folder that uploads are put into. `@` stands in no title's name: the titles in it are `studio/<id>`.
pub const STUDIO: &str = "@studio/";
