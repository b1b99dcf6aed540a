//! From the runs of each track to stretches of the whole source, laid end to end.

use super::runs::{LONGEST_PACKET_US, Limits, Run, Runs, STRAY_PACKETS};
use super::{APART_US, Clock, Joint, Piece};

/// Two tracks jump together when their jumps differ by no more than this, microseconds: one may have lost some packets.
const ALIKE_US: i64 = 2_000_000;

/// Runs of one track, less those whose times are mistaken.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stay {
    run: Run,
    /// On the source's clock: `laid_us` is where a piece belongs there.
    pieces: Vec<Piece>,
}

/// One track's way through the stretches.
#[derive(Debug)]
struct Track {
    index: u32,
    stays: Vec<Stay>,
    /// The stretch of each stay; `None` where the track jumps by itself.
    stretches: Vec<Option<usize>>,
    laid_end_us: Option<i64>,
    pieces: Vec<Piece>,
}

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

/// Takes runs of a packet or two, whose times no others follow, into the run that they interrupt.
fn stays(runs: &[Run], limits: Limits) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let mut at = 0;
    while let Some(run) = runs.get(at) {
        let next = runs.get(at + 1);
        if let (Some(stay), Some(next)) = (stays.last_mut(), next)
            && run.packets <= STRAY_PACKETS
            && resumes(&stay.run, next, limits)
        {
            stay.take_stray(run, next);
            at += 2;
        } else if let (true, Some(next)) = (stays.is_empty() && run.packets <= STRAY_PACKETS, next) {
            stays.push(Stay::after_stray(run, next));
            at += 2;
        } else {
            stays.push(Stay { run: *run, pieces: vec![piece(run.packet, run.shown_us)] });
            at += 1;
        }
    }
    stays
}

fn piece(packet: u64, source_us: i64) -> Piece {
    Piece { packet, source_us, laid_us: source_us, stray: false }
}

/// A piece whose times are mistaken: `decoded_us` is where its first packet belongs among the others.
fn stray_piece(packet: u64, run: &Run, decoded_us: i64) -> Piece {
    let shown_late = Some(run.shown_us.saturating_sub(run.start_us)).filter(|late| late.abs() < APART_US);
    let laid_us = decoded_us.saturating_add(shown_late.unwrap_or(0));
    Piece { laid_us, stray: true, ..piece(packet, run.shown_us) }
}

/// True if `next` goes on where `run` ended, but for a packet or two.
fn resumes(run: &Run, next: &Run, limits: Limits) -> bool {
    let gap = next.start_us.saturating_sub(run.end_us);
    (-limits.together_us..=limits.together_us).contains(&gap)
}

/// Microseconds from packet to packet.
fn step(run: &Run) -> i64 {
    run.end_us.saturating_sub(run.start_us) / i64::try_from(run.packets).unwrap_or(i64::MAX).max(1)
}

impl Stay {
    fn take_stray(&mut self, stray: &Run, next: &Run) {
        self.pieces.push(stray_piece(stray.packet, stray, self.run.end_us));
        self.pieces.push(piece(next.packet, next.shown_us));
        self.run.packets += stray.packets + next.packets;
        self.run.last_at = next.last_at;
        self.run.end_us = next.end_us;
    }

    /// A track whose very first packets are mistaken.
    fn after_stray(stray: &Run, next: &Run) -> Self {
        let step_us = step(next);
        let packets = i64::try_from(stray.packets).unwrap_or(0);
        let start_us = next.start_us.saturating_sub(step_us.saturating_mul(packets));
        let first = stray_piece(0, stray, start_us);
        let run = Run { packet: 0, packets: next.packets + stray.packets, first_at: stray.first_at, start_us, ..*next };
        Self { run, pieces: vec![first, piece(next.packet, next.shown_us)] }
    }
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
    Track { index, stays, stretches, laid_end_us: None, pieces: Vec::new() }
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
    Track { index, stays, stretches, laid_end_us: None, pieces: Vec::new() }
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

/// Gives every piece its place; the joints.
fn lay_all(tracks: &mut [Track], jumps: usize, limits: Limits) -> Vec<Joint> {
    let start_us = tracks.first().and_then(|leader| leader.stays.first()).map_or(0, |stay| stay.run.start_us);
    let mut joints = Vec::new();
    for stretch in 0..=jumps {
        let shift_us = if stretch == 0 { 0 } else { shift(tracks, stretch) };
        if let Some((from_us, to_us)) = tracks.first().filter(|_| stretch > 0).and_then(|t| t.joint(stretch)) {
            let at_us = to_us.saturating_add(shift_us).saturating_sub(start_us);
            joints.push(Joint { at_us, from_us: limits.counted(from_us), to_us: limits.counted(to_us) });
        }
        for track in tracks.iter_mut() {
            track.place(stretch, shift_us);
        }
    }
    joints
}

/// The least shift of a stretch that lays no track over what it has already. The leading track's frames stay on the
/// grid that they were on.
fn shift(tracks: &[Track], stretch: usize) -> i64 {
    let begins = |track: &Track| track.first_of(stretch).map(|stay| stay.run.start_us);
    let ends = |track: &Track| track.laid_end_us.zip(begins(track)).map(|(end, start)| end.saturating_sub(start));
    let apart = || {
        let end = tracks.iter().filter_map(|track| track.laid_end_us).max();
        end.zip(tracks.iter().filter_map(begins).min()).map(|(end, start)| end.saturating_sub(start))
    };
    let shift = tracks.iter().filter_map(ends).max().or_else(apart).unwrap_or(0);
    let leader = tracks.first().and_then(|track| track.first_of(stretch).zip(track.laid_end_us));
    let Some((stay, end)) = leader else { return shift };
    let (beyond, step) = (stay.run.start_us.saturating_add(shift).saturating_sub(end), step(&stay.run).max(1));
    // A hundredth of a frame is rounding.
    let frames = beyond.saturating_add(step - 1 - step / 100).div_euclid(step);
    shift.saturating_sub(beyond).saturating_add(frames.saturating_mul(step))
}

impl Track {
    fn first_of(&self, stretch: usize) -> Option<&Stay> {
        let at = self.stretches.iter().position(|s| *s == Some(stretch))?;
        self.stays.get(at)
    }

    /// The source's clock before and after the stretch begins.
    fn joint(&self, stretch: usize) -> Option<(i64, i64)> {
        let at = self.stretches.iter().position(|s| *s == Some(stretch))?;
        let before = self.stays.get(at.checked_sub(1)?)?;
        self.stays.get(at).map(|after| (before.run.end_us, after.run.start_us))
    }

    /// Lays the track's stays of a stretch, and what follows them by itself.
    fn place(&mut self, stretch: usize, shift_us: i64) {
        let mut within = false;
        for (stay, of) in self.stays.iter().zip(&self.stretches) {
            within = of.map_or(within, |of| of == stretch);
            if !within {
                continue;
            }
            let shift_us = match (of, self.laid_end_us) {
                (None, Some(end)) => end.saturating_sub(stay.run.start_us),
                _ => shift_us,
            };
            let laid = |piece: &Piece| Piece { laid_us: piece.laid_us.saturating_add(shift_us), ..*piece };
            self.pieces.extend(stay.pieces.iter().map(laid));
            self.laid_end_us = Some(stay.run.end_us.saturating_add(shift_us));
        }
    }
}
