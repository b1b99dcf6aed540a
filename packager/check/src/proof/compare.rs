//! The order of the comparison: what can be told without looking, then the pictures, then the sound.

use super::Proof;
use super::Title;
use super::facts::Source;
use super::picture::eye::Taken;
use super::source::probe::Described;
use super::source::reading::Laid;
use crate::agreement::source::presented;
use crate::decode::run::{Run, runs};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::show_signed;

/// A title, its source, and what judges them.
pub(crate) struct Compare<'a> {
    pub(crate) proof: &'a Proof,
    pub(crate) title: Title<'a>,
    pub(crate) described: &'a Described,
    pub(crate) sound: &'a [Laid],
}

impl Compare<'_> {
    pub(crate) fn of_kind(&self, kind: MediaKind) -> impl Iterator<Item = (usize, &Track)> {
        self.title.measured.tracks.iter().enumerate().filter(move |(_, track)| track.kind() == kind)
    }

    /// The only run of a track.
    pub(crate) fn run(&self, index: usize) -> Option<Run> {
        let track = self.title.measured.tracks.get(index)?;
        let mut runs = runs(self.title.measured.refs.get(index)?, track);
        runs.pop().filter(|_| runs.is_empty())
    }

    pub(crate) fn video(&self, source: &Source<'_>, findings: &mut Findings) {
        for (_, track) in self.of_kind(MediaKind::Video) {
            source.judge(track, findings);
        }
        source.account(self.title.measured.tracks, self.title.warnings, self.title.whole, findings);
        let mut renditions: Vec<(usize, &Track)> = self.of_kind(MediaKind::Video).collect();
        renditions.sort_by_key(|(_, track)| crate::hls::shown_size(track));
        let (Some(least), Some(best)) = (renditions.first(), renditions.last()) else { return };
        let Some(extent) = presented(least.1) else { return };
        let length = extent.length();
        let usual = if source.video.is_of_fields() { Taken::ByField } else { Taken::Whole };
        let mut told = self.pictures(source, *least, extent, usual);
        // The least costs least to look at. Where it is too poor to be known again, the best one speaks for all: they are
        // made of the same pictures.
        if told.first().is_some() && best.0 != least.0 {
            told = self.pictures(source, *best, extent, usual);
        }
        if told.first().is_some() && source.video.may_have_fields(source.video.lines()) {
            let other = self.pictures(source, *best, extent, usual.other());
            told = if other.first().is_none() { other } else { told };
        }
        if told.first().is_some() && self.described.format.format_name == "mpegts" {
            let other = self.pictures(source, *best, extent, Taken::EachShape);
            told = if other.first().is_none() { other } else { told };
        }
        findings.absorb_unless(told, |_| false);
        self.motion(source, *best, findings);
        self.poster(source, &renditions, extent, findings);
        let steady = std::iter::once(source.picture).chain(source.sound).all(|laid| laid.stretches.len() <= 1);
        self.listen((extent, source.origin(length)), steady, findings);
    }

    /// A title without a picture, or a source without one.
    pub(crate) fn audio_alone(&self, findings: &mut Findings) {
        let Some(extent) = self.of_kind(MediaKind::Audio).find_map(|(_, track)| presented(track)) else { return };
        let origin = self.sound.iter().filter_map(Laid::start).min().unwrap_or(0);
        let end = self.sound.iter().filter_map(Laid::end).max().unwrap_or(0);
        if (end - origin).abs_diff(extent.length()) > 150_000_000 {
            let text = format!("lasts {}, the source {}", show_signed(extent.length()), show_signed(end - origin));
            findings.add(&rules::DURATION, Place::file(self.title.whole), text);
        }
        let steady = self.sound.iter().all(|laid| laid.stretches.len() <= 1);
        self.listen((extent, origin), steady, findings);
    }
}
