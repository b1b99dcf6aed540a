//! A media playlist against its segments.

use std::collections::HashSet;

use crate::media::track::{Content, MediaKind, Track};
use crate::report::rules::hls as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, ticks};
use crate::syntax::m3u8::media::{Kind, MediaPlaylist};
use crate::syntax::m3u8::multivariant::Multivariant;

/// Judges `playlist`; `track` is what it names, measured.
pub(super) fn judge(
    playlist: &MediaPlaylist,
    track: Option<&Track>,
    multivariant: Option<&Multivariant>,
    findings: &mut Findings,
) {
    durations(playlist, findings);
    kind(playlist, findings);
    window(playlist, findings);
    repeated(playlist, findings);
    let Some(track) = track else { return };
    map(playlist, track, findings);
    extinf(playlist, track, findings);
    transport_times(playlist, track, findings);
    independent(playlist, track, multivariant, findings);
}

fn durations(playlist: &MediaPlaylist, findings: &mut Findings) {
    let Some(target) = playlist.target else { return };
    let target_nanos = target.saturating_mul(SECOND);
    for (index, segment) in playlist.segments.iter().enumerate() {
        let place = || Place { segment: Some(index + 1), ..Place::line(&playlist.name, segment.line) };
        let rounded = segment.duration.saturating_add(SECOND / 2) / SECOND;
        if rounded > target {
            let text =
                format!("EXTINF {} rounds to {rounded}, the target duration is {target}", show(segment.duration));
            findings.add(&rules::TARGET, place(), text);
        }
        if segment.duration > target_nanos.saturating_add(SECOND / 2) {
            let text = format!("EXTINF {}, the target duration is {target} s", show(segment.duration));
            findings.add(&rules::OVERLONG, place(), text);
        }
    }
    let whole = playlist.duration();
    if target != 6 && whole > 6 * SECOND && !playlist.iframes_only {
        let text = format!("the target duration is {target} s, expected 6");
        findings.add(&rules::TARGET_SIX, Place::file(&playlist.name), text);
    }
}

fn kind(playlist: &MediaPlaylist, findings: &mut Findings) {
    let message = match (playlist.kind, playlist.ended) {
        (Some(Kind::Vod), false) => "says EXT-X-PLAYLIST-TYPE:VOD and has no EXT-X-ENDLIST",
        (None, true) => "has EXT-X-ENDLIST and no EXT-X-PLAYLIST-TYPE:VOD",
        (Some(Kind::Vod | Kind::Event), true) | (Some(Kind::Event) | None, false) => return,
    };
    findings.add(&rules::TYPE, Place::file(&playlist.name), message);
}

/// §6.2.2: no segment may be removed when that leaves less than three target durations. At a stream's start, before
/// anything was removed, there may be less.
fn window(playlist: &MediaPlaylist, findings: &mut Findings) {
    let Some(target) =
        playlist.target.filter(|_| !playlist.finished() && playlist.skipped == 0 && playlist.sequence > 0)
    else {
        return;
    };
    let (lasts, expected) = (playlist.duration(), target.saturating_mul(3 * SECOND));
    if lasts < expected && playlist.kind.is_none() {
        let text = format!("a live playlist lasts {}, expected at least {}", show(lasts), show(expected));
        findings.add(&rules::LIVE_WINDOW, Place::file(&playlist.name), text);
    }
}

fn repeated(playlist: &MediaPlaylist, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (index, segment) in playlist.segments.iter().enumerate() {
        if !segment.gap && !seen.insert(&segment.resource) {
            let place = Place { segment: Some(index + 1), ..Place::line(&playlist.name, segment.line) };
            findings.add(&rules::SEGMENT_TWICE, place, "the same file and range stood before");
        }
    }
}

fn map(playlist: &MediaPlaylist, track: &Track, findings: &mut Findings) {
    for (index, (segment, measured)) in playlist.segments.iter().zip(&track.segments).enumerate() {
        let path = segment.resource.url.path();
        let is_mp4 = [".m4s", ".mp4", ".m4v", ".m4a", ".cmfv", ".cmfa", ".cmft"].iter().any(|e| path.ends_with(e));
        if segment.map.is_none() && is_mp4 && matches!(measured.content, Content::Unknown) {
            findings.add(&rules::MAP_MISSING, Place::segment(&playlist.name, index), "no EXT-X-MAP stands before it");
            return;
        }
    }
}

/// Apple 8.1: over any run from i to j, the EXTINFs' sum and the media's differ by D(j) − D(i), where D is the
/// difference up to a segment; the worst run lies between D's smallest and its largest value.
fn extinf(playlist: &MediaPlaylist, track: &Track, findings: &mut Findings) {
    let (Some(timescale), Some(frame)) = (track.timescale(), track.sample_ticks()) else { return };
    let frame = i128::from(ticks(frame, timescale)) + 1_000;
    // Samples that an edit list takes from the first segment (an encoder's priming) are not presented; some count them.
    // A video edit list only undoes the composition offsets: it takes no picture away.
    let audio = track.track().filter(|_| track.kind() == MediaKind::Audio);
    let priming = audio.and_then(|t| u64::try_from(t.edit_shift()).ok()).unwrap_or(0);
    let apart = |unheard| first_apart(playlist, track, timescale, unheard, frame);
    let (Some(found), Some(_)) = (apart(priming), apart(0)) else { return };
    let text = format!(
        "EXTINF {}, the media lasts {}; over a run of segments up to here the sums differ by {}, expected at most one \
         frame ({})",
        show(found.declared),
        show(found.measured),
        show(u64::try_from(found.spread).unwrap_or(u64::MAX)),
        show(u64::try_from(frame - 1_000).unwrap_or(0)),
    );
    let place = Place { segment: Some(found.index + 1), ..Place::line(&playlist.name, found.line) };
    findings.add(&rules::EXTINF_TRUE, place, text);
}

/// The segment at which a playlist and its media have come apart. Times in nanoseconds.
struct Apart {
    index: usize,
    line: u32,
    declared: u64,
    measured: u64,
    spread: i128,
}

/// The first segment up to which some run's sums differ by more than `most` nanoseconds, when `unheard` ticks of the
/// first segment do not count.
fn first_apart(playlist: &MediaPlaylist, track: &Track, timescale: u32, unheard: u64, most: i128) -> Option<Apart> {
    let (mut declared, mut measured, mut unheard) = (0i128, 0u64, unheard);
    let (mut low, mut high) = (0i128, 0i128);
    for (index, (segment, media)) in playlist.segments.iter().zip(&track.segments).enumerate() {
        let (_, whole) = media.span()?;
        let duration = whole.saturating_sub(std::mem::take(&mut unheard));
        declared += i128::from(segment.duration);
        measured = measured.saturating_add(duration);
        let difference = declared - i128::from(ticks(measured, timescale));
        (low, high) = (low.min(difference), high.max(difference));
        if high - low > most {
            let measured = ticks(duration, timescale);
            return Some(Apart { index, line: segment.line, declared: segment.duration, measured, spread: high - low });
        }
    }
    None
}

/// Transport streams: each segment's first time against the sum of EXTINF, over the 33-bit clock's wrap.
fn transport_times(playlist: &MediaPlaylist, track: &Track, findings: &mut Findings) {
    const WRAP: u64 = 1 << 33;
    let mut origin: Option<u64> = None;
    let mut sum = 0u64;
    for (index, (segment, measured)) in playlist.segments.iter().zip(&track.segments).enumerate() {
        let Content::Ts(facts) = measured.content else { return };
        if segment.discontinuity {
            origin = None;
        }
        let Some(first) = facts.first else { return };
        let expected = u64::try_from(u128::from(sum) * 90_000 / u128::from(SECOND)).unwrap_or(u64::MAX);
        let start = *origin.get_or_insert(first.wrapping_sub(expected) % WRAP);
        let elapsed = (first + WRAP - start) % WRAP;
        let off = elapsed.abs_diff(expected % WRAP).min(WRAP - elapsed.abs_diff(expected % WRAP));
        if off > 45_000 {
            let text = format!("starts {} from where the EXTINF before it say", show(ticks(off, 90_000)));
            findings.add(&crate::report::rules::media::TS_DURATION, Place::segment(&playlist.name, index), text);
            return;
        }
        sum = sum.saturating_add(segment.duration);
    }
}

fn independent(playlist: &MediaPlaylist, track: &Track, multivariant: Option<&Multivariant>, findings: &mut Findings) {
    if track.kind() != MediaKind::Video {
        return;
    }
    let first = |s: &crate::media::track::Segment| s.fragments().first().is_some_and(|f| !f.sync);
    let broken = track.segments.iter().position(first);
    let claimed = playlist.independent || multivariant.is_some_and(|m| m.independent);
    match (claimed, broken) {
        (true, Some(index)) => {
            let text = "does not start with a sync sample, EXT-X-INDEPENDENT-SEGMENTS says that each does";
            findings.add(&rules::INDEPENDENT_TRUE, Place::segment(&playlist.name, index), text);
        }
        (false, None) => {
            let text = "EXT-X-INDEPENDENT-SEGMENTS is missing, though each segment starts with a sync sample";
            findings.add(&rules::INDEPENDENT, Place::file(&playlist.name), text);
        }
        _ => {}
    }
}
