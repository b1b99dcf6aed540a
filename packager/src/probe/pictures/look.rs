//! A look at the pictures themselves, in a few places: what containers declare is what their first picture is like.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::Path;

use crate::ffmpeg::picture::EXACT_CROP;
use crate::probe::error::ProbeError;
use crate::probe::run::{self, Ffprobe};
use crate::source::Frame;

/// Places that are looked at in a long source.
const MOST_PLACES: i64 = 16;
/// A place every so often in a short one, microseconds.
const APART: i64 = 1_500_000;
/// Seconds that are read at each place: key frames are not farther apart in most sources.
const AT_EACH: u32 = 4;
/// The answer about a place is a few hundred bytes for each key frame.
const LARGEST_ANSWER: u64 = 1 << 20;

/// Properties of key frames, in all places together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::probe) struct Look {
    /// Key frames of each kind.
    frames: BTreeMap<(u32, u32, u32, u32), u32>,
    /// Key frames that are said to be of fields.
    pub interlaced: u32,
    /// CEA-608 or CEA-708 captions were seen with a frame.
    pub captions: bool,
}

/// Looks at key frames of `track`: at a few places from one time to another, microseconds, or at all where the clock jumps,
/// and no place is found by its time. A look that fails shows nothing.
pub(in crate::probe) fn look(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    track: u32,
    between_us: Option<(i64, i64)>,
) -> Result<Look, ProbeError> {
    let intervals = between_us.map_or("%".into(), |(start_us, end_us)| places(start_us, end_us));
    let track = track.to_string();
    let [flags, exact_crop] = EXACT_CROP;
    let args = [
        flags,
        exact_crop,
        "-skip_frame",
        "nokey",
        "-select_streams",
        &track,
        "-read_intervals",
        &intervals,
        "-show_entries",
        "frame=width,height,sample_aspect_ratio,interlaced_frame:frame_side_data=side_data_type",
        "-of",
        "compact=p=0",
    ];
    let (look, _) = run::ffprobe(ffprobe, path, &args, |stdout| {
        let mut look = Look::default();
        for line in stdout.take(LARGEST_ANSWER).split(b'\n') {
            look.add(&String::from_utf8_lossy(&line?));
        }
        Ok(look)
    })?;
    Ok(look)
}

/// ffprobe's `-read_intervals`: the start, as there may be no other key frame, and as many places as the length is worth, in
/// the middle of equal parts.
fn places(start_us: i64, end_us: i64) -> String {
    let span = end_us.saturating_sub(start_us).max(0);
    let count = (span / APART).clamp(1, MOST_PLACES);
    let at = |place: i64| start_us.saturating_add(span / (2 * count) * (2 * place + 1));
    let interval = |place| format!("{}.{:06}%+{AT_EACH}", at(place).max(0) / 1_000_000, at(place).max(0) % 1_000_000);
    std::iter::once("%+1".to_owned()).chain((0..count).map(interval)).collect::<Vec<_>>().join(",")
}

impl Look {
    /// Takes one of ffprobe's lines, such as `width=720|height=576|sample_aspect_ratio=16:15|interlaced_frame=0`.
    fn add(&mut self, line: &str) {
        // With the frame's own fields, or on a line of its own.
        self.captions |= line.contains("side_data_type=ATSC A53 Part 4 Closed Captions");
        let field = |name: &str| {
            let mut fields = line.trim().split('|').filter_map(|field| field.split_once('='));
            fields.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let number = |name| field(name)?.parse::<u32>().ok().filter(|side| *side > 0);
        let Some((width, height)) = number("width").zip(number("height")) else { return };
        let (num, den) = crate::probe::declared::facts::aspect(field("sample_aspect_ratio"));
        *self.frames.entry((width, height, num, den)).or_default() += 1;
        self.interlaced += u32::from(field("interlaced_frame") == Some("1"));
    }

    /// The format that most have, of those as frequent the one with most pixels as displayed.
    pub(in crate::probe) fn usual(&self) -> Option<Frame> {
        let shown = |frame: Frame| frame.displayed().0.saturating_mul(frame.displayed().1);
        let rank = |(frame, count): &(Frame, u32)| (*count, shown(*frame));
        self.formats().max_by_key(rank).map(|(frame, _)| frame)
    }

    /// True if pixels of several shapes were seen.
    pub(in crate::probe) fn pixels_change(&self) -> bool {
        let mut shapes = self.formats().map(|(frame, _)| frame.pixel);
        let first = shapes.next();
        shapes.any(|shape| Some(shape) != first)
    }

    /// True if pictures of several sizes or shapes were seen.
    pub(in crate::probe) fn changes(&self) -> bool {
        self.frames.len() > 1
    }

    fn formats(&self) -> impl Iterator<Item = (Frame, u32)> + '_ {
        let frame = |(&(width, height, num, den), &count): (&(u32, u32, u32, u32), &u32)| {
            (Frame { width, height, pixel: (num, den) }, count)
        };
        self.frames.iter().map(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_start_and_the_middle_of_equal_parts() {
        assert_eq!(places(0, 1_000_000), "%+1,0.500000%+4");
        assert_eq!(places(1_400_000, 4_400_000), "%+1,2.150000%+4,3.650000%+4");
        assert_eq!(places(-500_000, -400_000), "%+1,0.000000%+4");
        assert_eq!(places(0, 7_200_000_000).split(',').count(), 17);
        assert_eq!(places(5, i64::MAX).split(',').count(), 17);
    }

    #[test]
    fn the_usual_format_is_the_most_frequent_and_then_the_largest() {
        let mut look = Look::default();
        for line in [
            "width=720|height=576|sample_aspect_ratio=16:15|interlaced_frame=0",
            "width=720|height=576|sample_aspect_ratio=64:45|interlaced_frame=1|",
            "width=N/A|height=576",
            "side_data_type=x",
        ] {
            assert!(!look.captions);
            look.add(line);
        }
        assert_eq!(look.usual(), Some(Frame { width: 720, height: 576, pixel: (64, 45) }));
        assert!(look.pixels_change() && look.changes());
        assert_eq!(look.interlaced, 1);
        look.add("side_data_type=ATSC A53 Part 4 Closed Captions");
        assert!(look.captions);
        (0..2).for_each(|_| look.add("width=320|height=180|sample_aspect_ratio=N/A|interlaced_frame=0"));
        assert_eq!(look.usual(), Some(Frame { width: 320, height: 180, pixel: (1, 1) }));
        assert_eq!(Look::default().usual(), None);
    }
}
