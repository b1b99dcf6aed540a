//! Which segments of a dynamic MPD are there at an instant (ISO/IEC 23009-1 §A.3). Pure: "now" is an argument.

use crate::dash::{Dash, Loaded};
use crate::fetch::Resource;
use crate::syntax::date;
use crate::syntax::decimal::{SECOND, ticks};
use crate::syntax::mpd::addressing;
use crate::syntax::mpd::model::Representation;

/// A segment with the instant from which on it can be had, nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// Rises from segment to segment: ticks of a SegmentTimeline, else the count from the Period's start.
    pub(super) key: u64,
    pub(super) resource: Resource,
    pub(super) at: i64,
    /// Nanoseconds.
    pub(super) duration: u64,
}

/// The segments of one Representation that are there at `now`, from key `from` on, in order; at most `most`, the latest.
pub(super) fn available(
    dash: &Dash,
    representation: &Representation<'_>,
    loaded: &Loaded,
    (from, now, most): (u64, i64, usize),
) -> Vec<Due> {
    let Some(start) = period_start(dash, representation) else { return Vec::new() };
    let mut found = if loaded.addressed.exact {
        timeline(representation, loaded, start)
    } else {
        nominal(representation, start, now, most)
    };
    found.retain(|due| due.key >= from && due.at <= now);
    let surplus = found.len().saturating_sub(most);
    found.drain(..surplus);
    found
}

/// When media time 0 of the Period was, nanoseconds since 1970.
fn period_start(dash: &Dash, representation: &Representation<'_>) -> Option<i64> {
    let start = dash.root.get("availabilityStartTime").and_then(date::nanos)?;
    start.checked_add_unsigned(representation.period.start)
}

/// §A.3.4: a segment can be had when it has ended. `availabilityTimeOffset` only makes it earlier.
fn timeline(representation: &Representation<'_>, loaded: &Loaded, start: i64) -> Vec<Due> {
    let scale = loaded.addressed.timescale;
    let offset = ticks(representation.segment_integer("presentationTimeOffset").unwrap_or(0), scale);
    let due = |named: &addressing::Named| {
        let (begins, duration) = (ticks(named.time, scale), ticks(named.duration, scale));
        let ends = begins.saturating_add(duration).saturating_sub(offset);
        let (key, at) = (named.time, start.saturating_add_unsigned(ends));
        Due { key, resource: named.resource.clone(), at, duration }
    };
    loaded.addressed.segments.iter().map(due).collect()
}

/// With a nominal duration d, segment n (from 0) can be had at (n + 1) × d.
fn nominal(representation: &Representation<'_>, start: i64, now: i64, most: usize) -> Vec<Due> {
    let ticks_each = representation.segment_integer("duration").filter(|&d| d > 0);
    let Some(elapsed) = u64::try_from(now.saturating_sub(start)).ok() else { return Vec::new() };
    let Some((each, scale)) = ticks_each.map(|d| (d, representation.timescale())) else { return Vec::new() };
    let whole = u128::from(elapsed) * u128::from(scale) / (u128::from(each) * u128::from(SECOND));
    let count = u64::try_from(whole).unwrap_or(0);
    let lasts = |n: u64| ticks(n.saturating_mul(each), scale);
    let within = |n: &u64| representation.period.duration.is_none_or(|length| lasts(*n) < length);
    let first = count.saturating_sub(most as u64);
    let due = |n: u64| {
        let resource = addressing::numbered(representation, n)?;
        let at = start.saturating_add_unsigned(lasts(n.saturating_add(1)));
        Some(Due { key: n, resource, at, duration: lasts(1) })
    };
    (first..count).filter(within).filter_map(due).collect()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::dash::load;
    use crate::fetch::Disk;
    use crate::media::tracks::Tracks;
    use crate::report::Findings;

    const S: i64 = 1_000_000_000;

    /// The last part of the URL and the instant of what is there at `now`, of a Period that starts at 10 s.
    fn there(segments: &str, now: i64, most: usize) -> Vec<(String, i64)> {
        let text = format!(
            "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"dynamic\" profiles=\"\" minBufferTime=\"PT1S\" \
             availabilityStartTime=\"1970-01-01T00:01:00Z\"><Period id=\"p\" start=\"PT10S\"><AdaptationSet>{segments}\
             <Representation id=\"a\" bandwidth=\"1\"/></AdaptationSet></Period></MPD>"
        );
        let url = Url::parse("http://origin.example/live.mpd").unwrap();
        let mut findings = Findings::default();
        let dash = load(&Disk, &url, text.as_bytes(), &mut Tracks::default(), &mut findings).unwrap();
        let all = dash.representations();
        let (representation, loaded) = &all[0];
        let due = available(&dash, representation, loaded, (0, now, most));
        let name = |d: &Due| d.resource.url.path().trim_start_matches('/').to_owned();
        due.iter().map(|d| (name(d), d.at)).collect()
    }

    #[test]
    fn a_nominal_duration_gives_the_segments_that_have_ended() {
        let segments = "<SegmentTemplate timescale=\"2\" duration=\"4\" startNumber=\"7\" media=\"$Number$\"/>";
        for (now, expected) in [
            (0, vec![]),
            (71 * S, vec![]),
            (72 * S - 1, vec![]),
            (72 * S, vec![("7", 72)]),
            (77 * S, vec![("8", 74), ("9", 76)]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(name, at)| ((*name).to_owned(), at * S)).collect();
            assert_eq!(there(segments, now, 2), expected, "{now}");
        }
    }

    #[test]
    fn a_timeline_counts_from_its_presentation_time_offset() {
        let segments = "<SegmentTemplate timescale=\"10\" presentationTimeOffset=\"1000\" media=\"$Time$\">\
                        <SegmentTimeline><S t=\"1000\" d=\"15\"/><S d=\"25\"/></SegmentTimeline></SegmentTemplate>";
        let (first, second) = (("1000".to_owned(), 71 * S + S / 2), ("1015".to_owned(), 74 * S));
        assert_eq!(there(segments, 73 * S, 5), std::slice::from_ref(&first));
        assert_eq!(there(segments, 74 * S, 5), [first, second]);
    }
}
