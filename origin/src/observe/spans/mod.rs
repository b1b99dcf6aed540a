//! A span for each request, for an OpenTelemetry collector: only where the program is built with the feature `otlp`.

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
mod without;

#[cfg(feature = "otlp")]
pub(crate) use otlp::{Span, Spans};
#[cfg(not(feature = "otlp"))]
pub(crate) use without::{Span, Spans};
