//! From what ffprobe declares of a track to what is packaged of it.

use std::path::Path;

use super::json::{Answer, Stream};
use crate::ffmpeg::TEXT_DECODERS;
use crate::probe::error::ProbeError;
use crate::source::Frame;
use config::title::TextKind;
use media::role::{AudioRole, text_kind_of_title};

/// Shorter sides are no picture, longer ones no picture that x264 takes.
const SIDES: std::ops::RangeInclusive<u64> = 16..=16_384;

/// The longer side may be this many times the shorter: beyond it there is no even size of a rung's height.
const LONGEST: u32 = 20;

/// Demuxers of audio alone.
const AUDIO_FORMATS: [&str; 9] = ["mp3", "flac", "wav", "aac", "ogg", "aiff", "ac3", "eac3", "w64"];

/// The picture track to package: the default one, of those the largest, of those the first. Cover art is none; `None`
/// where there is audio alone.
pub(in crate::probe) fn picture<'a>(answer: &'a Answer, path: &Path) -> Result<Option<&'a Stream>, ProbeError> {
    let pictures = || answer.streams.iter().filter(|stream| stream.is("video"));
    let area = |stream: &Stream| stream.width.unwrap_or(0).saturating_mul(stream.height.unwrap_or(0));
    let rank = |stream: &Stream| (stream.disposed("default"), area(stream), std::cmp::Reverse(stream.index));
    let chosen = pictures().filter(|stream| !still(stream)).max_by_key(|stream| rank(stream));
    let audio = answer.streams.iter().any(|stream| stream.is("audio"));
    match (chosen, pictures().next()) {
        (None, Some(_)) if !audio => Err(ProbeError::StillImage(path.into())),
        (None, None) if !audio => Err(ProbeError::Nothing(path.into())),
        (chosen, _) => Ok(chosen),
    }
}

/// The picture that belongs to the file: its cover.
pub(in crate::probe) fn cover(answer: &Answer) -> Option<&Stream> {
    answer.streams.iter().find(|stream| stream.is("video") && stream.disposed("attached_pic") && stream.decodable())
}

/// True for containers of audio, and for files whose names say that they are.
pub(in crate::probe) fn is_audio(format: &str, path: &Path) -> bool {
    let named = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    let contains = |format: &str| AUDIO_FORMATS.contains(&format);
    format.split(',').any(contains) || named.is_some_and(|ending| crate::ingest::AUDIO.contains(&ending.as_str()))
}

/// True if a picture track is an image that belongs to the file rather than a recording.
pub(in crate::probe) fn still(stream: &Stream) -> bool {
    ["attached_pic", "timed_thumbnails", "still_image"].iter().any(|name| stream.disposed(name))
}

/// The declared format.
pub(in crate::probe) fn frame(stream: &Stream) -> Frame {
    let side = |pixels: Option<u64>| pixels.and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(0);
    let pixel = aspect(stream.sample_aspect_ratio.as_deref());
    Frame { width: side(stream.width), height: side(stream.height), pixel }
}

/// The container's number of the track.
pub(in crate::probe) fn container_id(stream: &Stream) -> Option<u32> {
    u32::from_str_radix(stream.id.as_deref()?.strip_prefix("0x")?, 16).ok()
}

/// True if pictures have parts that are transparent.
pub(in crate::probe) fn alpha(stream: &Stream) -> bool {
    let format = stream.pix_fmt.as_deref().unwrap_or_default();
    let kinds = ["yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya8", "ya16", "pal8"];
    kinds.iter().any(|kind| format.starts_with(kind)) || decoder(stream).is_some()
}

/// The decoder that sees what ffmpeg's own does not: transparency that VP8 and VP9 carry as a second picture.
pub(in crate::probe) fn decoder(stream: &Stream) -> Option<&'static str> {
    match (stream.codec(), stream.tag("alpha_mode")) {
        ("vp8", Some("1")) => Some("libvpx"),
        ("vp9", Some("1")) => Some("libvpx-vp9"),
        _ => None,
    }
}

/// Width and height as displayed: with square pixels, then turned.
pub(in crate::probe) fn displayed(stream: &Stream, frame: Frame, path: &Path) -> Result<(u32, u32), ProbeError> {
    let (width, height) = frame.displayed();
    let (width, height) = if quarter_turned(stream) { (height, width) } else { (width, height) };
    let side = |pixels: u64| u32::try_from(pixels).ok().filter(|_| SIDES.contains(&pixels));
    let size = side(width).zip(side(height)).filter(|(width, height)| width.max(height) / width.min(height) < LONGEST);
    size.ok_or(ProbeError::Size { path: path.into(), track: stream.index, width, height })
}

/// The shape of a pixel; a square where the source says nothing.
pub(in crate::probe) fn aspect(text: Option<&str>) -> (u32, u32) {
    let parsed = text.and_then(|text| text.split_once(':'));
    let parsed = parsed.and_then(|(num, den)| num.parse::<u32>().ok().zip(den.parse::<u32>().ok()));
    parsed.filter(|(num, den)| *num > 0 && *den > 0).unwrap_or((1, 1))
}

/// True if the track has a display matrix that does something.
pub(in crate::probe) fn turned(stream: &Stream) -> bool {
    let matrix = stream.side_data_list.iter().any(|data| data.rotation.is_some());
    matrix || stream.tag("rotate").is_some_and(|degrees| degrees.trim() != "0")
}

fn quarter_turned(stream: &Stream) -> bool {
    let matrix = stream.side_data_list.iter().find_map(|data| data.rotation);
    let degrees = matrix.or_else(|| stream.tag("rotate")?.parse().ok()).unwrap_or(0);
    degrees.rem_euclid(180) == 90
}

/// True if the track is of fields.
pub(in crate::probe) fn interlaced(stream: &Stream) -> bool {
    matches!(stream.field_order.as_deref(), Some("tt" | "bb" | "tb" | "bt"))
}

/// The purpose of an audio track: as it is marked, else as its title tells.
pub(in crate::probe) fn audio_role(stream: &Stream) -> AudioRole {
    let marked = [
        ("visual_impaired", AudioRole::Description),
        ("descriptions", AudioRole::Description),
        ("hearing_impaired", AudioRole::ClearSpeech),
        ("comment", AudioRole::Commentary),
    ];
    let marked = marked.into_iter().find(|(name, _)| stream.disposed(name)).map(|(_, role)| role);
    marked.unwrap_or_else(|| AudioRole::of_title(stream.tag("title").unwrap_or_default()))
}

/// True for subtitles that are text, rather than pictures.
pub(in crate::probe) fn is_text(stream: &Stream) -> bool {
    stream.is("subtitle") && TEXT_DECODERS.contains(&stream.codec())
}

/// The purpose of a text track: as it is marked, else as its title tells.
pub(in crate::probe) fn text_kind(stream: &Stream) -> TextKind {
    let marked =
        [("forced", TextKind::Forced), ("hearing_impaired", TextKind::Captions), ("captions", TextKind::Captions)];
    let marked = marked.into_iter().find(|(name, _)| stream.disposed(name)).map(|(_, kind)| kind);
    marked.unwrap_or_else(|| text_kind_of_title(stream.tag("title").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(json: &str) -> Stream {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn transparency_is_found() {
        for (json, expected) in [
            (r#"{"pix_fmt": "yuva444p12le"}"#, (true, None)),
            (r#"{"pix_fmt": "yuv420p", "codec_name": "vp9", "tags": {"alpha_mode": "1"}}"#, (true, Some("libvpx-vp9"))),
            (r#"{"pix_fmt": "yuv420p", "codec_name": "h264", "tags": {"alpha_mode": "1"}}"#, (false, None)),
            (r#"{"pix_fmt": "bgr0"}"#, (false, None)),
        ] {
            let stream = stream(json);
            assert_eq!((alpha(&stream), decoder(&stream)), expected, "{json}");
        }
    }
}
