//! Film that was brought to 29.97 frames a second by repeating fields (3:2 pulldown): of every five frames one shows
//! nothing new once fields are matched, and it is always the same of the five, unless it was edited afterwards.

use std::path::Path;

use media::time::FrameRate;
use tools::process::Bounds;

use super::fields::{look_from, may_be_of_fields, places};
use crate::probe::error::ProbeError;
use crate::source::{Copy, Scan, VideoSource};

/// A place every so often in what is short, microseconds.
const APART: i64 = 1_500_000;
/// Frames that are looked at in each place.
const FRAMES: usize = 60;
/// Pictures that differ by less, in parts of 255 a pixel, stand still, and tell nothing.
const STILL: f64 = 0.02;
/// A repeated frame differs from the one before by at most this part of what others do.
const REPEATED: f64 = 0.3;
/// The pattern's length in frames.
const CYCLE: usize = 5;

/// The source's scan: [`Scan::Telecined`] where the pattern is the same from start to end, [`Scan::Repeating`] where there is
/// one that changes. A look that fails shows nothing.
///
/// # Errors
/// When ffmpeg cannot be started, or is ended from outside.
pub fn scan(
    ffmpeg: &Path,
    bounds: &Bounds,
    path: &Path,
    video: &VideoSource,
    copy: Option<&Copy>,
) -> Result<Scan, ProbeError> {
    // Where the clock is laid anew, the pattern is broken at each joint.
    let shift_us = copy.map_or(Some(0), |copy| copy.clock.uniform_shift());
    let (Some(shift_us), true) = (shift_us, video.rate == NTSC && may_be_of_fields(video)) else {
        return Ok(video.scan);
    };
    let start_us = video.start_us - shift_us;
    let (mut phases, mut torn) = (Vec::new(), 0);
    for at_us in places(video, shift_us, APART) {
        let said = look_from(ffmpeg, bounds, path, video.index, at_us, &graph())?;
        phases.push(phase(&differences(&said, start_us)));
        torn += torn_frames(&said);
    }
    let scan = scan_of(&phases).filter(|scan| *scan != Scan::Repeating || is_woven(&phases, torn));
    Ok(scan.unwrap_or(video.scan))
}

const NTSC: FrameRate = match FrameRate::new(30_000, 1001) {
    Some(rate) => rate,
    None => unreachable!(),
};

/// Prints how much each frame differs from the one before once fields are matched, and how `idet` saw it before that.
fn graph() -> String {
    format!("trim=end_frame={FRAMES},idet,fieldmatch=combmatch=full,signalstats,metadata=mode=print:file=-")
}

/// Frames whose fields are of two moments.
fn torn_frames(said: &str) -> usize {
    let seen = said.lines().filter_map(|line| line.strip_prefix("lavfi.idet.multiple.current_frame="));
    seen.filter(|kind| matches!(kind.trim(), "tff" | "bff")).count()
}

/// True if frames are torn as those of film are, where two of five are woven of two pictures. Others repeat whole frames.
fn is_woven(shown: &[Shown], torn: usize) -> bool {
    let moving = shown.iter().filter(|shown| **shown != Shown::Nothing).count();
    torn * CYCLE >= moving * FRAMES
}

/// Each frame's number, counted from the track's first, and how much it differs from the one before.
fn differences(said: &str, start_us: i64) -> Vec<(usize, f64)> {
    let mut number = None;
    let mut found = Vec::new();
    for line in said.lines() {
        if let Some((_, time)) = line.split_once("pts_time:") {
            number = time.trim().parse().ok().and_then(|seconds: f64| numbered(seconds, start_us));
        } else if let Some((_, differs)) = line.split_once("YDIF=") {
            found.extend(number.take().zip(differs.trim().parse().ok()));
        }
    }
    // The first has none before it.
    found.drain(..found.len().min(1));
    found
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "of a file's length"
)]
fn numbered(seconds: f64, start_us: i64) -> Option<usize> {
    let number = (seconds - start_us as f64 / 1e6) * 30_000.0 / 1001.0;
    (number > -0.5 && number < 1e9).then(|| number.round() as usize)
}

/// The pattern at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Pictures stand still, or there are few.
    Nothing,
    /// This of each five frames is a repeated one.
    Phase(u8),
    /// Most repeated frames are five apart, as where such a pattern was cut.
    Edited,
    /// No such pattern.
    Other,
}

fn phase(differences: &[(usize, f64)]) -> Shown {
    let mut sums = [(0.0, 0u32); CYCLE];
    for (number, differs) in differences {
        let (sum, count) = &mut sums[number % CYCLE];
        *sum += differs;
        *count += 1;
    }
    if differences.len() < 4 * CYCLE || sums.iter().any(|(_, count)| *count == 0) {
        return Shown::Nothing;
    }
    let means = sums.map(|(sum, count)| sum / f64::from(count));
    let least = (0u8..).zip(means).min_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some((phase, least)) = least else { return Shown::Other };
    let others = (means.iter().sum::<f64>() - least) / 4.0;
    let repeated =
        |(number, differs): &&(usize, f64)| number % CYCLE == usize::from(phase) && *differs > REPEATED * others;
    match others {
        others if others < STILL => Shown::Nothing,
        others if least > REPEATED * others || differences.iter().filter(repeated).count() > 1 => edited(differences),
        _ => Shown::Phase(phase),
    }
}

/// Looks for a pattern that is cut: a fifth of the frames repeat, and most of these are five apart.
fn edited(differences: &[(usize, f64)]) -> Shown {
    let mut sorted: Vec<f64> = differences.iter().map(|(_, differs)| *differs).collect();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let repeated = differences.iter().filter(|(_, differs)| *differs < REPEATED * median);
    let repeated: Vec<usize> = repeated.map(|(number, _)| *number).collect();
    // Where times fall, so do numbers.
    let five = |pair: &&[usize]| matches!(pair, [a, b] if b.checked_sub(*a) == Some(CYCLE));
    let apart = repeated.windows(2).filter(five).count();
    let fifth = differences.len() / CYCLE;
    let pattern = median > STILL && repeated.len() <= fifth + 2 && 2 * apart >= fifth;
    if pattern { Shown::Edited } else { Shown::Other }
}

/// The scan type of all places that move: one pattern, or one in more than half of them.
fn scan_of(shown: &[Shown]) -> Option<Scan> {
    let moving: Vec<Shown> = shown.iter().copied().filter(|shown| *shown != Shown::Nothing).collect();
    let first = *moving.first()?;
    match first {
        Shown::Phase(phase) if moving.iter().all(|shown| *shown == first) => Some(Scan::Telecined { phase }),
        _ => {
            let film = moving.iter().filter(|shown| matches!(shown, Shown::Phase(_) | Shown::Edited)).count();
            (2 * film > moving.len()).then_some(Scan::Repeating)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ffmpeg's words about frames from number `first` on, of which each fifth from `repeated` on repeats.
    fn place(first: usize, repeated: usize, moves: f64) -> Shown {
        let said = (first..first + 60).map(|number| {
            let differs = if number % 5 == repeated { moves / 20.0 } else { moves };
            format!(
                "frame:0 pts:0 pts_time:{}\nlavfi.signalstats.YDIF={differs}\n",
                1.0 + number as f64 * 1001.0 / 30_000.0
            )
        });
        phase(&differences(&said.collect::<String>(), 1_000_000))
    }

    #[test]
    fn a_pattern_is_steady_where_all_that_moves_shows_it() {
        let places = [place(13, 3, 4.0), place(1_004, 3, 0.5), place(2_000, 3, 0.0)];
        assert_eq!(places, [Shown::Phase(3), Shown::Phase(3), Shown::Nothing]);
        assert_eq!(scan_of(&places), Some(Scan::Telecined { phase: 3 }));
        assert_eq!(scan_of(&[Shown::Phase(3), Shown::Phase(4)]), Some(Scan::Repeating), "edited after the pulldown");
        assert_eq!(scan_of(&[Shown::Phase(3), place(0, 9, 4.0)]), None, "video in half of it");
        assert_eq!(scan_of(&[Shown::Nothing]), None);
        assert_eq!(scan_of(&[]), None);
    }

    #[test]
    fn a_pattern_that_is_cut_is_no_steady_one_and_video_has_none() {
        let frames = |repeated: &dyn Fn(usize) -> bool| {
            phase(&(1..60).map(|n| (n, if repeated(n) { 0.1 } else { 4.0 })).collect::<Vec<_>>())
        };
        let cut = |n: usize| if n < 27 { n % 5 == 1 } else { n % 5 == 3 };
        assert_eq!(frames(&cut), Shown::Edited);
        assert_eq!(frames(&|n| n % 3 != 0), Shown::Other, "drawn on threes");
        assert_eq!(frames(&|_| false), Shown::Other);
        assert_eq!(frames(&|n| n % 6 == 0), Shown::Other, "25 frames in 30");
        let falling: Vec<_> = (1..60).rev().map(|n| (n, if n % 6 == 0 { 0.1 } else { 4.0 })).collect();
        assert_eq!(phase(&falling), Shown::Other, "its times fall");
        let woven = |torn| is_woven(&[Shown::Edited, Shown::Nothing], torn);
        assert!(woven(24) && !woven(3), "whole frames are repeated");
        assert_eq!(scan_of(&[Shown::Edited, Shown::Phase(2), Shown::Other]), Some(Scan::Repeating));
    }
}
