//! ffmpeg's arguments, as pure values.

pub mod argv;
mod audio;
pub mod copy;
mod filter;
pub mod picture;
mod text;
mod time;

pub use text::{TEXT_DECODERS, texts};
mod tone_map;
