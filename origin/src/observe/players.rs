//! Metrics of what players say of themselves.

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

use crate::http::cmcd::Cmcd;
use crate::http::kind::Kind;

const START_SECONDS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
const BUFFER_SECONDS: [f64; 7] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0];
const BITS_PER_SECOND: [f64; 8] = [250e3, 500e3, 1e6, 2e6, 4e6, 8e6, 16e6, 32e6];

/// Counters and histograms over all players, never by session. The kind is that of the object which was asked for: a
/// player's own word for it (`ot`) is a stranger's, and says no more.
#[derive(Debug)]
pub(crate) struct Players {
    video: PlayerCounters,
    audio: PlayerCounters,
    other: PlayerCounters,
    start_delay: Histogram,
    throughput: Histogram,
}

/// The counters of players for one kind of object.
#[derive(Debug)]
struct PlayerCounters {
    requests: IntCounter,
    starvations: IntCounter,
    startups: IntCounter,
    /// Buffer and bit rate. They are told with audio and video alone (CTA-5004: `bl`, `br`).
    media: Option<[Histogram; 2]>,
}

impl Players {
    /// Registers them with `registry`.
    ///
    /// # Errors
    /// When it already holds metrics of these names.
    pub(crate) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounterVec::new(Opts::new(name, help), &["kind"])?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let by_kind = |name: &str, help: &str, buckets: &[f64]| {
            let histogram = HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), &["kind"])?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let requests = counter("pack_cmcd_requests_total", "Requests that carried CMCD")?;
        let starvations = counter("pack_cmcd_buffer_starvations_total", "Requests that told of an empty buffer")?;
        let startups =
            counter("pack_cmcd_startup_requests_total", "Requests for what a player needs to start or recover")?;
        let buffer = by_kind("pack_cmcd_buffer_seconds", "Players' buffers at each request", &BUFFER_SECONDS)?;
        let bit_rate =
            by_kind("pack_cmcd_bit_rate_bits_per_second", "Encoded bit rate of what was asked for", &BITS_PER_SECOND)?;
        let of_kind = |kind: Kind, is_media: bool| {
            let label = [kind.label()];
            PlayerCounters {
                requests: requests.with_label_values(&label),
                starvations: starvations.with_label_values(&label),
                startups: startups.with_label_values(&label),
                media: is_media.then(|| [&buffer, &bit_rate].map(|told| told.with_label_values(&label))),
            }
        };
        Ok(Self {
            video: of_kind(Kind::Video, true),
            audio: of_kind(Kind::Audio, true),
            other: of_kind(Kind::Other, false),
            start_delay: histogram(
                "pack_cmcd_start_delay_seconds",
                "From the wish to play to the first picture, as players tell once",
                &START_SECONDS,
            )?,
            throughput: histogram(
                "pack_cmcd_throughput_bits_per_second",
                "Throughput as players measure it",
                &BITS_PER_SECOND,
            )?,
        })
    }

    /// Counts what one request for an object of `kind` said.
    pub(crate) fn note(&self, kind: Kind, said: &Cmcd) {
        if !said.present {
            return;
        }
        let of_kind = match kind {
            Kind::Video => &self.video,
            Kind::Audio => &self.audio,
            _ => &self.other,
        };
        of_kind.note(said);
        if let Some(milliseconds) = said.start_delay {
            self.start_delay.observe(float(milliseconds) / 1000.0);
        }
        if let Some(bits) = said.throughput {
            self.throughput.observe(float(bits));
        }
    }
}

impl PlayerCounters {
    fn note(&self, said: &Cmcd) {
        self.requests.inc();
        self.starvations.inc_by(said.starved.into());
        self.startups.inc_by(said.startup.into());
        let Some([buffer, bit_rate]) = &self.media else { return };
        if let Some(milliseconds) = said.buffer {
            buffer.observe(float(milliseconds) / 1000.0);
        }
        if let Some(bits) = said.bit_rate {
            bit_rate.observe(float(bits));
        }
    }
}

/// A histogram's sum is a float.
#[expect(clippy::cast_precision_loss, reason = "below 2^53, as the reader bounds it")]
fn float(number: u64) -> f64 {
    number as f64
}
