//! ffprobe's `-show_streams -show_format` as JSON. Versions differ in the fields they write: each may be missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The whole answer.
#[derive(Debug, Default, Deserialize)]
pub(in crate::probe) struct Answer {
    #[serde(default)]
    pub programs: Vec<Program>,
    #[serde(default)]
    pub streams: Vec<Stream>,
    #[serde(default)]
    pub format: Format,
}

/// A program of a transport stream.
#[derive(Debug, Default, Deserialize)]
pub(in crate::probe) struct Program {
    #[serde(default)]
    pub program_num: u32,
    #[serde(default)]
    pub tags: BTreeMap<String, Value>,
    #[serde(default)]
    pub streams: Vec<ProgramStream>,
}

/// A track of a program, by its index alone: [`Answer::streams`] has the rest.
#[derive(Debug, Default, Deserialize)]
pub(in crate::probe) struct ProgramStream {
    #[serde(default)]
    pub index: u32,
}

/// The container.
#[derive(Debug, Default, Deserialize)]
pub(in crate::probe) struct Format {
    #[serde(default)]
    pub format_name: String,
    /// Decimal seconds.
    #[serde(default, deserialize_with = "text")]
    pub duration: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, Value>,
}

impl Format {
    /// A tag that says something, whatever its case.
    pub(in crate::probe) fn tag(&self, name: &str) -> Option<&str> {
        let (_, value) = self.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A track.
#[derive(Debug, Default, Deserialize)]
pub(in crate::probe) struct Stream {
    #[serde(default)]
    pub index: u32,
    /// The container's number of the track, such as `0x1`.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
    pub codec_name: Option<String>,
    pub codec_type: Option<String>,
    pub codec_tag_string: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub width: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    pub height: Option<u64>,
    pub sample_aspect_ratio: Option<String>,
    pub pix_fmt: Option<String>,
    pub field_order: Option<String>,
    pub color_range: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub avg_frame_rate: Option<String>,
    pub time_base: Option<String>,
    pub sample_fmt: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub sample_rate: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    pub channels: Option<u64>,
    pub channel_layout: Option<String>,
    #[serde(default)]
    pub disposition: BTreeMap<String, Value>,
    #[serde(default)]
    pub tags: BTreeMap<String, Value>,
    #[serde(default)]
    pub side_data_list: Vec<SideData>,
}

/// A track's side data.
#[derive(Debug, Default, Deserialize)]
pub(in crate::probe) struct SideData {
    #[serde(default)]
    pub side_data_type: String,
    /// The display matrix, as ffprobe prints it.
    #[serde(default, deserialize_with = "text")]
    pub displaymatrix: Option<String>,
    /// Degrees, counter-clockwise.
    #[serde(default, deserialize_with = "signed")]
    pub rotation: Option<i64>,
    /// Dolby Vision's profile.
    #[serde(default, deserialize_with = "number")]
    pub dv_profile: Option<u64>,
    /// The kind of Dolby Vision's base layer without its metadata: 0 is nothing.
    #[serde(default, deserialize_with = "number")]
    pub dv_bl_signal_compatibility_id: Option<u64>,
    /// Lines and columns that are not shown.
    #[serde(default, deserialize_with = "number")]
    pub crop_top: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    pub crop_bottom: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    pub crop_left: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    pub crop_right: Option<u64>,
    /// MaxCLL, cd/m².
    #[serde(default, deserialize_with = "number")]
    pub max_content: Option<u64>,
    /// Of the mastering display, a fraction in cd/m².
    #[serde(default, deserialize_with = "text")]
    pub max_luminance: Option<String>,
}

impl Answer {
    /// True if ffmpeg looks for key frames by decode time: the index of MP4 and MOV has no other.
    pub(in crate::probe) fn seeks_by_decode_time(&self) -> bool {
        self.format.format_name.split(',').any(|name| matches!(name, "mov" | "mp4"))
    }
}

impl Answer {
    /// True if the container keeps presentation times alone: ffmpeg makes decode times of them.
    pub(in crate::probe) fn has_no_decode_times(&self) -> bool {
        self.format.format_name.split(',').any(|name| name == "matroska")
    }

    /// True of MPEG's transport and program streams: their clock is of 33 bits, and begins anew with every recording.
    pub(in crate::probe) fn is_broadcast(&self) -> bool {
        matches!(self.format.format_name.as_str(), "mpegts" | "mpeg")
    }
}

impl Stream {
    pub(in crate::probe) fn is(&self, kind: &str) -> bool {
        self.codec_type.as_deref() == Some(kind)
    }

    pub(in crate::probe) fn disposed(&self, name: &str) -> bool {
        self.disposition.get(name).and_then(Value::as_i64) == Some(1)
    }

    /// A tag, whatever its case: Matroska's are upper case.
    pub(in crate::probe) fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
    }

    /// ffmpeg's codec name, else the container's code.
    pub(in crate::probe) fn codec(&self) -> &str {
        let known = self.codec_name.as_deref().filter(|name| !matches!(*name, "unknown" | "none"));
        known.or(self.codec_tag_string.as_deref()).unwrap_or("unknown")
    }

    /// True for data that lies beside the picture in broadcasters' recordings (SMPTE ST 436), which ffmpeg names by a codec
    /// from 8 on, and by a tag before.
    pub(in crate::probe) fn is_ancillary(&self) -> bool {
        let tagged = self.tag("data_type").is_some_and(|kind| kind.contains("436M"));
        tagged || self.codec_name.as_deref() == Some("smpte_436m_anc")
    }

    /// True if this ffmpeg has a decoder: only a decoder knows the format of pixels or samples.
    pub(in crate::probe) fn decodable(&self) -> bool {
        let decoded = if self.is("video") { &self.pix_fmt } else { &self.sample_fmt };
        decoded.as_deref().is_some_and(|format| !matches!(format, "unknown" | "none" | ""))
    }
}

/// Numbers come bare or quoted, by field and version; what is no number is not known.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(signed(from)?.and_then(|number| u64::try_from(number).ok()))
}

fn signed<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    })
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}
