//! From what is declared and what is measured to the answer.

use std::path::Path;

use super::declared::json::{Answer, Stream};
use super::declared::{color, crop, facts, refuse};
use super::error::ProbeError;
use super::packets::rate::{self, Ratio};
use super::packets::scan::{Track, Tracks};
use super::packets::time::{microseconds, time_base};
use super::pictures::look::Look;
use crate::source::{AudioSource, Scan, SyncPoint, TextSource, VideoSource};
use media::language;
use media::track::TextInput;

/// The picture track.
pub(super) fn picture(
    answer: &Answer,
    stream: &Stream,
    container: Option<&Stream>,
    look: &Look,
    tracks: &Tracks,
    path: &Path,
) -> Result<VideoSource, ProbeError> {
    let decoded = look.usual().unwrap_or_else(|| facts::frame(stream));
    let shown = crop::shown(stream, &answer.format.format_name, decoded, path)?;
    let frame = shown.map_or(decoded, |shown| shown.frame());
    let (width, height) = facts::displayed(stream, frame, path)?;
    let no_frames = || ProbeError::NoFrames { path: path.into(), track: stream.index };
    let track = tracks.get(&stream.index).ok_or_else(no_frames)?;
    if track.encrypted {
        return Err(ProbeError::Encrypted { path: path.into(), track: stream.index });
    }
    let untimed = || match track.no_pts {
        0 => no_frames(),
        _ => ProbeError::Raw { path: path.into(), codec: stream.codec().into() },
    };
    let (first, last) = track.first.zip(track.last).ok_or_else(untimed)?;
    let base = time_base(stream.time_base.as_deref());
    let measured = rate::measure(&track.intervals, track.span(), base);
    let rate = measured.map(|m| m.rate).or_else(|| rate::declared(stream.avg_frame_rate.as_deref()));
    let rate = rate.unwrap_or(rate::FALLBACK);
    let own = measured.map_or(Ratio { num: rate.num().into(), den: rate.den().into() }, |m| m.own);
    let start_us = microseconds(first, base);
    let end_us = microseconds(last, base).saturating_add(last_frame(track, base, own));
    Ok(VideoSource {
        index: stream.index,
        codec: stream.codec().into(),
        width,
        height,
        rate,
        variable_rate: measured.is_some_and(|m| m.variable),
        start_us,
        last_us: microseconds(last, base),
        end_us,
        sync: sync(track, base, answer.seeks_by_decode_time()),
        bit_rate: bit_rate(track.bytes, end_us.saturating_sub(start_us)),
        crop: shown.map(|shown| crop::turned(shown.crop, stream, (decoded.width, decoded.height))),
        frame,
        alpha: facts::alpha(stream),
        decoder: facts::decoder(stream).map(Into::into),
        // Of a program stream no more than the first track is known before others are read.
        pixels_change: look.pixels_change() && (stream.index == 0 || answer.format.format_name != "mpeg"),
        turned: facts::turned(stream),
        scan: if look.interlaced > 0 || facts::interlaced(stream) { Scan::Interlaced } else { Scan::Progressive },
        color: color::declared(stream, container),
        peak: color::peak(stream),
    })
}

/// The track's key frames, with the times by which the container's index is asked for them.
fn sync(track: &Track, base: Ratio, by_decode_time: bool) -> Vec<SyncPoint> {
    let point = |&(pts, dts): &(i64, i64)| SyncPoint {
        shown_us: microseconds(pts, base),
        seek_us: microseconds(if by_decode_time { pts.min(dts) } else { pts }, base),
    };
    track.sync.iter().map(point).collect()
}

/// The duration of the last frame, microseconds. Many containers do not say, or say it wrong by a little: only a
/// clearly longer last frame is believed.
fn last_frame(track: &Track, base: Ratio, own: Ratio) -> i64 {
    let frame = i64::try_from(1_000_000 * u128::from(own.den) / u128::from(own.num.max(1))).unwrap_or(0);
    let declared = microseconds(track.last_duration, base);
    if declared > frame.saturating_add(frame / 2) { declared } else { frame }
}

fn bit_rate(bytes: u64, microseconds: i64) -> u64 {
    let duration = u128::try_from(microseconds).unwrap_or(1).max(1);
    u64::try_from(u128::from(bytes) * 8_000_000 / duration).unwrap_or(u64::MAX)
}

/// The sound tracks that can be packaged; a warning for each of the others.
pub(super) fn sound(
    answer: &Answer,
    tracks: &Tracks,
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<Vec<AudioSource>, ProbeError> {
    let mut sound = Vec::new();
    for stream in answer.streams.iter().filter(|stream| stream.is("audio")) {
        let mut leave_out = |why| {
            warnings.push(format!("sound track {} ({}) is left out: {why}", stream.index, stream.codec()));
        };
        let track = tracks.get(&stream.index);
        if track.is_some_and(|track| track.encrypted) {
            return Err(ProbeError::Encrypted { path: path.into(), track: stream.index });
        }
        match refuse::undecodable(stream, path) {
            Err(encrypted @ ProbeError::Encrypted { .. }) => return Err(encrypted),
            Err(_) => leave_out("this ffmpeg has no decoder for it"),
            Ok(()) => match track.and_then(|track| sound_track(stream, track)) {
                Some(track) => sound.push(track),
                None => leave_out("it is empty"),
            },
        }
    }
    Ok(sound)
}

fn sound_track(stream: &Stream, track: &Track) -> Option<AudioSource> {
    let at_least_one = |number: Option<u64>| number.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    let (channels, sample_rate) = (at_least_one(stream.channels)?, at_least_one(stream.sample_rate)?);
    let base = time_base(stream.time_base.as_deref());
    let samples = |count: u32| microseconds(count.into(), Ratio { num: 1, den: sample_rate.into() });
    let start_us = microseconds(track.first?, base).saturating_add(samples(track.skip_samples));
    let end_us = microseconds(track.end?, base).saturating_sub(samples(track.discard_padding)).max(start_us);
    Some(AudioSource {
        index: stream.index,
        codec: stream.codec().into(),
        channels,
        layout: stream.channel_layout.clone().filter(|layout| layout != "unknown"),
        sample_rate,
        language: language::tag(stream.tag("language").unwrap_or_default()),
        title: stream.tag("title").map(str::trim).filter(|title| !title.is_empty()).map(Into::into),
        default: stream.disposed("default"),
        role: facts::audio_role(stream),
        start_us,
        end_us,
    })
}

/// The streams of the source that are not packaged.
pub(super) fn left_out(answer: &Answer, picture: Option<&Stream>) -> Vec<String> {
    let others = answer.streams.iter().filter(|stream| Some(stream.index) != picture.map(|picture| picture.index));
    let named = others.filter_map(|stream| match stream.codec_type.as_deref() {
        Some("video") if !facts::still(stream) => Some(("picture", stream)),
        Some("subtitle") if !facts::is_text(stream) => Some(("subtitle", stream)),
        // Ancillary data of broadcasters: captions, and time codes (SMPTE ST 436).
        Some("data") if stream.is_ancillary() => Some(("data", stream)),
        _ => None,
    });
    let why = |kind| if kind == "subtitle" { ": it is pictures or captions, not text" } else { "" };
    named
        .map(|(kind, stream)| format!("{kind} track {} ({}) is left out{}", stream.index, stream.codec(), why(kind)))
        .collect()
}

/// The text tracks that are packaged.
pub(super) fn text(answer: &Answer) -> Vec<TextSource> {
    let tracks = answer.streams.iter().filter(|stream| facts::is_text(stream)).take(MOST_TEXTS);
    let track = |stream: &Stream| TextSource {
        input: TextInput::Track(stream.index),
        language: language::tag(stream.tag("language").unwrap_or_default()),
        title: stream.tag("title").map(str::trim).filter(|title| !title.is_empty()).map(Into::into),
        kind: facts::text_kind(stream),
    };
    tracks.map(track).collect()
}

/// More text tracks of one source are not packaged: a disc has 32.
const MOST_TEXTS: usize = 64;

/// Faults of the video track's times.
pub(super) fn damage(track: &Track, index: u32) -> Vec<String> {
    let mut found = Vec::new();
    if track.timeless > 0 {
        found.push(format!("picture track {index}: {} frames have no time of their own", track.timeless));
    }
    if track.backward > 0 {
        found.push(format!("picture track {index}: time runs backward {} times", track.backward));
    }
    found
}
