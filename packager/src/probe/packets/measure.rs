//! Reading all packets, and placing them where the source's clock doesn't run through.

use std::path::Path;

use super::decoded;
use super::lines::{self, Packet, Packets};
use super::rate::Ratio;
use super::scan::{Track, Tracks};
use super::time::{microseconds, ticks, time_base};
use crate::clock::{self, Clock, Limits, Runs, Timed};
use crate::ffmpeg::copy::GENERATE;
use crate::probe::declared::answer::failure;
use crate::probe::declared::facts;
use crate::probe::declared::json::{Answer, Stream};
use crate::probe::error::ProbeError;
use crate::probe::run::{self, Ffprobe};

/// The tracks of a source.
pub(in crate::probe) struct Measured {
    /// Their times are as laid.
    pub tracks: Tracks,
    /// Set where the source's clock jumps.
    pub clock: Option<Clock>,
    /// Some packets have no presentation time of their own, and got theirs from the others.
    pub generated: bool,
    /// The time that all packets last, one track after the other, microseconds: no title is longer.
    pub lasting_us: i64,
}

/// Measures all tracks. The source is read again where packets lack times that others tell, and where the clock jumps: then
/// with each packet where it comes to lie.
pub(in crate::probe) fn measure(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    answer: &Answer,
    picture: Option<&Stream>,
) -> Result<Measured, ProbeError> {
    let mut how = How::default();
    let (mut tracks, mut runs) = read(ffprobe, path, answer, &how)?;
    let sound = answer.streams.iter().filter(|stream| stream.is("audio")).map(|stream| stream.index);
    let order: Vec<u32> = picture.map(|picture| picture.index).into_iter().chain(sound).collect();
    let untimed = order.iter().any(|track| tracks.get(track).is_some_and(|track| track.no_pts > 0));
    if untimed && picture.is_some_and(|picture| GENERATED.contains(&picture.codec())) {
        how.generated = true;
        (tracks, runs) = read(ffprobe, path, answer, &how)?;
    }
    if order.iter().any(|track| runs.is_wild(*track)) {
        return Err(ProbeError::Clock(path.into()));
    }
    how.clock = clock::lay(&runs, &order);
    if how.clock.is_some() {
        (tracks, _) = read(ffprobe, path, answer, &how)?;
    }
    let lasting_us = order.iter().map(|track| runs.lasting(*track)).fold(0, i64::saturating_add);
    Ok(Measured { tracks, clock: how.clock, generated: how.generated, lasting_us })
}

/// Measures the tracks of a copy, whose clock runs through.
pub(in crate::probe) fn copied(ffprobe: Ffprobe<'_>, path: &Path, answer: &Answer) -> Result<Tracks, ProbeError> {
    read(ffprobe, path, answer, &How::default()).map(|(tracks, _)| tracks)
}

/// Codecs whose pictures tell in which order they are shown, so that ffmpeg can give times to those that have none.
const GENERATED: [&str; 5] = ["mpeg1video", "mpeg2video", "mpeg4", "h263", "mjpeg"];

/// Options for reading packets.
#[derive(Debug, Default)]
struct How {
    generated: bool,
    clock: Option<Clock>,
}

/// Reads all packets. Tracks are found by ffmpeg's stream index.
fn read(ffprobe: Ffprobe<'_>, path: &Path, answer: &Answer, how: &How) -> Result<(Tracks, Runs), ProbeError> {
    let still = |s: &&Stream| s.is("video") && !facts::still(s);
    let pictures: Vec<u32> = answer.streams.iter().filter(still).map(|s| s.index).collect();
    let base = |index: u32| {
        let stream = answer.streams.iter().find(|stream| stream.index == index);
        time_base(stream.and_then(|stream| stream.time_base.as_deref()))
    };
    let decode_order = decoded::decode_order_only(&answer.format.format_name);
    let limits = Limits::of(answer.is_broadcast(), answer.has_no_decode_times());
    let generate: &[&str] = if how.generated { &GENERATE } else { &[] };
    let args = [generate, ["-show_entries", lines::ENTRIES, "-of", "compact=p=0"].as_slice()].concat();
    let ((mut tracks, runs), ended) = run::ffprobe(ffprobe, path, &args, |stdout| {
        let mut tracks = Tracks::new();
        let mut runs = Runs::new(limits);
        for packet in Packets::new(stdout) {
            let mut packet = packet?;
            let base = base(packet.stream);
            let us = |ticks| microseconds(ticks, base);
            let timed = Timed {
                time_us: clock_time(&packet, limits.by_display, base).map(us),
                shown_us: packet.pts.map(us),
                duration_us: us(packet.duration),
                key: packet.key,
            };
            runs.take(packet.stream, timed);
            let track = tracks.entry(packet.stream).or_default();
            track.no_pts += u64::from(packet.pts.is_none());
            if track.read == 0 {
                track.source_us = packet.pts.map(|pts| microseconds(pts, base));
            }
            if let Some(clock) = &how.clock {
                lay(&mut packet, clock, track.read, base);
            }
            track.read += 1;
            if decode_order && !how.generated {
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

/// The time by which packets follow one another: that of decoding, where the container keeps it. Where its two times are
/// farther apart than any picture is shown, one is mistaken, and the time of presentation shows that.
fn clock_time(packet: &Packet, by_display: bool, base: Ratio) -> Option<i64> {
    let apart = |(pts, dts): (i64, i64)| microseconds(pts.saturating_sub(dts), base).abs() > clock::LONGEST_PACKET_US;
    let mistaken = packet.pts.zip(packet.dts).is_some_and(apart);
    let (first, second) = if by_display || mistaken { (packet.pts, packet.dts) } else { (packet.dts, packet.pts) };
    first.or(second)
}

/// Moves a packet, number `number` of its track, to where it comes to lie.
fn lay(packet: &mut Packet, clock: &Clock, number: u64, base: Ratio) {
    let stream = packet.stream;
    for time in [&mut packet.pts, &mut packet.dts].into_iter().flatten() {
        *time = ticks(clock.laid(stream, number, microseconds(*time, base)), base);
    }
}
