//! Metrics of the origin, for Prometheus.
//!
//! Every label has a small fixed set of values. Series, at most: 9 kinds × 15 statuses of requests, 9 × 11 of each of
//! two histograms, 75 of players, 22 others of traffic, 5 of TLS, 17 for each mount; `pack up` adds the packager's.

use std::sync::Arc;
use std::time::Instant;

use http::{StatusCode, Version};
use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use super::activity::UnderWay;
use super::log::Line;
use crate::http::kind::Kind;

/// Statuses that are told apart; others count as `other`.
const STATUSES: [u16; 14] = [200, 204, 206, 304, 400, 401, 403, 404, 405, 412, 413, 416, 500, 503];
const FIRST_BYTE: [f64; 8] = [0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 5.0];
const DURATION: [f64; 8] = [0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 60.0];
/// Classes of status that mounts' answers are told apart by, which have statuses of their own.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The origin's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    kinds: Vec<OfKind>,
    mounts: Vec<OfMount>,
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
    /// Bytes of contents in memory, in the hot cache or still being sent.
    pub content_bytes: IntGauge,
    /// Bytes of blocks that were read for answers under way.
    pub block_bytes: IntGauge,
    /// Objects that had to leave the hot cache.
    pub evictions: IntCounter,
    /// Lines of the access log that were not written.
    pub lost_lines: IntCounter,
    /// Titles served.
    pub titles: IntGauge,
}

/// The counters of one mount, looked up once.
#[derive(Debug)]
struct OfMount {
    name: &'static str,
    requests: [IntCounter; 5],
    bytes: IntCounter,
    duration: Histogram,
}

/// The counters of one kind of object, looked up once.
#[derive(Debug)]
struct OfKind {
    requests: Vec<IntCounter>,
    bytes: IntCounter,
    first_byte: Histogram,
    duration: Histogram,
}

impl Metrics {
    /// Registers them with `registry`, those of the `mounts` with these names too.
    ///
    /// # Errors
    /// When it already holds metrics of these names.
    pub(crate) fn new(registry: &Registry, mounts: impl Iterator<Item = &'static str>) -> prometheus::Result<Self> {
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
        let kinds =
            Kind::ALL.iter().map(|kind| OfKind::new(*kind, &requests, &bytes, &first_byte, &duration)).collect();
        let protocols = IntCounterVec::new(
            Opts::new("pack_http_requests_by_protocol_total", "Requests answered, by protocol"),
            &["protocol"],
        )?;
        let titles = IntGaugeVec::new(Opts::new("pack_origin_titles", "Titles in the library, by state"), &["state"])?;
        let metrics = Self {
            kinds,
            mounts: of_mounts(registry, mounts)?,
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
            content_bytes: IntGauge::new(
                "pack_cache_content_bytes",
                "Bytes of objects in memory, in the hot cache or still being sent",
            )?,
            block_bytes: IntGauge::new(
                "pack_http_in_flight_bytes",
                "Bytes of files that were read for answers under way and not taken yet",
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
        for gauge in [
            &metrics.in_flight,
            &metrics.connections,
            &metrics.cached_bytes,
            &metrics.content_bytes,
            &metrics.block_bytes,
        ] {
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
    pub(crate) fn opened(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    /// Notes that the head of an answer is ready, for the request `under_way`; what comes back sees its body go.
    #[must_use]
    pub(crate) fn answer(
        self: &Arc<Self>,
        kind: Kind,
        status: StatusCode,
        version: Version,
        under_way: UnderWay,
    ) -> Meter {
        let began = under_way.began();
        self.count_protocol(version);
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

    /// Notes that the head of an answer of the mount `name` is ready; the guard sees its body go.
    #[must_use]
    pub(crate) fn answer_by_mount(
        self: &Arc<Self>,
        name: &str,
        status: StatusCode,
        version: Version,
        began: Instant,
        line: Option<Line>,
    ) -> MountMeter {
        self.count_protocol(version);
        self.in_flight.inc();
        let mount = self.mounts.iter().position(|mount| mount.name == name);
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = mount.and_then(|at| self.mounts.get(at)?.requests.get(class)) {
            counter.inc();
        }
        MountMeter { metrics: self.clone(), mount, began, line }
    }

    fn count_protocol(&self, version: Version) {
        let [http1, http2, http3] = &self.protocols;
        match version {
            Version::HTTP_2 => http2.inc(),
            Version::HTTP_3 => http3.inc(),
            _ => http1.inc(),
        }
    }
}

/// Sees the body of a mount's answer go; dropped with it, whether it went whole or not.
#[derive(Debug)]
pub(crate) struct MountMeter {
    metrics: Arc<Metrics>,
    mount: Option<usize>,
    began: Instant,
    line: Option<Line>,
}

impl MountMeter {
    fn counters(&self) -> Option<&OfMount> {
        self.metrics.mounts.get(self.mount?)
    }

    /// `bytes` more were handed to the connection.
    pub(crate) fn sent(&mut self, bytes: u64) {
        if let Some(mount) = self.counters() {
            mount.bytes.inc_by(bytes);
        }
        if let Some(line) = &mut self.line {
            line.sent(bytes);
        }
    }
}

impl Drop for MountMeter {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
        if let Some(mount) = self.counters() {
            mount.duration.observe(self.began.elapsed().as_secs_f64());
        }
    }
}

fn of_mounts(registry: &Registry, names: impl Iterator<Item = &'static str>) -> prometheus::Result<Vec<OfMount>> {
    let requests = IntCounterVec::new(
        Opts::new("pack_mount_requests_total", "Requests answered by mounts, by class of status"),
        &["mount", "class"],
    )?;
    let bytes = IntCounterVec::new(
        Opts::new("pack_mount_response_bytes_total", "Bytes of mounts' response bodies handed to connections"),
        &["mount"],
    )?;
    let duration = HistogramVec::new(
        HistogramOpts::new("pack_mount_request_duration_seconds", "From a request's head to its answer's last byte")
            .buckets(DURATION.to_vec()),
        &["mount"],
    )?;
    let of_mount = |name| OfMount {
        name,
        requests: CLASSES.map(|class| requests.with_label_values(&[name, class])),
        bytes: bytes.with_label_values(&[name]),
        duration: duration.with_label_values(&[name]),
    };
    let mounts = names.map(of_mount).collect();
    registry.register(Box::new(requests))?;
    registry.register(Box::new(bytes))?;
    registry.register(Box::new(duration))?;
    Ok(mounts)
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

fn histogram(name: &str, help: &str, buckets: [f64; 8]) -> prometheus::Result<HistogramVec> {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), &["kind"])
}

/// A connection that is counted as open until this is dropped, even by a panic.
#[derive(Debug)]
pub(crate) struct OpenConnection(IntGauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Sees one answer's body go; dropped with it, whether it went whole or not.
#[derive(Debug)]
pub(crate) struct Meter {
    metrics: Arc<Metrics>,
    kind: Kind,
    line: Option<Line>,
    under_way: UnderWay,
}

impl Meter {
    /// Has the answer's line in the access log written with it.
    #[must_use]
    pub(crate) fn writing(mut self, line: Option<Line>) -> Self {
        self.line = line;
        self
    }

    /// `bytes` more were handed to the connection.
    pub(crate) fn sent(&mut self, bytes: u64) {
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
        let _metrics = Metrics::new(&registry, ["live", "studio"].into_iter()).unwrap();
        let _players = crate::observe::players::Players::new(&registry).unwrap();
        let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        let series = text.lines().filter(|line| !line.starts_with('#')).count();
        // The packager's: three outcomes, its causes of failure, four others; and TLS's.
        assert!(series + 25 + 5 < 500, "{series}");
        assert!(text.lines().filter(|line| !line.starts_with('#')).all(|line| line.starts_with("pack_")));
        assert!(Kind::ALL.iter().enumerate().all(|(i, kind)| *kind as usize == i));
    }
}
