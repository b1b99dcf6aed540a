//! Stretches in which a picture is black or stands still.

use super::picture::{CELLS, HEIGHT, Luma, WIDTH, changes, distance, is_black};

/// Shorter stretches are nothing to tell of, nanoseconds.
const SHORTEST: i64 = 2_000_000_000;
/// A cell may change by this when an encoder begins a GOP or corrects itself, though nothing moves.
const CORRECTED: u8 = 2;
/// Distance that is motion: four levels a cell.
const MOTION: u32 = 16 * WIDTH * HEIGHT;

/// Kinds of still stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Still {
    Black,
    Frozen,
}

/// A stretch, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) kind: Still,
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Looks for stretches in one track.
#[derive(Debug, Default)]
pub(super) struct Stills {
    before: Option<Box<Luma>>,
    last: i64,
    black: Option<Black>,
    frozen: Option<Frozen>,
}

#[derive(Debug)]
struct Black {
    start: i64,
    /// The best rendition is not black all the while.
    alone: bool,
}

#[derive(Debug)]
struct Frozen {
    start: i64,
    first: Box<Luma>,
    /// It has come away from the first picture, however slowly.
    moved: bool,
    pictures: u32,
    corrections: u32,
    /// Some picture is not black.
    seen: bool,
    /// The best rendition's picture when it began.
    best: Option<Box<Luma>>,
    /// The best rendition moves meanwhile.
    alone: bool,
}

impl Stills {
    /// Sees the picture shown at `at`, where `best` is what the best rendition shows then: `None` for the best itself.
    /// In another one, what the best one has too is nothing to tell of. Gives the stretches that end.
    pub(super) fn see(&mut self, at: i64, luma: &Luma, best: Option<&Luma>) -> Vec<Stretch> {
        let mut ended = Vec::new();
        let black = is_black(luma);
        if black {
            let alone = best.is_none_or(|best| !is_black(best));
            self.black.get_or_insert(Black { start: at, alone }).alone |= alone;
        } else {
            ended.extend(self.end_black(at));
        }
        let change = self.before.as_deref().map(|before| changes(before, luma));
        match change {
            Some((cells, most)) if most <= CORRECTED => {
                let start = self.last;
                let frozen = self.frozen.get_or_insert_with(|| Frozen::new(start, luma, best));
                frozen.see(luma, best, cells);
                frozen.seen |= !black;
            }
            _ => ended.extend(self.end_frozen(at)),
        }
        self.before = Some(Box::new(*luma));
        self.last = at;
        ended
    }

    /// The stretches that last to the end.
    pub(super) fn finish(&mut self) -> Vec<Stretch> {
        let last = self.last;
        self.end_black(last).into_iter().chain(self.end_frozen(last)).collect()
    }

    fn end_black(&mut self, end: i64) -> Option<Stretch> {
        let Black { start, alone } = self.black.take()?;
        (alone && end.saturating_sub(start) >= SHORTEST).then_some(Stretch { kind: Still::Black, start, end })
    }

    fn end_frozen(&mut self, end: i64) -> Option<Stretch> {
        let Frozen { start, moved, pictures, corrections, seen, alone, .. } = self.frozen.take()?;
        // Grain moves in every picture: a camera that stands still is not a picture that does.
        let frozen = alone && seen && !moved && corrections * 3 <= pictures;
        (frozen && end.saturating_sub(start) >= SHORTEST).then_some(Stretch { kind: Still::Frozen, start, end })
    }
}

impl Frozen {
    fn new(start: i64, luma: &Luma, best: Option<&Luma>) -> Self {
        let alone = best.is_none();
        let best = best.map(|best| Box::new(*best));
        let first = Box::new(*luma);
        Self { start, first, moved: false, pictures: 0, corrections: 0, seen: false, best, alone }
    }

    /// Sees a picture that is like the one before it, but for `cells` cells.
    fn see(&mut self, luma: &Luma, best: Option<&Luma>, cells: usize) {
        self.pictures += 1;
        self.corrections += u32::from(cells * 50 > CELLS);
        self.moved |= changes(&self.first, luma).1 > 2 * CORRECTED;
        if let (Some(then), Some(now)) = (self.best.as_deref(), best) {
            self.alone |= distance(then, now) > MOTION;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = 40_000_000;

    /// Stretches found in ten seconds at 25 frames a second of `picture(n)`, beside `best(n)`.
    fn found(picture: impl Fn(usize) -> u8, best: Option<&dyn Fn(usize) -> u8>) -> Vec<(Still, i64, i64)> {
        let drawn = |level: u8| -> Luma { std::array::from_fn(|at| if at % 2 == 0 { level } else { level / 2 }) };
        let mut stills = Stills::default();
        let mut all = Vec::new();
        for number in 0..250 {
            let at = i64::try_from(number).unwrap() * FRAME;
            all.extend(stills.see(at, &drawn(picture(number)), best.map(|best| drawn(best(number))).as_ref()));
        }
        all.extend(stills.finish());
        all.into_iter().map(|s| (s.kind, s.start / FRAME, s.end / FRAME)).collect()
    }

    fn moving(number: usize) -> u8 {
        u8::try_from(60 + number * 7 % 150).unwrap()
    }

    #[test]
    fn stretches_of_two_seconds_are_found() {
        let with = |level: fn(usize) -> u8, from: usize, to: usize| {
            found(move |n| if (from..to).contains(&n) { level(n) } else { moving(n) }, None)
        };
        assert_eq!(with(|_| 0, 50, 125), [(Still::Black, 50, 125)]);
        assert_eq!(with(|_| 0, 50, 99), [], "shorter");
        assert_eq!(with(|_| 90, 50, 125), [(Still::Frozen, 50, 125)]);
        assert_eq!(with(|_| 90, 100, 250), [(Still::Frozen, 100, 249)], "to the end");
        assert_eq!(with(|n| if n % 50 < 3 { 91 } else { 90 }, 50, 150), [(Still::Frozen, 50, 150)], "a GOP's start");
        assert_eq!(with(|n| 90 + u8::try_from(n % 2).unwrap(), 50, 150), [], "grain");
    }

    #[test]
    fn a_rendition_is_told_of_where_the_best_one_is_otherwise() {
        let still = |n: usize| if n < 100 { 90 } else { moving(n) };
        let black = |n: usize| if n < 100 { 0 } else { moving(n) };
        assert_eq!(found(still, Some(&still)), []);
        assert_eq!(found(black, Some(&black)), []);
        assert_eq!(found(still, Some(&moving)), [(Still::Frozen, 0, 100)]);
        assert_eq!(found(black, Some(&moving)), [(Still::Black, 0, 100)]);
    }
}
