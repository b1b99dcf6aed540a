//! Key pictures that got too few bits to show anything, as an encoder makes of noise at a low rate: they are judged by what
//! becomes of them until the next one.

use std::sync::atomic::AtomicU64;

use super::eye::{Eye, Wanted};
use super::samples::Sample;
use crate::decode::run::Run;
use crate::proof::compare::Compare;

impl Compare<'_> {
    /// For each of `samples` that is `starved`, its index and the last picture of the rendition before the next sample. What
    /// the source shows then is not looked at yet.
    pub(crate) fn later(
        &self,
        eye: Eye<'_>,
        run: &Run,
        samples: &[Sample],
        starved: impl Fn(&Sample) -> bool,
    ) -> Result<(Vec<usize>, Vec<Sample>), String> {
        let (open, mut moved): (Vec<usize>, Vec<Sample>) =
            samples.iter().cloned().enumerate().filter(|(_, sample)| starved(sample)).unzip();
        if open.is_empty() {
            return Ok((open, moved));
        }
        let fed = AtomicU64::new(0);
        eye.rendition(
            Wanted::All,
            |to| run.feed(self.title.store, &(), &fed, to),
            |at, picture| {
                let at = at - run.shift;
                let before = samples.partition_point(|sample| sample.at <= at).checked_sub(1);
                let place = before.and_then(|before| open.binary_search(&before).ok());
                if let Some(sample) = place.and_then(|place| moved.get_mut(place)).filter(|sample| sample.at < at) {
                    sample.laid = sample.laid.saturating_add(at - sample.at);
                    (sample.at, sample.seen) = (at, Some(picture));
                }
            },
        )?;
        Ok((open, moved))
    }
}
