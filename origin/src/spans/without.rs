//! No spans: there can be none of these, so that whoever asks for one costs nothing.

use std::convert::Infallible;

use config::origin::Tracing;
use http::HeaderMap;

use crate::Error;
use crate::log::Record;

/// What sends spans.
#[derive(Debug)]
pub struct Spans(Infallible);

/// A request's span.
#[derive(Debug)]
pub struct Span(Infallible);

impl Spans {
    /// `None`, as `settings` must ask for none.
    ///
    /// # Errors
    /// When they ask for spans.
    pub fn start(settings: &Tracing) -> Result<Option<Self>, Error> {
        if settings.otlp.is_empty() {
            return Ok(None);
        }
        Err(Error::Spans("this pack can't send spans; build it with --features otlp, or leave the setting out".into()))
    }

    /// A span for a request with these headers.
    #[must_use]
    pub fn begin(&self, _headers: &HeaderMap) -> Option<Span> {
        match self.0 {}
    }
}

impl Span {
    /// Ends it with what is known of the answer.
    pub fn end(self, _record: &Record) {
        match self.0 {}
    }
}
