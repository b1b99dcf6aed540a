//! A track of a source, as ffprobe describes it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::aperture::Aperture;

/// Video of fewer lines counts as progressive, unless it says that it is interlaced.
const LEAST_LINES: u32 = 400;
/// Codecs that have no fields.
const PROGRESSIVE: [&str; 9] = ["vp8", "vp9", "av1", "vp6f", "flv1", "gif", "apng", "webp", "theora"];
/// A track; what it does not say is empty or 0.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Stream {
    pub(crate) index: u32,
    /// The container's own number, hexadecimal in MP4.
    pub(super) id: String,
    pub(crate) codec_type: String,
    pub(crate) codec_name: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) sample_aspect_ratio: String,
    pub(crate) pix_fmt: String,
    pub(crate) field_order: String,
    pub(crate) color_space: String,
    pub(crate) color_transfer: String,
    pub(crate) color_primaries: String,
    pub(crate) channels: u32,
    pub(crate) channel_layout: String,
    disposition: BTreeMap<String, Value>,
    pub(super) side_data_list: Vec<BTreeMap<String, Value>>,
    tags: BTreeMap<String, Value>,
    /// The part of its pictures that is shown, where that is not all.
    #[serde(skip)]
    pub(crate) aperture: Option<Aperture>,
}

impl Stream {
    /// Moving pictures: no cover art.
    pub(crate) fn is_video(&self) -> bool {
        let cover = ["attached_pic", "timed_thumbnails"];
        self.codec_type == "video" && self.width > 0 && !cover.into_iter().any(|name| self.is(name))
    }

    /// The purpose of an audio track, as the source marks it.
    pub(crate) fn purpose(&self) -> Option<Purpose> {
        let marked = [
            ("visual_impaired", Purpose::Description),
            ("descriptions", Purpose::Description),
            ("hearing_impaired", Purpose::ClearSpeech),
            ("comment", Purpose::Commentary),
        ];
        marked.into_iter().find(|(name, _)| self.is(name)).map(|(_, purpose)| purpose)
    }

    fn is(&self, disposition: &str) -> bool {
        self.disposition.get(disposition).and_then(Value::as_i64) == Some(1)
    }

    pub(crate) fn is_audio(&self) -> bool {
        self.codec_type == "audio" && self.channels > 0 && !self.codec_name.is_empty() && self.codec_name != "none"
    }

    /// True if one of its channels is of low frequencies: `5.1(side)`.
    pub(crate) fn has_low_frequencies(&self) -> bool {
        self.channel_layout.split('(').next().is_some_and(|layout| layout.ends_with(".1"))
    }

    /// Width and height as displayed, in the same unit: after rotation, with square pixels.
    pub(crate) fn shape(&self) -> (u64, u64) {
        let sar = self.sample_aspect_ratio.split_once([':', '/']);
        let sar = sar.and_then(|(w, h)| Some((w.parse::<u64>().ok()?, h.parse::<u64>().ok()?)));
        let (across, down) = sar.filter(|(w, h)| *w > 0 && *h > 0).unwrap_or((1, 1));
        let (wide, high) = self.aperture.map_or((self.width, self.height), |shown| (shown.wide, shown.high));
        let (wide, high) = (u64::from(wide).saturating_mul(across), u64::from(high).saturating_mul(down));
        let turned = self.side_data_list.iter().find_map(|data| data.get("rotation").and_then(Value::as_i64));
        if turned.is_some_and(|by| by.rem_euclid(180) == 90) { (high, wide) } else { (wide, high) }
    }

    /// Takes over what `container` tells of the colours where the stream itself says nothing.
    pub(super) fn complete(&mut self, container: Option<&Self>) {
        let Some(container) = container else { return };
        for (own, told) in [
            (&mut self.color_space, &container.color_space),
            (&mut self.color_transfer, &container.color_transfer),
            (&mut self.color_primaries, &container.color_primaries),
        ] {
            if is_unknown(own) {
                own.clone_from(told);
            }
        }
    }

    pub(crate) fn is_progressive(&self) -> bool {
        self.field_order == "progressive"
    }

    /// True if its frames are of two fields, as it says itself.
    pub(crate) fn is_of_fields(&self) -> bool {
        matches!(self.field_order.as_str(), "tt" | "bb" | "tb" | "bt")
    }

    /// True if its frames may be of two fields, whatever it says: standards have them in these sizes and codecs. `lines` are
    /// those that are shown.
    pub(crate) fn may_have_fields(&self, lines: u32) -> bool {
        let sized = self.height >= LEAST_LINES && self.height != 720 && lines >= LEAST_LINES && lines != 720;
        self.is_of_fields() || sized && !self.is_turned() && !PROGRESSIVE.contains(&self.codec_name.as_str())
    }

    /// Lines of its frames that are shown.
    pub(crate) fn lines(&self) -> u32 {
        self.aperture.map_or(self.height, |shown| shown.high)
    }

    fn is_turned(&self) -> bool {
        self.side_data_list.iter().any(|data| data.get("rotation").is_some())
    }

    /// The decoder that sees what ffmpeg's own does not: transparency that VP8 and VP9 carry as a second picture.
    pub(crate) fn decoder(&self) -> Option<&'static str> {
        let transparent = self.tags.get("alpha_mode").and_then(Value::as_str) == Some("1");
        match self.codec_name.as_str() {
            "vp8" if transparent => Some("libvpx"),
            "vp9" if transparent => Some("libvpx-vp9"),
            _ => None,
        }
    }

    pub(crate) fn has_alpha(&self) -> bool {
        let format = ["yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16"]
            .iter()
            .any(|kind| self.pix_fmt.starts_with(kind));
        format || self.decoder().is_some()
    }
}

/// Purpose of an audio track that is not the title's own audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It tells what the video shows, for those who don't see it.
    Description,
    /// Its speech is easy to tell from the rest, for those who hear badly.
    ClearSpeech,
    /// Remarks on the title.
    Commentary,
}

impl Purpose {
    /// As a message has it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Description => "a description of the video",
            Self::ClearSpeech => "for people who hear badly",
            Self::Commentary => "a commentary",
        }
    }
}
/// ffprobe's words for what a stream does not say.
pub(crate) fn is_unknown(name: &str) -> bool {
    matches!(name, "" | "unknown" | "unspecified")
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_as_displayed() {
        let stream = |rotation: i64, sar: &str| Stream {
            width: 720,
            height: 576,
            sample_aspect_ratio: sar.into(),
            side_data_list: vec![BTreeMap::from([("rotation".to_owned(), rotation.into())])],
            ..Stream::default()
        };
        assert_eq!(stream(0, "0:1").shape(), (720, 576));
        assert_eq!(stream(-90, "1:1").shape(), (576, 720));
        assert_eq!(stream(180, "64:45").shape(), (720 * 64, 576 * 45));
    }
}
