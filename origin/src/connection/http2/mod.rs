//! What HTTP/2 needs beside hyper.

pub(crate) mod coalescing;
pub(crate) mod executor;
pub(crate) mod frames;
