//! Colour: what a source leaves unsaid, and what becomes of it.

use super::ToneMap;
use crate::source::VideoSource;
use media::color::{Cicp, HighRange, IDENTITY};

/// The peak assumed of a source of high dynamic range that declares none, cd/m²: the one that most are graded for, and
/// the nominal one of HLG (Rec. ITU-R BT.2100).
const USUAL_PEAK: u32 = 1000;

/// Brighter parts are clipped rather than that everything else becomes darker: reference white (203 cd/m², Rec. ITU-R
/// BT.2408) stays at 220 of 255.
const BRIGHTEST_PEAK: u32 = 2000;

/// The least peak that is believed: reference white itself would be SDR's white.
const DARKEST_PEAK: u32 = 300;

/// The source's description where it says so, else what goes with the rest of it, else what players assume of its size.
pub(super) fn completed(video: &VideoSource) -> Cicp {
    let declared = video.color;
    let high = declared.transfer.and_then(HighRange::of).is_some();
    let wide = declared.primaries == Some(Cicp::BT2100_PQ.primaries) || declared.matrix == Some(Cicp::BT2100_PQ.matrix);
    let assumed = match video.width.min(video.height) {
        _ if high => Cicp::BT2100_PQ,
        _ if wide => Cicp::BT2020,
        0..=480 => Cicp::BT601_525,
        481..=576 => Cicp::BT601_625,
        _ => Cicp::BT709,
    };
    Cicp {
        primaries: declared.primaries.unwrap_or(assumed.primaries),
        transfer: declared.transfer.unwrap_or(assumed.transfer),
        // RGB becomes what is usual of its size: 4:2:0 cannot be encoded with the identity.
        matrix: declared.matrix.filter(|matrix| *matrix != IDENTITY).unwrap_or(assumed.matrix),
        full_range: declared.full_range.unwrap_or(false),
    }
}

/// The tone mapping of `source` to standard dynamic range.
pub(super) fn tone_map(video: &VideoSource, source: Cicp) -> Option<ToneMap> {
    let from = HighRange::of(source.transfer)?;
    let peak = match from {
        HighRange::Pq => video.peak.unwrap_or(USUAL_PEAK).clamp(DARKEST_PEAK, BRIGHTEST_PEAK),
        HighRange::Hlg => USUAL_PEAK,
    };
    Some(ToneMap { from, peak })
}

/// The description of what is encoded.
pub(super) fn result(source: Cicp) -> Cicp {
    if HighRange::of(source.transfer).is_some() { Cicp::BT709 } else { Cicp { full_range: false, ..source } }
}
