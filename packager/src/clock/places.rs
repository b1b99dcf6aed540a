//! The places of all tracks' packets, one stretch laid after the other.

use super::runs::Limits;
use super::stays::{Stay, step};
use super::{Joint, Piece};

/// One track's way through the stretches.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) index: u32,
    pub(super) stays: Vec<Stay>,
    /// The stretch of each stay; `None` where the track jumps by itself.
    pub(super) stretches: Vec<Option<usize>>,
    laid_end_us: Option<i64>,
    pub(super) pieces: Vec<Piece>,
}

/// Gives every piece its place; the joints.
pub(super) fn lay_all(tracks: &mut [Track], jumps: usize, limits: Limits) -> Vec<Joint> {
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
    /// A track whose stays lie in `stretches`, not laid yet.
    pub(super) fn new(index: u32, stays: Vec<Stay>, stretches: Vec<Option<usize>>) -> Self {
        Self { index, stays, stretches, laid_end_us: None, pieces: Vec::new() }
    }

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
