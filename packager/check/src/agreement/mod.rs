//! Rules on several documents at once: HLS with DASH, both with `title.json`, all of them with the source.

pub(crate) mod manifests;
pub(crate) mod source;
mod texts;
pub(crate) mod title;
