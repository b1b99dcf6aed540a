//! I-frame playlists.

use std::collections::HashMap;

use url::Url;

use super::Hls;
use crate::fetch::{Resource, Store};
use crate::media::isobmff::segment::Fragment;
use crate::media::track::{MediaKind, Track};
use crate::report::rules::hls as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, ticks};
use crate::syntax::m3u8::media::{MediaPlaylist, SegmentRef};
use crate::syntax::m3u8::multivariant::{Multivariant, Variant};

/// Fragments of files, by URL and byte.
type Known<'a> = HashMap<(&'a Url, u64), (&'a Fragment, u32)>;

/// Judges an I-frame playlist against the fragments of the tracks that it points into.
pub(super) fn judge_playlist(
    store: &dyn Store,
    hls: &Hls,
    playlist: &MediaPlaylist,
    tracks: &[Track],
    findings: &mut Findings,
) {
    let known = fragments_of(hls, playlist, tracks);
    let mut times: Vec<Option<(u64, u32)>> = Vec::new();
    for (index, segment) in playlist.segments.iter().enumerate() {
        let place = || Place { segment: Some(index + 1), ..Place::line(&playlist.name, segment.line) };
        let start = segment.resource.start();
        match known.get(&(&segment.resource.url, start)) {
            Some(&(fragment, scale)) => {
                judge_range(segment, fragment, &place(), findings);
                times.push(Some((fragment.time, scale)));
            }
            None => {
                if !segment.encrypted && segment.map.is_some() && !starts_with_moof(store, &segment.resource) {
                    let text = format!("byte {start} of {} is no moof", super::show(&segment.resource.url));
                    findings.add(&rules::IFRAME_RANGE, place(), text);
                }
                times.push(None);
            }
        }
        if segment.duration > SECOND + SECOND / 10 && index == 0 {
            let text = format!("the first I-frame lasts {}, expected one each second", show(segment.duration));
            findings.add(&rules::IFRAME_SECOND, place(), text);
        }
    }
    judge_times(playlist, &times, findings);
}

/// The fragments of all tracks that have a file in common with `playlist`.
fn fragments_of<'a>(hls: &'a Hls, playlist: &MediaPlaylist, tracks: &'a [Track]) -> Known<'a> {
    let Some(first) = playlist.segments.first() else { return Known::new() };
    let mut known = Known::new();
    for loaded in hls.regular() {
        let Some(track) = loaded.track.and_then(|t| tracks.get(t)) else { continue };
        let Some(scale) = track.timescale() else { continue };
        if !loaded.playlist.segments.iter().any(|s| s.resource.url == first.resource.url) {
            continue;
        }
        for (segment, measured) in loaded.playlist.segments.iter().zip(&track.segments) {
            known.extend(measured.fragments().iter().map(|f| ((&segment.resource.url, f.offset), (f, scale))));
        }
    }
    known
}

fn judge_range(segment: &SegmentRef, fragment: &Fragment, place: &Place, findings: &mut Findings) {
    if !fragment.sync {
        findings.add(&rules::IFRAME_SYNC, place.clone(), "the fragment does not start with a sync sample");
    }
    let Some(range) = segment.resource.range else { return };
    let end = range.start.saturating_add(range.length);
    if end < fragment.first_sample_end {
        let text = format!("the range ends at byte {end}, the picture at {}", fragment.first_sample_end);
        findings.add(&rules::IFRAME_WHOLE, place.clone(), text);
    }
}

fn starts_with_moof(store: &dyn Store, resource: &Resource) -> bool {
    let mut head = [0u8; 8];
    let opened = store.open(resource).and_then(|mut input| input.fill(&mut head));
    // Another rule reports a resource that cannot be read; styp, sidx and emsg may stand before a moof in a whole file.
    opened.is_err() || (head[4..] == *b"moof") || (resource.range.is_none() && head[4..] != *b"mdat")
}

/// EXTINF of each is the time to the next; the last one's end is not known here.
fn judge_times(playlist: &MediaPlaylist, times: &[Option<(u64, u32)>], findings: &mut Findings) {
    for (index, (segment, pair)) in playlist.segments.iter().zip(times.windows(2)).enumerate() {
        let [Some((time, scale)), Some((next, _))] = *pair else { continue };
        let place = Place { segment: Some(index + 1), ..Place::line(&playlist.name, segment.line) };
        let Some(distance) = next.checked_sub(time) else {
            findings.add(&rules::IFRAME_TIMES, place, "the next I-frame is earlier than this one");
            continue;
        };
        let distance = ticks(distance, scale);
        // A frame at 24 a second, the slowest rate in use.
        if distance.abs_diff(segment.duration) > SECOND / 24 {
            let text = format!("EXTINF {}, the next I-frame is {} later", show(segment.duration), show(distance));
            findings.add(&rules::IFRAME_TIMES, place, text);
        }
    }
}

/// Judges what the multivariant playlist says of I-frame streams.
pub(super) fn judge_streams(hls: &Hls, multivariant: &Multivariant, tracks: &[Track], findings: &mut Findings) {
    let finished = hls.regular().all(|l| l.playlist.finished());
    let video =
        hls.regular().find_map(|l| l.track.and_then(|t| tracks.get(t)).filter(|t| t.kind() == MediaKind::Video));
    if multivariant.iframes.is_empty() && finished && video.is_some() {
        let text = "has video and no EXT-X-I-FRAME-STREAM-INF";
        findings.add(&rules::IFRAMES, Place::file(&multivariant.name), text);
    }
    for variant in &multivariant.variants {
        if hls.at(variant.url.as_ref()).is_some_and(|l| l.playlist.iframes_only) {
            let text = "EXT-X-STREAM-INF leads to a playlist with EXT-X-I-FRAMES-ONLY";
            findings.add(&rules::IFRAMES_ONLY, Place::line(&multivariant.name, variant.line), text);
        }
    }
    for stream in &multivariant.iframes {
        judge_stream(hls, multivariant, stream, findings);
    }
}

fn judge_stream(hls: &Hls, multivariant: &Multivariant, stream: &Variant, findings: &mut Findings) {
    let place = || Place::line(&multivariant.name, stream.line);
    let foreign = [
        ("FRAME-RATE", &stream.frame_rate),
        ("AUDIO", &stream.audio),
        ("SUBTITLES", &stream.subtitles),
        ("CLOSED-CAPTIONS", &stream.captions),
    ];
    for (name, _) in foreign.iter().filter(|(_, value)| value.is_some()) {
        findings.add(&rules::IFRAME_RATE_ATTRIBUTE, place(), format!("has {name}"));
    }
    let Some(loaded) = hls.at(stream.url.as_ref()) else { return };
    if !loaded.playlist.iframes_only {
        findings.add(&rules::IFRAMES_ONLY, place(), format!("{} has no EXT-X-I-FRAMES-ONLY", loaded.playlist.name));
        return;
    }
    let source = source_of(hls, multivariant, &loaded.playlist);
    if let Some((variant, video)) = source {
        let codec = |v: &Variant| v.codecs.as_ref().and_then(|c| c.split(',').next()).map(str::to_owned);
        if stream.codecs.is_some() && stream.codecs != codec(variant) {
            let of = |c: Option<String>| c.unwrap_or_else(|| "nothing".into());
            let text = format!("CODECS is {}, the video is {}", of(stream.codecs.clone()), of(codec(variant)));
            findings.add(&rules::IFRAME_CODECS, place(), text);
        }
        if let Some((own, other)) = stream.resolution.zip(variant.resolution).filter(|(a, b)| a != b) {
            let text = format!("RESOLUTION is {}x{}, the video's is {}x{}", own.0, own.1, other.0, other.1);
            findings.add(&rules::IFRAME_CODECS, place(), text);
        }
        total(&loaded.playlist, video, findings);
    }
    bandwidth(stream, &loaded.playlist, &place(), findings);
}

/// The variant whose files an I-frame playlist points into.
fn source_of<'a>(
    hls: &'a Hls,
    multivariant: &'a Multivariant,
    iframes: &MediaPlaylist,
) -> Option<(&'a Variant, &'a MediaPlaylist)> {
    let first = &iframes.segments.first()?.resource.url;
    multivariant.variants.iter().find_map(|v| {
        let playlist = &hls.at(v.url.as_ref())?.playlist;
        playlist.segments.iter().any(|s| s.resource.url == *first).then_some((v, playlist))
    })
}

fn total(iframes: &MediaPlaylist, video: &MediaPlaylist, findings: &mut Findings) {
    let (own, other) = (iframes.duration(), video.duration());
    if own.abs_diff(other) > SECOND / 10 {
        let text = format!("lasts {}, its video lasts {}", show(own), show(other));
        findings.add(&rules::IFRAME_TIMES, Place::file(&iframes.name), text);
    }
}

fn bandwidth(stream: &Variant, playlist: &MediaPlaylist, place: &Place, findings: &mut Findings) {
    let segments: Option<Vec<(u64, u64)>> =
        playlist.segments.iter().map(|s| Some((s.resource.range?.length, s.duration))).collect();
    let measured = segments.zip(playlist.target).and_then(|(s, t)| super::rates::measure(&s, t.saturating_mul(SECOND)));
    let (Some(declared), Some(measured)) = (stream.bandwidth, measured) else { return };
    let rule = &rules::IFRAME_BANDWIDTH_LOW;
    super::rates::compare(
        [rule, rule, &rules::BANDWIDTH_EXACT],
        ("BANDWIDTH", declared, "peak", measured.peak),
        place,
        findings,
    );
}
