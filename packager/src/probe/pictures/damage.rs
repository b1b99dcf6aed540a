//! Where a track is damaged: decoders complain without a time, so what they complained of is decoded once more, and
//! ffprobe tells which frame each complaint comes with.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::probe::error::ProbeError;
use crate::probe::run::{self, Ffprobe};

/// Longer lines than any of ffprobe's here are cut.
const LONGEST_LINE: u64 = 4096;
/// Read beyond the span's end, because packets come in the order of decoding, microseconds.
const BEYOND: i64 = 1_000_000;
/// Most places of a track that are told of.
const MOST_TOLD: usize = 5;

/// Seconds of the title near which the source is damaged, by the name of the track.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage(BTreeMap<String, BTreeSet<i64>>);

impl Damage {
    /// Damage of `track` at times from the title's start, microseconds.
    pub fn new(track: &str, times: impl Iterator<Item = i64>) -> Self {
        let seconds: BTreeSet<i64> = times.map(|at| at.max(0) / 1_000_000).collect();
        Self(std::iter::once((track.to_owned(), seconds)).filter(|(_, seconds)| !seconds.is_empty()).collect())
    }

    /// Takes in what was found elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (track, seconds) in &other.0 {
            self.0.entry(track.clone()).or_default().extend(seconds);
        }
    }

    /// A line for each track.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        // The proof knows these by how they begin: that a track is damaged does not account for it.
        let told = |(track, seconds): (&String, &BTreeSet<i64>)| {
            let places = named(seconds);
            format!("the source is damaged near {places} in {track}: what could be decoded of it is published")
        };
        self.0.iter().map(told).collect()
    }
}

/// The first few places, in words; `None` where there are none. `times` are microseconds.
pub(in crate::probe) fn places(times: impl Iterator<Item = i64>) -> Option<String> {
    let seconds: BTreeSet<i64> = times.map(|at| at.max(0) / 1_000_000).collect();
    (!seconds.is_empty()).then(|| named(&seconds))
}

fn named(seconds: &BTreeSet<i64>) -> String {
    let places: Vec<String> = seconds.iter().take(MOST_TOLD).map(|&second| clock(second)).collect();
    let more = if seconds.len() > MOST_TOLD { " and elsewhere" } else { "" };
    places.join(", ") + more
}

/// A time as `1:02:03` or `2:03`.
fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Times within `span` where `track` is damaged, decoded from `seek_us` on; microseconds on the file's clock.
///
/// # Errors
/// When ffprobe cannot be started, is ended from outside, or its output cannot be read; not when it fails.
pub fn damaged(
    ffprobe: Ffprobe<'_>,
    path: &Path,
    track: u32,
    seek_us: Option<i64>,
    span: &Range<i64>,
) -> Result<Vec<i64>, ProbeError> {
    let (track, interval) = (track.to_string(), interval(seek_us, span.end));
    let args = [
        // With more threads, complaints come with other frames than those they are about.
        "-threads",
        "1",
        "-select_streams",
        &track,
        "-read_intervals",
        &interval,
        "-show_packets",
        "-show_frames",
        "-show_log",
        "16",
        "-show_entries",
        "packet=pts_time:frame=pts_time:log=level",
        "-of",
        "compact",
    ];
    let (seen, _) = run::ffprobe(ffprobe, path, &args, |mut stdout| {
        let (mut seen, mut line) = (Seen::default(), Vec::new());
        while stdout.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
            seen.add(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(seen)
    })?;
    Ok(seen.damaged().filter(|at| span.contains(at)).collect())
}

/// ffprobe's `-read_intervals`.
fn interval(seek_us: Option<i64>, end_us: i64) -> String {
    let seconds = |us: i64| format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    let start = seek_us.filter(|at| *at > 0).map(seconds).unwrap_or_default();
    let end = end_us.saturating_add(BEYOND).max(BEYOND);
    if end == i64::MAX { format!("{start}%") } else { format!("{start}%{}", seconds(end)) }
}

/// The packets and frames read of a track.
#[derive(Debug, Default)]
struct Seen {
    packets: usize,
    /// The packet that no frame has come for yet.
    pending: Option<i64>,
    /// The last frame; the decoder's delay is over once there is one.
    frame: Option<i64>,
    /// Frames with complaints.
    complained: Vec<i64>,
    /// Packets that no frame came for.
    lost: Vec<i64>,
}

impl Seen {
    /// Takes one of ffprobe's lines: `packet|pts_time=1.5`, `frame|pts_time=1.5|log|level=16`, `log|level=16`.
    fn add(&mut self, line: &str) {
        let mut fields = line.trim().split('|');
        let section = fields.next();
        let time = fields.next().and_then(|field| microseconds(field.strip_prefix("pts_time=")?));
        match section {
            Some("packet") => {
                self.packets += 1;
                let before = std::mem::replace(&mut self.pending, time);
                self.lost.extend(before.filter(|_| self.frame.is_some()));
            }
            Some("frame") => {
                self.pending = None;
                self.frame = time.or(self.frame);
            }
            _ => {}
        }
        if line.contains("log|level=") {
            self.complained.extend(self.frame);
        }
    }

    /// Where frames are damaged or missing. Where many packets have no frame of their own that is the codec's way, as
    /// where each field is a packet.
    fn damaged(self) -> impl Iterator<Item = i64> {
        let few = self.lost.len().saturating_mul(4) < self.packets;
        self.complained.into_iter().chain(self.lost.into_iter().filter(move |_| few))
    }
}

/// ffprobe's seconds, which have six decimals.
fn microseconds(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').filter(|(_, decimals)| decimals.len() == 6)?;
    format!("{whole}{decimals}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lines: &[&str]) -> Vec<i64> {
        let mut seen = Seen::default();
        lines.iter().for_each(|line| seen.add(line));
        seen.damaged().collect()
    }

    #[test]
    fn a_complaint_belongs_to_its_frame_and_a_packet_without_a_frame_is_lost() {
        let video = ["packet|pts_time=0.000000", "packet|pts_time=0.080000", "frame|pts_time=0.000000||side_data|", ""];
        let more = ["packet|pts_time=0.040000", "frame|pts_time=0.040000|log|level=16", "log|level=16"];
        assert_eq!(seen(&[&video[..], &more].concat()), [40_000, 40_000]);
        let heard = ["packet|pts_time=-0.021333", "frame|pts_time=-0.021333|", "packet|pts_time=0.000000"];
        let later =
            ["packet|pts_time=1.021333", "frame|pts_time=1.021333|", "packet|pts_time=N/A", "frame|pts_time=N/A"];
        let last = ["packet|pts_time=2.000000", "frame|pts_time=2.000000"];
        assert_eq!(seen(&[&heard[..], &later, &last, &last].concat()), [0]);
        let fields = ["packet|pts_time=0.000000", "frame|pts_time=0.000000", "packet|pts_time=0.020000"];
        assert_eq!(seen(&fields.repeat(9)), [0; 0], "each second packet is a field");
    }

    #[test]
    fn spans_are_read_from_where_decoding_begins_to_somewhat_beyond() {
        assert_eq!(interval(None, i64::MAX), "%");
        assert_eq!(interval(Some(-5), 2_500_000), "%3.500000");
        assert_eq!(interval(Some(1_000_001), 2_500_000), "1.000001%3.500000");
        assert_eq!(interval(None, i64::MIN), "%1.000000");
    }

    #[test]
    fn places_are_told_once_and_in_order() {
        let mut damage = Damage::new("video track 0", [3_700_000_000, 61_999_999, 61_000_000].into_iter());
        damage.merge(&Damage::new("audio track 1", std::iter::empty()));
        let told = |at: &str| {
            [format!("the source is damaged near {at} in video track 0: what could be decoded of it is published")]
        };
        assert_eq!(damage.warnings(), told("1:01, 1:01:40"));
        damage.merge(&Damage::new("video track 0", (0..4).map(|second| second * 1_000_000)));
        assert_eq!(damage.warnings(), told("0:00, 0:01, 0:02, 0:03, 1:01 and elsewhere"));
        assert!(Damage::default().warnings().is_empty());
    }
}
