//! Extent of a source's packets: its clock laid end to end, by a reading of its own.
//!
//! The packager's probe has no part in it, so that a fault in the plan can't hide itself. All times are nanoseconds.

use super::packet::Packet;
use super::stretches::{Clock, Stretch, stretches, usual_step};
use crate::syntax::decimal::SECOND;

/// Pictures that are decoded before the first is shown, at most.
const MOST_REORDERED: usize = 32;
/// A track may be silent for as long, but not longer.
const LONGEST_HOLE: i64 = 600 * SECOND_I;
const SECOND_I: i64 = SECOND as i64;

/// A track, laid end to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Laid {
    pub(crate) stream: u32,
    pub(crate) stretches: Vec<Stretch>,
    /// Presentation times of its key packets on the source's own clock, in order.
    pub(crate) keys: Vec<i64>,
}

impl Laid {
    pub(crate) fn start(&self) -> Option<i64> {
        self.stretches.first().map(|s| s.first().saturating_add(s.shift))
    }

    pub(crate) fn last(&self) -> Option<i64> {
        self.stretches.iter().map(|s| s.last().saturating_add(s.shift)).max()
    }

    pub(crate) fn end(&self) -> Option<i64> {
        self.stretches.iter().map(|s| s.end().saturating_add(s.shift)).max()
    }

    /// By how much its packets' times depart from their lengths, where that is too little for a hole: nobody can say
    /// whether the times or the lengths are right.
    pub(crate) fn unsteady(&self) -> i64 {
        self.stretches.iter().map(|stretch| stretch.unsteady).max().unwrap_or(0)
    }

    /// Moves the track: its container has decode times alone, and ffmpeg shows its first picture at `first`, when it
    /// decodes a later one. The last ones are a usual step apart.
    pub(crate) fn begin_at(&mut self, first: i64) {
        let Some(stretch) = self.stretches.first_mut() else { return };
        let waits = stretch.times.partition_point(|time| time.saturating_add(1_000_000) < first);
        let (begins, step) = (stretch.times.get(waits).copied(), usual_step(&stretch.times));
        if begins.is_some_and(|begins| begins.abs_diff(first) <= 1_000_000) && waits <= MOST_REORDERED {
            stretch.times.drain(..waits);
            for _ in 0..waits {
                stretch.times.push(stretch.last().saturating_add(step));
            }
            return;
        }
        let by = first.saturating_sub(stretch.first());
        for time in self.stretches.iter_mut().flat_map(|stretch| &mut stretch.times) {
            *time = time.saturating_add(by);
        }
    }

    /// All presentation times, laid, in order.
    pub(crate) fn times(&self) -> Vec<i64> {
        let mut times: Vec<i64> =
            self.stretches.iter().flat_map(|s| s.times.iter().map(|t| t.saturating_add(s.shift))).collect();
        times.sort_unstable();
        times
    }
}
/// Lays the tracks of a source end to end: the one of `video` first, then those of `audio` beside it.
pub(crate) fn lay(packets: &[Packet], clock: Clock, video: Option<u32>, audio: &[u32]) -> (Option<Laid>, Vec<Laid>) {
    let of = |stream: u32| {
        let keys =
            packets.iter().filter(|packet| packet.stream == stream && packet.key).filter_map(|packet| packet.pts);
        let mut keys: Vec<i64> = keys.collect();
        keys.sort_unstable();
        Laid { stream, stretches: stretches(packets, clock, stream), keys }
    };
    let mut leader = video.map(of).filter(|laid| !laid.stretches.is_empty());
    let mut followers: Vec<Laid> = audio.iter().map(|&stream| of(stream)).collect();
    if let Some(leader) = &mut leader {
        end_to_end(&mut leader.stretches);
        followers.iter_mut().for_each(|follower| beside(leader, follower));
    } else {
        followers.iter_mut().for_each(|follower| end_to_end(&mut follower.stretches));
    }
    (leader, followers)
}

/// The first stretch keeps its own clock; each other begins where the one before ends.
fn end_to_end(stretches: &mut [Stretch]) {
    let mut end = None;
    for stretch in stretches {
        stretch.shift = end.map_or(0, |end: i64| end.saturating_sub(stretch.first()));
        end = Some(stretch.end().saturating_add(stretch.shift));
    }
}

/// Stretches of `follower` have the shift of those of `leader` that were recorded with them. One that nothing was recorded
/// with has mistaken times, and follows the one before.
fn beside(leader: &Laid, follower: &mut Laid) {
    let as_many = leader.stretches.len() == follower.stretches.len();
    let mut before: Option<i64> = None;
    for (index, stretch) in follower.stretches.iter_mut().enumerate() {
        let common =
            |other: &&Stretch| stretch.end().min(other.end()).saturating_sub(stretch.first().max(other.first()));
        let with = if as_many { leader.stretches.get(index) } else { leader.stretches.iter().max_by_key(common) };
        let by_itself = before.filter(|end| {
            let gap = stretch.first().saturating_sub(*end);
            !(0..=LONGEST_HOLE).contains(&gap) && leader.stretches.iter().all(|other| common(&other) < -SECOND_I)
        });
        stretch.shift = match by_itself {
            Some(end) => end.saturating_sub(stretch.first()),
            None => with.map_or(0, |with| with.shift),
        };
        before = Some(stretch.end().saturating_add(stretch.shift));
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = SECOND_I / 25;

    /// `count` packets of track `stream` from `start` milliseconds on.
    fn run(stream: u32, start: i64, count: i64) -> Vec<Packet> {
        let packet = |n: i64| {
            let at = start * 1_000_000 + n * FRAME;
            Packet { stream, pts: Some(at), dts: at, duration: FRAME, key: n % 10 == 0 }
        };
        (0..count).map(packet).collect()
    }

    fn laid(runs: &[Vec<Packet>], clock: Clock) -> (Vec<(i64, i64)>, Vec<i64>) {
        let (video, audio) = lay(&runs.concat(), clock, Some(0), &[1]);
        let video = video.unwrap();
        let spans = video.stretches.iter().map(|s| (s.first() / 1_000_000 + s.shift / 1_000_000, s.times.len() as i64));
        let audio = audio.iter().flat_map(|a| &a.stretches).map(|s| (s.first() + s.shift) / 1_000_000);
        (spans.collect(), audio.collect())
    }

    #[test]
    fn clocks_that_jump_are_laid_end_to_end_and_others_kept() {
        let both = |start, count| [run(0, start, count), run(1, start, count)].concat();
        let joined = [both(3_600_000, 50), both(0, 50), both(40_000, 50)];
        let expected = (vec![(3_600_000, 50), (3_602_000, 50), (3_604_000, 50)], vec![3_600_000, 3_602_000, 3_604_000]);
        assert_eq!(laid(&joined, Clock::Jumping), expected);
        // A picture that stands while the sound goes on is content.
        let held = [run(0, 0, 50), run(1, 0, 250), run(0, 8000, 50)];
        assert_eq!(laid(&held, Clock::Jumping).0, [(0, 100)]);
        // So is one of a container with an index, and a short one of Matroska.
        assert_eq!(laid(&[both(0, 50), both(8000, 50)], Clock::Written).0, [(0, 100)]);
        assert_eq!(laid(&[both(0, 50), both(80_000, 50)], Clock::Steady).0, [(0, 100)]);
        assert_eq!(laid(&[both(0, 50), both(80_000, 50)], Clock::Written).0, [(0, 50), (2000, 50)]);
        // The audio before a hole may be written after the pictures in it.
        let late = [run(1, 0, 25), run(0, 0, 100), run(1, 1000, 25), run(1, 4000, 50), run(0, 4000, 50)];
        assert_eq!(laid(&late, Clock::Jumping).1, [0]);
        // One time stamp that is hours off.
        let off = [both(0, 50), run(0, 9_000_000, 1), both(2040, 50)];
        assert_eq!(laid(&off, Clock::Jumping).0, [(0, 50), (2000, 1), (2040, 50)]);
        // Of three, the third's clock lies between those of the others.
        let three = [both(100_000, 50), both(9_000_000, 50), both(5_000_000, 50)];
        assert_eq!(laid(&three, Clock::Jumping).0, [(100_000, 50), (102_000, 50), (104_000, 50)]);
    }

    #[test]
    fn a_picture_that_is_shown_with_a_later_one_moves_all() {
        let mut packets = run(0, 0, 10);
        let begun = |packets: &[Packet], first: i64| {
            let mut laid = lay(packets, Clock::Steady, Some(0), &[]).0.unwrap();
            laid.begin_at(first);
            (laid.times().len(), laid.start().unwrap() / FRAME, laid.end().unwrap() / FRAME)
        };
        assert_eq!(begun(&packets, 2 * FRAME), (10, 2, 12));
        assert_eq!(begun(&packets, 0), (10, 0, 10));
        packets.iter_mut().skip(1).for_each(|packet| packet.dts += 2 * FRAME);
        packets.iter_mut().for_each(|packet| packet.pts = None);
        assert_eq!(begun(&packets, 3 * FRAME), (10, 3, 13), "after the first some are missing");
    }

    #[test]
    fn mistaken_times_of_one_track_follow_what_it_had_before() {
        let shown = |mut packets: Vec<Packet>, at: &[(usize, i64)]| {
            at.iter().for_each(|(index, ms)| packets[*index].pts = Some(ms * 1_000_000));
            packets
        };
        // Without times of decoding, the first pictures after a jump seem to be decoded before it.
        let jump = [shown(run(0, 0, 52), &[(50, 90_080), (51, 90_000)]), run(1, 0, 50), run(0, 90_040, 49)];
        let (video, _) = lay(&jump.concat(), Clock::Written, Some(0), &[1]);
        let of = |stretch: &Stretch| (stretch.first() / 1_000_000, stretch.times.len());
        assert_eq!(video.unwrap().stretches.iter().map(of).collect::<Vec<_>>(), [(0, 50), (90_000, 51)]);
        let stray = [shown(run(0, 0, 100), &[(50, 3_600_000)]), run(1, 0, 100)];
        assert_eq!(lay(&stray.concat(), Clock::Written, Some(0), &[1]).0.unwrap().end(), Some(100 * FRAME));
        let audio = [run(0, 0, 200), run(1, 0, 50), run(1, 5_000_000, 5), run(1, 2200, 50)];
        let (_, sound) = lay(&audio.concat(), Clock::Jumping, Some(0), &[1]);
        assert_eq!(sound[0].end(), Some(4200 * 1_000_000));
    }

    #[test]
    fn what_the_last_packet_lasts_is_its_own_word_or_the_usual_step() {
        let mut packets = run(0, 0, 10);
        assert_eq!(lay(&packets, Clock::Steady, Some(0), &[]).0.unwrap().end(), Some(10 * FRAME));
        packets[9].duration = 0;
        assert_eq!(lay(&packets, Clock::Steady, Some(0), &[]).0.unwrap().end(), Some(10 * FRAME));
        packets[8].pts = None;
        packets[9].pts = None;
        assert_eq!(lay(&packets, Clock::Steady, Some(0), &[]).0.unwrap().end(), Some(10 * FRAME));
        packets[9].duration = 30 * FRAME;
        assert_eq!(lay(&packets, Clock::Steady, Some(0), &[]).0.unwrap().end(), Some(39 * FRAME));
        assert_eq!(lay(&[], Clock::Jumping, Some(0), &[]), (None, vec![]));
    }
}
