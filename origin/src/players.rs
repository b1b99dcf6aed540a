//! Metrics of what players say of themselves.

use prometheus::{Histogram, HistogramOpts, IntCounter, Registry};

use crate::cmcd::Cmcd;

const START: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
const BUFFER: [f64; 8] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0];
const BITS: [f64; 10] = [250e3, 500e3, 1e6, 2e6, 3e6, 5e6, 8e6, 12e6, 20e6, 50e6];

/// Counters and histograms over all players, never by session.
#[derive(Debug)]
pub struct Players {
    requests: IntCounter,
    starvations: IntCounter,
    startups: IntCounter,
    start_delay: Histogram,
    buffer: Histogram,
    bit_rate: Histogram,
    throughput: Histogram,
}

impl Players {
    /// Registers them with `registry`.
    ///
    /// # Errors
    /// When it already holds metrics of these names.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        Ok(Self {
            requests: counter("pack_cmcd_requests_total", "Requests that carried CMCD")?,
            starvations: counter("pack_cmcd_buffer_starvations_total", "Requests that told of an empty buffer")?,
            startups: counter(
                "pack_cmcd_startup_requests_total",
                "Requests for what a player needs to start or recover",
            )?,
            start_delay: histogram(
                "pack_cmcd_start_delay_seconds",
                "From the wish to play to the first picture, as players tell once",
                &START,
            )?,
            buffer: histogram("pack_cmcd_buffer_seconds", "Players' buffers at each request", &BUFFER)?,
            bit_rate: histogram("pack_cmcd_bit_rate_bits_per_second", "Encoded bit rate of what was asked for", &BITS)?,
            throughput: histogram("pack_cmcd_throughput_bits_per_second", "Throughput as players measure it", &BITS)?,
        })
    }

    /// Counts what one request said.
    pub fn note(&self, said: &Cmcd) {
        if !said.present {
            return;
        }
        self.requests.inc();
        self.starvations.inc_by(said.starved.into());
        self.startups.inc_by(said.startup.into());
        if let Some(milliseconds) = said.start_delay {
            self.start_delay.observe(float(milliseconds) / 1000.0);
        }
        if let Some(milliseconds) = said.buffer {
            self.buffer.observe(float(milliseconds) / 1000.0);
        }
        if let Some(bits) = said.bit_rate {
            self.bit_rate.observe(float(bits));
        }
        if let Some(bits) = said.throughput {
            self.throughput.observe(float(bits));
        }
    }
}

/// A histogram's sum is a float.
#[expect(clippy::cast_precision_loss, reason = "below 2^53, as the reader bounds it")]
fn float(number: u64) -> f64 {
    number as f64
}
