//! Tracks that manifests name: each is measured once, however many manifests name it.

use std::collections::HashMap;

use super::fetch::Resource;
use super::names::Room;
use super::track::TrackRefs;

/// All tracks of a check, by number.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    all: Vec<TrackRefs>,
    by_first: HashMap<Resource, Vec<usize>>,
    /// What is left for the manifests to come.
    pub(super) room: Room,
}

impl Tracks {
    /// The number of the track that consists of these files.
    pub(super) fn add(&mut self, refs: TrackRefs) -> usize {
        let next = self.all.len();
        if let Some(first) = refs.segments.first() {
            let same = self.by_first.entry(first.resource.clone()).or_default();
            let known = same
                .iter()
                .copied()
                .find(|&i| self.all.get(i).is_some_and(|t| t.inits == refs.inits && t.segments == refs.segments));
            if let Some(known) = known {
                return known;
            }
            same.push(next);
        }
        self.all.push(refs);
        next
    }

    /// The tracks, in the order of their numbers.
    pub(super) fn all(&self) -> &[TrackRefs] {
        &self.all
    }
}
