//! Rules on a measured track by itself.

use crate::media::isobmff::init::TrackInit;
use crate::media::isobmff::sample_entry::{AudioConfig, EntryKind};
use crate::media::track::{Content, MediaKind, Track};
use crate::report::rules::{init as init_rules, media as rules, text as text_rules};
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, ticks};

/// Judges `track`.
pub(crate) fn judge(track: &Track, findings: &mut Findings) {
    short_segments(track, findings);
    match track.kind() {
        MediaKind::Video => video(track, findings),
        MediaKind::Audio => priming(track, findings),
        MediaKind::Text => text(track, findings),
        MediaKind::Other => {}
    }
}

fn short_segments(track: &Track, findings: &mut Findings) {
    let Some(scale) = track.timescale().filter(|_| track.segments.len() > 1) else { return };
    for (index, segment) in track.segments.iter().enumerate() {
        let Some((_, duration)) = segment.span() else { continue };
        let duration = ticks(duration, scale);
        // An audio segment beside one of exactly a second may be a frame shorter.
        if duration < SECOND - SECOND / 20 {
            let text = format!("lasts {}, expected at least 1 s", show(duration));
            findings.add(&rules::SHORT, Place::segment(&track.name, index), text);
        }
    }
}

fn video(track: &Track, findings: &mut Findings) {
    let Some(scale) = track.timescale() else { return };
    if let Some(longest) = track.longest {
        let time = ticks(longest.ticks, scale);
        if time > 2 * SECOND + SECOND / 10 {
            let text = format!("{} between two sync samples, expected at most 2 s", show(time));
            findings.add(&rules::IDR_INTERVAL, Place::segment(&track.name, longest.segment), text);
        }
    }
    let rate = crate::hls::measured_rate(track);
    if let Some(rate) = rate.filter(|&r| r > 60_050) {
        let text = format!("{}.{:03} frames a second, expected at most 60", rate / 1000, rate % 1000);
        findings.add(&rules::FRAME_RATE, Place::file(&track.name), text);
    }
    let profiled = track.init().is_some_and(|i| i.has_brand(b"cfsd") || i.has_brand(b"cfhd"));
    if profiled && rate.is_some_and(|r| r > 60_050) {
        let text = "brand cfsd or cfhd with more than 60 frames a second";
        findings.add(&init_rules::PROFILE_TRUE, Place::file(&track.name), text);
    }
}

/// AAC's first access units hold the encoder's priming: an edit list takes them away, or they lie before time 0.
fn priming(track: &Track, findings: &mut Findings) {
    let entry = track.track().and_then(TrackInit::entry);
    let Some(EntryKind::Audio(audio)) = entry.map(|e| &e.kind) else { return };
    let described = track.track().is_some_and(|t| t.edit_shift() > 0);
    let starts_at_zero = track.segments.first().and_then(|s| s.span()).is_some_and(|(time, _)| time == 0);
    if matches!(audio.config, AudioConfig::Aac(_)) && !described && starts_at_zero {
        let text = "AAC starts at time 0 and no edit list takes its priming away";
        findings.add(&rules::PRIMING, Place::file(&track.name), text);
    }
}

fn text(track: &Track, findings: &mut Findings) {
    let mut shifts = None;
    for (index, segment) in track.segments.iter().enumerate() {
        let Content::Text(vtt) = &segment.content else { continue };
        let place = Place::segment(&track.name, index);
        if vtt.map.is_none() && track.segments.len() > 1 {
            findings.add(&text_rules::MAP, place, "has no X-TIMESTAMP-MAP");
        } else if *shifts.get_or_insert(vtt.shift()) != vtt.shift() {
            findings.add(&text_rules::MAP_SAME, place, "maps cues to another media time than the segments before");
        }
    }
}
