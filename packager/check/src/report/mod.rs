//! Findings of a check, by rule.

pub(crate) mod kept;
pub(crate) mod progress;
pub(crate) mod rule;
pub mod rules;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::report::rule::{Rule, Severity};

/// Findings of one rule kept in full; the rest are counted, so that a broken two-hour stream has a readable report.
const KEPT_PER_RULE: u32 = 20;
/// Characters of a message: it may quote what is checked, which may be of any length.
const MAX_MESSAGE: usize = 1000;

/// Where something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file or URL, relative to the target where it lies below it.
    pub file: String,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Media segment of its playlist or Representation, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<usize>,
    /// Byte, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
}

impl Place {
    /// A whole file.
    pub(crate) fn file(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// A line of a file.
    pub(crate) fn line(file: &str, line: u32) -> Self {
        Self { line: Some(line), ..Self::file(file) }
    }

    /// The segment at `index` (from 0) of a playlist or Representation.
    pub(crate) fn segment(file: &str, index: usize) -> Self {
        Self { segment: Some(index + 1), ..Self::file(file) }
    }

    /// The same, at a byte.
    pub(crate) fn at(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(segment) = self.segment {
            write!(f, ", segment {segment}")?;
        }
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        Ok(())
    }
}

/// A rule that does not hold somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The measured value against the expected one.
    pub message: String,
    /// Where.
    pub place: Place,
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = to.serialize_struct("Finding", 5)?;
        out.serialize_field("rule", self.rule.id)?;
        out.serialize_field("severity", &self.rule.severity)?;
        out.serialize_field("clause", self.rule.clause)?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("place", &self.place)?;
        out.end()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}: {}", self.rule.id, self.rule.clause, self.place, self.message)
    }
}

/// Collects findings; bounded, whatever the input.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<&'static str, u32>,
    unfinished: Option<String>,
}

impl Findings {
    pub(crate) fn add(&mut self, rule: &'static Rule, place: Place, message: impl Into<String>) {
        let count = self.counts.entry(rule.id).or_default();
        *count = count.saturating_add(1);
        if *count <= KEPT_PER_RULE {
            let mut message = message.into();
            if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
                message.truncate(end);
                message.push('…');
            }
            self.kept.push(Finding { rule, message, place });
        }
    }

    /// Notes that something could not be looked at to its end, through no fault of its own.
    pub(crate) fn are_unfinished(&mut self, why: String) {
        self.unfinished.get_or_insert(why);
    }

    /// All that are kept.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn all(&self) -> &[Finding] {
        &self.kept
    }

    /// The first of all.
    pub(crate) fn first(&self) -> Option<&Finding> {
        self.kept.first()
    }

    /// Takes another collector's findings but those of rules that `told` knows; of each rule the first alone.
    pub(crate) fn absorb_unless(&mut self, other: Self, mut told: impl FnMut(&'static Rule) -> bool) {
        for finding in other.kept {
            if !told(finding.rule) {
                self.add(finding.rule, finding.place, finding.message);
            }
        }
    }

    /// Takes another collector's findings but those that are here already.
    pub(crate) fn absorb_new(&mut self, mut other: Self) {
        other.kept.retain(|finding| !self.kept.contains(finding));
        self.absorb(other);
    }

    /// Takes another collector's findings.
    pub(crate) fn absorb(&mut self, other: Self) {
        // Those that are kept first: once more than enough are counted, none is.
        for finding in other.kept {
            self.add(finding.rule, finding.place, finding.message);
        }
        for (rule, count) in other.counts {
            let dropped = count.saturating_sub(KEPT_PER_RULE);
            let all = self.counts.entry(rule).or_default();
            *all = all.saturating_add(dropped);
        }
        self.unfinished = self.unfinished.take().or(other.unfinished);
    }
}

/// Counts of what was checked, for the summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// Playlists and MPDs.
    pub manifests: usize,
    /// Tracks (media files' series, counted once however many manifests name them).
    pub tracks: usize,
    /// Tracks that were decoded, too.
    pub decoded: usize,
    /// Media segments.
    pub segments: usize,
    /// Bytes of all media segments.
    pub media_bytes: u64,
}

/// A check's result.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The target of the check.
    pub target: String,
    /// Findings, MUST first, in the order of the rules.
    pub findings: Vec<Finding>,
    /// By rule: findings beyond those that are listed.
    pub more: BTreeMap<&'static str, u32>,
    /// Counts of what was checked.
    pub looked: Looked,
    /// Why something could not be looked at to its end, through no fault of its own: the report shows nothing then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<String>,
}

impl Report {
    /// Orders `findings`, leaving out the rules that `wanted` does not want.
    pub(crate) fn new(target: String, findings: Findings, looked: Looked, wanted: &dyn Fn(&Rule) -> bool) -> Self {
        let listed = |id: &str| findings.kept.iter().filter(|f| f.rule.id == id).count();
        let more = |(id, count): (&&'static str, &u32)| {
            let unlisted = count.saturating_sub(u32::try_from(listed(id)).unwrap_or(u32::MAX));
            (unlisted > 0 && crate::report::rules::find(id).is_some_and(wanted)).then_some((*id, unlisted))
        };
        let more = findings.counts.iter().filter_map(more).collect();
        let mut kept: Vec<Finding> = findings.kept.into_iter().filter(|f| wanted(f.rule)).collect();
        kept.sort_by_key(|f| (f.rule.severity, crate::report::rules::position(f.rule)));
        Self { target, findings: kept, more, looked, unfinished: findings.unfinished }
    }

    /// True if a MUST does not hold: such a package is not published.
    #[must_use]
    pub fn has_failed_must(&self) -> bool {
        self.findings.iter().any(|f| f.rule.severity == Severity::Must)
    }

    /// Counts breaches of rules of `severity`, including those that are not listed.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let listed = self.findings.iter().filter(|f| f.rule.severity == severity).count();
        let of = |id: &str| crate::report::rules::find(id).is_some_and(|r| r.severity == severity);
        let more: u32 = self.more.iter().filter(|(id, _)| of(id)).map(|(_, n)| n).sum();
        listed + usize::try_from(more).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rules::media::READABLE;

    #[test]
    fn of_many_findings_some_are_kept_and_all_are_counted() {
        let (mut all, mut own) = (Findings::default(), Findings::default());
        (0..50).for_each(|n| own.add(&READABLE, Place::file("a"), n.to_string()));
        all.absorb(own);
        let report = Report::new("a".into(), all, Looked::default(), &|_| true);
        let listed = usize::try_from(KEPT_PER_RULE).unwrap();
        assert_eq!((report.findings.len(), report.count(Severity::Must)), (listed, 50));
    }
}
