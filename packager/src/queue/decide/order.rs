//! Which of the titles that wait is made next.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use config::tree::TitleName;

use crate::ingest::Source;

/// A source that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::queue) struct Candidate {
    pub source: Source,
    /// Bytes.
    pub size: u64,
    /// Those of a higher one go first.
    pub priority: i32,
    /// The lower, the longer it has waited.
    pub ticket: u64,
    /// An operator's decisions on it when it was found to be due.
    pub decisions: u64,
}

/// A source that is being made a title of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::queue) struct AtWork {
    pub folder: String,
    /// Bytes.
    pub size: u64,
    pub priority: i32,
}

/// The folder that takes its turn with others: the first one below the ingest folder; empty for what lies in that itself.
pub(in crate::queue) fn folder(source: &Source) -> &str {
    source.name.split_once('/').map_or("", |(folder, _)| folder)
}

/// The title that is next, where one may start beside those at work in so many `places`: of the highest priority, from the
/// folder that has the fewest at work, then from the one served longest ago (`served` says when), then the one that has
/// waited longest.
///
/// The last place is not for a source that is larger than all at work, unless it goes before them: a short title never
/// waits behind long ones in all places.
pub(in crate::queue) fn next<'a>(
    waiting: impl Iterator<Item = &'a Candidate>,
    at_work: &[AtWork],
    places: usize,
    served: &BTreeMap<String, u64>,
) -> Option<&'a TitleName> {
    if at_work.len() >= places {
        return None;
    }
    let is_last = !at_work.is_empty() && at_work.len() + 1 == places;
    let largest = at_work.iter().map(|other| other.size).max().unwrap_or(u64::MAX);
    let highest = at_work.iter().map(|other| other.priority).max().unwrap_or(i32::MAX);
    let may = |one: &&Candidate| !is_last || one.size <= largest || one.priority > highest;
    let turn = |one: &&Candidate| {
        let folder = folder(&one.source);
        let beside = at_work.iter().filter(|other| other.folder == folder).count();
        (Reverse(one.priority), beside, served.get(folder).copied().unwrap_or(0), one.ticket)
    };
    waiting.filter(may).min_by_key(turn).map(|one| &one.source.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(path: &str, size: u64, priority: i32, ticket: u64) -> Candidate {
        let title = TitleName::from_source_path(path).unwrap();
        let source = Source {
            title,
            path: path.into(),
            name: path.into(),
            recorded: path.into(),
            named: false,
            beside: Vec::new(),
        };
        Candidate { source, size, priority, ticket, decisions: 0 }
    }

    fn at_work(folder: &str, size: u64) -> AtWork {
        AtWork { folder: folder.into(), size, priority: 0 }
    }

    fn order(waiting: &[Candidate], at_work: &[AtWork], places: usize) -> Option<String> {
        next(waiting.iter(), at_work, places, &BTreeMap::new()).map(ToString::to_string)
    }

    #[test]
    fn a_higher_priority_goes_first_then_who_waited_longest() {
        let waiting = [candidate("a.mp4", 1, 0, 2), candidate("b.mp4", 1, 5, 3), candidate("c.mp4", 1, 0, 1)];
        assert_eq!(order(&waiting, &[], 2).as_deref(), Some("b"));
        assert_eq!(order(&waiting[..1], &[], 2).as_deref(), Some("a"));
        let same = [waiting[0].clone(), waiting[2].clone()];
        assert_eq!(order(&same, &[], 2).as_deref(), Some("c"));
    }

    #[test]
    fn folders_take_turns() {
        let waiting =
            [candidate("big/1.mp4", 1, 0, 1), candidate("big/2.mp4", 1, 0, 2), candidate("small/1.mp4", 1, 0, 9)];
        assert_eq!(order(&waiting, &[at_work("big", 1)], 3).as_deref(), Some("small/1"));
        let served = BTreeMap::from([("big".to_owned(), 7), ("small".to_owned(), 3)]);
        assert_eq!(next(waiting.iter(), &[], 2, &served).map(TitleName::as_str), Some("small/1"));
    }

    #[test]
    fn a_short_title_is_never_behind_long_ones_in_all_places() {
        let long = candidate("long.mp4", 900, 0, 1);
        let short = candidate("short.mp4", 3, 0, 2);
        let working = [at_work("", 800)];
        assert_eq!(order(std::slice::from_ref(&long), &working, 2), None, "the last place is kept");
        assert_eq!(order(&[long.clone(), short], &working, 2).as_deref(), Some("short"));
        assert_eq!(order(std::slice::from_ref(&long), &working, 3).as_deref(), Some("long"));
        assert_eq!(order(std::slice::from_ref(&long), &[], 1).as_deref(), Some("long"));
        let urgent = Candidate { priority: 1, ..long };
        assert_eq!(order(&[urgent], &working, 2).as_deref(), Some("long"));
    }

    #[test]
    fn no_more_start_than_there_are_places() {
        let waiting = [candidate("a.mp4", 1, 9, 1)];
        assert_eq!(order(&waiting, &[at_work("", 1), at_work("", 1)], 2), None);
    }
}
