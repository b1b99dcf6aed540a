//! ffmpeg, as we drive it: what it is asked for is a pure value ([`argv`]), running it is apart ([`process`]).

pub mod argv;
mod filter;
mod log;
pub mod process;
mod tone_map;
