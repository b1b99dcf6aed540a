//! The parts of HTTP/2 that hyper lacks: joined writes, requests answered in place, a bound on frames.

pub(crate) mod coalescing;
pub(crate) mod executor;
pub(crate) mod frames;
