//! The packager's events as metrics. Labels come from small fixed sets: titles' names never do.

use packager::event::Event;
use prometheus::{Counter, Gauge, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// The metrics.
pub(crate) struct Telemetry {
    titles: IntCounterVec,
    failures: IntCounterVec,
    queue: IntGauge,
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
            failures: IntCounterVec::new(Opts::new("pack_failures_total", "Titles given up, by cause"), &["cause"])?,
            queue: IntGauge::new("pack_queue_depth", "Titles that wait to be packaged or are being packaged")?,
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
        registry.register(Box::new(telemetry.failures.clone()))?;
        registry.register(Box::new(telemetry.queue.clone()))?;
        registry.register(Box::new(telemetry.seconds.clone()))?;
        registry.register(Box::new(telemetry.speed.clone()))?;
        registry.register(Box::new(telemetry.segments.clone()))?;
        Ok(telemetry)
    }

    /// Counts one event.
    pub(crate) fn count(&self, event: &Event) {
        match event {
            Event::Queued { .. } => self.queue.inc(),
            Event::Progress(progress) => self.speed.set(progress.speed.unwrap_or_default()),
            Event::Published(published) => {
                self.titles.with_label_values(&["published"]).inc();
                self.queue.dec();
                self.segments.inc_by(published.segments);
                self.seconds.inc_by(std::time::Duration::from_millis(published.took_ms).as_secs_f64());
            }
            Event::Skipped { .. } => self.titles.with_label_values(&["skipped"]).inc(),
            Event::Failed(failed) => {
                self.titles.with_label_values(&["failed"]).inc();
                let cause = serde_json::to_value(failed.cause).ok();
                let cause = cause.as_ref().and_then(|v| v.as_str()).unwrap_or("other");
                self.failures.with_label_values(&[cause]).inc();
                // A source that was refused by its name never stood in the queue.
                if !matches!(failed.cause, packager::event::Cause::Name) {
                    self.queue.dec();
                }
            }
            Event::Planned(_) | Event::Finished(_) => {}
        }
    }
}
