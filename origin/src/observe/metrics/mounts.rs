//! The counters of each mount.

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

use super::kinds::DURATION;

/// Classes of status: mounts answer with statuses of their own choice, whose number would be without a bound.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of one mount, looked up once.
#[derive(Debug)]
pub(super) struct MountCounters {
    pub(super) name: &'static str,
    requests: [IntCounter; 5],
    pub(super) bytes: IntCounter,
    pub(super) duration: Histogram,
}

impl MountCounters {
    /// Those of the mounts with these `names`, registered with `registry`.
    pub(super) fn register(
        registry: &Registry,
        names: impl Iterator<Item = &'static str>,
    ) -> prometheus::Result<Vec<Self>> {
        let requests = IntCounterVec::new(
            Opts::new("pack_mount_requests_total", "Requests answered by mounts, by class of status"),
            &["mount", "class"],
        )?;
        let bytes = IntCounterVec::new(
            Opts::new("pack_mount_response_bytes_total", "Bytes of mounts' response bodies handed to connections"),
            &["mount"],
        )?;
        let duration = HistogramVec::new(
            HistogramOpts::new(
                "pack_mount_request_duration_seconds",
                "From a request's head to its answer's last byte",
            )
            .buckets(DURATION.to_vec()),
            &["mount"],
        )?;
        let of_mount = |name| Self {
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

    /// Counts a request that was answered with `status`.
    pub(super) fn count(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = self.requests.get(class) {
            counter.inc();
        }
    }
}
