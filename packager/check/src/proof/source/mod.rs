//! The source as ffprobe and the file itself tell of it, read anew.

pub(crate) mod aperture;
pub(crate) mod edges;
pub(crate) mod packet;
pub(crate) mod probe;
pub(crate) mod reading;
pub(crate) mod stream;
pub(crate) mod stretches;
