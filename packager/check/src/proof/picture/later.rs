//! Key pictures that got too few bits to show anything, as an encoder makes of noise at a low rate: they are judged by what
//! becomes of them until the next one.

use std::sync::atomic::AtomicU64;

use super::eye::{Eye, Wanted};
use super::samples::Sample;
use crate::decode::run::Run;
use crate::proof::compare::Compare;

impl Compare<'_> {
    /// Takes for each of `samples` that is `starved` the last picture of the rendition before the next sample; the indexes of
    /// those. What the source shows then is not looked at yet.
    pub(crate) fn later(
        &self,
        eye: Eye<'_>,
        run: &Run,
        samples: &mut [Sample],
        starved: impl Fn(&Sample) -> bool,
    ) -> Result<Vec<usize>, String> {
        let open: Vec<usize> = (0..samples.len()).filter(|&index| samples.get(index).is_some_and(&starved)).collect();
        if open.is_empty() {
            return Ok(open);
        }
        let times: Vec<i64> = samples.iter().map(|sample| sample.at).collect();
        let fed = AtomicU64::new(0);
        eye.rendition(
            Wanted::All,
            |to| run.feed(self.title.store, &(), &fed, to),
            |at, picture| {
                let at = at - run.shift;
                let before =
                    times.partition_point(|time| *time <= at).checked_sub(1).filter(|index| open.contains(index));
                if let Some(sample) = before.and_then(|index| samples.get_mut(index)).filter(|sample| sample.at < at) {
                    sample.laid = sample.laid.saturating_add(at - sample.at);
                    (sample.at, sample.seen) = (at, Some(picture));
                }
            },
        )?;
        Ok(open)
    }
}
