//! Sources for tests of what is decided about them.

use super::{AudioSource, Frame, Scan, SourceInfo, VideoSource};
use media::color::Declared;
use media::role::AudioRole;
use media::time::FrameRate;
use proptest::prelude::*;

/// Ten seconds of video from a camera, at 30 frames a second.
pub(crate) fn video(width: u32, height: u32, codec: &str, bit_rate: u64) -> VideoSource {
    VideoSource {
        index: 0,
        codec: codec.into(),
        width,
        height,
        rate: FrameRate::new(30, 1).unwrap(),
        variable_rate: false,
        start_us: 0,
        last_us: 9_966_667,
        end_us: 10_000_000,
        sync: Vec::new(),
        bit_rate,
        crop: None,
        alpha: false,
        decoder: None,
        frame: Frame { width, height, pixel: (1, 1) },
        pixels_change: false,
        turned: false,
        scan: Scan::Progressive,
        color: Declared::default(),
        peak: None,
    }
}

/// Ten seconds of audio whose layout nothing says.
pub(crate) fn audio(index: u32, channels: u32, language: &str) -> AudioSource {
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

/// A mezzanine of ten seconds, in 1080p and English stereo.
pub(crate) fn mezzanine() -> SourceInfo {
    SourceInfo {
        format: "mov,mp4,m4a,3gp,3g2,mj2".into(),
        seekable: true,
        copy: None,
        name: None,
        cover: None,
        video: Some(video(1920, 1080, "prores", 100_000_000)),
        audio: vec![audio(1, 2, "en")],
        beside: Vec::new(),
        text: Vec::new(),
        warnings: Vec::new(),
    }
}

fn any_rate() -> impl Strategy<Value = FrameRate> {
    let usual = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"];
    let usual = proptest::sample::select(usual.to_vec()).prop_map(|text| text.parse().unwrap());
    let other = (1u32..=60_000, 1u32..=1001).prop_filter_map("from 1 to 60", |(num, den)| {
        FrameRate::new(num, den).filter(|rate| rate.num() <= 60 * rate.den())
    });
    prop_oneof![usual, other]
}

/// Any size, rate, times and tracks.
pub(crate) fn any_source() -> impl Strategy<Value = SourceInfo> {
    let size = (16u32..=8192, 16u32..=8192).prop_filter("no strip", |(a, b)| *a <= 20 * b && *b <= 20 * a);
    let picture = (size, any_rate(), 0u64..200_000_000);
    let times = (-10_000_000i64..10_000_000, 0i64..4_000_000_000, -5_000_000i64..5_000_000, 0i64..4_000_000_000);
    let tracks = proptest::collection::vec((1u32..=24, proptest::sample::select(vec!["en", "de", "und"])), 0..4);
    let codec = proptest::sample::select(vec!["h264", "hevc", "mpeg2video", "av1", "prores"]);
    (picture, times, tracks, codec, any::<bool>()).prop_map(|(picture, times, tracks, codec, seekable)| {
        let ((width, height), rate, bit_rate) = picture;
        let mut shown = video(width, height, codec, bit_rate);
        (shown.rate, shown.start_us, shown.end_us) = (rate, times.0, times.0 + times.1);
        let mut heard: Vec<_> =
            (1..).zip(tracks).map(|(index, (channels, language))| audio(index, channels, language)).collect();
        for track in &mut heard {
            (track.start_us, track.end_us) = (times.2, times.2 + times.3);
        }
        SourceInfo { video: Some(shown), audio: heard, seekable, ..mezzanine() }
    })
}
