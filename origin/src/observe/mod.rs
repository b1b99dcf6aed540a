//! Observation: metrics, the access log, spans, and the activity of connections.

pub(crate) mod activity;
pub(crate) mod exchange;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod players;
pub(crate) mod spans;
