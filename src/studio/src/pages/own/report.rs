//! `/titles/{title}/report`: the proof of a title, rule by rule.

use askama::Template;
use axum::extract::State;

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::model::Id;
use crate::pages::frame::{Frame, format};
use crate::pages::view::Empty;
use crate::pages::{Page, html};
use crate::ports::{Finding, Place, Report, Rule};
use crate::titles::progress::sync;
use crate::titles::{find, report};

/// The proof of a title.
#[derive(Debug, Template)]
#[template(path = "own/report.html")]
pub(in crate::pages) struct ReportPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) revision: Option<String>,
    pub(in crate::pages) report: Option<Judged>,
    pub(in crate::pages) empty: Empty,
}

/// A report, for people.
#[derive(Debug)]
pub(in crate::pages) struct Judged {
    /// Names in the catalogue and values.
    pub(in crate::pages) figures: Vec<(&'static str, String)>,
    pub(in crate::pages) findings: Vec<Remark>,
    pub(in crate::pages) rules: Vec<Rule>,
}

/// A rule that does not hold somewhere.
#[derive(Debug)]
pub(in crate::pages) struct Remark {
    pub(in crate::pages) rule: String,
    pub(in crate::pages) message: String,
    pub(in crate::pages) place: String,
}

/// `GET /titles/{title}/report`.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn, At(id): At<Id>) -> Page {
    let title = find::to_edit(&app, &signed_in, &id).await?.title;
    let report = report::of(&app, &title).await?;
    let described = sync::describe(&app, &title.title).await;
    html(&ReportPage {
        id: title.id.to_string(),
        name: title.words.name,
        revision: described.map(|described| described.revision),
        report: report.map(|report| Judged::of(report, &page)),
        empty: Empty::new("shield", "empty.report", None),
        page,
    })
}

impl Judged {
    fn of(report: Report, page: &Frame) -> Self {
        let held = report.rules.iter().filter(|rule| rule.broken == 0).count();
        Self {
            figures: vec![
                ("held", format!("{held}\u{2009}/\u{2009}{}", report.rules.len())),
                ("tracks", report.looked.tracks.to_string()),
                ("segments", report.looked.segments.to_string()),
                ("media", format::size(report.looked.media_bytes, page.texts)),
            ],
            findings: report.findings.into_iter().map(Remark::of).collect(),
            rules: report.rules,
        }
    }
}

impl Remark {
    fn of(finding: Finding) -> Self {
        Self { rule: finding.rule, message: finding.message, place: place(finding.place) }
    }
}

/// A place as `pack check` writes it.
fn place(place: Place) -> String {
    let Place { file, line, segment, byte } = place;
    let parts = [
        line.map(|line| format!(":{line}")),
        segment.map(|segment| format!(", segment {segment}")),
        byte.map(|byte| format!(", byte {byte}")),
    ];
    parts.into_iter().flatten().fold(file, |text, part| text + &part)
}
