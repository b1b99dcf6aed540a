//! What is measured, for Prometheus.
//!
//! Every label has a small fixed set of values. Series, at most: 9 kinds × 15 statuses of requests, 9 × 14 of each of
//! two histograms, 75 of what players say, 12 others of traffic, 5 of TLS; `pack up` adds what the packager counts.

use std::sync::Arc;

use http::{StatusCode, Version};
use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::activity::UnderWay;
use crate::entry::Kind;
use crate::log::Line;

/// Statuses that are told apart; others count as `other`.
const STATUSES: [u16; 14] = [200, 204, 206, 304, 400, 401, 403, 404, 405, 412, 413, 416, 500, 503];
const KINDS: [Kind; 9] = [
    Kind::Manifest,
    Kind::Playlist,
    Kind::Video,
    Kind::Audio,
    Kind::Text,
    Kind::Image,
    Kind::Api,
    Kind::Page,
    Kind::Other,
];
const FIRST_BYTE: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
const DURATION: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0];

/// The origin's metrics.
#[derive(Debug)]
pub struct Metrics {
    kinds: Vec<OfKind>,
    in_flight: IntGauge,
    /// Requests by protocol.
    protocols: [IntCounter; 3],
    /// Connections open.
    pub connections: IntGauge,
    /// Connections accepted.
    pub accepted: IntCounter,
    /// Connections refused for want of room.
    pub refused: IntCounter,
    /// Connections closed because their clients took too long.
    pub timeouts: IntCounter,
    /// Requests told to come back later.
    pub shed: IntCounter,
    /// Requests answered from the hot cache.
    pub hits: IntCounter,
    /// Requests for which a file had to be read.
    pub misses: IntCounter,
    /// Bytes in the hot cache.
    pub cached_bytes: IntGauge,
    /// Of these, bytes in pipes.
    pub piped_bytes: IntGauge,
    /// Objects that had to leave the hot cache.
    pub evictions: IntCounter,
    /// Lines of the access log that were not written.
    pub lost_lines: IntCounter,
    /// Titles served.
    pub titles: IntGauge,
}

/// What is counted for one kind of object, looked up once.
#[derive(Debug)]
struct OfKind {
    requests: Vec<IntCounter>,
    bytes: IntCounter,
    first_byte: Histogram,
    duration: Histogram,
}

impl Metrics {
    /// Registers them with `registry`.
    ///
    /// # Errors
    /// When it already holds metrics of these names.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
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
        let kinds = KINDS.iter().map(|kind| OfKind::new(*kind, &requests, &bytes, &first_byte, &duration)).collect();
        let protocols = IntCounterVec::new(
            Opts::new("pack_http_requests_by_protocol_total", "Requests answered, by protocol"),
            &["protocol"],
        )?;
        let titles = IntGaugeVec::new(Opts::new("pack_origin_titles", "Titles in the library, by state"), &["state"])?;
        let metrics = Self {
            kinds,
            in_flight: IntGauge::new("pack_http_requests_in_flight", "Requests being answered")?,
            protocols: ["http1", "http2", "http3"].map(|protocol| protocols.with_label_values(&[protocol])),
            connections: IntGauge::new("pack_http_connections", "Connections open")?,
            accepted: IntCounter::new("pack_http_connections_accepted_total", "Connections accepted")?,
            refused: IntCounter::new("pack_http_connections_refused_total", "Connections refused for want of room")?,
            timeouts: IntCounter::new("pack_http_timeouts_total", "Connections closed as their clients took too long")?,
            shed: IntCounter::new("pack_http_requests_shed_total", "Requests told to come back later")?,
            hits: IntCounter::new("pack_cache_hits_total", "Requests answered from the hot cache")?,
            misses: IntCounter::new("pack_cache_misses_total", "Requests for which a file was read")?,
            cached_bytes: IntGauge::new("pack_cache_bytes", "Bytes held by the hot cache")?,
            piped_bytes: IntGauge::new(
                "pack_cache_piped_bytes",
                "Bytes of the hot cache that the kernel holds in pipes, beside the process's own memory",
            )?,
            evictions: IntCounter::new("pack_cache_evictions_total", "Objects that left the hot cache for others")?,
            lost_lines: IntCounter::new(
                "pack_access_log_lost_lines_total",
                "Lines of the access log that found no room, or could not be written",
            )?,
            titles: titles.with_label_values(&["served"]),
        };
        let vectors: [Box<dyn Collector>; 6] = [
            Box::new(requests),
            Box::new(bytes),
            Box::new(first_byte),
            Box::new(duration),
            Box::new(protocols),
            Box::new(titles),
        ];
        for vector in vectors {
            registry.register(vector)?;
        }
        for gauge in [&metrics.in_flight, &metrics.connections, &metrics.cached_bytes, &metrics.piped_bytes] {
            registry.register(Box::new(gauge.clone()))?;
        }
        let traffic = [&metrics.accepted, &metrics.refused, &metrics.timeouts, &metrics.shed];
        for counter in
            traffic.into_iter().chain([&metrics.hits, &metrics.misses, &metrics.evictions, &metrics.lost_lines])
        {
            registry.register(Box::new(counter.clone()))?;
        }
        Ok(metrics)
    }

    /// Notes that a connection is open, for as long as what comes back is kept.
    #[must_use]
    pub fn opened(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    /// Notes that the head of an answer is ready, for the request `under_way`; what comes back sees its body go.
    #[must_use]
    pub fn answer(self: &Arc<Self>, kind: Kind, status: StatusCode, version: Version, under_way: UnderWay) -> Meter {
        let began = under_way.began();
        let [http1, http2, http3] = &self.protocols;
        match version {
            Version::HTTP_2 => http2.inc(),
            Version::HTTP_3 => http3.inc(),
            _ => http1.inc(),
        }
        self.in_flight.inc();
        if let Some(of_kind) = self.kinds.get(kind as usize) {
            let at = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len());
            if let Some(counter) = of_kind.requests.get(at) {
                counter.inc();
            }
            of_kind.first_byte.observe(began.elapsed().as_secs_f64());
        }
        Meter { metrics: self.clone(), kind, line: None, under_way }
    }
}

impl OfKind {
    fn new(
        kind: Kind,
        requests: &IntCounterVec,
        bytes: &IntCounterVec,
        first: &HistogramVec,
        all: &HistogramVec,
    ) -> Self {
        let name = kind.label();
        let statuses = STATUSES.iter().map(u16::to_string).chain(["other".to_owned()]);
        Self {
            requests: statuses.map(|status| requests.with_label_values(&[name, &status])).collect(),
            bytes: bytes.with_label_values(&[name]),
            first_byte: first.with_label_values(&[name]),
            duration: all.with_label_values(&[name]),
        }
    }
}

impl Kind {
    /// Its label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Playlist => "playlist",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Image => "image",
            Self::Api => "api",
            Self::Page => "page",
            Self::Other => "other",
        }
    }
}

fn histogram(name: &str, help: &str, buckets: [f64; 10]) -> prometheus::Result<HistogramVec> {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), &["kind"])
}

/// A connection that is counted as open until this is dropped, even by a panic.
#[derive(Debug)]
pub struct OpenConnection(IntGauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Sees one answer's body go; dropped with it, whether it went whole or not.
#[derive(Debug)]
pub struct Meter {
    metrics: Arc<Metrics>,
    kind: Kind,
    line: Option<Line>,
    under_way: UnderWay,
}

impl Meter {
    /// Has the answer's line in the access log written with it.
    #[must_use]
    pub fn writing(mut self, line: Option<Line>) -> Self {
        self.line = line;
        self
    }

    /// `bytes` more were handed to the connection.
    pub fn sent(&mut self, bytes: u64) {
        if let Some(of_kind) = self.metrics.kinds.get(self.kind as usize) {
            of_kind.bytes.inc_by(bytes);
        }
        if let Some(line) = &mut self.line {
            line.sent(bytes);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let took = self.under_way.end();
        self.metrics.in_flight.dec();
        if let Some(of_kind) = self.metrics.kinds.get(self.kind as usize) {
            of_kind.duration.observe(took.as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_stay_below_the_contracts_bound_and_kinds_keep_their_order() {
        let registry = Registry::new();
        let _metrics = Metrics::new(&registry).unwrap();
        let _players = crate::players::Players::new(&registry).unwrap();
        let _tls = crate::tls::Metrics::new(&registry).unwrap();
        let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        let series = text.lines().filter(|line| !line.starts_with('#')).count();
        // The packager's: three outcomes, its causes of failure, four others.
        assert!(series + 25 < 500, "{series}");
        assert!(text.lines().filter(|line| !line.starts_with('#')).all(|line| line.starts_with("pack_")));
        assert!(KINDS.iter().enumerate().all(|(i, kind)| *kind as usize == i));
    }
}
