//! The probe of a source: one ffprobe for what its tracks declare, one over all packets for what is true.

mod assemble;
mod declared;
mod error;
mod packets;
mod pictures;
mod plausible;
mod run;

use std::path::Path;

use self::declared::answer::{as_contained, declared};
use self::declared::json::{Answer, Stream};
use self::declared::{color, container, facts, program, refuse};
use self::packets::scan::Tracks;
use self::packets::time::{microseconds, time_base};
use self::packets::{captions, copy, decoded, measure, missing};
use self::pictures::look::{self, Look};
use self::plausible::{refuse_cut_short, refuse_endless, seekable};
use crate::clock::Clock;
use crate::source::{Copy, Frame, SourceInfo, TextSource, VideoSource};
use media::track::TextInput;

pub(crate) use declared::container::refuse_unreadable;
pub use error::ProbeError;
pub use packets::copy::same_packets;
pub use pictures::damage::{Damage, damaged};
pub use pictures::{fields, telecine};
pub use run::Ffprobe;

/// Measures a source. Of several programs in a transport stream the one numbered `program` is measured, 0 for the best.
///
/// # Errors
/// When it is not a recording that can be packaged whole; see [`ProbeError`].
pub fn probe(ffprobe: Ffprobe<'_>, path: &Path, program: u32) -> Result<SourceInfo, ProbeError> {
    refuse_unreadable(path)?;
    // Before ffprobe: it waits for more of a list that does not say where it ends.
    let unreadable = |error| ProbeError::io(path, error);
    if let Some(format) = container::list_of_files(path).map_err(unreadable)? {
        return Err(ProbeError::Playlist { path: path.into(), format: format.into() });
    }
    let mut answer = declared(ffprobe, path)?;
    refuse::format(&answer.format.format_name, path)?;
    let mut warnings = program::keep_one(&mut answer, program, path)?;
    let picture = facts::picture(&answer, path)?;
    if let Some(picture) = picture {
        refuse::undecodable(picture, path)?;
        refuse::dolby(picture, path)?;
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
    let mut video = picture
        .map(|picture| video(ffprobe, path, &answer, picture, (&tracks, clock.is_some()), &mut warnings))
        .transpose()?;
    let mut audio = assemble::sound(&answer, &tracks, path, &mut warnings)?;
    if video.is_none() && audio.is_empty() {
        return Err(ProbeError::Nothing(path.into()));
    }
    if video.is_none() && !facts::is_audio(&answer.format.format_name, path) {
        warnings.push("there is no video in it: it becomes a title of audio alone".into());
    }
    let seekable = clock.is_none() && seekable(&answer, shown.and_then(|index| tracks.get(&index)), path)?;
    refuse_endless(video.as_ref(), &audio, lasting_us, path)?;
    warnings.extend(clock.iter().flat_map(Clock::told));
    if clock.is_none() && answer.is_broadcast() {
        let packaged: Vec<u32> = shown.into_iter().chain(audio.iter().map(|track| track.index)).collect();
        warnings.extend(missing::told(&answer, &tracks, &packaged));
    }
    // A copy is not turned, and is made of pixels of several shapes only where it must be. Audio alone is decoded from its
    // start.
    let alike = video.as_ref().is_some_and(|video| !video.pixels_change && !video.turned);
    let copy = if clock.is_some() || alike && !seekable {
        let copy = copy::of(&answer, &tracks, clock, video.as_mut(), &mut audio, path)?;
        let pixels_change = answer.is_broadcast() && video.as_ref().is_some_and(|video| video.pixels_change);
        copy.map(|copy| Copy { generated, pixels_change, ..copy })
    } else {
        None
    };
    let mut text = assemble::text(&answer);
    // A text that is laid by a clock of jumps would be shown beside what it is about.
    if copy.as_ref().is_some_and(|copy| copy.clock.uniform_shift().is_none()) {
        let told = |text: &TextSource| match &text.input {
            TextInput::Track(track) => Some(format!("subtitle track {track} is left out: the source's clock jumps")),
            TextInput::File(_) => None,
        };
        warnings.extend(text.drain(..).filter_map(|text| told(&text)));
    }
    Ok(SourceInfo {
        beside: Vec::new(),
        text,
        name: answer.format.tag("title").map(str::trim).filter(|title| !title.is_empty()).map(Into::into),
        cover: facts::cover(&answer).map(|stream| stream.index),
        format: answer.format.format_name,
        seekable,
        copy,
        video,
        audio,
        warnings,
    })
}

/// The video track that is packaged, of a source whose clock jumps or not.
fn video(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    answer: &Answer,
    picture: &Stream,
    (tracks, jumps): (&Tracks, bool),
    warnings: &mut Vec<String>,
) -> Result<VideoSource, ProbeError> {
    let container = if color::is_incomplete(picture) { as_contained(ffprobe, path)? } else { Answer::default() };
    let container = container.streams.iter().find(|stream| stream.index == picture.index);
    let look = look(ffprobe, path, picture, tracks, jumps)?;
    let video = assemble::picture(answer, picture, container, &look, tracks, path)?;
    if look.changes() {
        let Frame { width, height, .. } = video.frame;
        warnings.push(format!(
            "picture track {}: its size or shape changes; all of it is shown in the frame of {width}x{height}",
            picture.index
        ));
    }
    let unreadable = |error| ProbeError::io(path, error);
    if look.captions || captions::in_supplemental(picture.codec(), path).map_err(unreadable)? {
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
fn look(ffprobe: Ffprobe<'_>, path: &Path, picture: &Stream, tracks: &Tracks, jumps: bool) -> Result<Look, ProbeError> {
    let times = tracks.get(&picture.index).and_then(|track| track.first.zip(track.last));
    let Some((first, last)) = times else { return Ok(Look::default()) };
    let base = time_base(picture.time_base.as_deref());
    let between_us = (microseconds(first, base), microseconds(last, base));
    look::look(ffprobe, path, picture.index, (!jumps).then_some(between_us))
}
