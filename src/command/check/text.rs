//! Reports for people.

use std::fmt::Write;

use check::{Finding, Report, Rule, Severity, rules};
use indicatif::BinaryBytes;

use crate::text::table;

const RED: &str = "\x1b[31;1m";
const YELLOW: &str = "\x1b[33m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// Findings grouped by rule, and a line of summary.
pub(super) fn report(report: &Report, colour: bool) -> String {
    let paint = |code: &'static str| if colour { (code, PLAIN) } else { ("", "") };
    let mut text = String::new();
    let mut rest = report.findings.as_slice();
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|f| f.rule == first.rule).count();
        let (group, after) = rest.split_at(count);
        rest = after;
        let (on, off) = paint(if first.rule.severity == Severity::Must { RED } else { YELLOW });
        let _ = writeln!(
            text,
            "{on}{} {}{off}  {} ({})",
            severity(first.rule),
            first.rule.id,
            first.rule.meaning,
            first.rule.clause
        );
        group.iter().for_each(|finding| line(finding, &mut text));
        if let Some(more) = report.more.get(first.rule.id) {
            let _ = writeln!(text, "    and {more} more");
        }
    }
    let (must, should) = (report.count(Severity::Must), report.count(Severity::Should));
    let (on, off) = paint(if must > 0 { RED } else { GREEN });
    let verdict = if must > 0 { "fails" } else { "passes" };
    let looked = &report.looked;
    let decoded = if looked.decoded > 0 { format!(" ({} decoded)", looked.decoded) } else { String::new() };
    let _ = writeln!(
        text,
        "{on}{} {verdict}{off}: {must} MUST, {should} SHOULD in {} manifests, {} tracks{decoded}, {} segments, {}",
        report.target,
        looked.manifests,
        looked.tracks,
        looked.segments,
        BinaryBytes(looked.media_bytes)
    );
    text
}

fn line(finding: &Finding, text: &mut String) {
    let _ = writeln!(text, "    {}: {}", finding.place, finding.message);
}

fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Must => "MUST",
        Severity::Should => "SHOULD",
    }
}

/// All rules as a table.
pub(super) fn list() -> String {
    let row = |r: &Rule| [r.id, severity(r), r.clause, r.meaning].map(str::to_owned);
    table(["RULE", "", "CLAUSE", "MEANING"], &rules::all().map(row).collect::<Vec<_>>())
}

/// A rule in full.
pub(super) fn explain(rule: &Rule) -> String {
    let Rule { id, clause, meaning, why, mend, .. } = rule;
    format!(
        "{id}: {} by {clause}\n\n  {meaning}\n\nWhy players care:\n  {why}\n\nHow to mend it:\n  {mend}",
        severity(rule)
    )
}
