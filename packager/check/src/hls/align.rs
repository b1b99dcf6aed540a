//! Playlists against each other: durations, starts, boundaries.

use super::{Hls, Loaded};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::{hls as rules, media as media_rules, text as text_rules};
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, show_signed, signed_ticks, ticks};
use crate::syntax::m3u8::multivariant::Multivariant;

/// Judges all regular playlists of a presentation together.
pub(super) fn judge(hls: &Hls, tracks: &[Track], findings: &mut Findings) {
    let all: Vec<(&Loaded, &Track)> =
        hls.regular().filter_map(|l| l.track.and_then(|t| tracks.get(t)).map(|t| (l, t))).collect();
    if hls.multivariant.is_some() {
        totals(&all, findings);
        discontinuities(&all, findings);
        starts(&all, findings);
        coverage(hls.multivariant.as_ref(), &all, findings);
    }
    let video: Vec<&Track> = all.iter().map(|(_, t)| *t).filter(|t| t.kind() == MediaKind::Video).collect();
    boundaries(&video, findings);
    let audio = all.iter().map(|(_, t)| *t).filter(|t| t.kind() == MediaKind::Audio);
    for audio in audio {
        if let Some(video) = video.first() {
            audio_grid(video, audio, findings);
        }
    }
}

fn is_text(track: &Track) -> bool {
    track.kind() == MediaKind::Text
}

fn totals(all: &[(&Loaded, &Track)], findings: &mut Findings) {
    let media: Vec<_> = all.iter().filter(|(l, t)| !is_text(t) && l.playlist.finished()).collect();
    let Some((first, first_track)) = media.first() else { return };
    for (loaded, track) in &media[1..] {
        let place = || Place::file(&loaded.playlist.name);
        if loaded.playlist.target != first.playlist.target {
            let show = |t: Option<u64>| t.map_or("none".to_owned(), |t| t.to_string());
            let (own, other) = (show(loaded.playlist.target), show(first.playlist.target));
            let text = format!("target duration {own}, {} has {other}", first.playlist.name);
            findings.add(&rules::SAME_TARGET, place(), text);
        }
        let (own, other) = (loaded.playlist.duration(), first.playlist.duration());
        let frame = |t: &Track| t.sample_ticks().zip(t.timescale()).map_or(0, |(s, scale)| ticks(s, scale));
        let close = frame(track) + frame(first_track) + 1_000_000;
        let off = own.abs_diff(other);
        let text =
            || format!("lasts {}, {} lasts {}: {} apart", show(own), first.playlist.name, show(other), show(off));
        if off > SECOND / 2 {
            findings.add(&rules::SAME_TOTAL, place(), text());
        } else if off > close {
            findings.add(&rules::SAME_TOTAL_CLOSE, place(), text());
        }
    }
}

/// Times of discontinuities must agree within half a second.
fn discontinuities(all: &[(&Loaded, &Track)], findings: &mut Findings) {
    let times = |l: &Loaded| -> Vec<u64> {
        let mut sum = 0u64;
        let mut found = Vec::new();
        for segment in &l.playlist.segments {
            if segment.discontinuity {
                found.push(sum);
            }
            sum = sum.saturating_add(segment.duration);
        }
        found
    };
    let finished: Vec<&Loaded> = all.iter().map(|(l, _)| *l).filter(|l| l.playlist.finished()).collect();
    let Some(first) = finished.first() else { return };
    let expected = times(first);
    for loaded in &finished[1..] {
        let own = times(loaded);
        if own.len() != expected.len() || own.iter().zip(&expected).any(|(a, b)| a.abs_diff(*b) > SECOND / 2) {
            let text = format!("{} discontinuities, {} has {}", own.len(), first.playlist.name, expected.len());
            findings.add(&rules::DISCONTINUITIES, Place::file(&loaded.playlist.name), text);
        }
    }
}

fn starts(all: &[(&Loaded, &Track)], findings: &mut Findings) {
    let mut starts = all.iter().filter(|(l, _)| l.playlist.finished()).filter_map(|(l, t)| Some((l, t.starts_at()?)));
    let Some((first, expected)) = starts.next() else { return };
    for (loaded, start) in starts {
        let off = start.abs_diff(expected);
        if off > SECOND / 10 {
            let text = format!(
                "starts at {}, {} at {}: {} apart",
                show_signed(start),
                first.playlist.name,
                show_signed(expected),
                show(off)
            );
            findings.add(&rules::SAME_START, Place::file(&loaded.playlist.name), text);
        }
    }
}

/// Apple 5.5.
fn coverage(multivariant: Option<&Multivariant>, all: &[(&Loaded, &Track)], findings: &mut Findings) {
    if multivariant.is_none() {
        return;
    }
    let longest = all.iter().filter(|(l, t)| !is_text(t) && l.playlist.finished()).map(|(l, _)| l.playlist.duration());
    let Some(longest) = longest.max() else { return };
    for (loaded, _) in all.iter().filter(|(l, t)| is_text(t) && l.playlist.finished()) {
        let own = loaded.playlist.duration();
        if own.saturating_add(SECOND / 2) < longest {
            let text = format!("lasts {}, the media last {}", show(own), show(longest));
            findings.add(&text_rules::COVERAGE, Place::file(&loaded.playlist.name), text);
        }
    }
}

/// Start of each segment as presented, relative to the track's edit list: ticks.
fn starts_of(track: &Track) -> Option<Vec<i64>> {
    let shift = track.track()?.edit_shift();
    track.segments.iter().map(|s| Some(s.fragments().first()?.earliest.saturating_sub(shift))).collect()
}

/// Segments of all video renditions start at the same instants, compared as fractions.
pub(crate) fn boundaries(video: &[&Track], findings: &mut Findings) {
    let Some((first, rest)) = video.split_first() else { return };
    let (Some(expected), Some(scale)) = (starts_of(first), first.timescale()) else { return };
    for track in rest {
        let (Some(own), Some(own_scale)) = (starts_of(track), track.timescale()) else { continue };
        let differs =
            |(a, b): (&i64, &i64)| i128::from(*a) * i128::from(scale) != i128::from(*b) * i128::from(own_scale);
        if let Some(index) = own.iter().zip(&expected).position(differs) {
            let at = |list: &[i64], scale: u32| show_signed(signed_ticks(list.get(index).copied().unwrap_or(0), scale));
            let text = format!("starts at {}, in {} at {}", at(&own, own_scale), first.name, at(&expected, scale));
            findings.add(&media_rules::ALIGNED, Place::segment(&track.name, index), text);
        } else if own.len() != expected.len() {
            let text = format!("has {} segments, {} has {}", own.len(), first.name, expected.len());
            findings.add(&media_rules::ALIGNED, Place::file(&track.name), text);
        }
    }
}

fn audio_grid(video: &Track, audio: &Track, findings: &mut Findings) {
    let nanos = |t: &Track| -> Option<Vec<i64>> {
        let scale = t.timescale()?;
        Some(starts_of(t)?.iter().map(|&s| signed_ticks(s, scale)).collect())
    };
    let (Some(expected), Some(own)) = (nanos(video), nanos(audio)) else { return };
    let frame = |t: &Track| t.sample_ticks().zip(t.timescale()).map_or(0, |(s, scale)| ticks(s, scale));
    // The first one may start earlier by the priming.
    let allowed = frame(audio) + 1_000_000;
    let off = own.iter().zip(&expected).enumerate().skip(1).find(|(_, (a, b))| a.abs_diff(**b) > allowed);
    if let Some((index, (own, expected))) = off {
        let text = format!("starts at {}, video at {}", show_signed(*own), show_signed(*expected));
        findings.add(&media_rules::AUDIO_GRID, Place::segment(&audio.name, index), text);
    }
}
