//! From what ffprobe declares of a track to what is packaged of it.

use std::path::Path;

use super::json::{Answer, Stream};
use super::{aperture, container};
use crate::probe::error::ProbeError;
use crate::source::Frame;
use media::color::{self, Cicp, Declared};
use media::role::AudioRole;

/// Shorter sides are no picture, longer ones no picture that x264 takes.
const SIDES: std::ops::RangeInclusive<u64> = 16..=16_384;

/// The longer side may be this many times the shorter: beyond it there is no even size of a rung's height.
const LONGEST: u32 = 20;

/// Demuxers of lists and scripts: what they name may be any file of this machine.
const PLAYLISTS: [&str; 8] = ["hls", "dash", "concat", "concatf", "sdp", "imf", "ffmetadata", "tty"];

/// Demuxers of audio alone.
const AUDIO_FORMATS: [&str; 9] = ["mp3", "flac", "wav", "aac", "ogg", "aiff", "ac3", "eac3", "w64"];

/// Refuses containers that hold no recording of their own.
pub(in crate::probe) fn refuse_format(format: &str, path: &Path) -> Result<(), ProbeError> {
    let first = format.split(',').next().unwrap_or_default();
    if PLAYLISTS.contains(&first) {
        return Err(ProbeError::Playlist { path: path.into(), format: first.into() });
    }
    if first == "webp_pipe" && container::animated_webp(path) {
        return Err(ProbeError::AnimatedWebp(path.into()));
    }
    if first == "image2" || first.ends_with("_pipe") {
        return Err(ProbeError::StillImage(path.into()));
    }
    Ok(())
}

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

/// Refuses a track that cannot be decoded, saying why.
pub(in crate::probe) fn refuse_undecodable(stream: &Stream, path: &Path) -> Result<(), ProbeError> {
    let protected = |tag: &str| matches!(tag, "encv" | "enca" | "drmi" | "drms");
    let declared = stream.side_data_list.iter().any(|data| data.side_data_type.starts_with("Encryption"));
    if declared || stream.codec_tag_string.as_deref().is_some_and(protected) {
        return Err(ProbeError::Encrypted { path: path.into(), track: stream.index });
    }
    if !stream.decodable() {
        if container::scrambled(path) || container_id(stream).is_some_and(|id| aperture::is_protected(path, id)) {
            return Err(ProbeError::Encrypted { path: path.into(), track: stream.index });
        }
        let codec = stream.codec().to_owned();
        return Err(ProbeError::Undecodable { path: path.into(), track: stream.index, codec });
    }
    Ok(())
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

/// Refuses Dolby Vision whose base layer cannot be shown by itself, such as profile 5.
pub(in crate::probe) fn refuse_dolby(stream: &Stream, path: &Path) -> Result<(), ProbeError> {
    let told =
        stream.side_data_list.iter().find_map(|data| Some((data.dv_profile?, data.dv_bl_signal_compatibility_id)));
    match told {
        Some((profile, compatible)) if compatible.map_or(profile == 5, |id| id == 0) => {
            Err(ProbeError::DolbyVision { path: path.into(), track: stream.index, profile })
        }
        _ => Ok(()),
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

/// The declared colour description: the stream's, and where that says nothing the `container`'s, or what Dolby Vision's
/// base layer is said to be.
pub(in crate::probe) fn color(stream: &Stream, container: Option<&Stream>) -> Declared {
    let of = |stream: &Stream| Declared {
        primaries: stream.color_primaries.as_deref().and_then(color::primaries),
        transfer: stream.color_transfer.as_deref().and_then(color::transfer),
        matrix: stream.color_space.as_deref().and_then(color::matrix),
        full_range: full_range(stream),
    };
    [Some(of(stream)), container.map(of), base_layer(stream)].into_iter().flatten().fold(
        Declared::default(),
        |known, other| Declared {
            primaries: known.primaries.or(other.primaries),
            transfer: known.transfer.or(other.transfer),
            matrix: known.matrix.or(other.matrix),
            full_range: known.full_range.or(other.full_range),
        },
    )
}

/// What Dolby Vision's base layer is by itself: HDR10 (1 and 6), SDR (2) or HLG (4).
fn base_layer(stream: &Stream) -> Option<Declared> {
    let color = match stream.side_data_list.iter().find_map(|data| data.dv_bl_signal_compatibility_id)? {
        1 | 6 => Cicp::BT2100_PQ,
        2 => Cicp::BT709,
        4 => Cicp::BT2100_HLG,
        _ => return None,
    };
    let Cicp { primaries, transfer, matrix, full_range } = color;
    let full_range = Some(full_range);
    Some(Declared { primaries: Some(primaries), transfer: Some(transfer), matrix: Some(matrix), full_range })
}

/// `None` where the stream does not say; the pixel formats of JPEG are of full range.
fn full_range(stream: &Stream) -> Option<bool> {
    let jpeg = stream.pix_fmt.as_deref().is_some_and(|format| format.starts_with("yuvj"));
    match stream.color_range.as_deref() {
        Some("tv") if !jpeg => Some(false),
        Some("pc") => Some(true),
        _ => jpeg.then_some(true),
    }
}

/// True if a colour description lacks something that the container may know.
pub(in crate::probe) fn color_is_incomplete(stream: &Stream) -> bool {
    let color = color(stream, None);
    color.primaries.is_none() || color.transfer.is_none() || color.matrix.is_none()
}

/// The brightest that a picture of high dynamic range becomes, cd/m²: MaxCLL (CTA-861.3), or the peak of the display
/// that it was graded on (SMPTE ST 2086).
pub(in crate::probe) fn peak(stream: &Stream) -> Option<u32> {
    let data = || stream.side_data_list.iter();
    let content = data().find_map(|data| data.max_content).filter(|peak| *peak > 0);
    let mastering = || {
        let (num, den) = data().find_map(|data| data.max_luminance.as_deref())?.split_once('/')?;
        num.parse::<u64>().ok()?.checked_div(den.parse().ok()?).filter(|peak| *peak > 0)
    };
    content.or_else(mastering).and_then(|peak| u32::try_from(peak).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(json: &str) -> Stream {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn dolby_vision_needs_a_base_layer_of_its_own() {
        let refused = |data: &str| {
            let stream = stream(&format!(r#"{{"side_data_list": [{{"side_data_type": "Display Matrix"}}, {data}]}}"#));
            refuse_dolby(&stream, Path::new("x.mp4")).err().map(|error| error.to_string())
        };
        let message = refused(r#"{"dv_profile": 5, "dv_bl_signal_compatibility_id": 0}"#).unwrap();
        assert!(message.starts_with("x.mp4: track 0 is Dolby Vision of profile 5, "), "{message}");
        assert!(refused(r#"{"dv_profile": 5}"#).is_some());
        assert!(refused(r#"{"dv_profile": 10, "dv_bl_signal_compatibility_id": 0}"#).is_some());
        for id in [1, 2, 4, 6] {
            assert_eq!(refused(&format!(r#"{{"dv_profile": 8, "dv_bl_signal_compatibility_id": {id}}}"#)), None);
        }
        assert_eq!(refused("{}"), None);
    }

    #[test]
    fn a_container_speaks_where_the_stream_does_not() {
        let own = stream(r#"{"pix_fmt": "yuv420p10le", "color_transfer": "unknown", "color_primaries": "ebu3213"}"#);
        let container = stream(r#"{"color_transfer": "smpte2084", "color_primaries": "bt2020", "color_range": "tv"}"#);
        let expected = Declared { primaries: Some(9), transfer: Some(16), matrix: None, full_range: Some(false) };
        assert_eq!(color(&own, Some(&container)), expected);
        assert_eq!(color(&own, None), Declared::default());
        let dolby = stream(r#"{"side_data_list": [{"dv_profile": 8, "dv_bl_signal_compatibility_id": 4}]}"#);
        assert_eq!(color(&dolby, None).transfer, Some(18));
        let jpeg = stream(r#"{"pix_fmt": "yuvj420p", "color_space": "bt470bg"}"#);
        assert_eq!(color(&jpeg, None), Declared { matrix: Some(5), full_range: Some(true), ..Declared::default() });
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
