//! Titles as people know them: seen, listed, changed and deleted; what becomes of them in the packager, and what they take
//! on disk.

pub mod beside;
pub mod edit;
pub mod find;
pub mod list;
pub mod original;
pub mod poster;
pub mod progress;
pub mod remove;
pub mod report;
pub mod sharing;
pub mod shown;
pub mod space;
pub mod tracks;

/// Folder of the ingest folder that uploads are put into. `@` stands in no title's name: the titles in it are `studio/<id>`.
pub const STUDIO: &str = "@studio/";
