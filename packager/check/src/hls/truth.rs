//! Attributes of variant streams, compared with their media.

use super::Hls;
use crate::media::isobmff::codec;
use crate::media::isobmff::sample_entry::{AudioConfig, EntryKind, SampleEntry, VideoConfig, VideoEntry};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::hls as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::nanos;
use crate::syntax::m3u8::multivariant::{Multivariant, Rendition, RenditionKind, Variant};

/// Judges codecs, sizes, frame rates, ranges and channels.
pub(super) fn judge(hls: &Hls, multivariant: &Multivariant, tracks: &[Track], findings: &mut Findings) {
    let track = |url: Option<&url::Url>| hls.at(url).and_then(|l| tracks.get(l.track?));
    for variant in &multivariant.variants {
        let place = || Place::line(&multivariant.name, variant.line);
        let own = track(variant.url.as_ref());
        let group = renditions(multivariant, variant).filter_map(|r| track(r.url.as_ref()));
        let media: Vec<&Track> = own.into_iter().chain(group).collect();
        codecs(variant, &media, &place(), findings);
        if let Some(own) = own {
            picture(variant, own, &place(), findings);
        }
    }
    ranges(multivariant, hls, tracks, findings);
    audio(multivariant, hls, tracks, findings);
    levels(multivariant, hls, tracks, findings);
}

fn renditions<'a>(multivariant: &'a Multivariant, variant: &'a Variant) -> impl Iterator<Item = &'a Rendition> {
    multivariant.renditions.iter().filter(move |r| {
        let group = match r.kind {
            RenditionKind::Audio => &variant.audio,
            RenditionKind::Video => &variant.video,
            RenditionKind::Subtitles => &variant.subtitles,
            RenditionKind::Captions => &None,
        };
        group.as_ref() == Some(&r.group)
    })
}

/// The sample entries of everything in a track's files.
fn entries(track: &Track) -> Vec<&SampleEntry> {
    track.inits.iter().flatten().flat_map(|i| &i.tracks).flat_map(|t| &t.entries).collect()
}

fn codecs(variant: &Variant, media: &[&Track], place: &Place, findings: &mut Findings) {
    let Some(declared) = &variant.codecs else {
        findings.add(&rules::CODECS_MISSING, place.clone(), "has no CODECS");
        return;
    };
    let declared: Vec<&str> = declared.split(',').map(str::trim).collect();
    // Text need not stand in CODECS (§4.4.6.2 speaks of audio and video); where it does, it must be true.
    let text = |coding: &str| matches!(coding.split('.').next(), Some("wvtt" | "stpp"));
    let all: Vec<&SampleEntry> = media.iter().flat_map(|t| entries(t)).collect();
    let measured: Vec<(&SampleEntry, String)> = all.iter().filter_map(|e| Some((*e, codec::string(e)?))).collect();
    for (entry, string) in measured.iter().filter(|(_, string)| !text(string)) {
        if !declared.iter().any(|d| codec::names(d, entry)) {
            let text = format!("CODECS is \"{}\", the media have {string}", declared.join(","));
            findings.add(&rules::CODECS, place.clone(), text);
        }
    }
    // Only where every one of the media is known is a surplus string one.
    let named = |track: &&Track| track.init().is_some() || track.kind() == MediaKind::Text;
    let known = !media.is_empty() && all.len() == measured.len() && media.iter().all(named);
    for string in declared.iter().filter(|d| known && !text(d)) {
        if !measured.iter().any(|(entry, _)| codec::names(string, entry)) {
            let strings: Vec<&str> = measured.iter().map(|(_, string)| string.as_str()).collect();
            let text = format!("CODECS names {string}, the media are {}", strings.join(","));
            findings.add(&rules::CODECS, place.clone(), text);
        }
    }
}

fn video(track: &Track) -> Option<(&SampleEntry, &VideoEntry)> {
    let entry = track.track()?.entry()?;
    if let EntryKind::Video(video) = &entry.kind { Some((entry, video)) } else { None }
}

fn picture(variant: &Variant, track: &Track, place: &Place, findings: &mut Findings) {
    let Some((_, entry)) = video(track) else { return };
    let shown = display_size(entry);
    match variant.resolution {
        None => findings.add(&rules::RESOLUTION_MISSING, place.clone(), "has video and no RESOLUTION"),
        Some(declared) => {
            // Either the coded or the displayed width: the RFC speaks of display, most packagers write what is coded.
            let coded = (u64::from(entry.width), u64::from(entry.height));
            if declared != shown && declared != coded {
                let text = format!("RESOLUTION is {}x{}, the video is {}x{}", declared.0, declared.1, shown.0, shown.1);
                findings.add(&rules::RESOLUTION, place.clone(), text);
            }
        }
    }
    frame_rate(variant, track, place, findings);
}

/// Pixels of a video track as displayed.
pub(crate) fn shown_size(track: &Track) -> Option<(u64, u64)> {
    video(track).map(|(_, entry)| display_size(entry))
}

/// Pixels as displayed, the pixel aspect ratio applied to the width.
fn display_size(entry: &VideoEntry) -> (u64, u64) {
    let (horizontal, vertical) = entry.pasp.filter(|&(h, v)| h > 0 && v > 0).unwrap_or((1, 1));
    let width = (u64::from(entry.width) * u64::from(horizontal) + u64::from(vertical) / 2) / u64::from(vertical);
    (width, u64::from(entry.height))
}

/// Frames a second times 1000: of the whole track, and of its fastest fragment of ten frames or more.
pub(crate) fn measured_rates(track: &Track) -> Option<(u64, u64)> {
    let timescale = u128::from(track.timescale()?);
    let rate = |samples: u64, ticks: u64| {
        let thousandths =
            (u128::from(samples) * timescale * 1000 + u128::from(ticks) / 2).checked_div(u128::from(ticks))?;
        u64::try_from(thousandths).ok()
    };
    let fragments = || track.segments.iter().flat_map(|s| s.fragments());
    let samples = fragments().map(|f| u64::from(f.samples)).sum();
    let all = rate(samples, fragments().map(|f| f.duration).fold(0, u64::saturating_add))?;
    let fastest = fragments().filter(|f| f.samples >= 10).filter_map(|f| rate(u64::from(f.samples), f.duration)).max();
    Some((all, fastest.unwrap_or(all)))
}

fn frame_rate(variant: &Variant, track: &Track, place: &Place, findings: &mut Findings) {
    let Some((all, fastest)) = measured_rates(track) else { return };
    let Some(text) = &variant.frame_rate else {
        findings.add(&rules::FRAME_RATE_MISSING, place.clone(), "has video and no FRAME-RATE");
        return;
    };
    let declared = nanos(text).unwrap_or(0).saturating_add(500_000) / 1_000_000;
    let off = declared.abs_diff(all).min(declared.abs_diff(fastest));
    if off > 10 {
        let text = format!("FRAME-RATE is {text}, the video has {}.{:03}", all / 1000, all % 1000);
        findings.add(&rules::FRAME_RATE, place.clone(), text);
    } else if text.split_once('.').is_none_or(|(_, decimals)| decimals.len() != 3) {
        let text = format!("FRAME-RATE={text}, expected {}.{:03}", all / 1000, all % 1000);
        findings.add(&rules::FRAME_RATE_DECIMALS, place.clone(), text);
    }
}

fn ranges(multivariant: &Multivariant, hls: &Hls, tracks: &[Track], findings: &mut Findings) {
    let of = |variant: &Variant| {
        let track = hls.at(variant.url.as_ref()).and_then(|l| tracks.get(l.track?))?;
        let (_, entry) = video(track)?;
        let from_sps = if let VideoConfig::Avc { sps: Some(sps), .. } = &entry.config { sps.colour } else { None };
        // ISO/IEC 23091-2 §8.2: 16 is PQ, 18 is HLG.
        entry.colr.or(from_sps).map(|(_, transfer, _)| match transfer {
            16 => "PQ",
            18 => "HLG",
            _ => "SDR",
        })
    };
    let with_video: Vec<&Variant> = multivariant.variants.iter().filter(|v| v.resolution.is_some()).collect();
    let hdr = |v: &&&Variant| v.range.as_deref().is_some_and(|r| r != "SDR") || of(v).is_some_and(|r| r != "SDR");
    let any_hdr = with_video.iter().find(hdr);
    for variant in &with_video {
        let place = Place::line(&multivariant.name, variant.line);
        match (variant.range.as_deref(), of(variant)) {
            (None, _) if any_hdr.is_some() => findings.add(&rules::RANGE_MISSING, place, "has no VIDEO-RANGE"),
            (Some(declared), Some(measured)) if declared != measured => {
                let text = format!("VIDEO-RANGE is {declared}, the video is {measured}");
                findings.add(&rules::RANGE, place, text);
            }
            _ => {}
        }
    }
    if any_hdr.is_some() && with_video.iter().all(|v| hdr(&v)) {
        findings.add(&rules::SDR, Place::file(&multivariant.name), "all variants have high dynamic range");
    }
}

fn audio(multivariant: &Multivariant, hls: &Hls, tracks: &[Track], findings: &mut Findings) {
    let (mut any, mut stereo, mut unknown) = (false, false, false);
    for loaded in hls.regular() {
        let Some(track) = loaded.track.and_then(|t| tracks.get(t)) else { continue };
        unknown |= track.init().is_none();
        for entry in entries(track) {
            let EntryKind::Audio(audio) = &entry.kind else { continue };
            any = true;
            let AudioConfig::Aac(aac) = audio.config else { continue };
            stereo |= matches!(aac.channels, 1 | 2);
            let rate = super::rates::of_playlist(&loaded.playlist, track).map_or(0, |r| r.average);
            if matches!(aac.object_type, 5 | 29) && track.kind() == MediaKind::Audio && rate > 70_000 {
                let text = format!("HE-AAC at {rate} b/s, expected at most 64 kb/s");
                findings.add(&rules::HE_AAC, Place::file(&loaded.playlist.name), text);
            }
        }
    }
    if any && !stereo && !unknown {
        findings.add(&rules::AUDIO_STEREO, Place::file(&multivariant.name), "has audio, and no AAC in stereo or mono");
    }
    for rendition in multivariant.renditions.iter().filter(|r| r.kind == RenditionKind::Audio) {
        let track = hls.at(rendition.url.as_ref()).and_then(|l| tracks.get(l.track?));
        let entry = track.and_then(|t| t.track()?.entry());
        let Some(EntryKind::Audio(audio)) = entry.map(|e| &e.kind) else { continue };
        let AudioConfig::Aac(aac) = audio.config else { continue };
        let declared = rendition.channels.as_deref().and_then(|c| c.split('/').next()?.parse::<u8>().ok());
        // HE-AAC v2 is stereo over a mono core.
        let measured = if aac.object_type == 29 { 2 } else { aac.channels };
        if declared.is_some_and(|d| measured > 0 && d != measured) {
            let text = format!("CHANNELS is {}, the audio has {measured}", declared.unwrap_or(0));
            findings.add(&rules::CHANNELS, Place::line(&multivariant.name, rendition.line), text);
        }
    }
}

fn levels(multivariant: &Multivariant, hls: &Hls, tracks: &[Track], findings: &mut Findings) {
    let levels = multivariant.variants.iter().filter_map(|v| {
        let track = tracks.get(hls.at(v.url.as_ref())?.track?)?;
        if let VideoConfig::Avc { level, .. } = video(track)?.1.config { Some(level) } else { None }
    });
    if let Some(lowest) = levels.min().filter(|&l| l > 41) {
        let text = format!("the lowest level of all H.264 variants is {}.{}", lowest / 10, lowest % 10);
        findings.add(&rules::AVC_EVERYWHERE, Place::file(&multivariant.name), text);
    }
}
