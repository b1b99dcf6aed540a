//! `pack check`: whether a presentation, ours or anyone's, is what the standards say.
//!
//! Nothing here is shared with what writes packages: playlists, MPDs and media are read by readers of their own, and
//! every figure is computed afresh from the bytes. Loading and measuring come first; then rules judge, purely.

mod decimal;
mod fetch;
mod hls;
mod init_rules;
mod isobmff;
mod language;
mod m3u8;
mod mp4_reader;
mod names;
mod report;
mod rule;
pub mod rules;
mod target;
mod text;
mod track;
mod track_rules;
mod tracks;
mod ts;

use std::path::Path;

use url::Url;

use fetch::{Disk, Store};
use report::Findings;
use tracks::Tracks;

pub use report::{Finding, Looked, Place, Report};
pub use rule::{Rule, Severity};
pub use target::{Target, TargetError};

/// How a check is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ids of the only rules to report; empty means all.
    pub only: Vec<String>,
    /// Ids of rules to leave out.
    pub skip: Vec<String>,
    /// Tracks that are read at the same time.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { only: Vec::new(), skip: Vec::new(), threads: 2 }
    }
}

impl Options {
    fn wants(&self, rule: &Rule) -> bool {
        let named = |list: &[String]| list.iter().any(|id| id == rule.id);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

/// Checks a title that is laid out as published (`index.m3u8`, `manifest.mpd` and what they name) with all rules.
#[must_use]
pub fn title_dir(dir: &Path) -> Report {
    check(&Target::Title(dir.to_owned()), &Options::default())
}

/// Checks `target`. Whatever is wrong with it, being unreadable included, is a finding of the report.
#[must_use]
pub fn check(target: &Target, options: &Options) -> Report {
    let mut findings = Findings::default();
    let looked = run(&Disk, &target.manifests(), options, &mut findings);
    let mut report = Report::new(target.to_string(), findings, looked, &|rule| options.wants(rule));
    let base = target.base();
    for finding in &mut report.findings {
        finding.place.file = names::relative(&finding.place.file, &base).to_owned();
    }
    report
}

fn run(store: &dyn Store, manifests: &[Url], options: &Options, findings: &mut Findings) -> Looked {
    let mut tracks = Tracks::default();
    let mut presentations = Vec::new();
    for url in manifests {
        match store.manifest(url) {
            Ok(data) if hls::is_playlist(&data) => {
                presentations.push(hls::load(store, url, &data, &mut tracks, findings));
            }
            Ok(_) => {}
            Err(error) => {
                findings.add(&rules::media::READABLE, Place::file(&names::show(url)), error.to_string());
            }
        }
    }
    let measured = track::measure_all(store, tracks.all(), options.threads, findings);
    for track in &measured {
        track_rules::judge(track, findings);
    }
    for presentation in &presentations {
        hls::judge(store, presentation, &measured, findings);
    }
    let segments = || measured.iter().flat_map(|t| &t.segments);
    Looked {
        manifests: presentations.iter().map(hls::Hls::manifests).sum(),
        tracks: measured.len(),
        segments: segments().count(),
        media_bytes: segments().filter_map(|s| s.bytes).sum(),
    }
}
