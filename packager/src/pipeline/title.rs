//! One title, from its source to its publication.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;
use std::time::Instant;

use config::settings::Settings;
use config::tree::Revision;

use super::assemble;
use super::copy;
use super::encode::Bench;
use super::error::TitleError;
use super::identity;
use super::job::{self, Contents, Job, Key, Output, SHARES};
use super::outlook::Outlook;
use super::pool::{Pool, Tally, perform_all};
use super::results::{Made, Results};
use super::staging::Staging;
use crate::event::{Event, Planned, Published, error_chain};
use crate::ingest::{self, Source};
use crate::library::{Entry, Library, Outcome, Stamp};
use crate::probe::ProbeError;
use check::{Proof, Severity, Target};
use media::steering::Steering;
use media::time::Span;
use tools::Tools;
use tools::cancel::Cancel;

/// What it takes to make a title.
pub(super) struct Work<'a> {
    pub settings: &'a Settings,
    pub tools: &'a Tools,
    pub library: &'a Library,
    pub pool: &'a Pool,
    pub cancel: Cancel,
    pub source: &'a Source,
}

/// What became of it.
pub(super) enum Done {
    /// A revision became visible.
    Published(Published),
    /// The revision that would be made is the one in force.
    Unchanged,
}

/// What is known of a title before it is encoded.
struct Prepared {
    outlook: Outlook,
    /// BLAKE3 of the source.
    digest: blake3::Hash,
    /// The same, hexadecimal.
    content: String,
    /// BLAKE3 of the operator's own poster, hexadecimal.
    poster: Option<String>,
    revision: Revision,
    steering: Option<Steering>,
}

impl Work<'_> {
    /// Makes the title, and keeps in the ledger what became of it.
    pub(super) fn package(&self, tell: &mut dyn FnMut(Event)) -> Result<Done, TitleError> {
        let started = Instant::now();
        let stamp = self.stamp()?;
        let settings = identity::settings_digest(&self.settings.encode, self.steering().as_ref(), &self.source.path)?;
        let entry = |outcome, seen| Entry { source: self.source.recorded.clone(), stamp, settings, outcome, seen };
        match self.make(stamp, started, tell) {
            Ok((revision, done)) => {
                let seen = self.library.seen(&self.source.title, &revision);
                self.library.record(&self.source.title, &entry(Outcome::Published(revision.to_string()), seen))?;
                self.library.forget_report(&self.source.title)?;
                // A run that was killed once all was visible has left its workplace.
                self.library.remove_staging(&self.source.title)?;
                Ok(done)
            }
            Err(TitleError::Cancelled) => Err(TitleError::Cancelled),
            Err(error) => {
                // Where the library can't be written, that is what the error says already.
                if !error.is_passing() {
                    let _ = self.library.record(&self.source.title, &entry(Outcome::Failed, None));
                }
                let _ = self.library.report(&self.source.title, &error_chain(&error), error.stderr());
                Err(error)
            }
        }
    }

    fn make(
        &self,
        stamp: Stamp,
        started: Instant,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(Revision, Done), TitleError> {
        let stopped = |error| if self.cancel.is_cancelled() { TitleError::Cancelled } else { error };
        let mut prepared = self.prepare().map_err(stopped)?;
        let title = &self.source.title;
        if self.is_current(&prepared) {
            return Ok((prepared.revision, Done::Unchanged));
        }
        let warnings = match self.make_visible(&prepared, stamp, tell) {
            // What can't be copied is decoded as it is, in one chunk.
            Err(error @ TitleError::Copy { .. }) => {
                prepared = self.prepared(prepared.outlook.without_copy().ok_or(error)?, prepared.digest)?;
                if self.is_current(&prepared) { Vec::new() } else { self.make_visible(&prepared, stamp, tell)? }
            }
            made => made?,
        };
        let revision = prepared.revision.clone();
        let (segments, bytes) = self.library.media(title);
        let done = Done::Published(Published {
            title: title.to_string(),
            revision: revision.to_string(),
            duration_ms: milliseconds(prepared.outlook.plan.grid.duration()),
            segments,
            bytes,
            warnings,
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        Ok((revision, done))
    }

    fn is_current(&self, prepared: &Prepared) -> bool {
        self.library.published(&self.source.title).as_ref() == Some(&prepared.revision)
    }

    /// Shows the revision again if it is there, else makes it; warnings of what was found in the making.
    fn make_visible(
        &self,
        prepared: &Prepared,
        stamp: Stamp,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, TitleError> {
        let shown = self.library.show_again(&self.source.title, &prepared.revision)?;
        if shown { Ok(Vec::new()) } else { self.make_revision(prepared, stamp, tell) }
    }

    /// Encodes, assembles, checks and publishes. Results are kept where the source is not to blame for a failure: the
    /// next run goes on from there.
    fn make_revision(
        &self,
        prepared: &Prepared,
        stamp: Stamp,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, TitleError> {
        let title = &self.source.title;
        let made = self.encode(prepared, tell).and_then(|made| self.publish(prepared, stamp, &made));
        // Why the title failed matters more than that its remains can't be removed.
        let cleared = self.library.remove_staging(title).and_then(|()| match &made {
            Err(error) if error.keeps_results() => Ok(()),
            _ => self.library.drop_results(title),
        });
        let warnings = made?;
        Ok(cleared.map(|()| warnings)?)
    }

    fn publish(&self, prepared: &Prepared, stamp: Stamp, made: &[(Output, Made)]) -> Result<Vec<String>, TitleError> {
        let title = &self.source.title;
        let staging = Staging::open(self.library, title, &prepared.revision)?;
        let results = Results::of(self.library, title);
        let record = assemble::Record::fill(&staging, &results, made, &prepared.outlook.plan)?;
        let package = assemble::Package {
            title,
            revision: &prepared.revision,
            name: prepared.outlook.info.name.as_deref(),
            source: &self.described(prepared, stamp),
            ffmpeg: &self.tools.ffmpeg.version.text,
            plan: &prepared.outlook.plan,
            warnings: &prepared.outlook.info.warnings,
            staging: &staging,
            steering: prepared.steering.as_ref(),
        };
        package.assemble(&record)?;
        self.prove(&staging)?;
        if self.stamp()? != stamp {
            return Err(TitleError::Changed(self.source.path.clone()));
        }
        self.library.publish(title, &prepared.revision, &staging.title_dir())?;
        Ok(record.damage.warnings())
    }

    /// Checks what will be published, by code that had no part in making it, and compares it with the source.
    fn prove(&self, staging: &Staging) -> Result<(), TitleError> {
        let proof = Proof {
            source: self.source.path.clone(),
            ffmpeg: self.tools.ffmpeg.path.clone(),
            ffprobe: self.tools.ffprobe.path.clone(),
            bounds: self.tools.bounds(&self.cancel),
            jobs: self.pool.most,
        };
        let options = check::Options { proof: Some(proof), ..check::Options::default() };
        let report = check::check(&Target::Title(staging.title_dir()), &options, &());
        if self.cancel.is_cancelled() {
            return Err(TitleError::Cancelled);
        }
        let musts = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Must);
        let told: Vec<String> = musts.take(3).map(ToString::to_string).collect();
        if report.has_failed_must() { Err(TitleError::Check(told.join("; "))) } else { Ok(()) }
    }

    fn prepare(&self) -> Result<Prepared, TitleError> {
        let path = &self.source.path;
        // Both read the whole source: at the same time, it comes from the disk once. One that fails ends the other.
        let both = self.cancel.scope();
        let ended = |failed: bool| {
            if failed {
                both.cancel();
            }
        };
        let (outlook, content) = thread::scope(|scope| {
            let content = scope.spawn(|| {
                let content = digest(path, &both);
                ended(content.is_err());
                content
            });
            let outlook = Outlook::of(path, &self.settings.encode, self.tools, &both);
            ended(outlook.is_err());
            (outlook, content.join().unwrap_or(Err(TitleError::Cancelled)))
        });
        // The other was only stopped by the one that failed.
        match (outlook, content) {
            (Err(error), Err(TitleError::Cancelled)) | (Err(TitleError::Probe(ProbeError::Stopped(_))), Err(error)) => {
                Err(error)
            }
            (outlook, content) => self.prepared(outlook?, content?),
        }
    }

    /// Names the revision of what is planned for a source of this content.
    fn prepared(&self, outlook: Outlook, content: blake3::Hash) -> Result<Prepared, TitleError> {
        let own = outlook.sidecars.poster.as_deref();
        let poster = own.map(|path| digest(path, &self.cancel)).transpose()?;
        // What ffmpeg is asked for, wherever the source and its poster lie.
        let nowhere = Path::new("");
        let asked = outlook.commands_from(nowhere, own.map(|_| nowhere));
        let contents = [Some(content), poster];
        let steering = self.steering();
        let revision = identity::revision(contents, &outlook.plan, &asked, self.tools, steering.as_ref())?;
        let hex = |hash: blake3::Hash| hash.to_hex().to_string();
        Ok(Prepared { outlook, digest: content, content: hex(content), poster: poster.map(hex), revision, steering })
    }

    fn steering(&self) -> Option<Steering> {
        Steering::of(&self.settings.origin.steering, &self.source.title)
    }

    /// Does the jobs whose results are not there already; the results of all.
    fn encode(&self, prepared: &Prepared, tell: &mut dyn FnMut(Event)) -> Result<Vec<(Output, Made)>, TitleError> {
        let plan = &prepared.outlook.plan;
        let contents = Contents { source: &prepared.content, poster: prepared.poster.as_deref() };
        let outputs = job::outputs(&prepared.outlook, contents, self.tools)?;
        let results = Results::of(self.library, &self.source.title);
        let mut made: BTreeMap<Key, Made> = BTreeMap::new();
        let mut pending: Vec<Output> = Vec::new();
        for output in &outputs {
            match results.find(&output.key) {
                Some(result) => drop(made.insert(output.key.clone(), result)),
                None if pending.iter().rev().any(|other| other.key == output.key) => {}
                None => pending.push(output.clone()),
            }
        }
        let jobs = job::jobs(&pending, plan, self.pool.most);
        tell(Event::Planned(self.planned(prepared, &jobs)));
        let key = plan.copy.as_ref().filter(|_| !jobs.is_empty());
        let key =
            key.map(|copy| job::copy_key(copy, &prepared.content, self.tools).map(|key| (copy, key))).transpose()?;
        let make = |(copy, key)| copy::make(&self.source.path, copy, &key, &results, self.tools, &self.cancel);
        let copied = key.map(make).transpose()?;
        let bench = Bench {
            tools: self.tools,
            encode: &prepared.outlook.encode,
            source: copied.as_deref().unwrap_or(&self.source.path),
            info: &prepared.outlook.info,
            plan,
            results: &results,
            poster: prepared.outlook.sidecars.poster.as_deref(),
            bounds: &self.tools.bounds(&self.cancel),
        };
        let frames = plan.video.as_ref().map_or(0, |_| plan.grid.frames);
        let to_do: u64 = jobs.iter().map(|job| job.frames() * job.share(plan)).sum();
        let frames_kept = frames.saturating_sub((to_do + SHARES / 2) / SHARES);
        let tally = Tally { title: self.source.title.as_str(), frames_total: frames, frames_kept };
        let done = perform_all(&bench, self.pool, &jobs, &tally, tell)?;
        for (job, results) in jobs.iter().zip(done) {
            made.extend(job.outputs.iter().map(|output| output.key.clone()).zip(results));
        }
        let with_result = |output: Output| made.get(&output.key).cloned().map(|made| (output, made));
        outputs.into_iter().map(with_result).collect::<Option<Vec<_>>>().ok_or(TitleError::Cancelled)
    }

    fn planned(&self, prepared: &Prepared, jobs: &[Job]) -> Planned {
        let plan = &prepared.outlook.plan;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let chunks = plan.video.as_ref().map_or(0, |_| count(plan.grid.chunks().len()));
        let to_do: BTreeSet<u32> = jobs.iter().filter_map(|job| job.chunk().map(|chunk| chunk.index)).collect();
        Planned {
            title: self.source.title.to_string(),
            duration_ms: milliseconds(plan.grid.duration()),
            frame_rate: plan.video.as_ref().map(|_| plan.grid.rate.to_string()),
            video: plan.ladder.iter().map(|rung| rung.name.clone()).collect(),
            audio: plan.audio.iter().map(|track| track.name.clone()).collect(),
            chunks,
            chunks_kept: chunks - count(to_do.len()).min(chunks),
            warnings: prepared.outlook.info.warnings.clone(),
        }
    }

    fn described(&self, prepared: &Prepared, stamp: Stamp) -> config::title::Source {
        config::title::Source {
            name: self.source.name.clone(),
            size: stamp.size,
            blake3: prepared.content.clone(),
            format: prepared.outlook.info.format.clone(),
            tracks: Some(prepared.outlook.info.tracks()),
        }
    }

    fn stamp(&self) -> Result<Stamp, TitleError> {
        let path = &self.source.path;
        ingest::stamp(path).map_err(|source| TitleError::Read { path: path.clone(), source })
    }
}

fn digest(path: &Path, cancel: &Cancel) -> Result<blake3::Hash, TitleError> {
    let read = |source| TitleError::Read { path: path.into(), source };
    identity::content_digest(path, cancel).map_err(read)?.ok_or(TitleError::Cancelled)
}

fn milliseconds(span: Span) -> u64 {
    span.ticks_at(1000)
}
