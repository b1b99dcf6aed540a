//! Periods, AdaptationSets and Representations, inheritance applied.

use url::Url;

use super::xml::Element;
use crate::fetch::names::locate;
use crate::syntax::decimal::xs_duration;

/// More Representations of one MPD are not read.
pub(crate) const MAX_REPRESENTATIONS: usize = 400;
/// A longer base is passed over: every segment's URL would hold it. RFC 9110 §4.1 asks for at least 8000 bytes.
pub(super) const MAX_BASE: usize = 8 << 10;

/// A Representation with what it inherits.
#[derive(Debug, Clone)]
pub(crate) struct Representation<'a> {
    pub(crate) element: &'a Element,
    pub(crate) set: &'a Element,
    /// Number of its AdaptationSet in the MPD.
    pub(crate) set_number: usize,
    pub(crate) period: Period,
    pub(crate) base: Url,
    /// `SegmentTemplate`, `SegmentList` or `SegmentBase` of Period, AdaptationSet and Representation, as far as there.
    pub(crate) information: Vec<&'a Element>,
}

/// A Period's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) index: usize,
    /// Nanoseconds.
    pub(crate) start: u64,
    /// Nanoseconds; `None` when it is not known, as in live MPDs.
    pub(crate) duration: Option<u64>,
}

impl Representation<'_> {
    /// An attribute of the Representation, else of its AdaptationSet.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.element.get(name).or_else(|| self.set.get(name))
    }

    pub(crate) fn id(&self) -> &str {
        self.element.get("id").unwrap_or_default()
    }

    /// True if it is text: subtitles or captions.
    pub(crate) fn is_text(&self) -> bool {
        let mime = self.get("mimeType").is_some_and(|mime| mime.starts_with("text/"));
        self.set.get("contentType") == Some("text") || mime
    }

    /// True if its text is of what alone has to be read (ISO/IEC 23009-1 §5.8.5.5).
    pub(crate) fn is_forced(&self) -> bool {
        let forced = |role: &Element| matches!(role.get("value"), Some("forced-subtitle" | "forced_subtitle"));
        self.set.children("Role").any(forced)
    }

    pub(crate) fn bandwidth(&self) -> Option<u64> {
        self.element.get("bandwidth")?.parse().ok()
    }

    /// An attribute of the segment information, the innermost that says it.
    pub(crate) fn segment_attribute(&self, name: &str) -> Option<&str> {
        self.information.iter().rev().find_map(|e| e.get(name))
    }

    pub(crate) fn segment_integer(&self, name: &str) -> Option<u64> {
        self.segment_attribute(name)?.parse().ok()
    }

    /// A child of the segment information, the innermost.
    pub(crate) fn segment_child(&self, name: &str) -> Option<&Element> {
        self.information.iter().rev().find_map(|e| e.child(name))
    }

    /// Ticks a second of the segment information.
    pub(crate) fn timescale(&self) -> u32 {
        self.segment_attribute("timescale").and_then(|t| t.parse().ok()).filter(|&t| t > 0).unwrap_or(1)
    }
}

/// The Periods of `mpd` with their starts and durations.
pub(crate) fn periods(mpd: &Element) -> Vec<(&Element, Period)> {
    let total = mpd.get("mediaPresentationDuration").and_then(xs_duration);
    let elements: Vec<&Element> = mpd.children("Period").collect();
    let mut next = Some(0);
    let mut found: Vec<(&Element, Period)> = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let start = element.get("start").and_then(xs_duration).or(next).unwrap_or(0);
        let following = elements.get(index + 1).and_then(|e| e.get("start")).and_then(xs_duration);
        let end = following.or(if index + 1 == elements.len() { total } else { None });
        let duration = element.get("duration").and_then(xs_duration).or_else(|| end?.checked_sub(start));
        next = duration.and_then(|d| start.checked_add(d));
        found.push((element, Period { index, start, duration }));
    }
    found
}

/// The Representations of `mpd`, which came from `url`: all, or one more than are read.
pub(crate) fn representations<'a>(mpd: &'a Element, url: &Url) -> Vec<Representation<'a>> {
    let mut found = Vec::new();
    let mut set_number = 0;
    for (element, period) in periods(mpd) {
        let period_base = base(element, &base(mpd, url));
        for set in element.children("AdaptationSet") {
            let set_base = base(set, &period_base);
            for representation in set.children("Representation") {
                let levels = [element, set, representation];
                let name = ["SegmentTemplate", "SegmentList", "SegmentBase"]
                    .into_iter()
                    .find(|name| levels.iter().any(|e| e.child(name).is_some()));
                let information = levels.iter().filter_map(|e| e.child(name?)).collect();
                let base = base(representation, &set_base);
                found.push(Representation { element: representation, set, set_number, period, base, information });
                if found.len() > MAX_REPRESENTATIONS {
                    return found;
                }
            }
            set_number += 1;
        }
    }
    found
}

fn base(element: &Element, outer: &Url) -> Url {
    let own = element.child("BaseURL").map(|b| b.text.trim()).filter(|text| text.len() <= MAX_BASE);
    own.and_then(|text| locate(outer, text)).unwrap_or_else(|| outer.clone())
}
