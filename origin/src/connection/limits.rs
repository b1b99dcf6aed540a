//! The terms that hold for all requests of a connection.

use std::sync::Arc;

use config::origin::Limits;
use http::header::{ALT_SVC, CONNECTION};
use http::{HeaderValue, Response, StatusCode};

use crate::delivery::blocks::Outlet;
use crate::observe::activity::Activity;

/// The terms that hold for all requests of a connection.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionLimits {
    pub(crate) activity: Arc<Activity>,
    /// The blocks of files that may be on their way at a time.
    pub(crate) outlet: Outlet,
    /// `Alt-Svc` of its answers.
    pub(crate) alternative: Option<HeaderValue>,
    /// Bytes of a head, at most.
    pub(crate) head: usize,
    /// Fields of a head, at most.
    pub(crate) fields: usize,
    /// Requests, at most.
    requests: u32,
}

impl ConnectionLimits {
    pub(crate) fn new(
        limits: &Limits,
        activity: Arc<Activity>,
        outlet: Outlet,
        alternative: Option<HeaderValue>,
    ) -> Self {
        Self {
            activity,
            outlet,
            alternative,
            head: usize::try_from(limits.header_bytes).unwrap_or(usize::MAX),
            fields: usize::try_from(limits.headers).unwrap_or(usize::MAX),
            requests: limits.requests_per_connection,
        }
    }

    /// The terms of a connection that hyper has, which takes bodies from memory alone.
    pub(crate) fn by_hyper(mut self) -> Arc<Self> {
        self.outlet.kernel_sends = false;
        Arc::new(self)
    }

    /// True if the connection ends with the answer to its request of this `number`, from 1.
    pub(crate) fn is_last(&self, draining: bool, number: u32) -> bool {
        draining || number >= self.requests
    }

    /// Adds to `response` the fields that depend on the connection; in HTTP/1.1 also on the request's `number`.
    pub(crate) fn complete<B>(&self, draining: bool, mut response: Response<B>, number: Option<u32>) -> Response<B> {
        match number {
            // The connection is the mount's, and its field says so (RFC 9110 §7.8). Noted before the mount's task first
            // reads of it, which is then the one to hear of its end.
            Some(_) if response.status() == StatusCode::SWITCHING_PROTOCOLS => self.activity.hand_over(),
            Some(number) if self.is_last(draining, number) => {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Some(_) | None => {}
        }
        if let Some(alternative) = &self.alternative {
            response.headers_mut().insert(ALT_SVC, alternative.clone());
        }
        response
    }
}
