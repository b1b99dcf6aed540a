//! Parts become tracks, and tracks a presentation, after proving that they fit.

use super::{
    AudioSet, AudioTrack, MediaPresentation, Part, Segment, SwitchingSet, TextPart, TextSet, Track, VideoSet,
    VideoTrack,
};
use crate::timeline::Grid;
use crate::track::{AudioPlan, Rung, TextInput, TextPlan};

/// Why parts do not make a track.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// A part's encoder was configured otherwise than the first's.
    #[error(
        "{track}: the chunk from segment {segment} on has another init segment than the first; \
         was it made by another ffmpeg?"
    )]
    Init {
        /// Folder below the revision.
        track: String,
        /// Number of the part's first segment, from 1.
        segment: u32,
    },
    /// Another build of the encoder made a part: its pictures are others' than the first's.
    #[error(
        "{track}: the chunk from segment {segment} on was made by {found}, the first by {expected}; make all of them with one ffmpeg"
    )]
    Encoder {
        /// Folder below the revision.
        track: String,
        /// Number of the part's first segment, from 1.
        segment: u32,
        /// The build that made the first part.
        expected: String,
        /// The build that made this one.
        found: String,
    },
    /// A part is missing, twice there, or out of order.
    #[error("{track}: segment {expected} is missing; the next one there is {found}")]
    Gap {
        /// Folder below the revision.
        track: String,
        /// Number of a segment, from 1.
        expected: u32,
        /// Number of a segment, from 1; one after the last when there is none.
        found: u32,
    },
    /// Segments do not follow each other in time, or the track is not as long as the title.
    #[error("{track}: segment {segment} should start at tick {expected} of 1/{timescale} s, not {found}")]
    Time {
        /// Folder below the revision.
        track: String,
        /// Number of a segment, from 1; one after the last for the end of the track.
        segment: u32,
        /// Ticks.
        expected: u64,
        /// Ticks.
        found: u64,
        /// Ticks a second.
        timescale: u32,
    },
}

impl MediaPresentation {
    /// Joins all that was planned; `parts` gives a track's parts, in order, by its folder below the revision, and `texts` a
    /// text track's files.
    ///
    /// # Errors
    /// When the parts of a track do not make the whole title without gap.
    pub fn join(
        grid: &Grid,
        ladder: &[Rung],
        audio: &[AudioPlan],
        text: &[TextPlan],
        parts: impl Fn(&str) -> Vec<Part>,
        texts: impl Fn(&str) -> Option<TextPart>,
    ) -> Result<Self, JoinError> {
        let video = ladder.iter().map(|rung| VideoTrack::join(rung, grid, &parts(&rung.folder())));
        let video = video.collect::<Result<Vec<_>, _>>()?;
        let video = (!video.is_empty()).then_some(SwitchingSet::Video(VideoSet { tracks: video }));
        let audio =
            audio.iter().map(|plan| AudioSet::join(plan, grid, &parts(&plan.folder())).map(SwitchingSet::Audio));
        let text = text.iter().map(|plan| TextSet::join(plan, grid, texts(&plan.folder())).map(SwitchingSet::Text));
        let sets = video.into_iter().map(Ok).chain(audio).chain(text).collect::<Result<_, _>>()?;
        Ok(Self { duration: grid.duration(), sets })
    }
}

impl VideoTrack {
    /// Joins the chunks of a rung, in order.
    ///
    /// # Errors
    /// When their init segments differ, or they do not make the whole title without gap.
    pub fn join(rung: &Rung, grid: &Grid, parts: &[Part]) -> Result<Self, JoinError> {
        let track = Track::join(rung.folder(), grid, parts)?;
        let ladder_rate = rung.bit_rate;
        Ok(Self { track, width: rung.width, height: rung.height, rate: grid.rate, ladder_rate })
    }
}

impl AudioSet {
    /// Makes a set of a rendition's parts, in order.
    ///
    /// # Errors
    /// When their init segments differ, or they do not make the whole title without gap.
    pub fn join(plan: &AudioPlan, grid: &Grid, parts: &[Part]) -> Result<Self, JoinError> {
        let track = Track::join(plan.folder(), grid, parts)?;
        Ok(Self {
            programme: plan.programme,
            language: plan.language.clone(),
            label: plan.label.clone(),
            role: plan.role,
            default: plan.default,
            channels: plan.channels,
            sidecar: plan.file.as_ref().map(|file| file.ending.clone()),
            tracks: vec![AudioTrack { track, sample_rate: plan.sample_rate }],
        })
    }
}

impl TextSet {
    /// Makes a set of a text track's files.
    ///
    /// # Errors
    /// When there is not one for each segment.
    pub fn join(plan: &TextPlan, grid: &Grid, part: Option<TextPart>) -> Result<Self, JoinError> {
        let TextPart { segments, whole, cues } = part.unwrap_or(TextPart { segments: Vec::new(), whole: 0, cues: 0 });
        let ticks = |frames: u64| frames * u64::from(grid.rate.frame_ticks());
        let segment = |(frames, bytes): (std::ops::Range<u64>, u64)| {
            let (start, end) = (ticks(frames.start), ticks(frames.end));
            Segment { start, duration: end - start, bytes, fragments: Vec::new() }
        };
        let segments = grid.segments().into_iter().zip(segments).map(segment).collect();
        let timescale = grid.rate.timescale();
        let part =
            Part { init: Vec::new(), codecs: String::new(), timescale, encoder: None, first_segment: 0, segments };
        let track = Track::join(plan.folder(), grid, &[part])?;
        let sidecar = match &plan.input {
            TextInput::File(file) => Some(file.ending.clone()),
            TextInput::Track(_) => None,
        };
        let (language, label) = (plan.language.clone(), plan.label.clone());
        Ok(Self { language, label, kind: plan.kind, sidecar, track, whole_bytes: whole, cues })
    }
}

impl Track {
    fn join(path: String, grid: &Grid, parts: &[Part]) -> Result<Self, JoinError> {
        let first = parts.first();
        let timescale = first.map_or(1, |part| part.timescale);
        let mut segments: Vec<Segment> = Vec::new();
        let mut next = 0;
        for part in parts {
            if first.is_some_and(|first| (&first.init, first.timescale) != (&part.init, part.timescale)) {
                return Err(JoinError::Init { track: path, segment: part.first_segment + 1 });
            }
            if let Some((expected, found)) = first.and_then(|first| first.encoder.as_ref().zip(part.encoder.as_ref()))
                && expected != found
            {
                let (expected, found) = (expected.clone(), found.clone());
                return Err(JoinError::Encoder { track: path, segment: part.first_segment + 1, expected, found });
            }
            if part.first_segment != next {
                return Err(JoinError::Gap { track: path, expected: next + 1, found: part.first_segment + 1 });
            }
            next += u32::try_from(part.segments.len()).unwrap_or(0);
            segments.extend(part.segments.iter().cloned());
        }
        let all = u32::try_from(grid.segments().len()).unwrap_or(u32::MAX);
        if next != all {
            return Err(JoinError::Gap { track: path, expected: next.min(all) + 1, found: next + 1 });
        }
        let end = grid.duration().ticks_at(timescale);
        if let Some((segment, expected, found)) = first_gap(&segments, end) {
            return Err(JoinError::Time { track: path, segment, expected, found, timescale });
        }
        Ok(Self {
            path,
            codecs: first.map(|part| part.codecs.clone()).unwrap_or_default(),
            timescale,
            init_bytes: first.map_or(0, |part| part.init.len() as u64),
            segments,
        })
    }
}

/// The first segment that does not start where the one before ends, with both times; the last of them is `end`.
fn first_gap(segments: &[Segment], end: u64) -> Option<(u32, u64, u64)> {
    let mut expected = 0;
    let mut number = 1;
    for segment in segments {
        if segment.start != expected {
            return Some((number, expected, segment.start));
        }
        expected += segment.duration;
        number += 1;
    }
    (expected != end).then_some((number, end, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{RateControl, VideoCodec};
    use crate::time::FrameRate;

    /// Three segments of 2 s at 25 fps.
    fn grid() -> Grid {
        let rate = FrameRate::new(25, 1).unwrap();
        Grid { rate, frames: 150, gop: 25, segment_gops: 2, chunk_segments: 1 }
    }

    fn rung() -> Rung {
        let rate = RateControl { crf_tenths: 230, max_rate: 1, buffer: 1 };
        Rung { name: "r".into(), codec: VideoCodec::H264, width: 2, height: 2, bit_rate: 1, rate }
    }

    fn parts() -> Vec<Part> {
        let part = |first_segment: u32| Part {
            init: vec![1, 2, 3],
            codecs: "avc1.640028".into(),
            timescale: 25_000,
            encoder: Some("x264 - core 164".into()),
            first_segment,
            segments: vec![Segment {
                start: u64::from(first_segment) * 50_000,
                duration: 50_000,
                bytes: 10,
                fragments: vec![],
            }],
        };
        vec![part(0), part(1), part(2)]
    }

    fn joined(change: impl FnOnce(&mut Vec<Part>)) -> Result<usize, JoinError> {
        let mut parts = parts();
        change(&mut parts);
        VideoTrack::join(&rung(), &grid(), &parts).map(|video| video.track.segments.len())
    }

    #[test]
    fn only_parts_that_fit_are_joined() {
        let track = || "video/r".to_owned();
        assert_eq!(joined(|_| {}), Ok(3));
        assert_eq!(joined(|p| p[1].init[0] = 0), Err(JoinError::Init { track: track(), segment: 2 }));
        let (expected, found) = ("x264 - core 164".into(), "x264 - core 165".into());
        let other = JoinError::Encoder { track: track(), segment: 3, expected, found };
        assert_eq!(joined(|p| p[2].encoder = Some("x264 - core 165".into())), Err(other));
        assert_eq!(joined(|p| p.swap(1, 2)), Err(JoinError::Gap { track: track(), expected: 2, found: 3 }));
        assert_eq!(joined(|p| drop(p.remove(0))), Err(JoinError::Gap { track: track(), expected: 1, found: 2 }));
        assert_eq!(joined(|p| drop(p.pop())), Err(JoinError::Gap { track: track(), expected: 3, found: 3 }));
        assert_eq!(joined(Vec::clear), Err(JoinError::Gap { track: track(), expected: 1, found: 1 }));
        let time = |segment, expected, found| {
            Err(JoinError::Time { track: track(), segment, expected, found, timescale: 25_000 })
        };
        assert_eq!(joined(|p| p[1].segments[0].start += 1), time(2, 50_000, 50_001));
        assert_eq!(joined(|p| p[2].segments[0].duration -= 1), time(4, 150_000, 149_999));
    }
}
