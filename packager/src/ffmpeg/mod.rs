//! ffmpeg's arguments, as pure values.

pub mod argv;
mod audio;
pub mod copy;
mod filter;
pub mod picture;
mod time;
mod tone_map;
