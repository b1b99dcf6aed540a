//! Film that was brought to video's rate: of each five frames, one shows nothing new.

use super::Grey;

/// Frames of a cycle.
const CYCLE: usize = 5;
/// Cycles that show a pattern.
const CYCLES: usize = 3;
/// Frames that are needed: each but the first is beside one before it.
pub(crate) const FRAMES: usize = CYCLE * CYCLES + 1;
/// A frame that shows nothing new departs by less than this part of what others do.
const NOTHING_NEW: u64 = 10;
/// Others move by this much at least, thousandths of a level for each pixel.
const MOVES: u64 = 250;

/// Cadence of consecutive frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cadence {
    /// Little moves, or there are few frames.
    Nothing,
    /// One of each five repeats the one before it.
    Repeats,
    /// Each frame is new, or those that are not come as they like.
    Other,
}

/// The cadence of `frames`.
pub(crate) fn cadence(frames: &[Grey]) -> Cadence {
    let steps: Vec<u64> = frames.windows(2).map(|two| two.first().zip(two.last()).map_or(0, change)).collect();
    let cycles: Vec<&[u64]> = steps.chunks_exact(CYCLE).collect();
    if cycles.len() < CYCLES {
        return Cadence::Nothing;
    }
    let mut repeated = cycles.iter().map(|cycle| repeats(cycle));
    match repeated.next() {
        _ if steps.iter().filter(|step| **step >= MOVES).count() < CYCLES * (CYCLE - 1) => Cadence::Nothing,
        Some(Some(phase)) if repeated.all(|other| other == Some(phase)) => Cadence::Repeats,
        _ => Cadence::Other,
    }
}

/// Which of a cycle's frames shows nothing new, where it is the only one.
fn repeats(cycle: &[u64]) -> Option<usize> {
    let (phase, least) = cycle.iter().copied().enumerate().min_by_key(|(_, step)| *step)?;
    let mut others = cycle.iter().enumerate().filter(|(at, _)| *at != phase).map(|(_, step)| *step);
    others.all(|step| step >= MOVES && step > NOTHING_NEW * least).then_some(phase)
}

/// Thousandths of a level by which a pixel changes, on average, from one frame to the next.
fn change((a, b): (&Grey, &Grey)) -> u64 {
    let off: u64 = a.luma.iter().zip(&b.luma).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    (1000 * off).checked_div(a.luma.len() as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixteen frames of which number `n` shows moment `of(n)`.
    fn shown(of: impl Fn(usize) -> usize) -> Cadence {
        let luma = |at: usize| (0..640).map(|x| if x / 20 == at { 200 } else { 20 }).collect();
        cadence(&(0..FRAMES).map(|n| Grey { wide: 640, luma: luma(of(n)) }).collect::<Vec<_>>())
    }

    #[test]
    fn a_repeated_fifth_is_told_from_what_stands_and_what_stutters() {
        assert_eq!(shown(|n| n - n / 5), Cadence::Repeats);
        assert_eq!(shown(|n| n + 1 - (n + 2) / 5), Cadence::Repeats);
        assert_eq!(shown(|n| n), Cadence::Other);
        assert_eq!(shown(|_| 3), Cadence::Nothing);
        assert_eq!(shown(|n| n / 2), Cadence::Nothing, "half the rate");
        assert_eq!(shown(|n| if n == 7 { 6 } else { n }), Cadence::Other);
        assert_eq!(cadence(&[]), Cadence::Nothing);
    }
}
