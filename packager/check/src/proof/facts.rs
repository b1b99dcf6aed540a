//! Facts known without decoding: duration, number of pictures, tracks and shape.

use super::Asked;
use super::source::probe::Described;
use super::source::reading::Laid;
use super::source::stream::Stream;
use super::source::stretches::usual_step;
use crate::agreement::source::{frame, presented};
use crate::media::isobmff::sample_entry::{AudioConfig, AudioEntry, EntryKind};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show_signed};

/// Sound that goes beyond the picture by less may be cut off: it is encoders' padding.
const PADDING: i64 = 60_000_000;
/// Sound that goes beyond the picture by more must be there.
const BEYOND: i64 = 160_000_000;
/// Most time that a join of stretches may add or take: the last packets of their tracks end at different times.
const JOIN: i64 = 250_000_000;
/// Pictures between which a rate is measured.
const WINDOW: usize = 25;
/// Frames a second above which rates may be divided, thousandths.
const HIGHEST: i64 = 61_000;

/// The source as it was read.
pub(crate) struct Source<'a> {
    pub(crate) described: &'a Described,
    pub(crate) video: &'a Stream,
    pub(crate) picture: &'a Laid,
    pub(crate) sound: &'a [Laid],
    pub(crate) asked: Asked,
}

impl Source<'_> {
    /// The laid times at which the title may begin.
    fn starts(&self) -> Vec<i64> {
        let picture = self.picture.start().unwrap_or(0);
        let first = self.sound.iter().filter_map(Laid::start).fold(picture, i64::min);
        reach(picture, first, picture - first)
    }

    /// The laid times at which it may end: the last picture lasts as long as its packet says, or as the others.
    fn ends(&self) -> Vec<i64> {
        let (last, end) = (self.picture.last().unwrap_or(0), self.picture.end().unwrap_or(0));
        let usual = last.saturating_add(usual_step(&self.picture.times()));
        let heard = self.sound.iter().filter_map(Laid::end).fold(end.min(usual), i64::max);
        let mut ends = reach(end, heard, heard - end);
        ends.extend(reach(usual, heard, heard - usual));
        ends
    }

    /// The laid time that is shown when the package's picture starts, `length` of which there is.
    pub(crate) fn origin(&self, length: i64) -> i64 {
        let off = |start: &i64| self.ends().iter().map(|end| (end - start).abs_diff(length)).min().unwrap_or(0);
        self.starts().into_iter().min_by_key(off).unwrap_or(0)
    }

    /// Judges `track`, a rendition of the picture.
    pub(crate) fn judge(&self, track: &Track, findings: &mut Findings) {
        let Some((own, frame)) = presented(track).zip(frame(track)) else { return };
        let allowed = i64::try_from(frame).unwrap_or(0) + 2_000_000;
        let allowed = allowed + JOIN * i64::try_from(self.picture.stretches.len() - 1).unwrap_or(0);
        let lengths: Vec<i64> =
            self.starts().iter().flat_map(|start| self.ends().into_iter().map(move |end| end - start)).collect();
        let (least, most) = (lengths.iter().min().copied().unwrap_or(0), lengths.iter().max().copied().unwrap_or(0));
        let length = own.length();
        if length < least.saturating_sub(allowed) || length > most.saturating_add(allowed) {
            let stretches = self.picture.stretches.len();
            let of = if stretches > 1 { format!(" in {stretches} stretches") } else { String::new() };
            let text = format!("lasts {}, the source's packets {}{of}", show_signed(length), show_signed(most));
            findings.add(&rules::DURATION, Place::file(&track.name), text);
        }
        self.judge_rate(track, frame, findings);
    }

    fn judge_rate(&self, track: &Track, frame: u64, findings: &mut Findings) {
        let own = i64::try_from(1000 * SECOND / frame.max(1)).unwrap_or(0);
        let rates = rates(&self.picture.times());
        // A third of the pictures must come faster than this.
        let Some(&busy) = rates.get(rates.len() * 2 / 3).filter(|_| !self.asked.rate) else { return };
        let show = |rate: i64| format!("{}.{:02}", rate / 1000, rate % 1000 / 10);
        // Fields that are counted one by one, or film in video, have fewer frames than packets.
        let woven =
            !self.video.is_progressive() && !self.video.field_order.is_empty() && self.video.field_order != "unknown";
        let film = (own * 5 / 4).abs_diff(busy) * 100 <= busy.unsigned_abs();
        if busy <= HIGHEST && !woven && !film && own * 1000 < busy * 985 {
            let text = format!("shows {} frames a second, the source {} for most of its time", show(own), show(busy));
            findings.add(&rules::PICTURES, Place::file(&track.name), text);
        }
        let steady = rates.first().filter(|least| (busy - **least) * 50 <= busy);
        if let Some(&steady) = steady.filter(|steady| (own * 4).abs_diff(**steady * 5) * 100 <= own.unsigned_abs()) {
            let text = format!("shows {} frames a second, the source never more than {}", show(own), show(steady));
            findings.add(&rules::REPEATED, Place::file(&track.name), text);
        }
    }

    /// Judges its shape beside the one that the source has at its start.
    pub(crate) fn judge_shape(&self, track: &Track, findings: &mut Findings) {
        let Some((width, height)) = crate::hls::shown_size(track) else { return };
        let (wide, high) = self.video.shape();
        let (own, expected) = (u128::from(width) * u128::from(high), u128::from(height) * u128::from(wide));
        // Small pictures have sides of whole pairs of pixels.
        let rounding = 2 * expected / u128::from(width.min(height).max(1));
        if own.abs_diff(expected) > (expected / 100).max(rounding) {
            let text = format!("{width}x{height}, the source is shaped as {wide}:{high}");
            findings.add(&rules::SHAPE, Place::file(&track.name), text);
        }
    }

    /// Judges that each track of the source is among `tracks` or named in `warnings`.
    pub(crate) fn account(&self, tracks: &[Track], warnings: &[String], whole: &str, findings: &mut Findings) {
        let said = |words: &[&str]| {
            warnings.iter().map(|w| w.to_lowercase()).filter(|w| words.iter().any(|word| w.contains(word))).count()
        };
        let used = self.described.programs.iter().filter(|program| program.has_media()).count();
        let programs = used > 1 && said(&["program"]) > 0;
        if used > 1 && !programs {
            let text = format!("the source has {used} programs, and none is named as left out");
            findings.add(&rules::VIDEO_TRACKS, Place::file(whole), text);
        }
        let videos = self.described.streams.iter().filter(|stream| stream.is_video()).count();
        if videos > 1 && !programs && said(&["picture track", "video track", "stream"]) == 0 {
            let text = format!("shows one of the source's {videos} video tracks, and names none that is left out");
            findings.add(&rules::VIDEO_TRACKS, Place::file(whole), text);
        }
        let audios: Vec<&Stream> = self.described.streams.iter().filter(|stream| stream.is_audio()).collect();
        // Tracks of one channel may be those of a mix.
        let mono = audios.iter().filter(|stream| stream.channels == 1).count();
        let most = tracks.iter().filter_map(channels).max().unwrap_or(0).max(1);
        let least = audios.len() - mono + mono.div_ceil(most);
        let there = tracks.iter().filter(|track| track.kind() == MediaKind::Audio).count();
        let named = said(&["sound track", "audio track", "stream", "no decoder", "silent"]);
        if there + named < least && !programs {
            let text = format!(
                "{there} audio renditions of the source's {} audio tracks, {named} of which are named as left out",
                audios.len()
            );
            findings.add(&rules::AUDIO_TRACKS, Place::file(whole), text);
        }
    }
}

/// The channels of a track of audio.
fn channels(track: &Track) -> Option<usize> {
    match &track.track()?.entry()?.kind {
        EntryKind::Audio(AudioEntry { config: AudioConfig::Aac(aac), .. }) => Some(aac.channels.into()),
        EntryKind::Audio(audio) => Some(audio.channels.into()),
        _ => None,
    }
}

/// `picture`, `sound` that goes `beyond` it, or both where it may be either.
fn reach(picture: i64, sound: i64, beyond: i64) -> Vec<i64> {
    match beyond {
        ..PADDING => vec![picture],
        PADDING..=BEYOND => vec![picture, sound],
        _ => vec![sound],
    }
}

/// Thousandths of pictures a second in each stretch of so many pictures, from the least to the most.
fn rates(times: &[i64]) -> Vec<i64> {
    let rate = |window: &[i64]| {
        let span = window.last()?.checked_sub(*window.first()?)?;
        (i64::try_from(window.len() - 1).ok()? * 1000 * SECOND as i64).checked_div(span)
    };
    let mut rates: Vec<i64> = times.chunks_exact(WINDOW).filter_map(rate).collect();
    rates.sort_unstable();
    rates
}

#[cfg(test)]
mod tests {
    use super::super::source::stretches::Stretch;
    use super::*;

    fn laid(start_ms: i64, end_ms: i64) -> Laid {
        let times = (start_ms / 40..end_ms / 40).map(|n| n * 40_000_000).collect();
        let stretch = Stretch { times, last_duration: 40_000_000, unsteady: 0, shift: 0 };
        Laid { stream: 0, stretches: vec![stretch], keys: Vec::new() }
    }

    #[test]
    fn sound_that_goes_beyond_the_picture_makes_the_title_longer() {
        let (described, video) = (Described::default(), Stream::default());
        for (picture, sound, starts, end) in [
            ((0, 4000), (0, 4040), vec![0], 4000),
            ((0, 4000), (0, 8000), vec![0], 8000),
            ((7520, 12_000), (0, 12_000), vec![0], 12_000),
            ((80, 4000), (0, 4000), vec![80, 0], 4000),
            ((0, 4000), (2520, 3000), vec![0], 4000),
        ] {
            let (picture, sound) = (laid(picture.0, picture.1), [laid(sound.0, sound.1)]);
            let source = Source {
                described: &described,
                video: &video,
                picture: &picture,
                sound: &sound,
                asked: Asked::default(),
            };
            let ms = |times: Vec<i64>| times.iter().map(|t| t / 1_000_000).collect::<Vec<_>>();
            assert_eq!(ms(source.starts()), starts);
            assert!(ms(source.ends()).iter().all(|t| *t == end), "{:?}", source.ends());
        }
    }

    #[test]
    fn rates_are_measured_over_a_second_or_so() {
        let steps = |steps: &[i64]| {
            let times = (0..240).scan(0, |at, n: usize| {
                *at += steps[n % steps.len()] * 1_000_000;
                Some(*at)
            });
            rates(&times.collect::<Vec<i64>>()).iter().map(|rate| rate / 1000).collect::<Vec<i64>>()
        };
        assert_eq!(steps(&[40]), [25; 9]);
        assert_eq!(steps(&[33, 50, 33, 50]), [24; 9]);
        assert_eq!(steps(&[33, 33, 34]), [30; 9]);
        assert!(rates(&[0, 1]).is_empty());
    }
}
