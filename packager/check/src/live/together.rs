//! Playlists of one live presentation against one another. Pure: "now" is an argument.

use std::collections::VecDeque;

use crate::report::rules::live as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, show_signed};

/// Segments that are kept of each playlist.
const KEPT: usize = 32;

/// A segment as its playlist numbers it, and as its media say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stood {
    pub(super) number: u64,
    pub(super) discontinuities: u64,
    /// Nanoseconds of media time.
    pub(super) start: i64,
    pub(super) duration: u64,
}

/// Known state of all playlists of a presentation.
#[derive(Debug, Default)]
pub(super) struct Together(Vec<Standing>);

#[derive(Debug, Default)]
struct Standing {
    name: String,
    /// Target duration, nanoseconds.
    target: u64,
    last: VecDeque<Stood>,
    /// When its newest segment was seen, nanoseconds since 1970.
    seen: i64,
}

impl Together {
    /// A playlist more; gives its number.
    pub(super) fn join(&mut self, name: &str, target: u64) -> usize {
        self.0.push(Standing { name: name.to_owned(), target, ..Standing::default() });
        self.0.len() - 1
    }

    /// Playlist `index` has `segment` since `now`.
    pub(super) fn add(&mut self, index: usize, segment: Stood, now: i64, findings: &mut Findings) {
        let Some(own) = self.0.get(index) else { return };
        let place = Place::file(&own.name);
        for other in self.0.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, other)| other) {
            let target = own.target.max(other.target);
            alike(segment, other, target, &place, findings);
            apart(segment, other, target, now, &place, findings);
        }
        if let Some(own) = self.0.get_mut(index) {
            own.seen = now;
            own.last.push_back(segment);
            if own.last.len() > KEPT {
                own.last.pop_front();
            }
        }
    }
}

/// The same number is the same stretch, and the same stretch has the same discontinuities before it.
fn alike(segment: Stood, other: &Standing, target: u64, place: &Place, findings: &mut Findings) {
    let close = |s: &Stood| s.start.abs_diff(segment.start) <= target / 2;
    if let Some(same) = other.last.iter().find(|s| s.number == segment.number && !close(s)) {
        let (own, theirs) = (show_signed(segment.start), show_signed(same.start));
        let text = format!("segment {} starts at {own}, in {} at {theirs}", segment.number, other.name);
        findings.add(&rules::SEQUENCES_AGREE, place.clone(), text);
    }
    let Some(same) = other.last.iter().filter(|s| close(s)).min_by_key(|s| s.start.abs_diff(segment.start)) else {
        return;
    };
    if same.discontinuities != segment.discontinuities {
        let text = format!(
            "the segment at {} has discontinuity sequence number {}, in {} {}",
            show_signed(segment.start),
            segment.discontinuities,
            other.name,
            same.discontinuities
        );
        findings.add(&rules::DISCONTINUITIES_AGREE, place.clone(), text);
    }
}

/// The newest segments of two playlists lie close, as long as both go on.
fn apart(segment: Stood, other: &Standing, target: u64, now: i64, place: &Place, findings: &mut Findings) {
    let Some(newest) = other.last.back().filter(|_| now.abs_diff(other.seen) <= target) else { return };
    let end = |s: &Stood| s.start.saturating_add_unsigned(s.duration);
    let off = end(newest).abs_diff(end(&segment));
    // A restart sets times anew.
    if off > target.saturating_mul(3) && newest.discontinuities == segment.discontinuities && off < 60 * SECOND {
        let text = format!("its newest segment ends {} from that of {}", show(off), other.name);
        findings.add(&rules::EDGE_APART, place.clone(), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;

    fn found(own: Stood, theirs: Stood) -> Option<&'static str> {
        let (mut together, mut findings) = (Together::default(), Findings::default());
        let (a, b) = (together.join("a", 2 * SECOND), together.join("b", 2 * SECOND));
        together.add(a, theirs, 0, &mut findings);
        together.add(b, own, S, &mut findings);
        findings.first().map(|f| f.rule.id)
    }

    #[test]
    fn numbers_discontinuities_and_edges_must_agree() {
        let good = Stood { number: 7, discontinuities: 1, start: 20 * S, duration: 2 * SECOND };
        for (own, expected) in [
            (good, None),
            (Stood { start: 20 * S + S / 2, ..good }, None),
            (Stood { number: 8, start: 22 * S, ..good }, None),
            (Stood { start: 24 * S, ..good }, Some("live-sequences-agree")),
            (Stood { discontinuities: 2, ..good }, Some("live-discontinuities-agree")),
            (Stood { number: 11, start: 28 * S, ..good }, Some("live-edge-apart")),
        ] {
            assert_eq!(found(own, good), expected, "{own:?}");
        }
    }

    #[test]
    fn what_is_kept_does_not_grow() {
        let (mut together, mut findings) = (Together::default(), Findings::default());
        let index = together.join("a", SECOND);
        for number in 0..10_000 {
            let stood = Stood { number, discontinuities: 0, start: 0, duration: SECOND };
            together.add(index, stood, 0, &mut findings);
        }
        assert_eq!(together.0[0].last.len(), KEPT);
    }
}
