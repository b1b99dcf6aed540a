//! A package against the source that it was made from.

use config::title::{SourceAudio, SourceTracks, SourceVideo};

use crate::media::track::{MediaKind, Track};
use crate::report::rules::agreement::source as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{show, show_signed, signed_ticks, ticks};

/// Largest permitted offset between audio and video, nanoseconds (CONFORMANCE, "Against the source").
const APART: i64 = 5_000_000;
/// Many containers keep times in whole milliseconds.
const ROUNDED: u64 = 1_000_000;

/// A stretch of time, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Extent {
    fn micros(start: i64, end: i64) -> Self {
        Self { start: start.saturating_mul(1000), end: end.saturating_mul(1000) }
    }

    pub(crate) fn length(self) -> i64 {
        self.end.saturating_sub(self.start)
    }
}

/// Judges `tracks`; `whole` is the manifest where they are all that the presentation has.
pub(crate) fn judge(source: &SourceTracks, tracks: &[Track], whole: Option<&str>, findings: &mut Findings) {
    let of = |kind: MediaKind| tracks.iter().filter(move |t| t.kind() == kind);
    if let Some(video) = &source.video {
        for track in of(MediaKind::Video) {
            picture(source, video, track, findings);
        }
    }
    let alone = || source.video.is_none().then(|| audio_alone(source)).flatten();
    if let Some(video) = of(MediaKind::Video).find_map(presented).or_else(alone) {
        for track in of(MediaKind::Audio) {
            sound(source, video, track, findings);
        }
    }
    // Muxed files hold what is not known here.
    if let Some(manifest) = whole.filter(|_| of(MediaKind::Other).next().is_none()) {
        let there = of(MediaKind::Audio).count();
        if (there == 0) != source.audio.is_empty() {
            let text = format!("{there} audio tracks, the source has {}", source.audio.len());
            findings.add(&rules::SOUND, Place::file(manifest), text);
        }
    }
}

fn picture(source: &SourceTracks, video: &SourceVideo, track: &Track, findings: &mut Findings) {
    let place = || Place::file(&track.name);
    if let Some((width, height)) = crate::hls::shown_size(track) {
        let (wide, high) = (u64::from(video.width), u64::from(video.height));
        let text = || format!("{width}x{height}, the source is {wide}x{high}");
        let (own, expected) = (width.saturating_mul(high), height.saturating_mul(wide));
        // Sides are whole pairs of pixels.
        let rounding = expected.saturating_mul(2) / width.min(height).max(1);
        if own.abs_diff(expected) > rounding.max(expected / 200) {
            findings.add(&rules::ASPECT, place(), text());
        }
        // An odd side of the source is made even.
        if width > wide.saturating_add(1) || height > high.saturating_add(1) {
            findings.add(&rules::UPSCALED, place(), text());
        }
    }
    let rate = crate::hls::measured_rate(track);
    let fields = if video.interlaced { 2 } else { 1 };
    let most = rate_of(&video.frame_rate).map(|most| fields * (most + most / 1000));
    if let Some((rate, _)) = rate.zip(most).filter(|(rate, most)| rate > most) {
        let text = format!("{}.{:03} frames a second, the source {}", rate / 1000, rate % 1000, video.frame_rate);
        findings.add(&rules::RATE, place(), text);
    }
    if let (Some(own), Some(frame)) = (presented(track), frame(track)) {
        let allowed = frame.saturating_add(ROUNDED);
        let off = |extent: &Extent| own.length().abs_diff(extent.length());
        if let Some(nearest) = extents(source).into_iter().min_by_key(off).filter(|extent| off(extent) > allowed) {
            let (own, expected) = (own.length(), nearest.length());
            let text = format!("lasts {}, the source {}", show_signed(own), show_signed(expected));
            findings.add(&rules::DURATION, place(), text);
        }
    }
}

/// The sound must cover what the source has of it, on the picture's clock.
fn sound(source: &SourceTracks, video: Extent, track: &Track, findings: &mut Findings) {
    let Some(own) = presented(track) else { return };
    let place = || Place::file(&track.name);
    // Which of the source's tracks it is, the manifest may not say: the one that it fits best.
    let parted = |sound: &SourceAudio| {
        let all = extents(source);
        let nearest = all.iter().map(|e| video.length().abs_diff(e.length())).min().unwrap_or(0);
        let fit = all.into_iter().filter(move |e| video.length().abs_diff(e.length()) <= nearest + ROUNDED);
        fit.map(|extent| apart(sound, extent, video, own)).min_by_key(|(late, early)| late + early)
    };
    let Some((late, early)) = source.audio.iter().filter_map(parted).min_by_key(|(late, early)| late + early) else {
        return;
    };
    if late > APART {
        findings.add(&rules::START, place(), format!("starts {} later than in the source", show(late.unsigned_abs())));
    }
    if early > APART {
        findings.add(&rules::END, place(), format!("ends {} earlier than in the source", show(early.unsigned_abs())));
    }
}

/// By how much sound that lies at `own` starts too late and ends too early, when the picture at `video` shows `extent` of
/// the source; 0 where it does not. What the source has beyond the extent is encoders' padding.
fn apart(sound: &SourceAudio, extent: Extent, video: Extent, own: Extent) -> (i64, i64) {
    let sound = Extent::micros(sound.start_us, sound.end_us);
    let start = sound.start.max(extent.start).saturating_sub(extent.start);
    let end = sound.end.min(extent.end).saturating_sub(extent.start);
    let late = own.start.saturating_sub(video.start).saturating_sub(start);
    let early = end.saturating_sub(own.end.saturating_sub(video.start));
    (late.max(0), early.max(0))
}

/// Extents of a source that a title may have: its video, or its video made longer by audio at its start or end.
fn extents(source: &SourceTracks) -> Vec<Extent> {
    let video = source.video.as_ref();
    let first = source.audio.iter().map(|a| a.start_us).chain(video.map(|v| v.start_us)).min().unwrap_or(0);
    let last = source.audio.iter().map(|a| a.end_us).chain(video.map(|v| v.end_us)).max().unwrap_or(0);
    let starts = [video.map_or(first, |v| v.start_us), first];
    let ends = [video.map_or(last, |v| v.end_us), last];
    starts.iter().flat_map(|&start| ends.map(|end| Extent::micros(start, end))).collect()
}

/// Where a title of audio alone lies: from its first sound to its last, beginning at time 0.
fn audio_alone(source: &SourceTracks) -> Option<Extent> {
    let extent = extents(source).into_iter().max_by_key(|extent| extent.length())?;
    Some(Extent { start: 0, end: extent.length() })
}

/// The time of the source that is shown when `track`, its picture, starts, and when that is: nanoseconds.
pub(crate) fn origin(source: &SourceTracks, track: &Track) -> Option<(i64, i64)> {
    let video = presented(track)?;
    let off = |extent: &Extent| video.length().abs_diff(extent.length());
    let extent = extents(source).into_iter().min_by_key(off)?;
    Some((extent.start, video.start))
}

/// Where a track lies on the presentation's timeline. What its edit list takes away before time 0 is not presented.
pub(crate) fn presented(track: &Track) -> Option<Extent> {
    let scale = track.timescale()?;
    let spans: Option<Vec<u64>> = track.segments.iter().map(|s| Some(s.span()?.1)).collect();
    let length = spans?.into_iter().fold(0, u64::saturating_add);
    let start = track.starts_at()?;
    let end = start.saturating_add(signed_ticks(i64::try_from(length).ok()?, scale));
    Some(Extent { start: start.max(0), end })
}

pub(crate) fn frame(track: &Track) -> Option<u64> {
    Some(ticks(track.sample_ticks()?, track.timescale()?))
}

/// `p/q` frames a second, times 1000.
fn rate_of(text: &str) -> Option<u64> {
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    num.parse::<u64>().ok()?.checked_mul(1000)?.checked_div(den.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    #[test]
    fn sound_must_cover_what_the_source_has_of_it() {
        let source = |start_ms: i64, end_ms: i64| SourceAudio {
            language: "en".into(),
            start_us: start_ms * 1000,
            end_us: end_ms * 1000,
        };
        let at = |start: i64, end: i64| Extent { start: start * MS, end: end * MS };
        // The source's sound, the extent, where the package has picture and sound: late and early.
        for (sound, extent, video, own, expected) in [
            (source(0, 9000), at(0, 9000), at(0, 9000), at(0, 9000), (0, 0)),
            (source(0, 9000), at(0, 9000), at(0, 9000), at(20, 9020), (20, 0)),
            (source(380, 9000), at(0, 9000), at(0, 9000), at(0, 9000), (0, 0)),
            (source(380, 9000), at(0, 9000), at(0, 9000), at(0, 8620), (0, 380)),
            (source(-80, 9080), at(0, 9000), at(0, 9000), at(0, 9000), (0, 0)),
            (source(1000, 9000), at(1000, 9000), at(10_000, 18_000), at(10_000, 17_990), (0, 10)),
        ] {
            let (late, early) = apart(&sound, extent, video, own);
            assert_eq!((late / MS, early / MS), expected, "{sound:?} {own:?}");
        }
    }

    #[test]
    fn rates_are_read_as_fractions() {
        assert_eq!(["25", "30000/1001", "x", "1/0"].map(rate_of), [Some(25_000), Some(29_970), None, None]);
    }
}
