//! Media files: tracks as manifests name them, measured from their bytes, and the rules on each by itself.

pub(crate) mod init_rules;
pub(crate) mod isobmff;
mod mp4_reader;
pub(crate) mod text;
pub(crate) mod track;
pub(crate) mod track_rules;
pub(crate) mod tracks;
pub(crate) mod ts;
