//! From the runs of each track to stretches of the whole source, laid end to end.

use super::Clock;
use super::places::{Track, lay_all};
use super::runs::{LONGEST_PACKET_US, Limits, Runs};
use super::stays::{Stay, stays};

/// Two tracks jump together when their jumps differ by no more than this, microseconds: one may have lost some packets.
const ALIKE_US: i64 = 2_000_000;

/// Lays the stretches of a source end to end; `None` where its clock runs through. The first track of `tracks` leads: the
/// others' jumps are compared with its.
pub(crate) fn lay(runs: &Runs, tracks: &[u32]) -> Option<Clock> {
    let mut stays = tracks.iter().map(|track| (*track, stays(runs.of(*track), runs.limits())));
    let (index, leading) = stays.next()?;
    let others: Vec<(u32, Vec<Stay>)> = stays.collect();
    let jumps = jumps(&leading, &others, runs.limits());
    let leader = leader(index, leading, &jumps);
    let followers = others.into_iter().map(|(index, stays)| follower(index, stays, &leader, &jumps));
    let followers: Vec<Track> = followers.collect();
    let mut all: Vec<Track> = std::iter::once(leader).chain(followers).collect();
    let moved = |track: &Track| {
        let own = track.stretches.iter().any(Option::is_none);
        own || track.stays.iter().any(|stay| stay.pieces.len() > 1)
    };
    if jumps.is_empty() && !all.iter().any(moved) {
        return None;
    }
    let joints = lay_all(&mut all, jumps.len(), runs.limits());
    Some(Clock { tracks: all.into_iter().map(|track| (track.index, track.pieces)).collect(), joints })
}

/// The difference of the source's clock between two runs.
fn gap(before: &Stay, after: &Stay) -> i64 {
    after.run.start_us.saturating_sub(before.run.end_us)
}

/// The leading track's stays after which the clock jumps. After the others its picture stood still, or some were lost.
fn jumps(leading: &[Stay], others: &[(u32, Vec<Stay>)], limits: Limits) -> Vec<usize> {
    let jumped = |pair: &[Stay]| match pair {
        [before, after] => is_jump(before, after, others, limits),
        _ => false,
    };
    leading.windows(2).enumerate().filter(|(_, pair)| jumped(pair)).map(|(at, _)| at).collect()
}

fn is_jump(before: &Stay, after: &Stay, others: &[(u32, Vec<Stay>)], limits: Limits) -> bool {
    let by = gap(before, after);
    if by < 0 {
        return true;
    }
    let place = after.run.first_at;
    let mut heard = false;
    for (_, stays) in others {
        let there =
            stays.first().zip(stays.last()).is_some_and(|(a, b)| a.run.first_at < place && place < b.run.last_at);
        heard |= there;
        let alike = |pair: &[Stay]| matches!(pair, [a, b] if gap(a, b).abs_diff(by) < ALIKE_US.unsigned_abs());
        if stays.windows(2).any(alike) {
            return true;
        }
        // It goes on while the leading track is silent.
        let through = |stay: &Stay| {
            stay.run.first_at < place && place < stay.run.last_at && stay.run.end_us >= after.run.start_us - ALIKE_US
        };
        if stays.iter().any(through) {
            return false;
        }
    }
    heard || by > limits.alone_us
}

fn leader(index: u32, stays: Vec<Stay>, jumps: &[usize]) -> Track {
    let stretches = (0..stays.len()).map(|at| Some(jumps.iter().filter(|jump| **jump < at).count())).collect();
    Track::new(index, stays, stretches)
}

/// Finds in which stretches a track's stays lie: it jumps as the leading track does, or is silent for a while, or jumps by
/// itself.
fn follower(index: u32, stays: Vec<Stay>, leader: &Track, jumps: &[usize]) -> Track {
    let mut stretches = Vec::new();
    let mut next = 0;
    for (at, stay) in stays.iter().enumerate() {
        let Some(before) = at.checked_sub(1).and_then(|before| stays.get(before)) else {
            let first = first_stretch(stay, leader);
            next = first.unwrap_or(0);
            stretches.push(first);
            continue;
        };
        let by = gap(before, stay);
        let alike = |jump: &usize| {
            let pair = leader.stays.get(*jump).zip(leader.stays.get(jump + 1));
            pair.is_some_and(|(a, b)| gap(a, b).abs_diff(by) < ALIKE_US.unsigned_abs())
        };
        if let Some(found) = jumps.iter().skip(next).position(alike) {
            next += found + 1;
            stretches.push(Some(next));
        } else if (0..=LONGEST_PACKET_US).contains(&by) {
            stretches.push(stretches.last().copied().flatten());
        } else {
            stretches.push(None);
        }
    }
    Track::new(index, stays, stretches)
}

/// The stretch that a track begins in: of those that have its time, the nearest by place.
fn first_stretch(stay: &Stay, leader: &Track) -> Option<usize> {
    let about = |of: &&(&Stay, Option<usize>)| {
        let run = &of.0.run;
        (run.start_us - 5 * ALIKE_US..=run.end_us + 5 * ALIKE_US).contains(&stay.run.start_us)
    };
    let all: Vec<(&Stay, Option<usize>)> = leader.stays.iter().zip(leader.stretches.iter().copied()).collect();
    let near = all.iter().filter(about).min_by_key(|(of, _)| of.run.first_at.abs_diff(stay.run.first_at));
    near.or_else(|| all.iter().rfind(|(of, _)| of.run.first_at <= stay.run.first_at)).map_or(Some(0), |(_, s)| *s)
}
