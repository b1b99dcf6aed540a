//! Files of text and audio beside the source, and the job that makes renditions of texts: of these, and of the source's own.

mod audio;
mod text;
mod texts;

pub(super) use audio::audio;
pub(super) use text::text;
pub(super) use texts::of_source;
