//! The packager's events as metrics. Labels come from small fixed sets: titles' names never do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use packager::event::Event;
use prometheus::{Counter, Gauge, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// The metrics.
pub(crate) struct Telemetry {
    titles: IntCounterVec,
    states: IntGaugeVec,
    /// States that `states` has a figure of.
    told: BTreeSet<&'static str>,
    failures: IntCounterVec,
    queue: IntGauge,
    /// Titles that `queue` counts: one that is refused before it is queued is not to be taken off.
    queued: BTreeSet<String>,
    seconds: Counter,
    speed: Gauge,
    segments: IntCounter,
}

impl Telemetry {
    /// Registers them.
    pub(crate) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let telemetry = Self {
            titles: IntCounterVec::new(
                Opts::new("pack_titles_total", "Titles handled, by what became of them"),
                &["outcome"],
            )?,
            states: IntGaugeVec::new(Opts::new("pack_library_titles", "Titles that are known, by state"), &["state"])?,
            told: BTreeSet::new(),
            failures: IntCounterVec::new(Opts::new("pack_failures_total", "Titles given up, by cause"), &["cause"])?,
            queue: IntGauge::new("pack_queue_depth", "Titles that wait to be packaged or are being packaged")?,
            queued: BTreeSet::new(),
            seconds: Counter::new("pack_encode_seconds_total", "Time spent making titles that were published")?,
            speed: Gauge::new(
                "pack_encode_speed_ratio",
                "Encoding speed of the last title, as a multiple of real time",
            )?,
            segments: IntCounter::new("pack_segments_written_total", "Media segments of the titles published")?,
        };
        for outcome in ["published", "skipped", "failed"] {
            telemetry.titles.with_label_values(&[outcome]);
        }
        registry.register(Box::new(telemetry.titles.clone()))?;
        registry.register(Box::new(telemetry.states.clone()))?;
        registry.register(Box::new(telemetry.failures.clone()))?;
        registry.register(Box::new(telemetry.queue.clone()))?;
        registry.register(Box::new(telemetry.seconds.clone()))?;
        registry.register(Box::new(telemetry.speed.clone()))?;
        registry.register(Box::new(telemetry.segments.clone()))?;
        Ok(telemetry)
    }

    /// Counts one event.
    pub(crate) fn count(&mut self, event: &Event) {
        match event {
            Event::Queued { title, .. } => {
                self.queued.insert(title.clone());
            }
            Event::Progress(progress) => self.speed.set(progress.speed.unwrap_or_default()),
            Event::Published(published) => {
                self.ended("published", &published.title);
                self.segments.inc_by(published.segments);
                self.seconds.inc_by(Duration::from_millis(published.took_ms).as_secs_f64());
            }
            Event::Skipped { title, .. } => self.ended("skipped", title),
            Event::Failed(failed) => {
                self.ended("failed", &failed.title);
                let cause = serde_json::to_value(failed.cause).ok();
                let cause = cause.as_ref().and_then(|v| v.as_str()).unwrap_or("other");
                self.failures.with_label_values(&[cause]).inc();
            }
            Event::States { titles } => self.count_states(titles),
            Event::Ignored { .. }
            | Event::Removed(_)
            | Event::Probing { .. }
            | Event::Planned(_)
            | Event::Proving { .. }
            | Event::Finished(_) => {}
        }
        self.queue.set(i64::try_from(self.queued.len()).unwrap_or(i64::MAX));
    }

    /// A state that no title is in any more has none, rather than the last figure.
    fn count_states(&mut self, titles: &BTreeMap<&'static str, u64>) {
        self.told.extend(titles.keys());
        for state in &self.told {
            let number = titles.get(state).copied().unwrap_or(0);
            self.states.with_label_values(&[*state]).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
    }

    fn ended(&mut self, outcome: &str, title: &str) {
        self.titles.with_label_values(&[outcome]).inc();
        self.queued.remove(title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packager::event::{Cause, Failed, Skip};

    #[test]
    fn only_what_was_queued_leaves_the_queue() {
        let mut telemetry = Telemetry::new(&Registry::new()).unwrap();
        let queued = |title: &str| Event::Queued { title: title.into(), source: "x".into() };
        let failed = |title: &str, cause| {
            Event::Failed(Failed { title: title.into(), source: "x".into(), cause, errors: vec![] })
        };
        let skipped = |title: &str| Event::Skipped { title: title.into(), why: Skip::Unchanged };
        for (event, depth) in [
            (queued("a"), 1),
            (queued("b"), 2),
            (failed("refused", Cause::Read), 2),
            (skipped("old"), 2),
            (failed("a", Cause::Read), 1),
            (skipped("b"), 0),
        ] {
            telemetry.count(&event);
            assert_eq!(telemetry.queue.get(), depth, "{event:?}");
        }
        for (titles, failed) in [(BTreeMap::from([("failed", 2)]), 2), (BTreeMap::from([("published", 2)]), 0)] {
            telemetry.count(&Event::States { titles });
            assert_eq!(telemetry.states.with_label_values(&["failed"]).get(), failed);
        }
        assert_eq!(telemetry.titles.with_label_values(&["failed"]).get(), 2);
        assert_eq!(telemetry.failures.with_label_values(&["read"]).get(), 2);
    }
}
