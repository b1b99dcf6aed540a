//! Steps from packet to packet of a track that are longer than others.

/// Holes of a track that are told of. With more, its rate varies.
const MOST: usize = 16;

/// The longest steps from packet to packet of a track, the longest first, each with where it begins. Ticks.
#[derive(Debug, Default)]
pub(in crate::probe) struct Holes {
    longest: Vec<(i64, i64)>,
}

impl Holes {
    /// Takes a step that begins at `at`.
    pub(in crate::probe) fn note(&mut self, step: i64, at: i64) {
        let place = self.longest.partition_point(|(known, _)| *known >= step);
        if place <= MOST {
            self.longest.insert(place, (step, at));
            self.longest.truncate(MOST + 1);
        }
    }

    /// Where steps begin that are clearly longer than the usual one; nothing where there are too many of them.
    pub(super) fn beyond(&self, usual: i64) -> Vec<i64> {
        let clearly = |(step, _): &&(i64, i64)| usual > 0 && *step > usual.saturating_add(usual / 2);
        let mut begin: Vec<i64> = self.longest.iter().filter(clearly).map(|(_, at)| *at).collect();
        begin.sort_unstable();
        if begin.len() > MOST { Vec::new() } else { begin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_long_steps_are_holes_and_many_are_a_rate_that_varies() {
        let mut holes = Holes::default();
        (0..1000).for_each(|n| holes.note(3600, 3600 * n));
        holes.note(7200, 500);
        holes.note(90_000, 400);
        assert_eq!(holes.beyond(3600), [400, 500]);
        assert_eq!(holes.beyond(90_000), [0; 0]);
        (0..MOST).for_each(|_| holes.note(7200, 900));
        assert_eq!(holes.beyond(3600), [0; 0]);
        assert_eq!(Holes::default().beyond(1), [0; 0]);
    }
}
