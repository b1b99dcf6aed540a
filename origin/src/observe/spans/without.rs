//! No spans: there can be none of these, so that whoever asks for one costs nothing.

use std::convert::Infallible;
use std::time::Duration;

use config::origin::Tracing;

use crate::error::Error;
use crate::observe::exchange::{Answered, Asked};

/// Sends spans.
#[derive(Debug)]
pub(crate) struct Spans(Infallible);

/// A request's span.
#[derive(Debug)]
pub(crate) struct Span(Infallible);

impl Spans {
    /// `None`, as `settings` must ask for none.
    ///
    /// # Errors
    /// When they ask for spans.
    pub(crate) fn start(settings: &Tracing) -> Result<Option<Self>, Error> {
        if settings.otlp.is_empty() {
            return Ok(None);
        }
        Err(Error::Spans("this pack can't send spans; build it with --features otlp, or leave the setting out".into()))
    }

    /// A span for a request.
    #[must_use]
    pub(crate) fn begin(&self, _asked: &Asked<'_>, _answered: &Answered) -> Option<Span> {
        match self.0 {}
    }
}

impl Span {
    /// Ends it.
    pub(crate) fn end(self, _bytes: u64, _duration: Duration) {
        match self.0 {}
    }
}
