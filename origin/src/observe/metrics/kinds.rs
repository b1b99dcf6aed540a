//! The counters of each kind of object.

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

use crate::http::kind::Kind;

/// Statuses that are told apart; others count as `other`.
const STATUSES: [u16; 14] = [200, 204, 206, 304, 400, 401, 403, 404, 405, 412, 413, 416, 500, 503];
/// Upper bounds of the buckets, seconds.
const FIRST_BYTE: [f64; 8] = [0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 5.0];
pub(super) const DURATION: [f64; 8] = [0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 60.0];

/// The counters of one kind of object, looked up once.
#[derive(Debug)]
pub(super) struct KindCounters {
    requests: Vec<IntCounter>,
    pub(super) bytes: IntCounter,
    pub(super) first_byte: Histogram,
    pub(super) duration: Histogram,
}

impl KindCounters {
    /// Those of all kinds, in the order of [`Kind::ALL`], registered with `registry`.
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Vec<Self>> {
        let requests = IntCounterVec::new(
            Opts::new("pack_http_requests_total", "Requests answered, by kind of object and status"),
            &["kind", "status"],
        )?;
        let bytes = IntCounterVec::new(
            Opts::new("pack_http_response_bytes_total", "Bytes of response bodies handed to connections"),
            &["kind"],
        )?;
        let first_byte =
            histogram("pack_http_time_to_first_byte_seconds", "From a request's head to its answer's", FIRST_BYTE)?;
        let duration = histogram(
            "pack_http_request_duration_seconds",
            "From a request's head to its answer's last byte handed over",
            DURATION,
        )?;
        let of_kind = |kind: &Kind| {
            let name = kind.label();
            let statuses = STATUSES.iter().map(u16::to_string).chain(["other".to_owned()]);
            Self {
                requests: statuses.map(|status| requests.with_label_values(&[name, &status])).collect(),
                bytes: bytes.with_label_values(&[name]),
                first_byte: first_byte.with_label_values(&[name]),
                duration: duration.with_label_values(&[name]),
            }
        };
        let kinds = Kind::ALL.iter().map(of_kind).collect();
        registry.register(Box::new(requests))?;
        registry.register(Box::new(bytes))?;
        registry.register(Box::new(first_byte))?;
        registry.register(Box::new(duration))?;
        Ok(kinds)
    }

    /// Counts a request that was answered with `status`.
    pub(super) fn count(&self, status: u16) {
        let at = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len());
        if let Some(counter) = self.requests.get(at) {
            counter.inc();
        }
    }
}

fn histogram(name: &str, help: &str, buckets: [f64; 8]) -> prometheus::Result<HistogramVec> {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), &["kind"])
}
