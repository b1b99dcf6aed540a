//! Plans of any source, and of the usual ones.

use std::collections::BTreeSet;

use config::settings::{Encode, Settings};
use media::time::FrameRate;
use proptest::prelude::*;

use super::*;
use crate::source::{AudioSource, Frame, Scan, SourceInfo, SyncPoint, VideoSource};
use media::color::{Cicp, Declared, HighRange};
use media::role::AudioRole;
use media::track::AudioInput;

/// An ordinary source of ten seconds.
fn source() -> SourceInfo {
    SourceInfo {
        format: "mov,mp4,m4a,3gp,3g2,mj2".into(),
        seekable: true,
        copy: None,
        name: None,
        cover: None,
        video: Some(VideoSource {
            index: 0,
            codec: "prores".into(),
            width: 1920,
            height: 1080,
            rate: FrameRate::new(30, 1).unwrap(),
            variable_rate: false,
            start_us: 0,
            last_us: 9_966_667,
            end_us: 10_000_000,
            sync: Vec::new(),
            bit_rate: 100_000_000,
            crop: None,
            alpha: false,
            decoder: None,
            frame: Frame { width: 1920, height: 1080, pixel: (1, 1) },
            pixels_change: false,
            turned: false,
            scan: Scan::Progressive,
            color: Declared::default(),
            peak: None,
        }),
        audio: vec![sound(1, 2, "en")],
        warnings: Vec::new(),
    }
}

fn sound(index: u32, channels: u32, language: &str) -> AudioSource {
    AudioSource {
        index,
        codec: "aac".into(),
        channels,
        layout: None,
        sample_rate: 44_100,
        language: language.into(),
        title: None,
        default: false,
        role: AudioRole::Main,
        start_us: 0,
        end_us: 10_000_000,
    }
}

fn video(source: &mut SourceInfo) -> &mut VideoSource {
    source.video.as_mut().unwrap()
}

fn encode() -> Encode {
    Settings::default().encode
}

fn plan_of(change: impl FnOnce(&mut SourceInfo)) -> Plan {
    let mut source = source();
    change(&mut source);
    plan(&source, &encode())
}

#[test]
fn every_usual_rate_has_its_gop_and_all_its_frames() {
    let table = [
        ("24000/1001", 48, 240),
        ("24", 48, 240),
        ("25", 50, 250),
        ("30000/1001", 60, 300),
        ("30", 60, 300),
        ("50", 100, 500),
        ("60000/1001", 120, 599),
        ("60", 120, 600),
        ("25/2", 25, 125),
        ("15", 30, 150),
        ("1", 2, 10),
    ];
    for (rate, gop, frames) in table {
        let grid = plan_of(|source| video(source).rate = rate.parse().unwrap()).grid;
        assert_eq!((grid.gop, grid.frames), (gop, frames), "{rate}");
    }
}

#[test]
fn sound_beyond_the_picture_makes_the_title_longer_and_padding_does_not() {
    let table = [
        // sound's start and end, the title's origin and frames
        (-21_333, 10_050_000, 0, 300),
        (-500_000, 10_000_000, -500_000, 315),
        (0, 12_000_000, 0, 360),
        (300_000, 9_000_000, 0, 300),
    ];
    for (start, end, origin, frames) in table {
        let plan = plan_of(|source| {
            source.audio[0].start_us = start;
            source.audio[0].end_us = end;
        });
        assert_eq!((plan.origin_us, plan.grid.frames), (origin, frames), "{start}..{end}");
    }
}

#[test]
fn a_source_that_cannot_be_entered_is_one_chunk() {
    let long = |source: &mut SourceInfo| video(source).end_us = 600_000_000;
    assert_eq!(plan_of(long).grid.chunks().len(), 50);
    let one = plan_of(|source| {
        long(source);
        source.seekable = false;
    });
    assert_eq!(one.grid.chunks().len(), 1);
}

#[test]
fn chunks_are_entered_at_a_key_frame_that_is_shown_in_time() {
    let plan = plan_of(|source| {
        video(source).end_us = 60_000_000;
        video(source).last_us = 40_000_000;
        // The third is decoded five seconds before it is shown.
        let keys = [(0, -80_000), (5_000_000, 4_920_000), (15_000_000, 10_000_000), (39_000_000, 38_920_000)];
        video(source).sync = keys.map(|(shown_us, seek_us)| SyncPoint { shown_us, seek_us }).into();
    });
    let chunks = plan.grid.chunks();
    let entries: Vec<_> = chunks.iter().map(|chunk| plan.video.as_ref().unwrap().entry(chunk.index)).collect();
    assert_eq!(chunks[2].frames.start, 360, "12 s");
    assert_eq!((entries[0].frame, entries[0].seek_us), (0, None));
    assert_eq!((entries[2].frame, entries[2].seek_us), (330, Some(4_920_000)), "at 11 s the third is not shown yet");
    assert_eq!((entries[4].frame, entries[4].seek_us), (690, Some(10_000_000)));
    let last = entries.last().unwrap();
    assert_eq!((last.frame, last.seek_us), (1199, Some(38_920_000)), "the last picture is held from 40 s on");
}

#[test]
fn chunks_last_six_to_twelve_seconds() {
    let chunks = |seconds: i64| {
        let plan = plan_of(|source| video(source).end_us = seconds * 1_000_000);
        plan.grid.chunks().iter().map(|chunk| chunk.frames.end - chunk.frames.start).max()
    };
    assert_eq!(chunks(8), Some(180), "6 s of 30 frames a second");
    assert_eq!(chunks(380), Some(180));
    assert_eq!(chunks(3600), Some(360));
}

#[test]
fn a_remainder_is_never_a_segment_of_its_own() {
    let grid = |frames, segment_gops| Grid {
        rate: FrameRate::new(25, 1).unwrap(),
        frames,
        gop: 50,
        segment_gops,
        chunk_segments: 5,
    };
    assert_eq!(grid(10, 3).segments(), vec![0..10; 1]);
    assert_eq!(grid(151, 3).segments(), [0..100, 100..151]);
    assert_eq!(grid(175, 3).segments(), [0..150, 150..175]);
    assert_eq!(grid(101, 1).segments(), [0..50, 50..101]);
    assert_eq!(grid(51, 1).segments(), vec![0..51; 1]);
}

#[test]
fn color_is_complete_and_true() {
    let planned = |width, height, color: Declared| {
        let video = plan_of(|source| {
            let video = video(source);
            (video.width, video.height, video.color) = (width, height, color);
        })
        .video
        .unwrap();
        (video.source_color, video.tone_map, video.color)
    };
    let unknown = Declared::default;
    let same = |color: Cicp| (color, None, color);
    assert_eq!(planned(1920, 1080, unknown()), same(Cicp::BT709));
    assert_eq!(planned(1080, 1920, unknown()), same(Cicp::BT709));
    assert_eq!(planned(640, 480, unknown()), same(Cicp::BT601_525));
    assert_eq!(planned(1024, 576, unknown()), same(Cicp::BT601_625));

    let declared = Declared { matrix: Some(6), ..unknown() };
    assert_eq!(planned(1920, 1080, declared), same(Cicp { matrix: 6, ..Cicp::BT709 }));
    let rgb = Declared { matrix: Some(0), ..unknown() };
    assert_eq!(planned(1920, 1080, rgb), same(Cicp::BT709));
    // One part of BT.2020 brings the others.
    for wide in [Declared { primaries: Some(9), ..unknown() }, Declared { matrix: Some(9), ..unknown() }] {
        assert_eq!(planned(1920, 1080, wide), same(Cicp::BT2020));
    }
    let full = Declared { full_range: Some(true), ..unknown() };
    assert_eq!(planned(1920, 1080, full), (Cicp { full_range: true, ..Cicp::BT709 }, None, Cicp::BT709));
}

#[test]
fn high_range_is_known_by_its_transfer_alone() {
    let mapped = |transfer, peak| {
        let video = plan_of(|source| {
            video(source).color = Declared { transfer: Some(transfer), ..Declared::default() };
            video(source).peak = peak;
        })
        .video
        .unwrap();
        assert_eq!((video.source_color.primaries, video.source_color.matrix, video.color), (9, 9, Cicp::BT709));
        video.tone_map.map(|map| (map.from, map.peak))
    };
    assert_eq!(mapped(16, None), Some((HighRange::Pq, 1000)));
    assert_eq!(mapped(16, Some(635)), Some((HighRange::Pq, 635)));
    assert_eq!(mapped(16, Some(10_000)), Some((HighRange::Pq, 2000)));
    assert_eq!(mapped(18, Some(635)), Some((HighRange::Hlg, 1000)));
}

#[test]
fn each_track_becomes_stereo_and_what_it_has_beyond() {
    let mut second = sound(2, 6, "en");
    second.title = Some("Director \"Jo\"\n".into());
    second.default = true;
    let plan = plan_of(|source| source.audio = vec![sound(1, 1, "en"), second, sound(3, 8, "de"), sound(4, 3, "und")]);
    let made: Vec<_> = plan
        .audio
        .iter()
        .map(|a| (a.name.as_str(), a.input.first(), a.layout.as_str(), a.label.as_str(), a.bit_rate / 1000, a.default))
        .collect();
    let expected = [
        ("en-2ch", 1, "stereo", "English", 128, false),
        ("en-2ch-2", 2, "stereo", "Director  Jo", 128, true),
        ("en-6ch", 2, "5.1", "Director  Jo", 384, true),
        ("de-2ch", 3, "stereo", "German", 128, false),
        ("de-6ch", 3, "5.1", "German", 384, false),
        ("und-2ch", 4, "stereo", "Audio", 128, false),
        ("und-6ch", 4, "5.1", "Audio", 384, false),
    ];
    assert_eq!(made, expected);
}

#[test]
fn every_rung_and_sound_of_the_plan_has_its_reason() {
    let mut source = source();
    video(&mut source).codec = "h264".into();
    video(&mut source).bit_rate = 1_930_000;
    video(&mut source).scan = Scan::Interlaced;
    source.audio[0].end_us = 12_000_000;
    let plan = plan(&source, &encode());
    let reasons = reasons(&source, &encode());
    let kept = |topic| reasons.iter().filter(|reason| reason.topic == topic && reason.kept).count();
    assert_eq!(kept(Topic::Ladder), plan.ladder.len());
    assert_eq!(kept(Topic::Audio), plan.audio.len());
    assert_eq!((kept(Topic::Picture), kept(Topic::Extent)), (1, 1));
    assert!(reasons.iter().any(|reason| !reason.kept && reason.decision == "1080p-7800"));
}

fn any_rate() -> impl Strategy<Value = FrameRate> {
    let usual = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"];
    let usual = proptest::sample::select(usual.to_vec()).prop_map(|text| text.parse().unwrap());
    let other = (1u32..=60_000, 1u32..=1001).prop_filter_map("from 1 to 60", |(num, den)| {
        FrameRate::new(num, den).filter(|rate| rate.num() <= 60 * rate.den())
    });
    prop_oneof![usual, other]
}

fn any_source() -> impl Strategy<Value = SourceInfo> {
    let size = (16u32..=8192, 16u32..=8192).prop_filter("no strip", |(a, b)| *a <= 20 * b && *b <= 20 * a);
    let picture = (size, any_rate(), 0u64..200_000_000);
    let times = (-10_000_000i64..10_000_000, 0i64..4_000_000_000, -5_000_000i64..5_000_000, 0i64..4_000_000_000);
    let tracks = proptest::collection::vec((1u32..=24, proptest::sample::select(vec!["en", "de", "und"])), 0..4);
    let codec = proptest::sample::select(vec!["h264", "hevc", "mpeg2video", "av1", "prores"]);
    (picture, times, tracks, codec, any::<bool>()).prop_map(|(picture, times, tracks, codec, seekable)| {
        let mut info = source();
        let shown = video(&mut info);
        ((shown.width, shown.height), shown.rate, shown.bit_rate) = picture;
        shown.codec = codec.into();
        (shown.start_us, shown.end_us) = (times.0, times.0 + times.1);
        info.seekable = seekable;
        info.audio = (1..).zip(tracks).map(|(index, (channels, language))| sound(index, channels, language)).collect();
        for track in &mut info.audio {
            (track.start_us, track.end_us) = (times.2, times.2 + times.3);
        }
        info
    })
}

fn any_settings() -> impl Strategy<Value = Encode> {
    (1u32..=10, 1u32..=30, 1u32..=1000).prop_map(|(gop_seconds, segment_gops, chunk_segments)| Encode {
        gop_seconds,
        segment_gops,
        chunk_segments,
        ..encode()
    })
}

proptest! {
    #[test]
    fn segments_and_chunks_tile_the_frames(source in any_source(), settings in any_settings()) {
        let grid = plan(&source, &settings).grid;
        let (segments, chunks) = (grid.segments(), grid.chunks());
        let second = u64::from(grid.rate.frames_nearest(1));
        let mut at = 0;
        for segment in &segments {
            prop_assert_eq!(segment.start, at);
            prop_assert!(segment.end - segment.start >= second || segments.len() == 1);
            prop_assert_eq!(segment.start % u64::from(grid.gop), 0);
            at = segment.end;
        }
        prop_assert_eq!(at, grid.frames);
        let (mut frame, mut number) = (0, 0);
        for chunk in &chunks {
            prop_assert_eq!((chunk.frames.start, chunk.segments.start), (frame, number));
            (frame, number) = (chunk.frames.end, chunk.segments.end);
            let last = usize::try_from(number).unwrap() - 1;
            prop_assert_eq!(segments[last].end, frame);
        }
        prop_assert_eq!((frame, usize::try_from(number).unwrap()), (grid.frames, segments.len()));
        prop_assert!(source.seekable || chunks.len() == 1);
    }

    #[test]
    fn rungs_are_even_of_one_shape_and_never_larger(source in any_source()) {
        let ladder = plan(&source, &encode()).ladder;
        let VideoSource { width, height, .. } = source.video.unwrap();
        prop_assert!(!ladder.is_empty());
        for (index, rung) in ladder.iter().enumerate() {
            prop_assert!(rung.width % 2 == 0 && rung.height % 2 == 0, "{rung:?}");
            prop_assert!(rung.width <= width && rung.height <= height, "{rung:?}");
            prop_assert!(rung.rate.max_rate <= 2 * rung.bit_rate && rung.rate.buffer > 0, "{rung:?}");
            // The top stays even where a source of few lines has no even size of its shape.
            let top = index + 2 >= ladder.len();
            if !top || rung.width.min(rung.height) >= 200 {
                let (a, b) = (u64::from(rung.width * height), u64::from(rung.height * width));
                prop_assert!(a.abs_diff(b) * 1000 <= b * 5, "{rung:?} of {width}x{height}");
            }
        }
        for pair in ladder.windows(2) {
            prop_assert!(pair[0].bit_rate < pair[1].bit_rate, "{pair:?}");
            prop_assert!(pair[0].width <= pair[1].width && pair[0].height <= pair[1].height, "{pair:?}");
            let same = (pair[0].width, pair[0].height) == (pair[1].width, pair[1].height);
            prop_assert!(!same || pair[0].rate.crf_tenths > pair[1].rate.crf_tenths, "{pair:?}");
        }
        let mut names: Vec<_> = ladder.iter().map(|rung| &rung.name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), ladder.len());
    }

    #[test]
    fn audio_is_named_once_and_one_programme_is_the_default(source in any_source()) {
        let audio = plan(&source, &encode()).audio;
        let names: BTreeSet<_> = audio.iter().map(|a| &a.name).collect();
        let labels: BTreeSet<_> = audio.iter().map(|a| (a.channels, &a.label)).collect();
        let defaults: BTreeSet<_> = audio.iter().filter(|a| a.default).map(|a| a.programme).collect();
        prop_assert_eq!((names.len(), labels.len()), (audio.len(), audio.len()));
        prop_assert_eq!(defaults.len(), usize::from(!source.audio.is_empty()));
        let programmes: BTreeSet<_> = audio.iter().map(|a| a.programme).collect();
        for programme in programmes {
            let stereo = audio.iter().filter(|a| a.programme == programme && a.channels == 2);
            prop_assert_eq!(stereo.count(), 1);
        }
        for track in &source.audio {
            let holds = |input: AudioInput| match input {
                AudioInput::Track(of) | AudioInput::Discrete { track: of, .. } => of == track.index,
                AudioInput::Pair(left, right) => [left, right].contains(&track.index),
            };
            prop_assert!(audio.iter().any(|a| holds(a.input)), "{track:?}");
        }
    }
}

#[test]
fn fields_and_settings_decide_the_rate() {
    let planned = |scan, rate: &str, change: &dyn Fn(&mut Encode)| {
        let (mut source, mut encode) = (source(), encode());
        let shown = video(&mut source);
        (shown.scan, shown.rate) = (scan, rate.parse().unwrap());
        change(&mut encode);
        let plan = plan(&source, &encode);
        let video = plan.video.unwrap();
        (plan.grid.rate.to_string(), video.deinterlace, video.field_rate)
    };
    let asked = |way| move |encode: &mut Encode| encode.deinterlace = way;
    let field = asked(config::settings::Deinterlace::Field);
    let off = asked(config::settings::Deinterlace::Off);
    let unflagged = Scan::Unflagged { top_first: false };
    assert_eq!(planned(Scan::Interlaced, "25", &|_| ()), ("25".into(), Deinterlace::Flagged, false));
    assert_eq!(planned(Scan::Interlaced, "30000/1001", &field), ("60000/1001".into(), Deinterlace::Flagged, true));
    assert_eq!(planned(unflagged, "25", &field), ("50".into(), Deinterlace::All { top_first: false }, true));
    assert_eq!(planned(Scan::Progressive, "25", &field), ("25".into(), Deinterlace::Flagged, false));
    assert_eq!(planned(unflagged, "25", &off), ("25".into(), Deinterlace::Off, false));
    assert_eq!(planned(Scan::Progressive, "60", &|encode| encode.max_frame_rate = 30).0, "30");
    assert_eq!(planned(Scan::Progressive, "60000/1001", &|encode| encode.max_frame_rate = 25).0, "20000/1001");
    let asked = |encode: &mut Encode| encode.frame_rate = "30000/1001".into();
    assert_eq!(planned(Scan::Progressive, "60", &asked).0, "30000/1001");
    assert_eq!(planned(Scan::Progressive, "24", &asked).0, "24", "frames shown twice are no faster");
}
