//! Runs of a track's packets on one clock each: where clocks jump, and how far they can be believed.

use std::ops::Range;

use super::packet::Packet;
use crate::syntax::decimal::SECOND;

/// A clock that goes back by more than this is another one, nanoseconds.
const BACK: i64 = SECOND_I / 2;
/// A hole in all tracks at once, longer than this, is no content where clocks may jump: nobody recorded then.
const HOLE: i64 = SECOND_I;
/// The same where clocks seldom jump, and a picture may stand for long.
const LONG_HOLE: i64 = 10 * SECOND_I;
/// Times of another track within a hole count when they are this far from both edges.
const EDGE: i64 = SECOND_I / 2;
/// The most that times may depart from lengths without being a hole.
const UNSTEADY: i64 = 60_000_000;
const SECOND_I: i64 = SECOND as i64;

/// Reliability of a container's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Times are what an index says: they never jump.
    Steady,
    /// Times are written beside each block, by whoever wrote it.
    Written,
    /// Transmission formats: clocks jump where recordings are joined.
    Jumping,
}

impl Clock {
    /// Of a demuxer, by ffprobe's name.
    pub(crate) fn of(format: &str) -> Self {
        match format {
            "mpegts" | "mpeg" | "flv" | "mpegvideo" => Self::Jumping,
            name if name.contains("matroska") || name == "asf" || name == "nut" || name == "ogg" => Self::Written,
            _ => Self::Steady,
        }
    }

    fn hole(self) -> Option<i64> {
        match self {
            Self::Steady => None,
            Self::Written => Some(LONG_HOLE),
            Self::Jumping => Some(HOLE),
        }
    }
}
/// A run of a track's packets on one clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Presentation times on the source's own clock, in order.
    pub(crate) times: Vec<i64>,
    /// Duration of the last of them.
    pub(crate) last_duration: i64,
    /// The most that a step between two packets departs from the usual one, without being a hole.
    pub(crate) unsteady: i64,
    /// Offset added to the source's clock to lay the stretches end to end.
    pub(crate) shift: i64,
}

impl Stretch {
    pub(crate) fn first(&self) -> i64 {
        self.times.first().copied().unwrap_or(0)
    }

    pub(crate) fn last(&self) -> i64 {
        self.times.last().copied().unwrap_or(0)
    }

    pub(crate) fn end(&self) -> i64 {
        self.last().saturating_add(self.last_duration)
    }
}
/// The stretches of track `stream` among all `packets`, in the order of the file.
pub(super) fn stretches(packets: &[Packet], clock: Clock, stream: u32) -> Vec<Stretch> {
    let alone = packets.iter().all(|packet| packet.stream == stream);
    // Of the others only those count that the file has since this run began: another recording may have any time. What
    // lies between the two in the file is not enough: an encoder's last packets before a hole may be written after it.
    let none_between = |places: Range<usize>, from: i64, to: i64| {
        let within = from.saturating_add(EDGE)..to.saturating_sub(EDGE);
        let mut between = packets.get(places).unwrap_or_default().iter();
        !between.any(|packet| packet.stream != stream && within.contains(&packet.dts))
    };
    let own: Vec<(usize, &Packet)> = packets.iter().enumerate().filter(|(_, p)| p.stream == stream).collect();
    let mut runs: Vec<Vec<Packet>> = Vec::new();
    let mut before: Option<i64> = None;
    let mut began = 0;
    for (index, &(place, packet)) in own.iter().enumerate() {
        let jumps = before.is_some_and(|before| {
            let step = packet.dts.saturating_sub(before);
            let stills = alone && clock == Clock::Written;
            // One time stamp that is hours off: the next one is back.
            let returns = own.get(index + 1).is_some_and(|(_, next)| packet.dts.saturating_sub(next.dts) > BACK);
            let hole = clock.hole().is_some_and(|hole| step > hole);
            step < -BACK && clock != Clock::Steady
                || hole && !stills && (returns || none_between(began..place, before, packet.dts))
        });
        before = Some(packet.dts);
        match runs.last_mut().filter(|_| !jumps) {
            Some(run) => run.push(*packet),
            None => {
                began = place;
                runs.push(vec![*packet]);
            }
        }
    }
    for at in 1..runs.len() {
        shown_with_next(&mut runs, at);
    }
    runs.iter().filter(|run| !run.is_empty()).map(|run| stretch(run)).collect()
}

/// Moves the last packets before run `at` into it that are shown with it: where the container tells no time of decoding,
/// ffprobe goes on with the old clock for as many packets as pictures are reordered by.
fn shown_with_next(runs: &mut [Vec<Packet>], at: usize) {
    let (before, from) = runs.split_at_mut(at);
    let (Some(run), Some(next)) = (before.last_mut(), from.first_mut()) else { return };
    let Some(begins) = next.first().map(|packet| packet.dts) else { return };
    let with_next = |packet: &Packet| {
        packet.pts.is_some_and(|pts| {
            pts.abs_diff(packet.dts) > HOLE.unsigned_abs() && pts.abs_diff(begins) < pts.abs_diff(packet.dts)
        })
    };
    let stay = run.len() - run.iter().rev().take_while(|packet| with_next(packet)).count();
    let moved = run.split_off(stay).into_iter().map(|packet| Packet { dts: begins, ..packet });
    next.splice(0..0, moved);
}

fn stretch(run: &[Packet]) -> Stretch {
    // Program streams give the time of presentation to some packets alone; none is shown before it is decoded.
    let mut times: Vec<i64> = run.iter().map(|p| p.shown().unwrap_or(p.dts)).collect();
    times.sort_unstable();
    let last = run.iter().max_by_key(|p| p.shown().unwrap_or(p.dts)).map_or(0, |p| p.duration);
    let last_duration = if last > 0 { last } else { usual_step(&times) };
    let usual = usual_step(&times);
    let steps = run.iter().zip(run.iter().skip(1)).map(|(a, b)| (b.dts.saturating_sub(a.dts) - usual).abs());
    let unsteady = steps.filter(|off| *off <= UNSTEADY).max().unwrap_or(0);
    Stretch { times, last_duration, unsteady, shift: 0 }
}
/// The median of the steps between `times`, which are in order; 0 where there is none.
pub(crate) fn usual_step(times: &[i64]) -> i64 {
    let mut steps: Vec<i64> =
        times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a).filter(|step| *step > 0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(0)
}
