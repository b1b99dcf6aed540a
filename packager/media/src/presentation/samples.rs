//! Presentations for the renderers' tests.

use std::fs;
use std::path::PathBuf;

use config::title::TextKind;
use config::tree::Revision;

use super::{
    AudioSet, AudioTrack, Fragment, MediaPresentation, Segment, SwitchingSet, TextSet, Track, VideoSet, VideoTrack,
};
use crate::role::AudioRole;
use crate::steering::{Pathway, Steering};
use crate::time::{FrameRate, Span};

/// The revision that all of them lie in.
pub(crate) fn revision() -> Revision {
    Revision::from_digest(0x0123_4567_89ab_cdef)
}

/// 20.02 s at 29.97 fps with three rungs; English in stereo and 5.1, German in stereo, an English commentary whose label
/// tries to break out of its quotes, and an English description in 5.1.
pub(crate) fn full() -> MediaPresentation {
    let video = vec![
        video("234p-145", 416, 234, 145),
        video("540p-2000", 960, 540, 2000),
        video("1080p-6000", 1920, 1080, 6000),
    ];
    let (main, commentary, described) = (AudioRole::Main, AudioRole::Commentary, AudioRole::Description);
    let audio = [
        audio("en-2ch", 0, "en", "English", main, 2),
        audio("en-6ch", 0, "en", "English", main, 6),
        audio("de-2ch", 1, "de", "Deutsch", main, 2),
        audio("en-2ch-2", 2, "en", "\"Director's\" <cut> & more", commentary, 2),
        audio("en-2ch-3", 3, "en", "Described", described, 2),
        audio("en-6ch-2", 3, "en", "Described", described, 6),
    ];
    let sets = std::iter::once(SwitchingSet::Video(VideoSet { tracks: video })).chain(audio.map(SwitchingSet::Audio));
    MediaPresentation { duration: Span { ticks: 600_600, timescale: 30_000 }, sets: sets.collect() }
}

/// The same with text: English, English for people who hear badly, German where it must be read.
pub(crate) fn with_text() -> MediaPresentation {
    let mut with_text = full();
    let set = |name: &str, language: &str, label: &str, kind| {
        let bounds = [0u64, 180_180, 360_360, 540_540, 600_600];
        let segment = |pair: &[u64]| Segment {
            start: pair[0],
            duration: pair[1] - pair[0],
            bytes: 100 + pair[0] / 1000,
            fragments: Vec::new(),
        };
        let track = Track {
            path: format!("text/{name}"),
            codecs: String::new(),
            timescale: 30_000,
            init_bytes: 0,
            segments: bounds.windows(2).map(segment).collect(),
        };
        let (language, label) = (language.into(), label.into());
        SwitchingSet::Text(TextSet { language, label, kind, sidecar: None, track, whole_bytes: 900, cues: 7 })
    };
    with_text.sets.extend([
        set("en", "en", "English", TextKind::Subtitles),
        set("en-sdh", "en", "English (SDH)", TextKind::Captions),
        set("de-forced", "de", "\"Deutsch\" <forced>", TextKind::Forced),
    ]);
    with_text
}

/// The same without audio.
pub(crate) fn silent() -> MediaPresentation {
    let mut silent = full();
    silent.sets.retain(|set| matches!(set, SwitchingSet::Video(_)));
    silent
}

/// The same without video.
pub(crate) fn audio_alone() -> MediaPresentation {
    let mut alone = full();
    alone.sets.retain(|set| matches!(set, SwitchingSet::Audio(_)));
    alone
}

/// Two pathways to the title `shows/ep-1`.
pub(crate) fn steering() -> Steering {
    let pathway = |id: &str, base: &str| Pathway { id: id.into(), base: base.into() };
    let first = pathway("a", "https://a.example.com/vod/shows/ep-1/");
    let pathways = vec![first, pathway("b-2", "https://b.example.com/x/shows/ep-1/")];
    Steering { server: "https://www.example.com/steering".into(), pathways }
}

fn video(name: &str, width: u32, height: u32, kilobits: u32) -> VideoTrack {
    let gops = [60_060u64; 10]; // 2.002 s each
    let mut segments: Vec<Segment> = Vec::new();
    for (number, gops) in (0u64..).zip(gops.chunks(3)) {
        let start = segments.iter().map(|segment| segment.duration).sum();
        let fragments = (0u64..).zip(gops).map(|(gop, duration)| Fragment {
            offset: 24 + gop * u64::from(kilobits) * 240,
            first_sample_end: u64::from(kilobits) * (30 + number + gop),
            duration: *duration,
        });
        let bytes = 24 + gops.len() as u64 * u64::from(kilobits) * (240 + number);
        segments.push(Segment { start, duration: gops.iter().sum(), bytes, fragments: fragments.collect() });
    }
    let track = Track {
        path: format!("video/{name}"),
        codecs: if height > 720 { "avc1.640028" } else { "avc1.64001f" }.into(),
        timescale: 30_000,
        init_bytes: 700,
        segments,
    };
    let rate = FrameRate::new(30_000, 1001).unwrap();
    VideoTrack { track, width, height, rate, ladder_rate: kilobits * 1000 }
}

fn audio(name: &str, programme: u32, language: &str, label: &str, role: AudioRole, channels: u32) -> AudioSet {
    let bounds = [0u64, 288_256, 576_512, 864_768, 960_960];
    let segments = bounds.windows(2).map(|pair| {
        let duration = pair[1] - pair[0];
        let bytes = 1000 + duration * u64::from(channels) / 6;
        let fragments = vec![Fragment { offset: 24, first_sample_end: 400, duration }];
        Segment { start: pair[0], duration, bytes, fragments }
    });
    let track = Track {
        path: format!("audio/{name}"),
        codecs: "mp4a.40.2".into(),
        timescale: 48_000,
        init_bytes: 600,
        segments: segments.collect(),
    };
    AudioSet {
        programme,
        language: language.into(),
        label: label.into(),
        role,
        default: programme == 0,
        channels,
        sidecar: None,
        tracks: vec![AudioTrack { track, sample_rate: 48_000 }],
    }
}

/// Compares a document with `fixtures/golden/<name>`; writes it there instead when UPDATE_GOLDEN is set.
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} differs; UPDATE_GOLDEN=1 accepts it\n--- golden\n{golden}\n--- now\n{text}");
}
