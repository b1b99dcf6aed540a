//! `pack check`: whether a presentation, ours or anyone's, is what the standards say.
//!
//! Nothing here is shared with what writes packages: playlists, MPDs and media are read by readers of their own, and
//! every figure is computed afresh from the bytes. Loading and measuring come first; then rules judge, purely.

mod agreement;
mod dash;
mod decode;
mod fetch;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod hls;
mod live;
mod loaded;
mod media;
mod proof;
mod report;
mod syntax;

use std::path::{Path, PathBuf};
use std::time::Duration;

use agreement::{source, title};
use config::title::SourceTracks;
use fetch::http::Http;
use fetch::tools::Tools;
use fetch::{Disk, Store, names};
use loaded::Loaded;
use media::{track, track_rules};
use report::Findings;

pub use decode::Decode;
pub use fetch::target::{Target, TargetError};
pub use proof::{Asked, Proof};
pub use report::kept::{Judged, Kept};
pub use report::progress::Progress;
pub use report::rule::{Rule, Severity};
pub use report::{Finding, Looked, Place, Report, rules};

/// Options of a check.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ids of the only rules to report; empty means all.
    pub only: Vec<String>,
    /// Ids of rules to leave out.
    pub skip: Vec<String>,
    /// Files that are read at the same time. Over HTTP, where most of the time goes by waiting, at least
    /// [`REQUESTS`] of them.
    pub threads: usize,
    /// The source of the package. Without it, a title's folder is compared with what its `title.json` says.
    pub source: Option<Source>,
    /// Time for which a live presentation is watched; `None` checks what is there now.
    pub watch: Option<Duration>,
    /// The longest that one response may take.
    pub timeout: Duration,
    /// Settings of decoding every rendition; `None` decodes none.
    pub decode: Option<Decode>,
    /// Settings of the proof, which compares the title with its source; `None` leaves it out.
    pub proof: Option<Proof>,
}

/// The source of a package.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Its tracks, as probed.
    pub tracks: SourceTracks,
    /// ffmpeg's stream index of the video, if it has one.
    pub video: Option<u32>,
    /// ffmpeg's stream indices of the audio tracks.
    pub audio: Vec<u32>,
    /// Its frame rate in thousandths, where a package can show its pictures one for one: they come at a constant rate, as
    /// whole frames of standard dynamic range.
    pub one_for_one: Option<u64>,
}

/// Requests that are under way at the same time, at least.
const REQUESTS: usize = 6;
/// One response may take so long when it is read as fast as it is decoded.
const AT_LEISURE: Duration = Duration::from_secs(3600);

impl Default for Options {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            skip: Vec::new(),
            threads: 2,
            source: None,
            decode: None,
            proof: None,
            watch: None,
            timeout: Duration::from_secs(60),
        }
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
    check(&Target::Title(dir.to_owned()), &Options::default(), &())
}

/// Checks `target` and tells `progress`. Whatever is wrong with it, being unreadable included, is a finding of the
/// report.
#[must_use]
pub fn check(target: &Target, options: &Options, progress: &dyn Progress) -> Report {
    let mut findings = Findings::default();
    let threads = options.threads;
    let looked = if target.is_remote() {
        let store = Http::new(options.timeout);
        let tools = Tools { store: &store, threads: threads.max(REQUESTS), progress };
        let looked = run(tools, target, options, &mut findings);
        findings.absorb(store.into_findings());
        looked
    } else {
        run(Tools { store: &Disk, threads, progress }, target, options, &mut findings)
    };
    report(target, options, findings, looked)
}

/// Checks the playlists and the MPD of a title that is laid out as published, by themselves: its media are not opened,
/// and need not be there.
#[must_use]
pub fn manifests(dir: &Path) -> Report {
    let (target, options, mut findings) = (Target::Title(dir.to_owned()), Options::default(), Findings::default());
    let tools = Tools { store: &Disk, threads: options.threads, progress: &() };
    let loaded = Loaded::of(tools, &target, &mut findings);
    loaded.judge(tools.store, &[], &mut findings);
    let looked = Looked { manifests: loaded.manifests(), ..Looked::default() };
    report(&target, &options, findings, looked)
}

fn report(target: &Target, options: &Options, findings: Findings, looked: Looked) -> Report {
    let mut report = Report::new(target.to_string(), findings, looked, &|rule| options.wants(rule));
    let base = target.base();
    for finding in &mut report.findings {
        finding.place.file = names::relative(&finding.place.file, &base).to_owned();
        finding.message = finding.message.replace(&format!("{base}/"), "");
    }
    report
}

fn run(tools: Tools<'_>, target: &Target, options: &Options, findings: &mut Findings) -> Looked {
    let loaded = Loaded::of(tools, target, findings);
    let measured = track::measure_all(tools, loaded.tracks.all(), findings);
    for track in &measured {
        track_rules::judge(track, findings);
    }
    loaded.judge(tools.store, &measured, findings);
    let mut made_from = None;
    let (mut warnings, mut poster, mut beside) = (Vec::new(), None, Vec::new());
    if let Target::Title(dir) = target {
        title::judge(dir, &loaded.tracks, findings);
        let document = title::document(dir, findings);
        poster = document.as_ref().and_then(|title| title::poster(dir, title));
        beside = document.as_ref().map(proof::Beside::of).unwrap_or_default();
        (made_from, warnings) = document.map_or_else(Default::default, |title| (title.source.tracks, title.warnings));
        // That a track is damaged, or has holes, does not account for it.
        warnings.retain(|warning| {
            !["the source is damaged", "the source has holes"].iter().any(|begin| warning.starts_with(begin))
        });
    }
    made_from = options.source.as_ref().map(|source| source.tracks.clone()).or(made_from);
    made_from = made_from.filter(|_| loaded.is_of_one_piece());
    if let Some(tracks) = &made_from {
        source::judge(tracks, &measured, loaded.whole(), findings);
    }
    let decoded = options.decode.as_ref().map_or(0, |how| {
        // Resources that are read a second time were judged the first time.
        let again = Http::new(AT_LEISURE);
        let store: &dyn Store = if target.is_remote() { &again } else { &Disk };
        let measured = decode::Measured { refs: loaded.tracks.all(), tracks: &measured };
        let original = options.source.as_ref().zip(made_from.as_ref());
        let original = original.map(|(source, tracks)| decode::Original { source, tracks });
        decode::judge(how, (store, tools.progress), measured, &loaded.switching_sets(), original, findings)
    });
    if let Some(proof) = options.proof.as_ref().filter(|_| loaded.is_of_one_piece()) {
        let measured = decode::Measured { refs: loaded.tracks.all(), tracks: &measured };
        let whole = loaded.whole().unwrap_or_default();
        let declared = proof::Declared::of(&loaded.hls, &loaded.dash);
        let (store, poster) = (tools.store, poster.as_ref());
        let title =
            proof::Title { store, measured, warnings: &warnings, beside: &beside, poster, declared: &declared, whole };
        proof::judge(proof, title, findings);
    }
    let watched = options.watch.map(|time| live::watch(tools, &loaded.hls, &loaded.dash, time, findings));
    let watched = watched.unwrap_or_default();
    let segments = || measured.iter().flat_map(|t| &t.segments);
    Looked {
        manifests: loaded.manifests(),
        tracks: measured.len(),
        decoded,
        segments: segments().count() + watched.segments,
        media_bytes: segments().filter_map(|s| s.bytes).sum::<u64>() + watched.bytes,
    }
}
