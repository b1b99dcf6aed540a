//! Facts of each track from its packets. Memory does not grow with the length of the source.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::holes::Holes;
use super::lines::Packet;
use super::rate::Intervals;

/// Frames by which decoding order may differ from presentation order; H.264 and HEVC allow 16.
const REORDER: usize = 32;

/// Where every frame is a key frame, as in ProRes, not all of them are kept.
const SYNC_APART: u32 = 12;
/// Most key frames that are kept of a track; of more, every second goes.
const MOST_SYNC: usize = 1 << 20;

/// Each track's packets, by ffmpeg's stream index.
pub(in crate::probe) type Tracks = BTreeMap<u32, Track>;

/// One track's packets. Times are ticks of its time base.
#[derive(Debug, Default)]
pub(in crate::probe) struct Track {
    /// Frames, or packets of sound, that are presented.
    pub packets: u64,
    pub bytes: u64,
    /// Packets, presented or not.
    pub read: u64,
    /// The first packet's presentation time before it was laid, microseconds.
    pub source_us: Option<i64>,
    /// Those of them without a presentation time.
    pub no_pts: u64,
    /// Earliest presentation time of any packet.
    pub lowest: Option<i64>,
    /// Earliest presentation time.
    pub first: Option<i64>,
    /// Latest presentation time.
    pub last: Option<i64>,
    /// Latest end.
    pub end: Option<i64>,
    pub last_duration: i64,
    pub intervals: Intervals,
    pub holes: Holes,
    /// The duration of the last packet of sound.
    pub usual_duration: i64,
    pub encrypted: bool,
    /// Presented packets without a time, or with the time of another.
    pub timeless: u64,
    /// Times that lie before ones that were long presented.
    pub backward: u64,
    /// Packets that an edit list hides after ones that it shows.
    pub hidden_inside: bool,
    /// Samples not heard at the start and the end.
    pub skip_samples: u32,
    pub discard_padding: u32,
    any: bool,
    /// Some pictures are shown before ones that are decoded earlier.
    pub reordered: bool,
    highest: Option<i64>,
    /// Key frames, as presentation and decode time; one in [`SYNC_APART`] packets at most, and no more than [`MOST_SYNC`].
    pub sync: Vec<(i64, i64)>,
    /// Packets from one that is kept to the next, at least; 0 until any was left out.
    sync_apart: u32,
    since_sync: u32,
    key_seen: Option<i64>,
    waiting: BinaryHeap<Reverse<i64>>,
    previous: Option<i64>,
}

impl Track {
    /// Takes the next packet of a picture track.
    pub(in crate::probe) fn picture(&mut self, packet: &Packet) {
        self.encrypted |= packet.encrypted;
        self.note_times(packet);
        if packet.key && self.key_seen.is_none() {
            self.key_seen = packet.pts;
        }
        self.note_sync(packet);
        // Frames before the first key frame cannot be decoded, be it in the file or, in an open GOP, on the screen.
        let Some(key) = self.key_seen else { return };
        if packet.pts.is_some_and(|pts| pts < key) || self.hidden(packet) {
            return;
        }
        let Some(pts) = self.present(packet) else { return };
        self.waiting.push(Reverse(pts));
        if self.waiting.len() > REORDER
            && let Some(Reverse(pts)) = self.waiting.pop()
        {
            self.in_order(pts);
        }
    }

    fn note_times(&mut self, packet: &Packet) {
        self.lowest = self.lowest.into_iter().chain(packet.pts).min();
        self.reordered |= packet.pts < self.highest && packet.pts.is_some();
        self.highest = self.highest.max(packet.pts);
    }

    fn note_sync(&mut self, packet: &Packet) {
        self.since_sync = self.since_sync.saturating_add(1);
        if packet.key
            && (self.sync.is_empty() || self.since_sync >= self.sync_apart.max(SYNC_APART))
            && let Some(pts) = packet.pts
        {
            if self.sync.len() >= MOST_SYNC {
                self.halve_sync();
            }
            self.sync.push((pts, packet.dts.unwrap_or(pts)));
            self.since_sync = 0;
        }
    }

    /// Drops every second key frame; fewer are kept from now on.
    fn halve_sync(&mut self) {
        let mut keep = false;
        self.sync.retain(|_| {
            keep = !keep;
            keep
        });
        self.sync_apart = self.sync_apart.max(SYNC_APART).saturating_mul(2);
    }

    /// Takes the next packet of a sound track.
    pub(in crate::probe) fn sound(&mut self, packet: &Packet) {
        self.encrypted |= packet.encrypted;
        self.note_times(packet);
        if !self.any {
            self.skip_samples = packet.skip_samples;
            // Priming counts from the first packet, even where the edit list hides it.
            self.first = packet.pts.filter(|_| packet.skip_samples > 0);
        }
        self.any = true;
        let end = self.end;
        if !self.hidden(packet)
            && let Some(pts) = self.present(packet)
        {
            self.discard_padding = packet.discard_padding;
            self.usual_duration = packet.duration;
            if let Some(end) = end {
                self.holes.note(pts.saturating_sub(end).saturating_add(packet.duration), end);
            }
        }
    }

    /// Moves all times by so many ticks.
    pub(in crate::probe) fn shift(&mut self, ticks: i64) {
        for time in [&mut self.first, &mut self.last, &mut self.end].into_iter().flatten() {
            *time = time.saturating_add(ticks);
        }
    }

    /// All packets have been taken.
    pub(in crate::probe) fn finish(&mut self) {
        while let Some(Reverse(pts)) = self.waiting.pop() {
            self.in_order(pts);
        }
    }

    /// From the first to the last presentation time.
    pub(in crate::probe) fn span(&self) -> i64 {
        self.first.zip(self.last).map_or(0, |(first, last)| last.saturating_sub(first))
    }

    fn hidden(&mut self, packet: &Packet) -> bool {
        self.hidden_inside |= packet.discard && self.packets > 0;
        packet.discard
    }

    fn present(&mut self, packet: &Packet) -> Option<i64> {
        self.packets += 1;
        self.bytes = self.bytes.saturating_add(packet.size);
        let Some(pts) = packet.pts else {
            self.timeless += 1;
            return None;
        };
        self.first = Some(self.first.map_or(pts, |first| first.min(pts)));
        if self.last.is_none_or(|last| pts >= last) {
            self.last = Some(pts);
            self.last_duration = packet.duration.max(0);
        }
        let end = pts.saturating_add(packet.duration.max(0));
        self.end = Some(self.end.map_or(end, |known| known.max(end)));
        Some(pts)
    }

    fn in_order(&mut self, pts: i64) {
        if let Some(previous) = self.previous {
            match pts.saturating_sub(previous) {
                0 => self.timeless += 1,
                step if step < 0 => self.backward += 1,
                step => {
                    self.intervals.add(step);
                    self.holes.note(step, previous);
                }
            }
        }
        self.previous = Some(self.previous.map_or(pts, |previous| previous.max(pts)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_of_a_source_that_has_no_end_are_kept_ever_farther_apart() {
        let mut track = Track::default();
        let packet = |pts| Packet { pts: Some(pts), key: true, ..Packet::default() };
        (0..36).for_each(|pts| track.note_sync(&packet(pts)));
        assert_eq!(track.sync, [(0, 0), (12, 12), (24, 24)]);
        track.sync = (0..1i64 << 20).map(|nth| (nth * 12, nth * 12)).collect();
        let next = 12i64 << 20;
        (next..next + 49).for_each(|pts| track.note_sync(&packet(pts)));
        assert_eq!(track.sync.get(..3), Some([(0, 0), (24, 24), (48, 48)].as_slice()));
        assert_eq!(track.sync.len(), (1 << 19) + 3);
        assert_eq!(track.sync.last(), Some(&(next + 48, next + 48)));
    }
}
