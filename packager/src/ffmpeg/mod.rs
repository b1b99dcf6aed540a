//! What ffmpeg is asked for, as pure values.

pub mod argv;
mod audio;
pub mod copy;
mod filter;
mod picture;
mod tone_map;
