//! Media playlists and I-frame playlists.

use std::fmt::Write;

use config::tree;

use crate::presentation::{MediaPresentation, Segment, TextSet, Track, VideoTrack};

/// The media playlist of one of the presentation's tracks of video or audio. It stands beside the track's segments.
#[must_use]
pub fn media_playlist(presentation: &MediaPresentation, track: &Track) -> String {
    // EXT-X-MAP outside I-frame playlists needs version 6 (RFC 8216bis §8).
    let head = head(6, presentation.target_duration(), "#EXT-X-INDEPENDENT-SEGMENTS\n") + &map();
    head + &segments(&track.segments, track.timescale, tree::segment_name)
}

/// The media playlist of a text track: WebVTT needs no init segment (RFC 8216bis §3.1.4).
#[must_use]
pub fn text_playlist(presentation: &MediaPresentation, text: &TextSet) -> String {
    // Durations are decimals, which need version 3 (RFC 8216bis §8).
    let head = head(3, presentation.target_duration(), "");
    head + &segments(&text.track.segments, text.track.timescale, tree::text_segment_name)
}

/// Segments, and the end.
fn segments(segments: &[Segment], timescale: u32, name: fn(u32) -> String) -> String {
    let (mut text, mut clock) = (String::new(), Clock::new(timescale));
    for (number, segment) in (1u32..).zip(segments) {
        let _ = writeln!(text, "#EXTINF:{},\n{}", clock.extinf(segment.duration), name(number));
    }
    text + "#EXT-X-ENDLIST\n"
}

/// The I-frame playlist of a video track. It stands beside the track's segments, and takes of each GOP the bytes from the
/// start of its `moof` to the end of its first picture (RFC 8216bis §4.4.3.6; HLS Authoring Specification, 6.10).
#[must_use]
pub fn iframe_playlist(video: &VideoTrack) -> String {
    // EXT-X-MAP in an I-frame playlist needs version 5 (RFC 8216bis §8).
    let mut text = head(5, video.iframe_target_duration(), "#EXT-X-I-FRAMES-ONLY\n") + &map();
    let mut clock = Clock::new(video.track.timescale);
    for (number, segment) in (1u32..).zip(&video.track.segments) {
        let name = tree::segment_name(number);
        for fragment in &segment.fragments {
            let _ = writeln!(text, "#EXTINF:{},", clock.extinf(fragment.duration));
            let _ = writeln!(text, "#EXT-X-BYTERANGE:{}@{}\n{name}", fragment.first_sample_end, fragment.offset);
        }
    }
    text + "#EXT-X-ENDLIST\n"
}

fn head(version: u32, target_duration: u32, kind: &str) -> String {
    format!(
        "#EXTM3U\n#EXT-X-VERSION:{version}\n#EXT-X-TARGETDURATION:{target_duration}\n#EXT-X-MEDIA-SEQUENCE:1\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n{kind}"
    )
}

fn map() -> String {
    format!("#EXT-X-MAP:URI=\"{}\"\n", tree::INIT)
}

/// Durations in decimals that do not drift: each is the difference of two instants that are rounded to a microsecond, so
/// that the sum over any run is true to a microsecond (HLS Authoring Specification, 8.1).
struct Clock {
    timescale: u32,
    ticks: u64,
    micros: u128,
}

impl Clock {
    const fn new(timescale: u32) -> Self {
        Self { timescale, ticks: 0, micros: 0 }
    }

    fn extinf(&mut self, ticks: u64) -> String {
        self.ticks += ticks;
        let timescale = u128::from(self.timescale.max(1));
        let end = (u128::from(self.ticks) * 1_000_000 + timescale / 2) / timescale;
        let micros = end - self.micros;
        self.micros = end;
        format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_sum_over_any_run_is_true(
            durations in prop::collection::vec(1u64..600_000, 1..60),
            timescale in 1000u32..200_000,
            (from, to) in (0usize..60, 0usize..60),
        ) {
            let mut clock = Clock::new(timescale);
            let printed: Vec<u64> = durations
                .iter()
                .map(|ticks| clock.extinf(*ticks).replace('.', "").parse().unwrap())
                .collect();
            let run = from.min(to).min(durations.len())..from.max(to).min(durations.len());
            let ticks: u64 = durations[run.clone()].iter().sum();
            let micros: u64 = printed[run].iter().sum();
            let exact = u128::from(ticks) * 1_000_000;
            prop_assert!(exact.abs_diff(u128::from(micros) * u128::from(timescale)) <= u128::from(timescale));
        }
    }
}
