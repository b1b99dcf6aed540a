//! An indexed source, entered at the key frames before the times that are wanted.

use std::ops::Range;
use std::path::Path;

use super::eye::{Care, Eye, From};
use super::samples::{Keeper, Sample};
use crate::fetch::parallel;
use crate::proof::source::reading::Laid;
use crate::proof::source::stream::Stream;
use crate::proof::source::stretches::usual_step;
use crate::syntax::decimal::SECOND;

/// Times that are looked at in one go, at most.
const MOST: usize = 40;
/// Largest distance from its time at which a picture still counts as the wanted one, nanoseconds.
const SAME_TIME: u64 = 2_000_000;

/// A source of one stretch.
pub(crate) struct Entered<'a> {
    eye: Eye<'a>,
    path: &'a Path,
    video: &'a Stream,
    keys: &'a [i64],
    times: Vec<i64>,
    /// Largest distance of a picture of the source from its sample's time.
    reach: i64,
}

/// The times of the pictures around a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    first: i64,
    /// When the picture that stands at the sample's time begins.
    wanted: i64,
    last: i64,
}

impl<'a> Entered<'a> {
    pub(crate) fn new(eye: Eye<'a>, (path, video): (&'a Path, &'a Stream), laid: &'a Laid, reach: i64) -> Self {
        Self { eye, path, video, keys: &laid.keys, times: laid.times(), reach }
    }

    /// The pictures around each of `samples`, or `None` where to look at all of the source costs less. Those that do not
    /// `fit` are looked at with more care.
    pub(crate) fn look(
        &self,
        samples: &[Sample],
        jobs: usize,
        fits: impl Fn(&Sample) -> bool + Sync,
    ) -> Option<Result<Vec<Sample>, String>> {
        let groups = self.groups(samples);
        let decoded: i64 = groups.iter().map(|group| self.span(samples, group)).sum();
        let all = self.times.last().zip(self.times.first()).map_or(0, |(last, first)| last - first);
        let looked = || parallel::map(&groups, jobs, |group| self.group(samples.get(group.clone())?.to_vec(), &fits));
        (decoded < all).then(|| {
            looked().into_iter().flatten().try_fold(Vec::new(), |mut all, one| {
                all.extend(one?);
                Ok(all)
            })
        })
    }

    fn window(&self, sample: &Sample) -> Window {
        let now = self.times.partition_point(|&time| time <= sample.laid + 1_000_000).saturating_sub(1);
        let at = |index: usize| self.times.get(index).copied().unwrap_or(0);
        Window { first: at(now.saturating_sub(2)), wanted: at(now), last: sample.laid.saturating_add(self.reach) }
    }

    /// The key frame that is decoded first for what is shown at `at`.
    fn key(&self, at: i64) -> Option<i64> {
        self.keys.get(self.keys.partition_point(|&key| key <= at).checked_sub(1)?).copied()
    }

    /// Those that are decoded from one key frame on, or whose key frame has been decoded anyway.
    fn groups(&self, samples: &[Sample]) -> Vec<Range<usize>> {
        let mut groups: Vec<Range<usize>> = Vec::new();
        let mut until = i64::MIN;
        for (index, sample) in samples.iter().enumerate() {
            let window = self.window(sample);
            let begins = self.key(window.first).is_some_and(|key| key > until);
            match groups.last_mut().filter(|group| !begins && group.len() < MOST) {
                Some(group) => group.end = index + 1,
                None => groups.push(index..index + 1),
            }
            until = window.last;
        }
        groups
    }

    /// Time that is decoded for a group.
    fn span(&self, samples: &[Sample], group: &Range<usize>) -> i64 {
        let windows = samples.get(group.clone()).unwrap_or_default();
        let ends = windows.first().zip(windows.last()).map(|(a, b)| (self.window(a).first, self.window(b).last));
        ends.map_or(0, |(first, last)| last - self.key(first).unwrap_or(first) + usual_step(&self.times))
    }

    fn group(&self, mut open: Vec<Sample>, fits: &impl Fn(&Sample) -> bool) -> Option<Result<Vec<Sample>, String>> {
        let mut done = Vec::new();
        let begins = self.times.first().copied().unwrap_or(0);
        // A key frame may be shown late after it is decoded: where a time that is wanted was missed, once more from before.
        for (care, before) in
            [(Care::Quick, Some(0)), (Care::Whole, Some(1)), (Care::Whole, Some(10)), (Care::Whole, None)]
        {
            let windows: Vec<Window> = open.iter().map(|sample| self.window(sample)).collect();
            let first = windows.first()?.first;
            let enter = before.map(|seconds| self.key(first).unwrap_or(first) - seconds * SECOND as i64);
            let enter = enter.filter(|enter| *enter > begins);
            let seen = match self.see(&mut open, &windows, enter, care) {
                Ok(seen) => seen,
                Err(error) => return Some(Err(error)),
            };
            let is_found = |window: &Window| match care {
                Care::Quick => seen.iter().any(|at| (window.first..=window.last).contains(at)),
                Care::Whole => seen.iter().any(|at| at.abs_diff(window.wanted) <= SAME_TIME),
            };
            let ends = care == Care::Whole && enter.is_none();
            let mut rest = Vec::new();
            for (sample, window) in open.into_iter().zip(&windows) {
                let is_good = is_found(window) && !sample.damaged && (care == Care::Whole || fits(&sample));
                if is_good || ends { done.push(sample) } else { rest.push(sample) }
            }
            open = rest;
            if open.is_empty() {
                break;
            }
        }
        done.sort_by_key(|sample| sample.at);
        Some(Ok(done))
    }

    /// Looks once; the times of the pictures that were seen.
    fn see(
        &self,
        samples: &mut [Sample],
        windows: &[Window],
        enter: Option<i64>,
        care: Care,
    ) -> Result<Vec<i64>, String> {
        samples.iter_mut().for_each(|sample| sample.source.clear());
        let from = From { enter, windows: windows.iter().map(|w| (w.first, w.last)).collect(), count: None };
        let mut seen = Vec::new();
        let mut keeper = Keeper::new(samples, self.reach);
        let eye = Eye { care, ..self.eye };
        let complaints = eye.source(self.path, self.video, Some(from), |at, picture| {
            seen.push(at);
            keeper.see(at, picture);
        })?;
        keeper.finish();
        samples.iter_mut().for_each(|sample| sample.damaged = !complaints.is_empty());
        Ok(seen)
    }
}
