//! From a source to its plan.

use config::settings::{self, Encode};

use super::{Deinterlace, Plan, VideoPlan, audio, color, entry, text};
use crate::ladder;
use crate::source::{Scan, SourceInfo, VideoSource};
use media::time::FrameRate;
use media::timeline::Grid;

/// Sound that begins before, or ends after, the picture by more than this makes the title longer; less is cut off or
/// filled with silence, since it is encoders' padding. Microseconds.
const SOUND_BEYOND_US: i64 = 100_000;

/// The rate of a grid without video: its frames are milliseconds.
const AUDIO_RATE: FrameRate = match FrameRate::new(1000, 1) {
    Some(rate) => rate,
    None => unreachable!(),
};

/// Decides everything about a title.
#[must_use]
pub fn plan(source: &SourceInfo, encode: &Encode) -> Plan {
    let extent = Extent::of(source);
    let grid = grid(source, extent, encode);
    let video = source.video.as_ref();
    Plan {
        origin_us: extent.start_us,
        video: video.map(|video| VideoPlan {
            // A program stream has no list of its tracks: ffmpeg has to look for them.
            pixels_change: video.pixels_change && source.format != "mpeg",
            ..video_plan(video, &grid, extent.start_us, encode)
        }),
        // A copy holds no cover.
        cover: source.cover.filter(|_| source.copy.is_none()),
        ladder: video
            .into_iter()
            .flat_map(|video| ladder::choose(video, encode))
            .filter_map(|choice| choice.rung)
            .collect(),
        audio: audio::plans(&source.audio, &source.beside, encode.audio_channel_kbps),
        text: text::plans(&source.text),
        grid,
        copy: source.copy.clone(),
    }
}

fn video_plan(video: &VideoSource, grid: &Grid, origin_us: i64, encode: &Encode) -> VideoPlan {
    let source_color = color::completed(video);
    VideoPlan {
        stream: video.index,
        entries: entry::entries(video, grid, origin_us),
        decoder: video.decoder.clone(),
        crop: video.crop,
        frame: (!video.turned).then_some(video.frame),
        pixels_change: video.pixels_change,
        deinterlace: deinterlace(video, origin_us, encode.deinterlace),
        field_rate: field_rate(video, encode),
        over_black: video.alpha,
        source_color,
        tone_map: color::tone_map(video, source_color),
        color: color::result(source_color),
    }
}

/// Flags are believed picture by picture, so that what is interlaced in part is deinterlaced there alone.
const fn deinterlace(video: &VideoSource, origin_us: i64, wanted: settings::Deinterlace) -> Deinterlace {
    match (wanted, video.scan) {
        (settings::Deinterlace::Off, _) => Deinterlace::Off,
        (_, Scan::Telecined { phase }) => {
            Deinterlace::Pulldown { first_us: video.start_us.saturating_sub(origin_us), phase }
        }
        (_, Scan::Repeating) => Deinterlace::Matched,
        (_, Scan::Progressive | Scan::Interlaced) => Deinterlace::Flagged,
        (_, Scan::Unflagged { top_first }) => Deinterlace::All { top_first },
    }
}

/// True if each field becomes a frame.
fn field_rate(video: &VideoSource, encode: &Encode) -> bool {
    encode.deinterlace == settings::Deinterlace::Field
        && matches!(video.scan, Scan::Interlaced | Scan::Unflagged { .. })
}

/// True if film is brought back to its own rate.
pub(super) fn is_film(video: &VideoSource, encode: &Encode) -> bool {
    encode.deinterlace != settings::Deinterlace::Off && matches!(video.scan, Scan::Telecined { .. })
}

const FILM: FrameRate = match FrameRate::new(24_000, 1001) {
    Some(rate) => rate,
    None => unreachable!(),
};

/// The frame rate: the source's, or that of its fields, or the one that was asked for where it is no faster; of what is
/// faster than the most that is wanted, every second frame, or every third.
pub(super) fn rate(video: &VideoSource, encode: &Encode) -> FrameRate {
    let own = if is_film(video, encode) { FILM } else { video.rate };
    let fields = FrameRate::new(own.num().saturating_mul(2), own.den()).filter(|_| field_rate(video, encode));
    let base = fields.unwrap_or(own);
    let slower = |asked: &FrameRate| {
        u64::from(asked.num()) * u64::from(base.den()) <= u64::from(base.num()) * u64::from(asked.den())
    };
    let wanted = encode.frame_rate.parse().ok().filter(slower).unwrap_or(base);
    let most = u64::from(encode.max_frame_rate.max(1)) * u64::from(wanted.den());
    let every = u32::try_from(u64::from(wanted.num()).div_ceil(most)).unwrap_or(1).max(1);
    FrameRate::new(wanted.num(), wanted.den().saturating_mul(every)).unwrap_or(wanted)
}

/// Says what the plan had to guess of a source.
#[must_use]
pub fn warnings(source: &SourceInfo) -> Vec<String> {
    audio::warnings(&source.audio)
}

/// Where the title begins and ends on the source's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start_us: i64,
    pub(super) end_us: i64,
}

impl Extent {
    pub(super) fn of(source: &SourceInfo) -> Self {
        let sound_start = source.audio.iter().map(|track| track.start_us).min();
        let sound_end = source.audio.iter().map(|track| track.end_us).max();
        let Some(video) = &source.video else {
            return Self { start_us: sound_start.unwrap_or(0), end_us: sound_end.unwrap_or(0) };
        };
        let (start, end) = (video.start_us, video.end_us.max(video.start_us));
        let (sound_start, sound_end) = (sound_start.unwrap_or(start), sound_end.unwrap_or(end));
        Self {
            start_us: if start.saturating_sub(sound_start) > SOUND_BEYOND_US { sound_start } else { start },
            end_us: if sound_end.saturating_sub(end) > SOUND_BEYOND_US { sound_end } else { end },
        }
    }
}

fn grid(source: &SourceInfo, extent: Extent, encode: &Encode) -> Grid {
    let rate = source.video.as_ref().map_or(AUDIO_RATE, |video| rate(video, encode));
    let span = u128::try_from(extent.end_us.saturating_sub(extent.start_us)).unwrap_or(0);
    let second = u128::from(rate.den()) * 1_000_000;
    let nearest = (span * u128::from(rate.num()) + second / 2) / second;
    // Audio is not cut off within the last frame; a millisecond is rounding.
    let heard_us = source.audio.iter().map(|track| track.end_us.min(extent.end_us)).max();
    let heard = heard_us.and_then(|end| u128::try_from(end.saturating_sub(extent.start_us) - 1000).ok()).unwrap_or(0);
    let frames = nearest.max((heard * u128::from(rate.num())).div_ceil(second));
    let mut grid = Grid {
        rate,
        frames: u64::try_from(frames).unwrap_or(u64::MAX).max(1),
        gop: rate.frames_nearest(encode.gop_seconds),
        segment_gops: encode.segment_gops.max(1),
        chunk_segments: encode.chunk_segments.max(1),
    };
    let segments = u32::try_from(grid.segments().len()).unwrap_or(u32::MAX);
    grid.chunk_segments = if source.seekable || source.copy.is_some() {
        // A short title is cut finer, so that it too keeps many processors busy. The machine at hand has no say: where
        // chunks begin decides bytes.
        let finer = segments.div_ceil(CHUNKS_OF_A_SHORT_TITLE).max(shortest_chunk(&grid));
        grid.chunk_segments.min(finer).max(1)
    } else {
        segments
    };
    grid
}

/// Chunks that a title has at least, where they are not shorter than [`SHORTEST_CHUNK`] then.
const CHUNKS_OF_A_SHORT_TITLE: u32 = 64;
/// Seconds. A shorter chunk spends more on its start than it gains.
const SHORTEST_CHUNK: u32 = 6;

/// Segments in the shortest chunk.
fn shortest_chunk(grid: &Grid) -> u32 {
    let segment = grid.gop.max(1).saturating_mul(grid.segment_gops);
    grid.rate.frames_nearest(SHORTEST_CHUNK).div_ceil(segment.max(1))
}
