//! The part of MPEG's schema (ISO/IEC 23009-1 annex B) that on-demand and live MPDs use: which elements stand where and
//! in which order, which attributes they have, of which type.
//!
//! The schema itself is not ours to ship; this table is written from the standard's clauses.

mod table;
mod types;

use super::model::MAX_BASE;
use super::xml::Element;
use crate::report::rules::dash as rules;
use crate::report::{Findings, Place};
use table::{COMMON_CHILDREN, INFORMATION, KINDS, Kind};

/// Children that an element has at most once.
const ONCE: [&str; 9] = [
    "SegmentBase",
    "SegmentList",
    "SegmentTemplate",
    "SegmentTimeline",
    "Initialization",
    "RepresentationIndex",
    "AssetIdentifier",
    "LeapSecondInformation",
    "ContentSteering",
];

/// Judges the tree below `element`, the MPD at first.
pub(crate) fn judge(element: &Element, file: &str, findings: &mut Findings) {
    let Some(kind) = KINDS.iter().find(|k| k.name == element.name) else { return };
    attributes(kind, element, file, findings);
    if element.name == "BaseURL" && element.text.len() > MAX_BASE {
        let text = format!("a BaseURL of more than {MAX_BASE} bytes is not read");
        findings.add(&rules::LIMIT, Place::line(file, element.line), text);
    }
    let mut last = 0;
    for child in element.children.iter().filter(|c| !c.name.contains(':')) {
        let place = || Place::line(file, child.line);
        let known = !kind.children.is_empty() || KINDS.iter().any(|k| k.name == child.name);
        match position(kind, &child.name) {
            // ETSI TS 103 998 adds it to the schema without saying where.
            None if kind.name == "MPD" && child.name == "ContentSteering" => {}
            None if known => {
                findings.add(&rules::ELEMENT, place(), format!("{} stands in {}", child.name, element.name));
            }
            Some(at) if at < last => {
                findings.add(&rules::ORDER, place(), format!("{} stands too late in {}", child.name, element.name));
            }
            at => last = at.unwrap_or(last),
        }
        judge(child, file, findings);
    }
    for name in ONCE.iter().filter(|name| element.children(name).nth(1).is_some()) {
        let text = format!("{} has more than one {name}", element.name);
        findings.add(&rules::ELEMENT, Place::line(file, element.line), text);
    }
    let ways = INFORMATION.iter().filter(|name| element.child(name).is_some()).count();
    if ways > 1 {
        let text = format!("{} has {ways} kinds of segment information", element.name);
        findings.add(&rules::ADDRESSING, Place::line(file, element.line), text);
    }
}

fn attributes(kind: &Kind, element: &Element, file: &str, findings: &mut Findings) {
    let place = || Place::line(file, element.line);
    for name in kind.required.iter().filter(|name| element.get(name).is_none()) {
        findings.add(&rules::REQUIRED, place(), format!("{} lacks {name}", element.name));
    }
    if element.attributes.iter().any(|(name, _)| name.ends_with(":href")) {
        findings.add(&rules::XLINK, place(), format!("{} is elsewhere, which is not looked at", element.name));
    }
    for (name, value) in element.attributes.iter().filter(|(n, _)| !n.contains(':') && n != "xmlns") {
        match kind.attributes.iter().copied().flatten().find(|(n, _)| n == name) {
            None => findings.add(&rules::ATTRIBUTE, place(), format!("{} has no attribute {name}", element.name)),
            Some((_, of)) if !of.fits(value) => {
                let value = crate::syntax::m3u8::attributes::shorten(value);
                findings.add(&rules::VALUE, place(), format!("{} {name}=\"{value}\" is no {of:?}", element.name));
            }
            Some(_) => {}
        }
    }
}

/// Where a child stands in the schema's sequence.
fn position(kind: &Kind, child: &str) -> Option<usize> {
    let common = || COMMON_CHILDREN.iter().position(|name| *name == child);
    let own = || kind.children.iter().position(|name| *name == child).map(|at| at + COMMON_CHILDREN.len());
    if kind.children.first() == Some(&"*") { common().or_else(own) } else { own() }
}
