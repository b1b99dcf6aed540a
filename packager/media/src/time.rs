//! Exact time: fractions and ticks, never floating-point seconds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Frames a second as a reduced fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrameRate {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// `num / den` frames a second; `None` unless both are above zero and the rate is from 1 to 1000.
    #[must_use]
    pub const fn new(num: u32, den: u32) -> Option<Self> {
        if num == 0 || den == 0 || num < den || num / den > 1000 {
            return None;
        }
        let g = gcd(num, den);
        Some(Self { num: num / g, den: den / g })
    }

    /// Numerator.
    #[must_use]
    pub const fn num(self) -> u32 {
        self.num
    }

    /// Denominator.
    #[must_use]
    pub const fn den(self) -> u32 {
        self.den
    }

    /// Ticks that one frame lasts, on [`FrameRate::timescale`].
    #[must_use]
    pub const fn frame_ticks(self) -> u32 {
        self.den * self.scale()
    }

    /// Ticks a second of a video track at this rate: a frame is a whole number of them.
    #[must_use]
    pub const fn timescale(self) -> u32 {
        self.num * self.scale()
    }

    /// Small numerators are multiplied, because players that compute in milliseconds round `1/25` badly.
    const fn scale(self) -> u32 {
        if self.num < 1000 { 1000 } else { 1 }
    }

    /// The number of frames nearest to `seconds`, at least one.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 1000 frames a second, and u32::MAX / 1000 seconds is 49 days"
    )]
    pub const fn frames_nearest(self, seconds: u32) -> u32 {
        let twice = 2 * seconds as u64 * self.num as u64 / self.den as u64;
        let frames = twice.div_ceil(2);
        if frames == 0 { 1 } else { frames as u32 }
    }

    /// The length of `frames` frames.
    #[must_use]
    pub const fn span(self, frames: u64) -> Span {
        Span { ticks: frames * self.frame_ticks() as u64, timescale: self.timescale() }
    }
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl std::str::FromStr for FrameRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let parsed = num.parse().ok().zip(den.parse().ok());
        parsed.and_then(|(n, d)| Self::new(n, d)).ok_or_else(|| format!("'{text}' is no frame rate"))
    }
}

impl TryFrom<String> for FrameRate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<FrameRate> for String {
    fn from(rate: FrameRate) -> Self {
        rate.to_string()
    }
}

/// An exact length of time, or an instant counted from the start of the presentation: `ticks / timescale` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Ticks.
    pub ticks: u64,
    /// Ticks a second; never 0.
    pub timescale: u32,
}

impl Span {
    /// Rescales to the nearest tick of `timescale`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "2^64 ticks are longer than any title")]
    pub const fn ticks_at(self, timescale: u32) -> u64 {
        let product = self.ticks as u128 * timescale as u128;
        ((product + self.timescale as u128 / 2) / self.timescale as u128) as u64
    }

    /// For people and for text formats that want a decimal; never for arithmetic.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    pub fn as_secs_f64(self) -> f64 {
        self.ticks as f64 / f64::from(self.timescale)
    }
}
