//! Runs of one track, with packets of mistaken times taken into the run that they interrupt.

use super::runs::{Limits, Run, STRAY_PACKETS};
use super::{APART_US, Piece};

/// Runs of one track, less those whose times are mistaken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) run: Run,
    /// On the source's clock: `laid_us` is where a piece belongs there.
    pub(super) pieces: Vec<Piece>,
}

/// Takes runs of a packet or two, whose times no others follow, into the run that they interrupt.
pub(super) fn stays(runs: &[Run], limits: Limits) -> Vec<Stay> {
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
pub(super) fn step(run: &Run) -> i64 {
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
