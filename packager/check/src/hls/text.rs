//! Subtitle renditions: cues in their segments, over boundaries, and the forced ones in the regular track.

use std::collections::HashSet;

use super::Hls;
use crate::media::text::{Cue, Vtt};
use crate::media::track::{Content, MediaKind, Track};
use crate::report::rules::text as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show};
use crate::syntax::m3u8::media::MediaPlaylist;
use crate::syntax::m3u8::multivariant::{Multivariant, Rendition, RenditionKind};

/// A cue may touch a boundary by this much without standing on both sides.
const SLACK: i64 = 100_000_000;

/// Judges the text tracks of a presentation.
pub(super) fn judge(hls: &Hls, tracks: &[Track], findings: &mut Findings) {
    let with_track = |l: &'_ super::Loaded| l.track.and_then(|t| tracks.get(t));
    let start = hls.regular().filter_map(with_track).filter(|t| t.kind() == MediaKind::Video).find_map(start_of);
    for loaded in hls.regular() {
        if let Some(track) = with_track(loaded).filter(|t| t.kind() == MediaKind::Text) {
            cues(&loaded.playlist, track, start, findings);
        }
    }
    if let Some(multivariant) = &hls.multivariant {
        forced(hls, multivariant, tracks, findings);
    }
}

/// Nanoseconds of media time at which a track starts.
fn start_of(track: &Track) -> Option<i64> {
    let ts = || match track.segments.first()?.content {
        Content::Ts(facts) => i64::try_from(crate::syntax::decimal::ticks(facts.first?, 90_000)).ok(),
        _ => None,
    };
    track.starts_at().or_else(ts)
}

fn vtt(segment: Option<&crate::media::track::Segment>) -> Option<&Vtt> {
    if let Content::Text(vtt) = &segment?.content { Some(vtt) } else { None }
}

/// Each cue lies in its segment's time; one that goes on beyond it stands in the next segment too.
fn cues(playlist: &MediaPlaylist, track: &Track, start: Option<i64>, findings: &mut Findings) {
    let mut from = 0i64;
    for (index, segment) in playlist.segments.iter().enumerate() {
        let to = from.saturating_add(i64::try_from(segment.duration).unwrap_or(i64::MAX));
        let (Some(own), next) = (vtt(track.segments.get(index)), vtt(track.segments.get(index + 1))) else { return };
        // Where no video tells when the presentation starts, cue times are taken as they are.
        let shift = start.map_or(0, |start| own.shift().saturating_sub(start));
        let at = |t: u64| i64::try_from(t).unwrap_or(i64::MAX).saturating_add(shift);
        for cue in &own.cues {
            let place = || Place { line: Some(cue.line), ..Place::segment(&track.name, index) };
            if at(cue.end) < from - SLACK || at(cue.start) > to.saturating_add(SLACK) {
                let text = format!(
                    "a cue from {} to {} in the segment from {} to {}",
                    show(cue.start),
                    show(cue.end),
                    show(from.unsigned_abs()),
                    show(to.unsigned_abs())
                );
                findings.add(&rules::CUE_PLACE, place(), text);
            } else if at(cue.end) > to.saturating_add(SLACK) && next.is_some_and(|next| !repeats(next, cue)) {
                let text = format!("a cue goes on to {}, the next segment does not have it", show(cue.end));
                findings.add(&rules::CUE_BOUNDARY, place(), text);
            }
        }
        from = to;
    }
}

/// True if `next` has the cue: the same text at an overlapping time.
fn repeats(next: &Vtt, cue: &Cue) -> bool {
    next.cues.iter().any(|c| c.text == cue.text && c.start <= cue.end && c.end >= cue.start)
}

fn forced(hls: &Hls, multivariant: &Multivariant, tracks: &[Track], findings: &mut Findings) {
    let subtitles = || multivariant.renditions.iter().filter(|r| r.kind == RenditionKind::Subtitles);
    let cues = |rendition: &Rendition| -> HashSet<(u64, &str)> {
        let track = hls.at(rendition.url.as_ref()).and_then(|l| tracks.get(l.track?));
        let files = track.map(|t| t.segments.as_slice()).unwrap_or_default().iter().filter_map(|s| vtt(Some(s)));
        // Times to the tenth of a second: one track may round otherwise.
        files
            .flat_map(|v| &v.cues)
            .map(|c| (c.start.saturating_add(SECOND / 20) / (SECOND / 10), c.text.as_str()))
            .collect()
    };
    for rendition in subtitles().filter(|r| r.forced == Some(true)) {
        let regular = subtitles().find(|r| r.forced != Some(true) && r.language == rendition.language);
        let Some(regular) = regular else { continue };
        let all = cues(regular);
        let lost = cues(rendition).difference(&all).count();
        if lost > 0 && !all.is_empty() {
            let text = format!("'{}' lacks {lost} cues of the forced track '{}'", regular.name, rendition.name);
            findings.add(&rules::FORCED, Place::line(&multivariant.name, regular.line), text);
        }
    }
}
