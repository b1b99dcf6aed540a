//! The origin as operators run it: start, metrics, the log, and drain.

mod lifecycle;
mod log;
