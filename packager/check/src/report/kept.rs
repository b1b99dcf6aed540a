//! The report of a title's proof, as it is kept with the revision that it let through.

use serde::Serialize;

use super::rule::Rule;
use super::{Finding, Looked, Report, rules};

/// A report with every rule that the title was judged by.
#[derive(Debug, Serialize)]
pub struct Kept<'a> {
    /// Counts of what was checked.
    pub looked: Looked,
    /// The rules, in the order of `pack check --list`.
    pub rules: Vec<Judged>,
    /// Findings, MUST first.
    pub findings: &'a [Finding],
}

/// A rule, with what came of it.
#[derive(Debug, Serialize)]
pub struct Judged {
    #[serde(flatten)]
    rule: &'static Rule,
    /// How often it does not hold; 0 where it does.
    broken: usize,
}

impl Report {
    /// The report of a title's folder that was compared with its source.
    #[must_use]
    pub fn kept(&self) -> Kept<'_> {
        let judged = rules::of_title().chain(self.findings.iter().map(|finding| finding.rule));
        let mut judged: Vec<Judged> = judged.map(|rule| Judged { rule, broken: self.broken(rule) }).collect();
        judged.sort_by_key(|judged| rules::position(judged.rule));
        judged.dedup_by_key(|judged| judged.rule.id);
        Kept { looked: self.looked, rules: judged, findings: &self.findings }
    }

    /// How often a rule does not hold, including what is not listed.
    fn broken(&self, rule: &Rule) -> usize {
        let listed = self.findings.iter().filter(|finding| finding.rule.id == rule.id).count();
        let more = self.more.get(rule.id).copied().unwrap_or(0);
        listed.saturating_add(usize::try_from(more).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rules::delivery;
    use crate::report::rules::media::READABLE;
    use crate::report::{Findings, Place};

    #[test]
    fn each_rule_is_there_once_with_what_came_of_it() {
        let mut findings = Findings::default();
        (0..50).for_each(|n| findings.add(&READABLE, Place::file("a"), n.to_string()));
        let report = Report::new("a".into(), findings, Looked::default(), &|_| true);
        let kept = report.kept();
        let broken: Vec<(&str, usize)> = kept
            .rules
            .iter()
            .filter(|judged| judged.broken > 0)
            .map(|judged| (judged.rule.id, judged.broken))
            .collect();
        assert_eq!(broken, [(READABLE.id, 50)]);
        assert_eq!(kept.rules.len(), rules::of_title().count());
        let delivery = delivery::ALL[0].id;
        assert!(kept.rules.iter().all(|judged| judged.rule.id != delivery), "it was not fetched over HTTP");
    }
}
