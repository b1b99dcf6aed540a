//! Metrics of the origin, for Prometheus.
//!
//! Every label has a small fixed set of values. Series, at most: 9 kinds × 15 statuses of requests, 9 × 11 of each of
//! two histograms, 75 of players, 22 others of traffic, 5 of TLS, 17 for each mount; `pack up` adds the packager's.

mod kinds;
pub(crate) mod meters;
mod mounts;

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use kinds::KindCounters;
use mounts::MountCounters;

/// The origin's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    kinds: Vec<KindCounters>,
    mounts: Vec<MountCounters>,
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
    /// Bytes of blocks that were read, or copied into records of TLS, for answers under way.
    pub block_bytes: IntGauge,
    /// Objects that had to leave the hot cache.
    pub evictions: IntCounter,
    /// Lines of the access log that were not written.
    pub lost_lines: IntCounter,
    /// Titles served.
    pub titles: IntGauge,
}

impl Metrics {
    /// Registers them with `registry`, those of the `mounts` with these names too.
    ///
    /// # Errors
    /// When it already holds metrics of these names.
    pub(crate) fn new(registry: &Registry, mounts: impl Iterator<Item = &'static str>) -> prometheus::Result<Self> {
        let protocols = IntCounterVec::new(
            Opts::new("pack_http_requests_by_protocol_total", "Requests answered, by protocol"),
            &["protocol"],
        )?;
        let titles = IntGaugeVec::new(Opts::new("pack_origin_titles", "Titles in the library, by state"), &["state"])?;
        let metrics = Self {
            kinds: KindCounters::register(registry)?,
            mounts: MountCounters::register(registry, mounts)?,
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
        registry.register(Box::new(protocols))?;
        registry.register(Box::new(titles))?;
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::kind::Kind;

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
