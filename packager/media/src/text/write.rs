//! WebVTT as it is published: a file for each segment of the grid, and one of all cues.

use std::fmt::Write as _;

use super::Cue;
use super::time::written;
use crate::timeline::Grid;

/// Most bytes of all segments together: a cue that lasts for the whole title stands in each of them.
const MAX_WRITTEN: usize = 64 << 20;

/// Cue time 0 is media time 0, where the title's first picture is (RFC 8216bis §3.1.4).
const SEGMENT_HEAD: &str = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n";

/// The files of a text track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// A file for each segment of the grid, those without cues among them.
    pub segments: Vec<String>,
    /// All cues in one file.
    pub whole: String,
    /// Cues of the title.
    pub cues: u32,
}

/// Why cues are not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its cues last so long that they would fill {} MiB of segments", MAX_WRITTEN >> 20)]
pub struct TooMuch;

/// Writes cues that are in the order of their starts, counted from the title's. What lies outside of the title is cut off.
///
/// A cue that crosses a boundary stands in both segments, at the same times: whichever a player loads first, it has it.
///
/// # Errors
/// When they would fill more segments than a text may.
pub fn write(cues: &[Cue], grid: &Grid) -> Result<Written, TooMuch> {
    // Boundaries in thousandths of a tick's worth of milliseconds: compared as fractions, without rounding.
    let ticks = |frame: u64| u128::from(grid.rate.span(frame).ticks) * 1000;
    let scale = u128::from(grid.rate.timescale());
    let frames = grid.segments();
    let duration_ms = ticks(grid.frames).div_ceil(scale);
    let mut segments = vec![String::from(SEGMENT_HEAD); frames.len()];
    let (mut whole, mut count, mut bytes) = (String::from("WEBVTT\n"), 0, 0);
    for cue in cues {
        let within = |ms: i64| u128::try_from(ms).unwrap_or(0).min(duration_ms);
        let (start, end) = (within(cue.start_ms), within(cue.end_ms));
        if start >= end {
            continue;
        }
        let text = block(start, end, cue);
        let first = frames.partition_point(|segment| ticks(segment.end) <= start * scale);
        for (segment, frames) in segments.iter_mut().zip(&frames).skip(first) {
            if ticks(frames.start) >= end * scale {
                break;
            }
            bytes += text.len();
            if bytes > MAX_WRITTEN {
                return Err(TooMuch);
            }
            segment.push_str(&text);
        }
        whole.push_str(&text);
        count += 1;
    }
    Ok(Written { segments, whole, cues: count })
}

fn block(start_ms: u128, end_ms: u128, cue: &Cue) -> String {
    let time = |ms: u128| written(u64::try_from(ms).unwrap_or(u64::MAX));
    let mut text = format!("\n{} --> {}", time(start_ms), time(end_ms));
    if !cue.settings.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, " {}", cue.settings);
    }
    let _ = write!(text, "\n{}\n", cue.text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::FrameRate;

    fn grid(frames: u64) -> Grid {
        // 2.002 s a GOP, three of them a segment.
        let rate = FrameRate::new(30_000, 1001).unwrap();
        Grid { rate, frames, gop: 60, segment_gops: 3, chunk_segments: 8 }
    }

    fn cue(start_ms: i64, end_ms: i64, text: &str) -> Cue {
        Cue { start_ms, end_ms, settings: String::new(), text: text.into() }
    }

    #[test]
    fn cues_stand_in_every_segment_that_they_touch_and_within_the_title() {
        // 20.02 s: segments begin at 0, 6.006, 12.012, 18.018.
        let cues = [
            cue(-500, 500, "early"),
            cue(6000, 6006, "to the boundary"),
            cue(6005, 6007, "over it"),
            cue(12_012, 12_013, "from the boundary"),
            cue(19_000, 99_000, "late"),
            cue(21_000, 22_000, "never"),
            cue(-9, -1, "never"),
        ];
        let Written { segments, whole, cues } = write(&cues, &grid(600)).unwrap();
        let holds = |text: &str| segments.iter().map(|segment| segment.contains(text)).collect::<Vec<_>>();
        assert_eq!(holds("early"), [true, false, false, false]);
        assert_eq!(holds("to the boundary"), [true, false, false, false]);
        assert_eq!(holds("over it"), [true, true, false, false]);
        assert_eq!(holds("from the boundary"), [false, false, true, false]);
        assert_eq!(holds("never"), [false; 4]);
        assert!(segments[3].contains("\n00:00:19.000 --> 00:00:20.020\nlate\n"), "{}", segments[3]);
        assert!(whole.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:00.500\nearly\n\n"), "{whole}");
        assert_eq!(cues, 5);
    }

    #[test]
    fn what_would_fill_the_disk_is_refused() {
        let long = "x".repeat(4000);
        let cues: Vec<Cue> = (0..3000).map(|_| cue(0, 7_200_000, &long)).collect();
        assert_eq!(write(&cues, &grid(216_000)), Err(TooMuch));
    }
}
