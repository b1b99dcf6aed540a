//! Reading all packets, and placing them where the source's clock doesn't run through.

use std::path::Path;

use super::error::ProbeError;
use super::json::{Answer, Stream};
use super::packets::{self, Packet, Packets};
use super::rate::Ratio;
use super::run::{self, Ffprobe};
use super::scan::{Track, microseconds, ticks, time_base};
use super::{Tracks, decoded, facts, failure};
use crate::clock::{self, Clock, Limits, Runs};

/// The tracks of a source.
pub(super) struct Measured {
    /// Their times are as laid.
    pub(super) tracks: Tracks,
    /// Set where the source's clock jumps.
    pub(super) clock: Option<Clock>,
}

/// Measures all tracks. Where the clock jumps, the source is read a second time, with each packet where it comes to lie.
pub(super) fn measure(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    answer: &Answer,
    picture: u32,
) -> Result<Measured, ProbeError> {
    let (tracks, runs) = read(ffprobe, path, answer, None)?;
    let sound = answer.streams.iter().filter(|stream| stream.is("audio")).map(|stream| stream.index);
    let order: Vec<u32> = std::iter::once(picture).chain(sound).collect();
    if order.iter().any(|track| runs.is_wild(*track)) {
        return Err(ProbeError::Clock(path.into()));
    }
    match clock::lay(&runs, &order) {
        None => Ok(Measured { tracks, clock: None }),
        Some(clock) => {
            let (tracks, _) = read(ffprobe, path, answer, Some(&clock))?;
            Ok(Measured { tracks, clock: Some(clock) })
        }
    }
}

/// Measures the tracks of a copy, whose clock runs through.
pub(super) fn copied(ffprobe: Ffprobe<'_>, path: &Path, answer: &Answer) -> Result<Tracks, ProbeError> {
    read(ffprobe, path, answer, None).map(|(tracks, _)| tracks)
}

/// Reads all packets. Tracks are found by ffmpeg's stream index.
fn read(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    answer: &Answer,
    clock: Option<&Clock>,
) -> Result<(Tracks, Runs), ProbeError> {
    let still = |s: &&Stream| s.is("video") && !facts::still(s);
    let pictures: Vec<u32> = answer.streams.iter().filter(still).map(|s| s.index).collect();
    let base = |index: u32| {
        let stream = answer.streams.iter().find(|stream| stream.index == index);
        time_base(stream.and_then(|stream| stream.time_base.as_deref()))
    };
    let decode_order = decoded::decode_order_only(&answer.format.format_name);
    let args = ["-show_entries", packets::ENTRIES, "-of", "compact=p=0"];
    let ((mut tracks, runs), ended) = run::ffprobe(ffprobe, path, &args, |stdout| {
        let mut tracks = Tracks::new();
        let mut runs = Runs::new(Limits::of(answer.is_broadcast()));
        for packet in Packets::new(stdout) {
            let mut packet = packet?;
            let base = base(packet.stream);
            let time = packet.dts.or(packet.pts).map(|time| microseconds(time, base));
            runs.take(packet.stream, time, microseconds(packet.duration, base));
            let track = tracks.entry(packet.stream).or_default();
            track.no_pts += u64::from(packet.pts.is_none());
            if track.read == 0 {
                track.source_us = packet.pts.map(|pts| microseconds(pts, base));
            }
            if let Some(clock) = clock {
                lay(&mut packet, clock, track.read, base);
            }
            track.read += 1;
            if decode_order {
                packet.pts = packet.dts;
            }
            if pictures.contains(&packet.stream) { track.picture(&packet) } else { track.sound(&packet) }
        }
        Ok((tracks, runs))
    })?;
    if let Some(detail) = ended.cut_short() {
        return Err(ProbeError::CutShort { path: path.into(), detail: format!("ffprobe says '{detail}'") });
    }
    if !ended.status.success() {
        return Err(failure(path, &ended));
    }
    tracks.values_mut().for_each(Track::finish);
    Ok((tracks, runs))
}

/// Moves a packet, number `number` of its track, to where it comes to lie.
fn lay(packet: &mut Packet, clock: &Clock, number: u64, base: Ratio) {
    let stream = packet.stream;
    for time in [&mut packet.pts, &mut packet.dts].into_iter().flatten() {
        *time = ticks(clock.laid(stream, number, microseconds(*time, base)), base);
    }
}
