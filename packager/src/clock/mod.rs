//! A source's clock, and where its packets come to lie.
//!
//! A recorder that is started anew, a counter that wraps, recordings that were joined: a source is a list of stretches, each
//! with its own place on the source's clock. They are laid end to end, by what their packets last.

mod places;
mod runs;
mod stays;
mod stretches;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use runs::{LONGEST_PACKET_US, Limits, Runs, Timed};
pub(crate) use stretches::lay;

/// The places of all packets of a source whose clock doesn't run through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The pieces of each track, in the order of their packets, by ffmpeg's stream index.
    pub tracks: BTreeMap<u32, Vec<Piece>>,
    /// The jumps of the clock that were closed up.
    pub joints: Vec<Joint>,
}

/// Times of one packet, or of two that follow each other, are not so far apart unless one of them is mistaken. Microseconds.
pub(crate) const APART_US: i64 = 1_000_000;

/// Jumps that are told of one by one.
const MOST_TOLD: usize = 10;

/// A run of one track's packets that are moved alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Its first packet, counted from the track's first.
    pub packet: u64,
    /// The first packet's presentation time on the source's clock, microseconds …
    pub source_us: i64,
    /// … and the time at which it comes to lie.
    pub laid_us: i64,
    /// True if the packets' own times are mistaken. How far they are apart is believed up to [`APART_US`]: a picture may
    /// be shown some frames after it is decoded.
    pub stray: bool,
}

/// A jump of the clock. Times are microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joint {
    /// Since the first stretch began, as laid.
    pub at_us: i64,
    /// The source's clock before the jump.
    pub from_us: i64,
    /// The source's clock after it.
    pub to_us: i64,
}

impl Clock {
    /// The place of a time that the track's packet number `packet` has.
    pub(crate) fn laid(&self, track: u32, packet: u64, time_us: i64) -> i64 {
        let pieces = self.tracks.get(&track).map_or([].as_slice(), Vec::as_slice);
        let Some(piece) = pieces.iter().rfind(|piece| piece.packet <= packet) else { return time_us };
        let since = time_us.saturating_sub(piece.source_us);
        let believed = !piece.stray || since.abs() < APART_US;
        piece.laid_us.saturating_add(if believed { since } else { 0 })
    }

    /// The one shift of all packets; `None` where they are moved apart.
    pub(crate) fn uniform_shift(&self) -> Option<i64> {
        let mut shifts = self.tracks.values().flatten().map(|piece| {
            let shift = piece.laid_us.saturating_sub(piece.source_us);
            (!piece.stray).then_some(shift)
        });
        let first = shifts.next()??;
        shifts.all(|shift| shift == Some(first)).then_some(first)
    }

    /// Moves all that is laid.
    pub(crate) fn shift(&mut self, by_us: i64) {
        for piece in self.tracks.values_mut().flatten() {
            piece.laid_us = piece.laid_us.saturating_add(by_us);
        }
    }

    /// The jumps, in words.
    pub(crate) fn told(&self) -> impl Iterator<Item = String> {
        let more = self.joints.len().saturating_sub(MOST_TOLD);
        let more = (more > 0).then(|| format!("its clock jumps {more} more times, which is closed up alike"));
        self.joints.iter().take(MOST_TOLD).map(ToString::to_string).chain(more)
    }

    /// The clock of a source that stays as it is. `tracks` are stream indexes, each with a time of the track.
    pub(crate) fn unmoved(tracks: impl Iterator<Item = (u32, i64)>) -> Self {
        let piece = |time_us| Piece { packet: 0, source_us: time_us, laid_us: time_us, stray: false };
        Self { tracks: tracks.map(|(track, time_us)| (track, vec![piece(time_us)])).collect(), joints: Vec::new() }
    }
}

impl fmt::Display for Joint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, from, to) = (time(self.at_us), time(self.from_us), time(self.to_us));
        write!(f, "its clock jumps from {from} to {to}; the parts are laid end to end, the second begins at {at}")
    }
}

/// `1:02:03.4`, as people read times.
fn time(us: i64) -> String {
    let tenths = us.unsigned_abs() / 100_000;
    let (seconds, sign) = (tenths / 10, if us < 0 { "-" } else { "" });
    format!("{sign}{}:{:02}:{:02}.{}", seconds / 3600, seconds / 60 % 60, seconds % 60, tenths % 10)
}

#[cfg(test)]
mod tests;
