//! Guards that count while they are held: an open connection, an answer under way.

use std::sync::Arc;
use std::time::Instant;

use http::{StatusCode, Version};
use prometheus::IntGauge;

use super::Metrics;
use super::mounts::MountCounters;
use crate::http::kind::Kind;
use crate::observe::activity::guards::UnderWay;
use crate::observe::log::Line;

impl Metrics {
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
            of_kind.count(status.as_u16());
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
        if let Some(counters) = mount.and_then(|at| self.mounts.get(at)) {
            counters.count(status.as_u16());
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

/// Sees the body of a mount's answer go; dropped with it, whether it went whole or not.
#[derive(Debug)]
pub(crate) struct MountMeter {
    metrics: Arc<Metrics>,
    mount: Option<usize>,
    began: Instant,
    line: Option<Line>,
}

impl MountMeter {
    fn counters(&self) -> Option<&MountCounters> {
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
