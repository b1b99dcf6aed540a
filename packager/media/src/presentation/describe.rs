//! A presentation's tracks as `title.json` shows them.

use config::title::{AudioRendition, TextRendition, VideoRendition};

use super::{AudioSet, MediaPresentation, TextSet, Track, VideoTrack};

impl MediaPresentation {
    /// The video renditions, best last.
    #[must_use]
    pub fn video_renditions(&self) -> Vec<VideoRendition> {
        self.video_tracks().map(|video| video.describe(self.target_duration())).collect()
    }

    /// The audio renditions.
    #[must_use]
    pub fn audio_renditions(&self) -> Vec<AudioRendition> {
        self.audio().flat_map(|set| set.describe(self.target_duration())).collect()
    }

    /// The text renditions.
    #[must_use]
    pub fn text_renditions(&self) -> Vec<TextRendition> {
        self.text().map(|set| set.describe(self.target_duration())).collect()
    }
}

impl VideoTrack {
    fn describe(&self, target_duration: u32) -> VideoRendition {
        VideoRendition {
            name: self.track.name().into(),
            codecs: self.track.codecs.clone(),
            width: self.width,
            height: self.height,
            frame_rate: format!("{}/{}", self.rate.num(), self.rate.den()),
            average_bandwidth: self.track.average_bandwidth(),
            peak_bandwidth: self.track.peak_bandwidth(target_duration),
            bytes: self.track.bytes(),
            segments: self.track.segment_count(),
        }
    }
}

impl AudioSet {
    fn describe(&self, target_duration: u32) -> impl Iterator<Item = AudioRendition> {
        self.tracks.iter().map(move |audio| AudioRendition {
            name: audio.track.name().into(),
            codecs: audio.track.codecs.clone(),
            language: self.language.clone(),
            sidecar: self.sidecar.clone(),
            channels: self.channels,
            sample_rate: audio.sample_rate,
            average_bandwidth: audio.track.average_bandwidth(),
            peak_bandwidth: audio.track.peak_bandwidth(target_duration),
            bytes: audio.track.bytes(),
            segments: audio.track.segment_count(),
        })
    }
}

impl TextSet {
    fn describe(&self, target_duration: u32) -> TextRendition {
        TextRendition {
            name: self.track.name().into(),
            language: self.language.clone(),
            label: self.label.clone(),
            kind: self.kind,
            sidecar: self.sidecar.clone(),
            cues: self.cues,
            average_bandwidth: self.track.average_bandwidth(),
            peak_bandwidth: self.track.peak_bandwidth(target_duration),
            bytes: self.track.bytes(),
            segments: self.track.segment_count(),
        }
    }
}

impl Track {
    /// Its folder's own name, the last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    fn segment_count(&self) -> u32 {
        u32::try_from(self.segments.len()).unwrap_or(u32::MAX)
    }
}
