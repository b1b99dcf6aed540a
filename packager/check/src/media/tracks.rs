//! Tracks that manifests name: each is measured once, however many manifests name it.

use std::collections::HashMap;

use crate::fetch::Resource;
use crate::fetch::names::Room;
use crate::media::track::TrackRefs;

/// All tracks of a check, by number.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    all: Vec<TrackRefs>,
    by_first: HashMap<Resource, Vec<usize>>,
    /// Room left for the manifests to come.
    pub(crate) room: Room,
}

impl Tracks {
    /// The number of the track that consists of these files.
    pub(crate) fn add(&mut self, refs: TrackRefs) -> usize {
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
    pub(crate) fn all(&self) -> &[TrackRefs] {
        &self.all
    }
}
