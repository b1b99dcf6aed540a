//! Progress: what becomes of a title, in step with the packager, and told live.

pub mod live;
pub mod states;
pub mod streams;
pub mod sync;
