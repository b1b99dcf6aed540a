//! The rules, as data: one file an area. `pack check --list` prints them, `--explain` tells more of one.
//!
//! Clauses: *R* is RFC 8216bis, *Apple* the HLS Authoring Specification for Apple Devices (2025-06), *DASH* ISO/IEC
//! 23009-1, *IOP* DASH-IF's guidelines, *CTS* ETSI TS 103 998, *CMAF* ISO/IEC 23000-19, *ISOBMFF* ISO/IEC 14496-12.

pub(crate) mod agreement;
pub(crate) mod dash;
pub(crate) mod decode;
pub(crate) mod delivery;
pub(crate) mod hls;
pub(crate) mod init;
pub(crate) mod live;
pub(crate) mod media;
pub(crate) mod steering;
pub(crate) mod syntax;
pub(crate) mod text;

use crate::report::rule::Rule;

static AREAS: [&[&Rule]; 13] = [
    syntax::ALL,
    hls::ALL,
    init::ALL,
    media::ALL,
    dash::ALL,
    steering::ALL,
    agreement::compare::ALL,
    text::ALL,
    live::ALL,
    agreement::source::ALL,
    agreement::proof::ALL,
    decode::ALL,
    delivery::ALL,
];

/// All rules, in the order of `pack check --list`.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    AREAS.iter().flat_map(|area| area.iter().copied())
}

/// The rules that a title's folder is judged by where its source is at hand. The others are about what is watched live, is
/// fetched over HTTP, is steered, or is decoded on its own.
pub(crate) fn of_title() -> impl Iterator<Item = &'static Rule> {
    let others = [steering::ALL, live::ALL, decode::ALL, delivery::ALL].concat();
    all().filter(move |rule| others.iter().all(|other| other.id != rule.id))
}

/// The rule whose id is `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Where `rule` stands among all.
pub(crate) fn position(rule: &Rule) -> usize {
    all().position(|r| r.id == rule.id).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_least_a_hundred_and_no_id_stands_twice() {
        let mut ids: Vec<&str> = all().map(|r| r.id).collect();
        assert!(ids.len() >= 100, "{}", ids.len());
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id stands twice");
    }

    #[test]
    fn every_rule_explains_itself() {
        for rule in all() {
            for text in [rule.clause, rule.meaning, rule.why, rule.mend] {
                assert!(!text.is_empty(), "{}", rule.id);
            }
            assert!(rule.id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{}", rule.id);
        }
    }
}
