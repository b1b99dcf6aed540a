//! All audio renditions beside all audio tracks of the source.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::ear::Ear;
use super::heard::{self, Compared, Placed};
use crate::agreement::source::Extent;
use crate::decode::run::Run;
use crate::fetch::parallel;
use crate::media::isobmff::sample_entry::{AudioConfig, EntryKind};
use crate::media::track::{MediaKind, Track};
use crate::proof::Beside;
use crate::proof::compare::Compare;
use crate::proof::source::probe::Probe;
use crate::proof::source::reading::Laid;
use crate::proof::source::stream::Stream;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{show, show_signed};

/// The audio tracks of a file, as heard.
struct Heard<'a> {
    streams: &'a [&'a Stream],
    theirs: &'a [heard::Heard],
    /// The time on its clock at which the title begins.
    origin: i64,
    /// Largest permitted offset, nanoseconds.
    allowed: i64,
    /// Its clock does not jump.
    steady: bool,
}

/// Largest permitted offset of audio, nanoseconds.
const APART: i64 = 10_000_000;
/// The same where the source's sound is damaged: packets are lost, and decoders bridge that each in their own way.
const DAMAGED: i64 = 60_000_000;

/// The priming of an MP3 encoder with that of its decoder, nanoseconds.
const PRIMING: i64 = 30_000_000;

/// The least channels of which one is of low frequencies: 5.1.
const SURROUND: u8 = 6;

/// A rendition's track, as one run.
type Rendition<'a> = (&'a Track, Run);

impl Compare<'_> {
    /// Judges all audio renditions beside all audio tracks: those of the source, and those of the files that lie beside it.
    pub(crate) fn listen(&self, (extent, origin): (Extent, i64), steady: bool, findings: &mut Findings) {
        let renditions = self.of_kind(MediaKind::Audio).filter_map(|(index, track)| Some((track, self.run(index)?)));
        let is_of = |track: &Track, beside: &Beside| track.name.contains(&format!("/{}/", beside.folder));
        let is_beside = |(track, _): &Rendition<'_>| self.title.beside.iter().any(|beside| is_of(track, beside));
        let (beside, own): (Vec<Rendition<'_>>, Vec<Rendition<'_>>) = renditions.partition(is_beside);
        self.listen_to_source((extent, origin), &own, steady, findings);
        for of_file in self.title.beside.chunk_by(|a, b| a.ending == b.ending) {
            let Some(file) = of_file.first().map(|of| self.proof.source.with_extension(&of.ending)) else { continue };
            let made = beside.iter().filter(|(track, _)| of_file.iter().any(|beside| is_of(track, beside)));
            self.listen_to_file(&file, extent, &made.collect::<Vec<_>>(), findings);
        }
    }

    fn listen_to_source(
        &self,
        (extent, origin): (Extent, i64),
        renditions: &[Rendition<'_>],
        steady: bool,
        findings: &mut Findings,
    ) {
        let streams: Vec<&Stream> = self.described.streams.iter().filter(|stream| stream.is_audio()).collect();
        if streams.is_empty() {
            return;
        }
        let (theirs, damaged) = match self.ear().source(&self.proof.source, &streams, steady) {
            Ok(heard) => heard,
            Err(error) => return findings.add(&rules::READ, Place::file(self.title.whole), error),
        };
        let unsteady = self.sound.iter().map(Laid::unsteady).max().unwrap_or(0);
        // With no picture there is nothing to be in step with: the decoder's priming may count or not.
        let alone = self.of_kind(MediaKind::Video).next().is_none();
        let allowed = APART + if damaged || alone { DAMAGED } else { unsteady };
        let all: Vec<&Rendition<'_>> = renditions.iter().collect();
        let source = Heard { streams: &streams, theirs: &theirs, origin, allowed, steady };
        let held = self.compare(&source, extent, &all, findings);
        self.low_frequencies(&streams, renditions, findings);
        for ((stream, heard), _) in streams.iter().zip(&theirs).zip(held).filter(|(_, held)| !held) {
            let index = stream.index.to_string();
            let named = |warning: &String| warning.contains(&index) || warning.to_lowercase().contains("program");
            // That nothing at all is heard can't be made good by saying so.
            if heard.loudness.is_loud() && (renditions.is_empty() || !self.title.warnings.iter().any(named)) {
                let text = format!("the source's audio track (stream {}) is heard in no rendition", stream.index);
                findings.add(&rules::AUDIO_TRACKS, Place::file(self.title.whole), text);
            }
        }
    }

    /// What is made of a file beside the source begins with the title, and is heard as it is there.
    fn listen_to_file(&self, file: &Path, extent: Extent, renditions: &[&Rendition<'_>], findings: &mut Findings) {
        let probe = Probe { ffprobe: &self.proof.ffprobe, bounds: &self.proof.bounds, path: file };
        let described = match probe.describe() {
            Ok(described) => described,
            Err(error) => return findings.add(&rules::READ, Place::file(self.title.whole), error.to_string()),
        };
        let streams: Vec<&Stream> = described.streams.iter().filter(|stream| stream.is_audio()).collect();
        let (theirs, damaged) = match self.ear().source(file, &streams, true) {
            Ok(heard) => heard,
            Err(error) => return findings.add(&rules::READ, Place::file(self.title.whole), error),
        };
        let origin = theirs.iter().filter_map(|heard| heard.first).min().unwrap_or(0);
        // Of a file of its own the decoder's priming may count or not.
        let allowed = APART + if damaged { DAMAGED } else { PRIMING };
        let source = Heard { streams: &streams, theirs: &theirs, origin, allowed, steady: true };
        self.compare(&source, extent, renditions, findings);
    }

    fn ear(&self) -> Ear<'_> {
        Ear { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds }
    }

    /// Judges renditions beside the tracks of one file; which of these are heard in one.
    fn compare(
        &self,
        source: &Heard<'_>,
        extent: Extent,
        renditions: &[&Rendition<'_>],
        findings: &mut Findings,
    ) -> Vec<bool> {
        let &Heard { streams, theirs, origin, allowed, steady } = source;
        let heard = parallel::map(renditions, self.proof.jobs, |(_, run)| {
            let fed = AtomicU64::new(0);
            self.ear().rendition(|to| run.feed(self.title.store, &(), &fed, to))
        });
        let mixes = heard::mixes(&streams.iter().map(|stream| stream.channels == 1).zip(theirs).collect::<Vec<_>>());
        let mut held = vec![false; theirs.len()];
        for ((track, run), own) in renditions.iter().zip(heard) {
            let own = match own {
                Ok(own) => own,
                Err(error) => {
                    findings.add(&rules::READ, Place::file(&track.name), error);
                    continue;
                }
            };
            let Some(own) = Placed::new(&own, run.shift + extent.start) else { continue };
            let placed: Vec<Option<Placed<'_>>> =
                theirs.iter().chain(&mixes).map(|heard| Placed::new(heard, origin)).collect();
            let compare =
                |theirs: &Option<Placed<'_>>| Some(Compared::of(theirs.as_ref()?, &own, extent.length(), steady));
            let compared: Vec<Option<Compared>> = placed.iter().map(compare).collect();
            for (held, compared) in held.iter_mut().zip(&compared) {
                *held |= compared.as_ref().is_some_and(|compared| compared.holds);
            }
            let mut pairs: Vec<(&Placed<'_>, &Compared)> =
                placed.iter().zip(&compared).filter_map(|(a, b)| a.as_ref().zip(b.as_ref())).collect();
            pairs.sort_by_key(|(_, compared)| compared.distance());
            // Of those that are heard at the same times, the one that it sounds like.
            let least = pairs.first().map(|(_, compared)| compared.distance());
            let nearest = pairs.iter().take_while(|(_, compared)| Some(compared.distance()) == least);
            let mut judged = nearest.map(|(theirs, compared)| (*compared, heard::late(theirs, &own)));
            let sounds_like = judged.find(|(_, late)| *late != [None, None]);
            let best = sounds_like.or_else(|| pairs.first().map(|(_, compared)| (*compared, [None, None])));
            if let Some((compared, late)) = best {
                judge_sound(compared, [late[0], late[1].filter(|_| steady)], allowed, track, findings);
            }
        }
        held
    }

    /// Judges that a channel of low frequencies, which no mix to stereo has, is in a rendition.
    fn low_frequencies(&self, streams: &[&Stream], renditions: &[(&Track, Run)], findings: &mut Findings) {
        let has = |track: &Track| channels(track).is_none_or(|channels| channels >= SURROUND);
        let named = |stream: &Stream| {
            let named = format!("track {} ", stream.index);
            self.title.warnings.iter().any(|warning| warning.contains(&named))
        };
        let lost = |stream: &&&Stream| stream.has_low_frequencies() && !named(stream);
        if let Some(stream) = streams.iter().find(lost).filter(|_| !renditions.iter().any(|(track, _)| has(track))) {
            let (index, layout) = (stream.index, &stream.channel_layout);
            let text = format!(
                "the low-frequency channel of the source's audio (stream {index}, {layout}) is in no rendition"
            );
            findings.add(&rules::AUDIO_TRACKS, Place::file(self.title.whole), text);
        }
    }
}

/// Channels of a rendition.
fn channels(track: &Track) -> Option<u8> {
    let EntryKind::Audio(audio) = &track.track()?.entry()?.kind else { return None };
    if let AudioConfig::Aac(aac) = audio.config { Some(aac.channels) } else { None }
}

fn judge_sound(compared: &Compared, late: [Option<i64>; 2], allowed: i64, track: &Track, findings: &mut Findings) {
    let place = || Place::file(&track.name);
    for (stretches, what) in [(&compared.silent, "is silent"), (&compared.strange, "is heard")] {
        if let Some((from, to)) = stretches.first() {
            let other = if what == "is silent" { "is heard" } else { "is silent" };
            let more =
                if stretches.len() > 1 { format!(", and {} times more", stretches.len() - 1) } else { String::new() };
            let text =
                format!("{what} from {} to {}{more}, where the source {other}", show_signed(*from), show_signed(*to));
            findings.add(&rules::SILENT, place(), text);
        }
    }
    for (late, end) in late.into_iter().zip(["start", "end"]) {
        if let Some(late) = late.filter(|late| late.abs() > allowed) {
            let way = if late > 0 { "late" } else { "early" };
            let text = format!("is {} {way} at its {end}, beside the source's", show(late.unsigned_abs()));
            findings.add(&rules::STEP, place(), text);
        }
    }
}
