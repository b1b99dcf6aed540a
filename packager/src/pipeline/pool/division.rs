//! Which rungs of a chunk one ffmpeg makes.
//!
//! The rungs of a group share one decode. A chunk that is made whole costs least; one in groups keeps more processors
//! busy. So a title's first chunks are made whole, and as many of the last ones in groups as fill the gaps at the end. The
//! machine at hand may have its say in this, for no byte depends on it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The cost of decoding and preparing a chunk's pictures, in hundredths of that of encoding all of its rungs.
const DECODING: u64 = 8;
/// More groups than this decode more than they gain.
const MOST_GROUPS: usize = 6;
/// The last rounds of all processors, of which chunks may be in groups.
const ROUNDS: usize = 3;

/// The division of a title's chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct Division {
    /// So many chunks are made whole, the first ones.
    pub whole: usize,
    /// The groups of the others: rungs by their places, in order.
    pub groups: Vec<Vec<usize>>,
}

impl Division {
    /// Divides chunks of so many frames each, given what a frame of each rung costs, so that `processors` are through
    /// soonest.
    pub(in crate::pipeline) fn of(frames: &[u64], costs: &[u64], processors: usize) -> Self {
        let processors = processors.max(1);
        // The work of all processors before the last rounds is the same whatever comes then.
        let before = (frames.len() / processors).saturating_sub(ROUNDS) * processors;
        let last = frames.get(before..).unwrap_or_default();
        let whole = (0..=last.len() / processors).map(|rounds| rounds * processors).chain([last.len()]);
        let ways = whole.flat_map(|whole| {
            let counts = 1..=costs.len().clamp(1, MOST_GROUPS);
            counts.map(move |count| Self { whole, groups: groups(costs, count) })
        });
        let best = ways.min_by_key(|way| span(&way.jobs(last, costs), processors));
        best.map_or(Self { whole: frames.len(), groups: Vec::new() }, |best| Self {
            whole: before + best.whole,
            ..best
        })
    }

    /// The cost of each job, the dearest first.
    fn jobs(&self, frames: &[u64], costs: &[u64]) -> Vec<u64> {
        let all = costs.iter().sum::<u64>();
        let decoding = all * DECODING / 100;
        let group = |group: &Vec<usize>| decoding + group.iter().filter_map(|rung| costs.get(*rung)).sum::<u64>();
        let groups: Vec<u64> = self.groups.iter().map(group).collect();
        let (whole, others) = frames.split_at(self.whole.min(frames.len()));
        let whole = whole.iter().map(|frames| frames * (decoding + all));
        let others = others.iter().flat_map(|frames| groups.iter().map(move |group| frames * group));
        let mut jobs: Vec<u64> = whole.chain(others).collect();
        jobs.sort_unstable_by_key(|cost| Reverse(*cost));
        jobs
    }
}

/// Divides rungs into `count` groups that cost about the same: the dearest goes to the group that is the cheapest so far.
fn groups(costs: &[u64], count: usize) -> Vec<Vec<usize>> {
    let mut groups = vec![(0, Vec::new()); count];
    let mut rungs: Vec<(usize, u64)> = costs.iter().copied().enumerate().collect();
    rungs.sort_by_key(|(_, cost)| Reverse(*cost));
    for (rung, cost) in rungs {
        if let Some((sum, group)) = groups.iter_mut().min_by_key(|(sum, _)| *sum) {
            *sum += cost;
            group.push(rung);
        }
    }
    let mut groups: Vec<Vec<usize>> = groups.into_iter().map(|(_, group)| group).filter(|g| !g.is_empty()).collect();
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups
}

/// When the last of `jobs`, begun in this order, is done.
fn span(jobs: &[u64], processors: usize) -> u64 {
    let mut ends: BinaryHeap<Reverse<u64>> = vec![Reverse(0); processors].into();
    for cost in jobs {
        if let Some(mut end) = ends.peek_mut() {
            end.0 += cost;
        }
    }
    ends.into_iter().map(|end| end.0).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels of the ladder up to 1080p, which is about what its rungs cost.
    const LADDER: [u64; 9] = [97, 230, 332, 332, 518, 922, 922, 2074, 2074];

    fn rungs(division: &Division) -> Vec<usize> {
        let mut rungs = division.groups.concat();
        rungs.sort_unstable();
        rungs
    }

    #[test]
    fn every_rung_is_in_one_group() {
        for (chunks, processors) in [(0, 1), (1, 1), (1, 2), (2, 2), (20, 64), (10_000, 64)] {
            let division = Division::of(&vec![180; chunks], &LADDER, processors);
            assert_eq!(rungs(&division), (0..LADDER.len()).collect::<Vec<_>>());
            assert!(division.whole <= chunks);
        }
        assert!(rungs(&Division::of(&[180; 3], &[], 2)).is_empty());
    }

    #[test]
    fn nothing_is_decoded_twice_without_need() {
        assert_eq!(Division::of(&[180; 1000], &LADDER, 1).groups.len(), 1);
        assert!(Division::of(&[180; 1000], &LADDER, 64).whole >= 768);
    }

    /// The wall time of chunks, in hundredths of that of one ffmpeg that used all processors evenly.
    fn wall(frames: &[u64], processors: usize) -> u64 {
        let jobs = Division::of(frames, &LADDER, processors).jobs(frames, &LADDER);
        let one = Division { whole: frames.len(), groups: Vec::new() };
        100 * span(&jobs, processors) * processors as u64 / one.jobs(frames, &LADDER).iter().sum::<u64>()
    }

    #[test]
    fn short_titles_keep_two_processors_at_work() {
        // 8 s, 10 s, 20 s and 30 s of 30 frames a second.
        for frames in [[180, 60].as_slice(), &[180, 120], &[180, 180, 180, 60], &[180; 5]] {
            assert!(wall(frames, 2) <= 109, "{frames:?}: {} %", wall(frames, 2));
        }
    }

    /// The processors' share that is at work, hundredths.
    fn used(chunks: usize, processors: usize) -> u64 {
        let frames = vec![180; chunks];
        let jobs = Division::of(&frames, &LADDER, processors).jobs(&frames, &LADDER);
        100 * jobs.iter().sum::<u64>() / (span(&jobs, processors) * processors as u64)
    }

    #[test]
    fn titles_of_two_minutes_and_more_keep_the_processors_at_work() {
        for processors in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] {
            for minutes in [2, 3, 4, 5, 7, 10, 15, 30, 60, 180] {
                // Chunks of 6 s.
                let used = used(minutes * 10, processors);
                assert!(used >= 78, "{minutes} min on {processors} processors: {used} %");
            }
        }
    }
}
