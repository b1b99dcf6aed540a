//! The segments that a Representation names (ISO/IEC 23009-1 §5.3.9).

use url::Url;

use super::model::Representation;
use super::template::{Values, expand};
use super::xml::Element;
use crate::fetch::names::{Room, locate};
use crate::fetch::{ByteRange, Resource, Store};
use crate::media::isobmff::sidx;
use crate::report::rules::{dash as rules, media as media_rules};
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, ticks};

/// More segments of one Representation are refused.
const MAX_SEGMENTS: usize = 200_000;
/// Largest index that is read.
const MAX_INDEX: u64 = 16 << 20;

/// A segment as an MPD names it. Times are ticks of `Addressed::timescale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) resource: Resource,
    pub(crate) time: u64,
    pub(crate) duration: u64,
}

/// All that a Representation names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Addressed {
    pub(crate) init: Option<Resource>,
    pub(crate) segments: Vec<Named>,
    /// Times are those of the media, not multiples of a nominal duration.
    pub(crate) exact: bool,
    /// Ticks a second: the MPD's, or an index's own.
    pub(crate) timescale: u32,
}

/// Finds the segments of `representation`.
pub(crate) fn resolve(
    store: &dyn Store,
    representation: &Representation<'_>,
    file: &str,
    room: &Room,
    findings: &mut Findings,
) -> Addressed {
    let mut addressing = Addressing { representation, file, room, findings };
    match representation.information.first().map(|e| e.name.as_str()) {
        Some("SegmentTemplate") => addressing.template(),
        Some("SegmentList") => addressing.list(),
        // A BaseURL alone is a single file (§5.3.9.1).
        _ => addressing.single(store),
    }
}

/// Where segment `nth` (from 0) of a SegmentTemplate with a nominal duration is; `None` when it cannot be named.
pub(crate) fn numbered(representation: &Representation<'_>, nth: u64) -> Option<Resource> {
    let media = representation.segment_attribute("media")?;
    let number = representation.segment_integer("startNumber").unwrap_or(1).checked_add(nth)?;
    let offset = representation.segment_integer("presentationTimeOffset").unwrap_or(0);
    let time = representation.segment_integer("duration")?.checked_mul(nth)?.checked_add(offset)?;
    // The findings of what is named were told when the MPD was read.
    let (room, mut unheard) = (Room::default(), Findings::default());
    let mut addressing = Addressing { representation, file: "", room: &room, findings: &mut unheard };
    addressing.expanded(media, number, time).map(Resource::whole)
}

struct Addressing<'a> {
    representation: &'a Representation<'a>,
    file: &'a str,
    room: &'a Room,
    findings: &'a mut Findings,
}

impl Addressing<'_> {
    fn place(&self) -> Place {
        let element = self.representation.information.last().copied().unwrap_or(self.representation.element);
        Place::line(self.file, element.line)
    }

    /// `None` when it is no URL, and when there is no room for one more.
    fn join(&mut self, text: &str) -> Option<Url> {
        let url = locate(&self.representation.base, text)?;
        if !self.room.take(&url) {
            self.findings.add(&rules::LIMIT, self.place(), "the segments and their names are more than is read");
            return None;
        }
        Some(url)
    }

    fn expanded(&mut self, template: &str, number: u64, time: u64) -> Option<Url> {
        let bandwidth = self.representation.bandwidth().unwrap_or(0);
        match expand(template, Values { id: self.representation.id(), bandwidth, number, time }) {
            Ok(text) => self.join(&text),
            Err(what) => {
                self.findings.add(&rules::TEMPLATE, self.place(), what);
                None
            }
        }
    }

    fn template(&mut self) -> Addressed {
        let representation = self.representation;
        let init = representation.segment_attribute("initialization").and_then(|t| self.expanded(t, 0, 0));
        let init = init.map(Resource::whole).or_else(|| self.initialization());
        let (times, exact) = self.times(None);
        let first = representation.segment_integer("startNumber").unwrap_or(1);
        let mut segments = Vec::new();
        if let Some(media) = representation.segment_attribute("media") {
            if media.contains("$Time") && media.contains("$Number") {
                let text = format!("'{media}' has both $Time$ and $Number$");
                self.findings.add(&rules::TEMPLATE, self.place(), text);
            }
            for ((time, duration), number) in times.into_iter().zip(first..) {
                let Some(url) = self.expanded(media, number, time) else { break };
                segments.push(Named { resource: Resource::whole(url), time, duration });
            }
        }
        Addressed { init, segments, exact, timescale: representation.timescale() }
    }

    fn list(&mut self) -> Addressed {
        let list = self.representation.information.last();
        let urls: Vec<&Element> = list.map(|e| e.children("SegmentURL").collect()).unwrap_or_default();
        let (times, exact) = self.times(Some(urls.len()));
        let mut segments = Vec::new();
        for (element, (time, duration)) in urls.into_iter().zip(times) {
            let Some(url) = self.join(element.get("media").unwrap_or_default()) else { break };
            let range = element.get("mediaRange").and_then(range);
            segments.push(Named { resource: Resource { url, range }, time, duration });
        }
        Addressed { init: self.initialization(), segments, exact, timescale: self.representation.timescale() }
    }

    fn single(&mut self, store: &dyn Store) -> Addressed {
        let init = self.initialization();
        let Some(range) = self.representation.segment_attribute("indexRange").and_then(range) else {
            // A BaseURL of its own names the file (§5.3.9.1): without one the MPD itself would be meant.
            if self.representation.information.is_empty() && self.representation.element.child("BaseURL").is_none() {
                self.findings.add(&rules::NO_MEDIA, self.place(), "names no segments");
                return Addressed { init, ..Addressed::default() };
            }
            let resource = Resource::whole(self.representation.base.clone());
            let segments = vec![Named { resource, time: 0, duration: 0 }];
            return Addressed { init, segments, exact: false, timescale: 1 };
        };
        let url = &self.representation.base;
        let resource = Resource { url: url.clone(), range: Some(range) };
        let parsed = match store.open(&resource).and_then(|mut input| input.read_all(MAX_INDEX)) {
            Ok(data) => sidx::parse(&data, range.start),
            Err(error) => {
                self.findings.add(&media_rules::READABLE, self.place(), format!("the index {error}"));
                return Addressed { init, ..Addressed::default() };
            }
        };
        match parsed {
            Ok(index) => {
                let room = self.room;
                let subsegments = index.subsegments.iter().take_while(|_| room.take(url));
                let segments = subsegments.map(|s| {
                    let range = Some(ByteRange { start: s.offset, length: s.bytes });
                    Named { resource: Resource { url: url.clone(), range }, time: s.time, duration: s.duration }
                });
                Addressed { init, segments: segments.collect(), exact: true, timescale: index.timescale }
            }
            Err(error) => {
                let place = Place::file(&crate::fetch::names::show(url)).at(error.byte);
                self.findings.add(&media_rules::BOXES, place, error.what);
                Addressed { init, ..Addressed::default() }
            }
        }
    }

    fn initialization(&mut self) -> Option<Resource> {
        let representation = self.representation;
        let element = representation.segment_child("Initialization")?;
        // Without a sourceURL the range is of the BaseURL's file.
        let url = element.get("sourceURL").map_or_else(|| Some(representation.base.clone()), |u| self.join(u))?;
        Some(Resource { url, range: element.get("range").and_then(range) })
    }

    /// Times and durations of the segments, and whether they are exact; `count` of them where that is known.
    fn times(&mut self, count: Option<usize>) -> (Vec<(u64, u64)>, bool) {
        if let Some(timeline) = self.representation.segment_child("SegmentTimeline") {
            return (self.timeline(timeline), true);
        }
        let representation = self.representation;
        let offset = representation.segment_integer("presentationTimeOffset").unwrap_or(0);
        let Some(duration) = representation.segment_integer("duration").filter(|&d| d > 0) else {
            return (vec![(offset, self.period_ticks())], false);
        };
        let segment = ticks(duration, representation.timescale()).max(1);
        let by_period = || {
            let whole = representation.period.duration.unwrap_or(0);
            // A remainder left by rounding the Period's end is no segment.
            usize::try_from(whole.saturating_sub(SECOND / 1000).div_ceil(segment)).unwrap_or(usize::MAX)
        };
        let count = count.unwrap_or_else(by_period);
        if count > MAX_SEGMENTS {
            let text = format!("{count} segments, more than {MAX_SEGMENTS} are not read");
            self.findings.add(&rules::LIMIT, self.place(), text);
        }
        let nth = |n: u64| (offset.saturating_add(n.saturating_mul(duration)), duration);
        ((0..count.min(MAX_SEGMENTS) as u64).map(nth).collect(), false)
    }

    /// The Period's length in ticks.
    fn period_ticks(&self) -> u64 {
        let period = u128::from(self.representation.period.duration.unwrap_or(0));
        let ticks = period * u128::from(self.representation.timescale()) / u128::from(SECOND);
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    fn timeline(&mut self, timeline: &Element) -> Vec<(u64, u64)> {
        let mut times = Vec::new();
        let mut next: Option<u64> = None;
        let entries: Vec<&Element> = timeline.children("S").collect();
        for (index, entry) in entries.iter().enumerate() {
            let place = Place::line(self.file, entry.line);
            let integer = |name: &str| entry.get(name).and_then(|v| v.parse::<u64>().ok());
            if entry.get("n").is_some() {
                self.findings.add(&rules::TIMELINE_N, place.clone(), "S has n");
            }
            let Some(duration) = integer("d").filter(|&d| d > 0) else {
                self.findings.add(&rules::TIMELINE_ZERO, place, "S has no d above 0");
                continue;
            };
            let start = integer("t").or(next).unwrap_or(0);
            self.continuous(start, next, &place);
            let repeat = entry.get("r").and_then(|r| r.parse::<i64>().ok()).unwrap_or(0);
            let count = match u64::try_from(repeat) {
                Ok(repeat) => repeat.saturating_add(1),
                Err(_) => self.open_end(start, duration, entries.get(index + 1).copied()),
            };
            if count > (MAX_SEGMENTS - times.len()) as u64 {
                self.findings.add(&rules::LIMIT, place, format!("more than {MAX_SEGMENTS} segments are not read"));
                break;
            }
            times.extend((0..count).map(|n| (start.saturating_add(n.saturating_mul(duration)), duration)));
            next = start.checked_add(duration.saturating_mul(count));
        }
        times
    }

    fn continuous(&mut self, start: u64, expected: Option<u64>, place: &Place) {
        let Some(expected) = expected.filter(|&e| e != start) else { return };
        let rule = if start > expected { &rules::TIMELINE_GAP } else { &rules::TIMELINE_OVERLAP };
        let by = start.abs_diff(expected);
        let text = format!("S starts at {start}, the one before ends at {expected}: {by} ticks apart");
        self.findings.add(rule, place.clone(), text);
    }

    /// `@r` below 0: as many as fit before the next S, or the Period's end (§5.3.9.6).
    fn open_end(&self, start: u64, duration: u64, following: Option<&Element>) -> u64 {
        let offset = self.representation.segment_integer("presentationTimeOffset").unwrap_or(0);
        let end = following.and_then(|e| e.get("t")).and_then(|t| t.parse().ok());
        let end: u64 = end.unwrap_or_else(|| offset.saturating_add(self.period_ticks()));
        end.saturating_sub(start).div_ceil(duration)
    }
}

/// `first-last`, both included.
fn range(text: &str) -> Option<ByteRange> {
    let (first, last) = text.split_once('-')?;
    let (start, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some(ByteRange { start, length: last.checked_sub(start)?.checked_add(1)? })
}
