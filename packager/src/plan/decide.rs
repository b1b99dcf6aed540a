//! From a source to its plan.

use config::settings::Encode;

use super::{ColorTags, Grid, Plan, VideoPlan, sound};
use crate::ladder;
use crate::source::{SourceInfo, VideoSource};

/// Sound that begins before, or ends after, the picture by more than this makes the title longer; less is cut off or
/// filled with silence, since it is encoders' padding. Microseconds.
const SOUND_BEYOND_US: i64 = 100_000;

/// Matrices that 4:2:0 can be encoded with. Others, as the identity of RGB (`gbr`), are converted.
const MATRICES: [&str; 7] = ["bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c"];

/// Decides everything about a title.
#[must_use]
pub fn plan(source: &SourceInfo, encode: &Encode) -> Plan {
    let extent = Extent::of(source);
    Plan {
        grid: grid(source, extent, encode),
        video: VideoPlan {
            stream: source.video.index,
            origin_us: extent.start_us,
            seekable: source.seekable,
            deinterlace: source.video.interlaced,
            tone_map: high_dynamic_range(&source.video),
            color: color(&source.video),
        },
        ladder: ladder::choose(&source.video).into_iter().filter_map(|choice| choice.rung).collect(),
        audio: sound::plans(&source.audio),
    }
}

/// Where the title begins and ends on the source's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start_us: i64,
    pub(super) end_us: i64,
}

impl Extent {
    pub(super) fn of(source: &SourceInfo) -> Self {
        let (start, end) = (source.video.start_us, source.video.end_us.max(source.video.start_us));
        let sound_start = source.audio.iter().map(|track| track.start_us).min().unwrap_or(start);
        let sound_end = source.audio.iter().map(|track| track.end_us).max().unwrap_or(end);
        Self {
            start_us: if start.saturating_sub(sound_start) > SOUND_BEYOND_US { sound_start } else { start },
            end_us: if sound_end.saturating_sub(end) > SOUND_BEYOND_US { sound_end } else { end },
        }
    }
}

fn grid(source: &SourceInfo, extent: Extent, encode: &Encode) -> Grid {
    let rate = source.video.rate;
    let span = u128::try_from(extent.end_us.saturating_sub(extent.start_us)).unwrap_or(0);
    let second = u128::from(rate.den()) * 1_000_000;
    let frames = (span * u128::from(rate.num()) + second / 2) / second;
    let mut grid = Grid {
        rate,
        frames: u64::try_from(frames).unwrap_or(u64::MAX).max(1),
        gop: rate.frames_nearest(encode.gop_seconds),
        segment_gops: encode.segment_gops.max(1),
        chunk_segments: encode.chunk_segments.max(1),
    };
    let segments = u32::try_from(grid.segments().len()).unwrap_or(u32::MAX);
    grid.chunk_segments = if source.seekable {
        // A short title is cut finer, so that it too keeps several processors busy. The machine at hand has no say:
        // where chunks begin decides bytes.
        grid.chunk_segments.min(segments.div_ceil(CHUNKS_OF_A_SHORT_TITLE)).max(1)
    } else {
        segments
    };
    grid
}

/// Chunks that a title has at least, where it has as many segments.
const CHUNKS_OF_A_SHORT_TITLE: u32 = 8;

/// Rec. ITU-R BT.2100: perceptual quantisation or hybrid log-gamma.
pub(super) fn high_dynamic_range(video: &VideoSource) -> bool {
    matches!(video.color.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"))
}

/// The complete description of what is encoded: the source's where it says so, else what players assume of its size.
fn color(video: &VideoSource) -> ColorTags {
    let named = |primaries: &str, transfer: &str, matrix: &str| ColorTags {
        primaries: primaries.into(),
        transfer: transfer.into(),
        matrix: matrix.into(),
    };
    let assumed = match video.width.min(video.height) {
        0..=480 => named("smpte170m", "smpte170m", "smpte170m"),
        // Rec. ITU-R BT.601-7: 625 lines have their own primaries, and the transfer of 525.
        481..=576 => named("bt470bg", "smpte170m", "bt470bg"),
        _ => named("bt709", "bt709", "bt709"),
    };
    if high_dynamic_range(video) {
        return named("bt709", "bt709", "bt709");
    }
    let declared = video.color.clone();
    ColorTags {
        primaries: declared.primaries.unwrap_or(assumed.primaries),
        transfer: declared.transfer.unwrap_or(assumed.transfer),
        matrix: declared.matrix.filter(|matrix| MATRICES.contains(&matrix.as_str())).unwrap_or(assumed.matrix),
    }
}
