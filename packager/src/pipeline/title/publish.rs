//! A title's revision: foreseen, made, proven, published.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::Work;
use super::assemble::{Package, Record};
use super::prepare::{self, Prepared};
use super::staging::Staging;
use crate::event::Event;
use crate::library::{ContentLock, Stamp};
use crate::pipeline::error::TitleError;
use crate::pipeline::job::Output;
use crate::pipeline::outlook::{Outlook, asked};
use crate::pipeline::results::{Made, Results};
use check::{Proof, Report, Severity, Target};
use config::title::{SourceAudio, SourceTracks};
use tools::process::Manner;

impl Work<'_> {
    /// Encodes, assembles, checks and publishes. Results are kept where the source is not to blame for a failure: the
    /// next run goes on from there.
    pub(super) fn make_revision(
        &self,
        prepared: &Prepared,
        stamp: Stamp,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, TitleError> {
        let title = &self.source.title;
        // Another title of the same content is made of the same results.
        let content = self.lock_content(&prepared.content)?;
        let made = self.foresee(prepared, stamp).and_then(|()| self.encode(prepared, tell));
        let made = made.and_then(|made| {
            tell(Event::Proving { title: title.to_string() });
            self.publish(prepared, stamp, &made)
        });
        let made = made.map_err(|error| self.cause_of(error, stamp));
        // Why the title failed matters more than that its remains can't be removed.
        let cleared = self.library.remove_staging(title).and_then(|()| match &made {
            Err(error) if error.keeps_results() => Ok(()),
            _ => self.library.drop_results(&prepared.content, &content),
        });
        let warnings = made?;
        Ok(cleared.map(|()| warnings)?)
    }

    /// Waits until no other title of the same content is being made.
    fn lock_content(&self, content: &str) -> Result<ContentLock, TitleError> {
        while !self.cancel.is_cancelled() {
            if let Some(lock) = self.library.lock_content(content)? {
                return Ok(lock);
            }
            thread::sleep(TICK);
        }
        Err(TitleError::Cancelled)
    }

    /// Renders the manifests as the plan has them and checks them: a title that they would keep from being published is
    /// refused before it is encoded.
    pub(super) fn foresee(&self, prepared: &Prepared, stamp: Stamp) -> Result<(), TitleError> {
        let staging = Staging::open(self.library, &self.source.title, &prepared.revision)?;
        self.package_in(&staging, prepared, stamp).foresee()?;
        let report = check::manifests(&staging.title_dir());
        broken_rules(&report).map_or(Ok(()), |told| Err(TitleError::Manifests(told)))
    }

    fn publish(&self, prepared: &Prepared, stamp: Stamp, made: &[(Output, Made)]) -> Result<Vec<String>, TitleError> {
        let title = &self.source.title;
        let staging = Staging::open(self.library, title, &prepared.revision)?;
        let results = Results::of(self.library, &prepared.content);
        let record = Record::fill(&staging, &results, made, &prepared.outlook.plan)?;
        self.package_in(&staging, prepared, stamp).assemble(&record)?;
        let set = self.set(prepared, made)?;
        let is_proven = set.as_ref().is_some_and(|set| set.is_proven(&results));
        let report = self.prove(prepared, &staging, !is_proven)?;
        if let Some(set) = set.filter(|_| !is_proven) {
            set.is_now_proven(&results)?;
        }
        self.library.stage_proof(&staging.title_dir(), report.as_bytes())?;
        self.is_as_it_was(stamp)?;
        if let Some(poster) = &prepared.outlook.sidecars.poster
            && Some(prepare::stamp(poster)?) != prepared.poster_stamp
        {
            return Err(TitleError::Changed(poster.clone()));
        }
        for (path, stamp) in &prepared.outlook.stamps {
            if prepare::stamp(path)? != *stamp {
                return Err(TitleError::Changed(path.clone()));
            }
        }
        match self.library.publish(title, &prepared.revision, &staging.title_dir(), self.decisions)? {
            true => Ok(record.damage.warnings()),
            false => Err(TitleError::Overruled),
        }
    }

    /// Checks what will be published, by code that had no part in making it, and compares it with the source, unless the same
    /// files were compared before. The report.
    fn prove(&self, prepared: &Prepared, staging: &Staging, compare: bool) -> Result<String, TitleError> {
        let bounds = self.tools.bounds(&self.source.path, &self.cancel);
        let bounds = prepared.outlook.stamps.iter().fold(bounds, |bounds, (path, _)| bounds.reading(path));
        let (report, trouble) = bounds.once_more(|bounds| {
            let proof = Proof {
                source: self.source.path.clone(),
                ffmpeg: self.tools.ffmpeg.path.clone(),
                ffprobe: self.tools.ffprobe.path.clone(),
                bounds: bounds.clone(),
                // Others may be proven meanwhile.
                jobs: (self.share.pool.most / self.titles.max(1)).max(1),
                asked: asked(&self.source.path, &prepared.outlook.encode),
            };
            let proof = Some(proof).filter(|_| compare);
            let options = check::Options { proof, ..check::Options::default() };
            (check::check(&Target::Title(staging.title_dir()), &options, &()), bounds.trouble())
        });
        if self.cancel.is_cancelled() {
            return Err(TitleError::Cancelled);
        }
        // What a decoder said before it was ended shows nothing of the package; one that crashes twice does.
        if let Some(ended) = trouble.filter(|ended| ended.manner() != Manner::Crashed) {
            return Err(TitleError::Unproven(ended));
        }
        if let Some(told) = broken_rules(&report) {
            return Err(TitleError::Check(told));
        }
        // Nothing with a finding of the comparison is published: its rules hold of files that were compared before as well.
        Ok(told(&report, &self.source.path))
    }

    fn package_in<'a>(&'a self, staging: &'a Staging, prepared: &'a Prepared, stamp: Stamp) -> Package<'a> {
        let Prepared { outlook, revision, steering, .. } = prepared;
        Package {
            title: &self.source.title,
            revision,
            name: outlook.info.name.clone().unwrap_or_else(|| self.source.label()),
            source: self.described(prepared, stamp),
            ffmpeg: &self.tools.ffmpeg.version.text,
            plan: &outlook.plan,
            warnings: &outlook.info.warnings,
            staging,
            steering: steering.as_ref(),
        }
    }

    /// The source's tracks, with those of files beside it as far as they lie within the title.
    fn tracks(&self, outlook: &Outlook) -> SourceTracks {
        let mut tracks = outlook.info.tracks();
        let start_us = outlook.plan.origin_us;
        let most = i64::try_from(outlook.plan.grid.duration().ticks_at(1_000_000)).unwrap_or(i64::MAX);
        tracks.audio.extend(outlook.info.beside.iter().map(|beside| {
            let length = beside.end_us().saturating_sub(beside.start_us()).min(most);
            let language = beside.audio.first().map(|track| track.language.clone()).unwrap_or_default();
            SourceAudio { language, start_us, end_us: start_us.saturating_add(length) }
        }));
        tracks
    }

    fn described(&self, prepared: &Prepared, stamp: Stamp) -> config::title::Source {
        config::title::Source {
            name: self.source.name.clone(),
            size: stamp.size,
            blake3: prepared.content.clone(),
            format: prepared.outlook.info.format.clone(),
            tracks: Some(self.tracks(&prepared.outlook)),
        }
    }
}

/// The longest time until a stop is noticed.
const TICK: Duration = Duration::from_millis(100);

/// A report as it is kept: where the source lies is nobody's business.
fn told(report: &Report, source: &Path) -> String {
    let text = serde_json::to_string(&report.kept()).unwrap_or_default();
    let path = serde_json::to_string(&source.display().to_string()).unwrap_or_default();
    text.replace(path.trim_matches('"'), "the source")
}

/// The first few rules that must hold and don't, in one text; `None` where all hold.
fn broken_rules(report: &Report) -> Option<String> {
    let musts = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Must);
    let told: Vec<String> = musts.take(3).map(ToString::to_string).collect();
    report.has_failed_must().then(|| told.join("; "))
}
