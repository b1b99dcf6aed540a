//! What a source is: one ffprobe for what its tracks declare, one over all packets for what is true.

mod aperture;
mod assemble;
mod captions;
mod container;
mod copy;
mod crop;
mod damage;
mod decoded;
mod error;
mod facts;
pub mod fields;
mod holes;
mod json;
mod look;
mod measure;
mod order;
mod packets;
mod pixel_crop;
mod program;
mod rate;
mod run;
mod scan;
pub mod telecine;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

pub use copy::same_packets;
pub use damage::{Damage, damaged};
pub use error::ProbeError;
pub use run::Ffprobe;

use self::json::{Answer, Stream};
use self::look::Look;
use self::run::Ended;
use self::scan::{Track, microseconds, time_base};
use crate::clock::Clock;
use crate::source::{AudioSource, Copy, Frame, SourceInfo, VideoSource};

/// Each track's packets, by ffmpeg's stream index.
type Tracks = BTreeMap<u32, Track>;

/// The answer about streams is a few kilobytes; what is larger is cut, and so refused.
const LARGEST_ANSWER: u64 = 8 << 20;

/// Longer recordings are mistaken times.
const MOST_HOURS: u64 = 100;

/// Measures a source. Of several programs in a transport stream the one numbered `program` is measured, 0 for the best.
///
/// # Errors
/// When it is not a recording that can be packaged whole; see [`ProbeError`].
pub fn probe(ffprobe: Ffprobe<'_>, path: &Path, program: u32) -> Result<SourceInfo, ProbeError> {
    container::refuse_unreadable(path)?;
    // Before ffprobe: it waits for more of a list that does not say where it ends.
    if let Some(format) = container::list_of_files(path) {
        return Err(ProbeError::Playlist { path: path.into(), format: format.into() });
    }
    let mut answer = declared(ffprobe, path)?;
    facts::refuse_format(&answer.format.format_name, path)?;
    let mut warnings = program::keep_one(&mut answer, program, path)?;
    let picture = facts::picture(&answer, path)?;
    if let Some(picture) = picture {
        facts::refuse_undecodable(picture, path)?;
        facts::refuse_dolby(picture, path)?;
    }
    let shown = picture.map(|picture| picture.index);
    let measure::Measured { mut tracks, clock, generated, lasting_us } =
        measure::measure(ffprobe, path, &answer, picture)?;
    let untimed = |index: &u32| tracks.get(index).is_some_and(|track| track.no_pts > 0);
    let placed = shown.filter(|index| decoded::decode_order_only(&answer.format.format_name) && untimed(index));
    if let Some(index) = placed {
        decoded::place(&mut tracks, ffprobe, path, index)?;
    }
    if clock.is_none() {
        refuse_cut_short(&answer, &tracks, path)?;
    }

    warnings.extend(assemble::left_out(&answer, picture));
    let mut video =
        picture.map(|picture| video(ffprobe, path, &answer, picture, &tracks, &mut warnings)).transpose()?;
    let mut audio = assemble::sound(&answer, &tracks, path, &mut warnings)?;
    if video.is_none() && audio.is_empty() {
        return Err(ProbeError::Nothing(path.into()));
    }
    if video.is_none() && !facts::is_audio(&answer.format.format_name, path) {
        warnings.push("there is no video in it: it becomes a title of audio alone".into());
    }
    let seekable = clock.is_none() && seekable(&answer, shown.and_then(|index| tracks.get(&index)), path);
    refuse_endless(video.as_ref(), &audio, lasting_us, path)?;
    warnings.extend(clock.iter().flat_map(Clock::told));
    if clock.is_none() && answer.is_broadcast() {
        let packaged: Vec<u32> = shown.into_iter().chain(audio.iter().map(|track| track.index)).collect();
        warnings.extend(holes::told(&answer, &tracks, &packaged));
    }
    // A copy has one shape of pixels, which ffmpeg takes for every picture's. Audio alone is decoded from its start.
    let one_shape = video.as_ref().is_some_and(|video| !video.pixels_change);
    let copy = if clock.is_some() || one_shape && !seekable {
        let copy = copy::of(&answer, &tracks, clock, video.as_mut(), &mut audio, path)?;
        copy.map(|copy| Copy { generated, ..copy })
    } else {
        None
    };
    Ok(SourceInfo {
        name: answer.format.tag("title").map(Into::into),
        cover: facts::cover(&answer).map(|stream| stream.index),
        format: answer.format.format_name,
        seekable,
        copy,
        video,
        audio,
        warnings,
    })
}

/// The video track that is packaged.
fn video(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    answer: &Answer,
    picture: &Stream,
    tracks: &Tracks,
    warnings: &mut Vec<String>,
) -> Result<VideoSource, ProbeError> {
    let container = if facts::color_is_incomplete(picture) { as_contained(ffprobe, path)? } else { Answer::default() };
    let container = container.streams.iter().find(|stream| stream.index == picture.index);
    let look = look(ffprobe, path, picture, tracks)?;
    let video = assemble::picture(answer, picture, container, &look, tracks, path)?;
    if look.changes() {
        let Frame { width, height, .. } = video.frame;
        warnings.push(format!(
            "picture track {}: its size or shape changes; all of it is shown in the frame of {width}x{height}",
            picture.index
        ));
    }
    if look.captions || captions::in_supplemental(picture.codec(), path) {
        warnings.push(format!(
            "video track {}: its closed captions (CEA-608 or CEA-708) are taken out: they are not packaged yet",
            picture.index
        ));
    }
    if let Some(track) = tracks.get(&picture.index) {
        warnings.extend(assemble::damage(track, picture.index));
    }
    Ok(video)
}

/// Looks at pictures of the track that is packaged.
fn look(ffprobe: Ffprobe<'_>, path: &Path, picture: &Stream, tracks: &Tracks) -> Result<Look, ProbeError> {
    let times = tracks.get(&picture.index).and_then(|track| track.first.zip(track.last));
    let Some((first, last)) = times else { return Ok(Look::default()) };
    let base = time_base(picture.time_base.as_deref());
    look::look(ffprobe, path, picture.index, (microseconds(first, base), microseconds(last, base)))
}

/// Asks ffprobe what container and streams declare.
fn declared(ffprobe: Ffprobe<'_>, path: &Path) -> Result<Answer, ProbeError> {
    answer(ffprobe, path, &["-show_programs", "-show_streams", "-show_format", "-of", "json"])
}

/// Asks ffprobe what the container alone declares: where a stream says that its colour is not described, ffprobe takes
/// that for the last word.
fn as_contained(ffprobe: Ffprobe<'_>, path: &Path) -> Result<Answer, ProbeError> {
    answer(ffprobe, path, &["-nofind_stream_info", "-show_streams", "-of", "json"])
}

fn answer(ffprobe: Ffprobe<'_>, path: &Path, args: &[&str]) -> Result<Answer, ProbeError> {
    let (text, ended) = run::ffprobe(ffprobe, path, args, |stdout| {
        let mut text = Vec::new();
        stdout.take(LARGEST_ANSWER).read_to_end(&mut text).map(|_| text)
    })?;
    if ended.status.success() {
        return serde_json::from_slice(&text).map_err(|source| ProbeError::Answer { path: path.into(), source });
    }
    Err(failure(path, &ended))
}

/// Sorts the ways in which ffprobe fails on a file that is there.
fn failure(path: &Path, ended: &Ended) -> ProbeError {
    let said = ended.last_words();
    if ended.stderr.contains("moov atom not found") && container::begins_as_mp4(path) {
        let detail = "it has no index ('moov'), which is written last".into();
        return ProbeError::CutShort { path: path.into(), detail };
    }
    if said.starts_with("Invalid data found") || said.starts_with("End of file") {
        return ProbeError::NotMedia { path: path.into(), said };
    }
    if said.starts_with("Permission denied") {
        return ProbeError::PermissionDenied(path.into());
    }
    ProbeError::Failed { path: path.into(), status: ended.status.to_string(), said }
}

/// Refuses a file whose header promises more than is there. Only headers that are written last are believed: others
/// are guesses from the bit rate.
fn refuse_cut_short(answer: &Answer, tracks: &Tracks, path: &Path) -> Result<(), ProbeError> {
    let Some(declared) = answer.format.duration.as_deref().and_then(decimal_microseconds) else { return Ok(()) };
    let base =
        |index: &u32| answer.streams.iter().find(|s| s.index == *index).map(|s| time_base(s.time_base.as_deref()));
    let times = || tracks.iter().filter_map(|(index, track)| base(index).map(|base| (base, track)));
    let end = times().filter_map(|(base, track)| track.end.map(|end| microseconds(end, base))).max().unwrap_or(0);
    let start = times().filter_map(|(base, track)| track.first.map(|first| microseconds(first, base))).min();
    let there = end.saturating_sub(start.unwrap_or(0).min(0));
    let missing = declared.saturating_sub(there);
    if indexed(&answer.format.format_name) && missing > 1_000_000 && missing > declared / 20 {
        let seconds = |us: i64| us / 1_000_000;
        let detail =
            format!("its header promises {} s, but its last packet ends at {} s", seconds(declared), seconds(there));
        return Err(ProbeError::CutShort { path: path.into(), detail });
    }
    Ok(())
}

/// `12.345678` seconds as microseconds.
fn decimal_microseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let (whole, fraction) = (whole.parse::<u32>().ok()?, digits.parse::<u32>().ok()?);
    Some(i64::from(whole) * 1_000_000 + i64::from(fraction))
}

/// Containers with an index at a known place.
fn indexed(format: &str) -> bool {
    format.split(',').any(|name| matches!(name, "mov" | "mp4" | "matroska" | "webm"))
}

/// True if a decode that begins in the middle finds exactly the frames of one that begins at the start.
fn seekable(answer: &Answer, track: Option<&Track>, path: &Path) -> bool {
    let sane = track.is_some_and(|t| t.timeless == 0 && t.backward == 0 && !t.hidden_inside);
    let format = &answer.format;
    // A live recording's Matroska has neither duration nor cues.
    let complete = format.duration.is_some() && !container::fragmented(path).unwrap_or(true);
    sane && indexed(&format.format_name) && complete
}

fn refuse_endless(
    video: Option<&VideoSource>,
    audio: &[AudioSource],
    lasting_us: i64,
    path: &Path,
) -> Result<(), ProbeError> {
    let starts = audio.iter().map(|track| track.start_us).chain(video.map(|video| video.start_us));
    let ends = audio.iter().map(|track| track.end_us).chain(video.map(|video| video.end_us));
    let span = starts.min().zip(ends.max()).map_or(0, |(start, end)| end.saturating_sub(start));
    // Tracks may begin apart by this.
    if span > lasting_us.saturating_add(60_000_000) {
        let (span_s, packets_s) = (span / 1_000_000, lasting_us / 1_000_000);
        return Err(ProbeError::Unexplained { path: path.into(), span_s, packets_s });
    }
    let hours = u64::try_from(span).unwrap_or(0) / 3_600_000_000;
    if hours > MOST_HOURS { Err(ProbeError::Duration { path: path.into(), hours }) } else { Ok(()) }
}
