//! Reports as JUnit XML: a suite a target, a case a rule.

use anyhow::Context;
use check::{Finding, Report, Severity, rules};
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

/// The document of `reports`. A SHOULD fails its case under `strict`; else its findings are the case's output.
pub(super) fn document(reports: &[Report], strict: bool) -> anyhow::Result<String> {
    let mut document = Document::new("pack check");
    for report in reports {
        let mut suite = TestSuite::new(&report.target);
        for rule in rules::all() {
            let found: Vec<&Finding> = report.findings.iter().filter(|f| f.rule == rule).collect();
            let text: Vec<String> = found.iter().map(|f| format!("{}: {}", f.place, f.message)).collect();
            let fails = !found.is_empty() && (strict || rule.severity == Severity::Must);
            let status = if fails {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(rule.meaning).set_description(text.join("\n"));
                status
            } else {
                TestCaseStatus::success()
            };
            let mut case = TestCase::new(rule.id, status);
            case.set_classname(rule.clause);
            if !fails && !text.is_empty() {
                case.set_system_out(text.join("\n"));
            }
            suite.add_test_case(case);
        }
        document.add_test_suite(suite);
    }
    document.to_string().context("the report can't be written as JUnit XML")
}
