//! HLS (RFC 8216bis) as a rendering of the presentation: values in, text out.

mod attributes;
mod media;
mod multivariant;

pub use media::{iframe_playlist, media_playlist, text_playlist};
pub use multivariant::multivariant_playlist;

#[cfg(test)]
mod tests;
