//! Pictures of two moments that nothing says so of. ffmpeg's `idet` compares lines, but takes text that scrolls for
//! fields; so only those pictures count that are torn, and that no other picture's field makes whole (`fieldmatch`), or
//! whose fields come in one order clearly better than in the other.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Command, Stdio};

use tools::process::{Bounds, Process};
use tools::sandbox::guarded;

use super::order;
use crate::probe::error::ProbeError;
use crate::probe::run::refuse_unfinished;
use crate::source::{Scan, VideoSource};

/// Places that are looked at, a second at each.
const PLACES: i64 = 5;
/// A place every so often in what is short, microseconds.
const APART: i64 = 4_000_000;
/// Streams without an index are entered at any packet: so long before a key frame, which is decoded first then.
const LEAD_US: i64 = 300_000;
/// Fewer frames than this that show two moments prove nothing.
const LEAST: u32 = 8;
/// Interlaced pictures have so many lines, but never 720 and never an odd number.
const LINES: RangeInclusive<u32> = 400..=1088;
/// Prints of each frame how `idet` sees it.
const SEEN: &str = "trim=end_frame=24,idet,metadata=mode=print:key=lavfi.idet.multiple.current_frame:file=-";
/// The same of torn frames alone.
const TORN: &str = "trim=end_frame=24,idet,fieldmatch=combmatch=full,select=interlace_type,\
                    metadata=mode=print:key=lavfi.idet.multiple.current_frame:file=-";
/// Codecs that have no fields.
const ALWAYS_PROGRESSIVE: [&str; 9] = ["vp8", "vp9", "av1", "vp6f", "flv1", "gif", "apng", "webp", "theora"];

/// The measured scan type of a source that calls itself progressive. A look that fails shows nothing.
///
/// # Errors
/// When ffmpeg cannot be started, or is ended from outside.
pub fn scan(ffmpeg: &Path, bounds: &Bounds, path: &Path, video: &VideoSource) -> Result<Scan, ProbeError> {
    if video.scan != Scan::Progressive || !may_be_of_fields(video) || !has_rate_of_fields(video) {
        return Ok(video.scan);
    }
    let look = |graph: &str| {
        let places = places(video, 0, APART).into_iter();
        places.map(|at_us| look_from(ffmpeg, bounds, path, video.index, at_us, graph)).collect::<Result<Vec<_>, _>>()
    };
    // To look closer costs more than decoding: it is for the few whose lines look like fields at all.
    if !Seen::of(&look(SEEN)?).suggests() {
        return Ok(video.scan);
    }
    let torn = Seen::of(&look(TORN)?).scan();
    // Where little moves, few blocks are torn.
    let scan =
        if torn.is_some() { torn } else { order::scan(&look(&order::graph(true))?, &look(&order::graph(false))?) };
    Ok(scan.unwrap_or(video.scan))
}

pub(in crate::probe) fn may_be_of_fields(video: &VideoSource) -> bool {
    let lines = video.frame.height;
    LINES.contains(&lines)
        && lines != 720
        && lines.is_multiple_of(2)
        && !video.turned
        && !ALWAYS_PROGRESSIVE.contains(&video.codec.as_str())
}

/// Pictures of two fields come at 25 or 30000/1001 a second, which some containers round.
fn has_rate_of_fields(video: &VideoSource) -> bool {
    [(25, 1), (30_000, 1001), (30, 1)].contains(&(video.rate.num(), video.rate.den()))
}

/// Where to enter a source, microseconds on its own clock, to which `shift_us` was added: at the key frames before the
/// middles of equal parts; fewer in what lasts a few times `apart`.
pub(in crate::probe) fn places(video: &VideoSource, shift_us: i64, apart: i64) -> Vec<i64> {
    let span = video.end_us.saturating_sub(video.start_us).max(0);
    let count = (span / apart.max(1)).clamp(1, PLACES);
    let middle = |place: i64| video.start_us.saturating_add(span / (2 * count) * (2 * place + 1));
    let key = |at_us: i64| video.sync.iter().map(|point| point.shown_us).filter(|shown_us| *shown_us <= at_us).max();
    let enter = |place| key(middle(place)).map_or_else(|| middle(place), |shown_us| shown_us.saturating_sub(LEAD_US));
    let mut places: Vec<i64> = (0..count).map(|place| enter(place).saturating_sub(shift_us)).collect();
    places.dedup();
    places
}

/// Decodes `track` from the key frame before `at_us` on, at its own times; what the filters of `graph` print of the frames
/// from that one on.
pub(in crate::probe) fn look_from(
    ffmpeg: &Path,
    bounds: &Bounds,
    path: &Path,
    track: u32,
    at_us: i64,
    graph: &str,
) -> Result<String, ProbeError> {
    let spawn = |source| ProbeError::Spawn { program: ffmpeg.into(), setting: "ffmpeg.ffmpeg", source };
    let (said, how) = Process::output(&mut look_command(ffmpeg, path, track, at_us, graph), bounds).map_err(spawn)?;
    refuse_unfinished("ffmpeg", path, bounds, how, || "in a look at its pictures".into())?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn look_command(ffmpeg: &Path, path: &Path, track: u32, at_us: i64, graph: &str) -> Command {
    let at_us = at_us.max(0);
    let mut url = OsString::from("file:");
    url.push(path);
    let look = ["-hide_banner", "-nostdin", "-v", "error", "-threads", "2", "-protocol_whitelist", "file,pipe"];
    let at = format!("{}.{:06}", at_us / 1_000_000, at_us % 1_000_000);
    let enter = ["-copyts", "-noaccurate_seek", "-seek_timestamp", "1", "-ss", &at, "-i"];
    let args: Vec<OsString> = look.into_iter().chain(enter).map(OsString::from).chain([url]).collect();
    let mut command = Command::new(ffmpeg);
    command.args(guarded(&args));
    command.args(["-map", &format!("0:{track}"), "-vf", graph, "-f", "null", "-"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Frames, as `idet` sees them.
#[derive(Debug, Default)]
struct Seen {
    top_first: u32,
    bottom_first: u32,
    progressive: u32,
}

impl Seen {
    /// Counts the frames in ffmpeg's output of all places.
    fn of(said: &[String]) -> Self {
        let mut seen = Self::default();
        said.iter().for_each(|said| seen.add(said));
        seen
    }

    /// Takes lines such as `lavfi.idet.multiple.current_frame=tff`.
    fn add(&mut self, said: &str) {
        for (_, kind) in said.lines().filter_map(|line| line.split_once("current_frame=")) {
            match kind.trim() {
                "tff" => self.top_first += 1,
                "bff" => self.bottom_first += 1,
                "progressive" => self.progressive += 1,
                _ => {}
            }
        }
    }

    /// True if frames look like fields of one order: all of a recording's have one. What stands still looks progressive.
    fn suggests(&self) -> bool {
        let (most, others) = (self.top_first.max(self.bottom_first), self.top_first.min(self.bottom_first));
        most >= LEAST && most >= 3 * others
    }

    /// The scan type that combed frames show; `None` where they are few, or not combed in one way.
    fn scan(&self) -> Option<Scan> {
        let top_first = self.top_first >= self.bottom_first;
        let most = self.top_first.max(self.bottom_first);
        let shown = self.suggests() && most >= 3 * self.progressive;
        shown.then_some(Scan::Unflagged { top_first })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use tools::cancel::Cancel;
    use tools::sandbox::Sandbox;

    use super::*;
    use crate::source::SyncPoint;
    use crate::source::samples::mezzanine;

    #[test]
    fn a_place_is_entered_before_the_key_frame_that_its_pictures_need() {
        let mut video = mezzanine().video.unwrap();
        (video.start_us, video.end_us) = (1_000_000, 21_000_000);
        let keys = |video: &mut VideoSource, keys: &[i64]| {
            video.sync = keys.iter().map(|&shown_us| SyncPoint { shown_us, seek_us: shown_us }).collect();
        };
        keys(&mut video, &[]);
        assert_eq!(places(&video, 0, APART), [3_000_000, 7_000_000, 11_000_000, 15_000_000, 19_000_000]);
        keys(&mut video, &[1_000_000, 11_000_000, 16_000_000]);
        assert_eq!(places(&video, 500_000, APART), [200_000, 10_200_000, 15_200_000]);
    }

    #[test]
    fn a_look_that_was_ended_shows_nothing_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let ffmpeg = folder.path().join("ffmpeg");
        let bounds = |cancel| Bounds::new(cancel, Duration::from_secs(60), Sandbox::off());
        let look = |script: &str| {
            std::fs::write(&ffmpeg, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&ffmpeg, Permissions::from_mode(0o755)).unwrap();
            look_from(&ffmpeg, &bounds(Cancel::default()), Path::new("a.mp4"), 0, 0, SEEN)
        };
        assert_eq!(look("echo seen").unwrap(), "seen\n");
        assert_eq!(look("exit 1").unwrap(), "", "its own failure");
        let killed = look("echo seen; kill -KILL $$").unwrap_err();
        assert!(matches!(killed, ProbeError::Killed { program: "ffmpeg", .. }), "{killed}");
        let nowhere = look_from(Path::new("no-ffmpeg"), &bounds(Cancel::default()), Path::new("a.mp4"), 0, 0, SEEN);
        assert!(matches!(nowhere, Err(ProbeError::Spawn { setting: "ffmpeg.ffmpeg", .. })));
        let stop = Cancel::default();
        stop.cancel();
        let stopped = look_from(&ffmpeg, &bounds(stop), Path::new("a.mp4"), 0, 0, SEEN);
        assert!(matches!(stopped, Err(ProbeError::Stopped(_))));
    }

    #[test]
    fn lines_of_two_moments_are_told_from_noise() {
        let seen = |tff: usize, bff: usize, progressive: usize, undetermined: usize| {
            let line = |kind: &str| format!("frame:0 pts:0\nlavfi.idet.multiple.current_frame={kind}\n");
            let mut seen = Seen::default();
            for (kind, count) in
                [("tff", tff), ("bff", bff), ("progressive", progressive), ("undetermined", undetermined)]
            {
                seen.add(&line(kind).repeat(count));
            }
            seen
        };
        let scan = |tff, bff, progressive, undetermined| seen(tff, bff, progressive, undetermined).scan();
        assert_eq!(scan(100, 1, 3, 16), Some(Scan::Unflagged { top_first: true }));
        assert_eq!(scan(0, 45, 0, 0), Some(Scan::Unflagged { top_first: false }));
        assert_eq!(scan(11, 16, 18, 0), None, "a pattern of single lines");
        assert_eq!(scan(7, 0, 0, 17), None, "too few to tell");
        assert_eq!(scan(0, 0, 0, 0), None);
        assert_eq!(scan(0, 12, 12, 0), None, "a box that moves by odd lines");
        assert!(seen(0, 12, 12, 0).suggests() && !seen(11, 16, 18, 0).suggests());
    }
}
