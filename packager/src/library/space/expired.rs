//! Which revisions of a title go by themselves.

use std::time::{Duration, SystemTime};

use config::settings::Library as Settings;
use config::tree::Revision;

/// A revision, and since when another is in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::library) struct Dated {
    /// Its name.
    pub revision: Revision,
    /// The time at which another took its place; `None` of the one in force.
    pub replaced: Option<SystemTime>,
}

/// The bounds of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Most revisions, the one in force among them; `None` sets no limit.
    pub count: Option<usize>,
    /// The longest time after another took its place; `None` sets no limit.
    pub age: Option<Duration>,
    /// The time for which one is kept in any case: players are in the middle of it.
    pub grace: Duration,
}

impl Keep {
    /// As the settings say; `None` where they bound nothing.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        let (count, age) = (settings.keep_revisions, settings.keep_for);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let count = usize::try_from(count).ok().filter(|count| *count > 0);
        let age = Some(age).filter(|age| *age > 0).map(seconds);
        let grace = seconds(settings.grace);
        (count.is_some() || age.is_some()).then_some(Self { count, age, grace })
    }
}

/// The revisions of one title that go: those beyond the count, the ones that were replaced longest ago first, and those
/// beyond the age; never the one in force, nor one within the grace. A time in the future is one of a wrong clock: it is
/// within any grace.
#[must_use]
pub(in crate::library) fn expired(revisions: &[Dated], keep: Keep, now: SystemTime) -> Vec<Revision> {
    let mut past: Vec<(&Dated, SystemTime)> =
        revisions.iter().filter_map(|dated| Some((dated, dated.replaced?))).collect();
    // The newest first; of those at the same time the order of their names decides.
    past.sort_by(|(a, left), (b, right)| right.cmp(left).then_with(|| a.revision.as_str().cmp(b.revision.as_str())));
    let in_force = revisions.len() - past.len();
    let goes = |(place, (dated, replaced)): (usize, (&Dated, SystemTime))| {
        let since = now.duration_since(replaced).ok().filter(|since| *since >= keep.grace)?;
        let beyond_count = keep.count.is_some_and(|count| in_force + place >= count.max(1));
        let beyond_age = keep.age.is_some_and(|age| since >= age);
        (beyond_count || beyond_age).then(|| dated.revision.clone())
    };
    past.into_iter().enumerate().filter_map(goes).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn at(days: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + DAY * u32::try_from(days).unwrap_or(u32::MAX)
    }

    fn name(number: u64) -> Revision {
        Revision::from_digest(number)
    }

    /// The revision in force, and others that were replaced on these days.
    fn title(days: &[u64]) -> Vec<Dated> {
        let past = (1..).zip(days).map(|(number, days)| Dated { revision: name(number), replaced: Some(at(*days)) });
        std::iter::once(Dated { revision: name(0), replaced: None }).chain(past).collect()
    }

    #[test]
    fn those_beyond_the_count_or_the_age_go_once_the_grace_is_over() {
        let keep = |count, age: Option<u32>| Keep { count, age: age.map(|days| DAY * days), grace: DAY };
        let revisions = title(&[10, 20, 30]);
        let gone = |keep, today| expired(&revisions, keep, at(today));
        assert_eq!(gone(keep(None, None), 1000), []);
        assert_eq!(gone(keep(Some(2), None), 40), [name(2), name(1)]);
        assert_eq!(gone(keep(Some(1), None), 30), [name(2), name(1)], "the third is within the grace");
        assert_eq!(gone(keep(Some(0), None), 40), [name(3), name(2), name(1)], "the one in force stays");
        assert_eq!(gone(keep(None, Some(15)), 40), [name(2), name(1)]);
        assert_eq!(gone(keep(Some(9), Some(0)), 40), [name(3), name(2), name(1)]);
    }

    proptest! {
        #[test]
        fn what_is_in_force_or_within_the_grace_never_goes(
            days in proptest::collection::vec(0u64..100, 0..12),
            count in proptest::option::of(0usize..12),
            age in proptest::option::of(0u32..100),
            grace in 0u32..100,
            today in 0u64..100,
        ) {
            let keep = Keep { count, age: age.map(|days| DAY * days), grace: DAY * grace };
            let revisions = title(&days);
            let gone = expired(&revisions, keep, at(today));
            let kept: Vec<&Dated> = revisions.iter().filter(|dated| !gone.contains(&dated.revision)).collect();
            prop_assert!(!gone.contains(&name(0)));
            for dated in revisions.iter().filter(|dated| gone.contains(&dated.revision)) {
                let replaced = dated.replaced.unwrap();
                prop_assert!(at(today).duration_since(replaced).is_ok_and(|since| since >= keep.grace));
            }
            // Whatever is kept beyond a bound is kept by the grace alone.
            let within = |dated: &&&Dated| {
                let since = dated.replaced.and_then(|replaced| at(today).duration_since(replaced).ok());
                dated.replaced.is_some() && since.is_none_or(|since| since < keep.grace)
            };
            let free = kept.len() - kept.iter().filter(within).count();
            prop_assert!(count.is_none_or(|count| free <= count.max(1)));
        }

        #[test]
        fn what_is_left_after_one_look_goes_at_no_second_one(
            days in proptest::collection::vec(0u64..100, 0..12),
            count in proptest::option::of(0usize..12),
            age in proptest::option::of(0u32..100),
        ) {
            let keep = Keep { count, age: age.map(|days| DAY * days), grace: DAY };
            let revisions = title(&days);
            let gone = expired(&revisions, keep, at(100));
            let left: Vec<Dated> = revisions.into_iter().filter(|dated| !gone.contains(&dated.revision)).collect();
            prop_assert_eq!(expired(&left, keep, at(100)), Vec::new());
        }
    }
}
