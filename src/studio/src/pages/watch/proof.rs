//! The measured facts of a title: each rendition was compared with its source before it was published.

use config::title::{AudioRendition, Title, VideoRendition};

use crate::pages::frame::{Frame, format};

/// Digits of a digest that are shown.
const DIGEST: usize = 16;

/// What was proven before a title was published.
#[derive(Debug)]
pub(in crate::pages) struct Proof {
    /// Names and values, for people.
    pub(in crate::pages) figures: Vec<(String, String)>,
    /// Path of all that was measured, as JSON.
    pub(in crate::pages) document: Option<String>,
}

impl Proof {
    /// That of `title`, whose playlist is at `hls`.
    pub(super) fn of(title: &Title, hls: Option<&str>, page: &Frame) -> Self {
        let digest = title.source.blake3.get(..DIGEST).unwrap_or_default();
        let figure = |key: &str, value: String| (page.t_of("proof", key), value);
        let mut figures = vec![
            figure("revision", title.revision.clone()),
            figure("source", format!("{} · BLAKE3 {digest}…", format::size(title.source.size, page.texts))),
        ];
        figures.extend(title.video.iter().rev().map(|video| figure("video", video_line(video, page))));
        figures.extend(title.audio.iter().map(|audio| figure("audio", audio_line(audio))));
        figures.push(figure("made_with", format!("pack {}", title.made_with.pack)));
        let document = hls.and_then(|path| path.strip_suffix("index.m3u8")).map(|folder| format!("{folder}title.json"));
        Self { figures, document }
    }
}

fn video_line(video: &VideoRendition, page: &Frame) -> String {
    let VideoRendition { width, height, codecs, average_bandwidth, segments, .. } = video;
    let segments = page.texts.count("proof.segments", u64::from(*segments));
    format!("{width} × {height} · {codecs} · {} · {segments}", rate(*average_bandwidth))
}

fn audio_line(audio: &AudioRendition) -> String {
    let AudioRendition { language, codecs, channels, average_bandwidth, .. } = audio;
    format!("{language} · {codecs} · {channels} ch · {}", rate(*average_bandwidth))
}

/// A bit rate in whole kilobits a second.
fn rate(bits: u64) -> String {
    format!("{}\u{a0}kb/s", bits.saturating_add(500) / 1000)
}
