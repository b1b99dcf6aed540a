//! Rates: how many bits a source is worth at each size, and how x264 is bound to them.

use super::{Class, Size};
use crate::source::VideoSource;
use media::codec::{RateControl, VideoCodec};
use media::track::Rung;

/// The least rate of a rung, bits a second.
const LEAST: u32 = 50_000;

/// The bits a second that a source is worth.
pub(super) struct Useful {
    /// At its own size; `None` for codecs whose rate says nothing of the picture.
    own: Option<u64>,
    height: u32,
}

impl Useful {
    pub(super) fn of(video: &VideoSource, class: Class) -> Self {
        let own = worth_tenths(&video.codec).map(|tenths| video.bit_rate.saturating_mul(tenths) / 10);
        Self { own, height: class.height.max(1) }
    }

    /// At a rung of `height`. Of half the pixels each is worth more: the rate falls with the 0.75th power of their
    /// number, that is with the height's 1.5th, as it does over Apple's table.
    pub(super) fn at(&self, height: u32) -> u64 {
        const ONE: u128 = 1 << 20;
        let Some(own) = self.own else { return u64::MAX };
        let cube = |height: u32| u128::from(height.min(1 << 14)).pow(3);
        let share = (cube(height.min(self.height)) * ONE * ONE / cube(self.height)).isqrt();
        u64::try_from(u128::from(own) * share / ONE).unwrap_or(u64::MAX)
    }

    /// A table's rate, cut to what the source is worth. A quarter stays: the rate of a source that stands still for
    /// long says little of the moments when it moves.
    pub(super) fn cap(&self, bit_rate: u32, height: u32) -> u32 {
        let worth = u32::try_from(self.at(height)).unwrap_or(u32::MAX).max(bit_rate / 4);
        let cut = worth.min(bit_rate);
        // Whole kilobits, as the rung's name says.
        (cut / 1000 * 1000).max(LEAST.min(bit_rate))
    }
}

/// The bits of H.264 that a bit of the source is worth, tenths. Half as much again as a codec of equal efficiency
/// needs, since what is encoded twice loses twice; `None` for codecs meant for editing, which spend bits freely.
fn worth_tenths(codec: &str) -> Option<u64> {
    Some(match codec {
        "h264" | "vp8" => 15,
        "hevc" | "vp9" => 25,
        "av1" | "vvc" => 30,
        "mpeg4" | "msmpeg4v3" | "vc1" | "wmv3" | "h263" | "theora" => 11,
        "mpeg2video" => 8,
        "mpeg1video" => 6,
        _ => return None,
    })
}

/// A rung of 16:9 `height`. `second` of one height looks better, rather than the same at a higher bound.
pub(super) fn rung(height: u32, size: Size, bit_rate: u32, second: bool) -> Rung {
    Rung {
        name: format!("{height}p-{}", bit_rate / 1000),
        codec: VideoCodec::H264,
        width: size.width,
        height: size.height,
        bit_rate,
        // A decoder's buffer that fills at the ladder's rate bounds the average by that rate, too. One second and a
        // half of it lets a segment of 6 s reach 1.25 times the rate, and one of 3 s 1.5 times: below twice the
        // average (Apple's 1.30) for all content that averages above 5/8 of its bound.
        rate: RateControl {
            crf_tenths: crf_tenths(height, second),
            max_rate: bit_rate,
            buffer: bit_rate.saturating_mul(3) / 2,
        },
    }
}

/// Constant rate factors that ordinary recordings meet below the table's rates. Small pictures are shown enlarged, but
/// on connections that carry little.
const fn crf_tenths(height: u32, second: bool) -> u32 {
    match (height, second) {
        (0..=299, _) => 250,
        (300..=399, _) => 245,
        (400.., true) => 210,
        (400.., false) => 235,
    }
}
