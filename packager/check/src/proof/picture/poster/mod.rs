//! The poster beside the frames of the title that it was taken from.

pub(crate) mod jpeg;

use std::sync::atomic::AtomicU64;

use super::alike::colour::same_tones;
use super::alike::resembles;
use super::eye::{Care, Eye, Taken, Wanted};
use super::frames::torn::Lines;
use super::frames::{Glass, Grey};
use super::{SIDE, Size};
use crate::agreement::source::Extent;
use crate::decode::run::Run;
use crate::fetch::{FetchError, Resource};
use crate::media::track::Track;
use crate::proof::compare::Compare;
use crate::proof::facts::Source;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::signed_ticks;

/// Most bytes of a poster that are read.
const LARGEST: u64 = 32 << 20;
/// Frames from a tenth of the title on, of which a poster is one.
const FRAMES: u32 = 34;
/// Blocks of a poster that are combed, before that is looked into.
const COMBED: usize = 40;
/// The title's frames have so many times fewer of them.
const FEWER: usize = 4;

impl Compare<'_> {
    /// Judges the poster beside `renditions` of the video, the least first, unless it is the operator's own.
    pub(crate) fn poster(
        &self,
        source: &Source<'_>,
        renditions: &[(usize, &Track)],
        extent: Extent,
        findings: &mut Findings,
    ) {
        let Some(poster) = self.title.poster.filter(|_| !self.proof.asked.poster) else { return };
        let wanted = Wanted::From { first: extent.start + extent.length() / 10, count: FRAMES };
        let fault = self.image(poster).map_err(|error| error.to_string()).and_then(|image| {
            let fault = self.poster_colours(&image, renditions, wanted)?;
            if fault.is_some() { Ok(fault) } else { self.poster_lines(source, &image, renditions, wanted) }
        });
        let place = Place::file(&crate::fetch::names::show(&poster.url));
        match fault {
            Ok(fault) => fault.into_iter().for_each(|fault| findings.add(&rules::POSTER, place.clone(), fault)),
            Err(error) => findings.add(&rules::READ, place, error),
        }
    }

    fn image(&self, poster: &Resource) -> Result<Vec<u8>, FetchError> {
        self.title.store.open(poster)?.read_all(LARGEST)
    }

    /// The fault in its shape or its colours, if any: it should be one of the frames `wanted`.
    fn poster_colours(
        &self,
        image: &[u8],
        renditions: &[(usize, &Track)],
        wanted: Wanted,
    ) -> Result<Option<String>, String> {
        let Some(&(index, track)) = renditions.first() else { return Ok(None) };
        let Some((wide, high)) = jpeg::size(image) else { return Ok(Some("is no JPEG".into())) };
        let Some(shown) = crate::hls::shown_size(track) else { return Ok(None) };
        if !same_shape((wide.into(), high.into()), shown) {
            return Ok(Some(format!("{wide}x{high}, the video is shaped as {}:{}", shown.0, shown.1)));
        }
        let Some((run, wanted)) = self.from(index, wanted) else { return Ok(None) };
        let (bounds, size) = (&self.proof.bounds, Size::like(SIDE, shown.0, shown.1));
        let eye = Eye { ffmpeg: &self.proof.ffmpeg, bounds, size, slack: 0, taken: Taken::Whole, care: Care::Whole };
        let Some(poster) = eye.image(image)? else { return Ok(Some("cannot be decoded".into())) };
        let (fed, mut tones) = (AtomicU64::new(0), Vec::new());
        let feed = |to| run.feed(self.title.store, &(), &fed, to);
        eye.rendition(wanted, feed, |_, frame| {
            tones.extend(resembles(&frame, &poster).then(|| same_tones(&frame, &poster)));
        })?;
        let other = !tones.is_empty() && !tones.contains(&true);
        Ok(other.then(|| "has other colours than the frames of the title that it shows".into()))
    }

    /// The fault in its lines, if any.
    fn poster_lines(
        &self,
        source: &Source<'_>,
        image: &[u8],
        renditions: &[(usize, &Track)],
        wanted: Wanted,
    ) -> Result<Option<String>, String> {
        let Some(size) = jpeg::size(image) else { return Ok(None) };
        let as_large =
            |(_, track): &&(usize, &Track)| crate::hls::shown_size(track) == Some((size.0.into(), size.1.into()));
        let Some(&(index, _)) = renditions.iter().find(as_large) else { return Ok(None) };
        if self.proof.asked.fields || !source.video.may_have_fields(size.1) {
            return Ok(None);
        }
        let glass = Glass { ffmpeg: &self.proof.ffmpeg, bounds: &self.proof.bounds, size };
        let lines = Lines::new(size.1, source.video.lines());
        let combed = |frames: &[Grey]| frames.iter().map(|frame| lines.combed(frame)).max().unwrap_or(0);
        let own = combed(&glass.image(image)?);
        if own < COMBED {
            return Ok(None);
        }
        let Some((run, wanted)) = self.from(index, wanted) else { return Ok(None) };
        let fed = AtomicU64::new(0);
        let theirs = combed(&glass.frames(wanted, |to| run.feed(self.title.store, &(), &fed, to))?);
        Ok((own > FEWER * theirs).then(|| "shows two moments at once, where the title's frames do not".into()))
    }

    /// The part of a track's run that has the frames `wanted` of the presentation, and the same on its media's clock.
    fn from(&self, index: usize, wanted: Wanted) -> Option<(Run, Wanted)> {
        let (run, track) = (self.run(index)?, self.title.measured.tracks.get(index)?);
        let Wanted::From { first, count } = wanted else { return None };
        let first = first + run.shift;
        let scale = track.timescale()?;
        let begins = |segment: usize| {
            let fragment = track.segments.get(segment)?.fragments().first()?;
            Some(signed_ticks(fragment.earliest, scale))
        };
        let before = (0..run.segments.len()).take_while(|&at| begins(at).is_some_and(|begins| begins <= first));
        Some((run.behind(before.last().unwrap_or(0)), Wanted::From { first, count }))
    }
}

/// True if two sizes have one shape, but for rounding to even numbers.
fn same_shape((wide, high): (u64, u64), (width, height): (u64, u64)) -> bool {
    let (own, expected) = (wide * height, high * width);
    own.abs_diff(expected) <= (expected / 100).max(2 * width.max(height))
}

#[cfg(test)]
mod tests {
    use super::same_shape;

    #[test]
    fn shapes_are_the_same_but_for_rounding() {
        assert!(same_shape((1280, 720), (426, 240)) && same_shape((406, 720), (136, 240)));
        assert!(!same_shape((720, 576), (1024, 576)) && !same_shape((320, 180), (180, 320)));
    }
}
