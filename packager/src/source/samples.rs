//! Sources for tests of what is decided about them.

use super::{AudioSource, Frame, Scan, SourceInfo, VideoSource};
use media::color::Declared;
use media::role::AudioRole;
use media::time::FrameRate;

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
        warnings: Vec::new(),
    }
}
