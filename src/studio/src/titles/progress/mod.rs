//! Progress: what becomes of a title, in step with the packager, and told live.

mod heard;
pub mod live;
pub mod states;
pub mod streams;
pub mod sync;
