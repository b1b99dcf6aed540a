//! `pack check`.

mod bar;
mod junit;
mod text;

use std::io::IsTerminal;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use check::{Decode, Options, Proof, Report, Rule, Severity, Source, Target, rules};
use clap::Args;
use media::color::HighRange;
use packager::ingest::Sidecars;
use packager::pipeline;
use packager::probe::{self, Ffprobe};
use packager::source::SourceInfo;
use serde::Serialize;
use tools::cancel::Cancel;
use tools::process::{Bounds, Manner};
use tools::sandbox::Sandbox;

use self::bar::Bar;
use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::service::signals::Signals;
use crate::settings;

/// Check any HLS or DASH presentation against the standards, from disk or over HTTP
///
/// A target is a title's folder, or the path or http(s) URL of a playlist or MPD, whoever made it. Each finding names its rule, the
/// clause of the standard, what was measured and what was expected.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Title's folder, or path or URL of a playlist or MPD
    #[arg(value_name = "TARGET", required_unless_present_any = ["list", "explain"])]
    targets: Vec<String>,
    /// Decode every rendition, too, with ffmpeg
    ///
    /// Finds decoders' errors, frames that are missing, renditions that do not show the same picture at the same time, and
    /// stretches that are black, stand still or are silent.
    #[arg(long, conflicts_with = "watch")]
    decode: bool,
    /// Compare with this source, which the targets were made from
    ///
    /// How long the source's packets last, its tracks, pictures where segments begin and in their middle, all of its sound:
    /// as publishing does. A title's folder is compared with what its title.json says of its source otherwise. With
    /// --decode, the best rendition is compared frame by frame, too, and the sound to a fraction of a millisecond.
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
    /// List the rules
    #[arg(long)]
    list: bool,
    /// Say what a rule means, why players care, and how to mend it
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// Report these rules alone
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave these rules out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    skip: Vec<String>,
    /// Fail when a SHOULD does not hold, too
    #[arg(long)]
    strict: bool,
    /// Watch a live presentation for so long: load it again and again as a player does, and judge what changes
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    watch: Option<Duration>,
    /// The longest that one response over HTTP may take
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "60s")]
    timeout: Duration,
    /// Write the report as JUnit XML to this file, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

#[derive(Serialize)]
struct Checked<'a> {
    event: &'static str,
    passed: bool,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Serialize)]
struct Listed<'a> {
    event: &'static str,
    #[serde(flatten)]
    rule: &'a Rule,
}

impl Check {
    /// Checks all targets; a finding that fails one fails the command, after all are checked.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if self.list {
            return list(output);
        }
        if let Some(id) = &self.explain {
            let rule = rule(id)?;
            output.outcome(&Listed { event: "rule", rule }, &text::explain(rule))?;
            return Ok(Exit::Done);
        }
        for id in self.only.iter().chain(&self.skip) {
            rule(id)?;
        }
        // Without processes to end, a signal may end us at once.
        let signals = (self.decode || self.source.is_some()).then(Signals::listen).transpose()?;
        let options = self.options(global, signals.as_ref().map(Signals::cancel))?;
        let targets = self.targets.iter().map(|t| Target::parse(t)).collect::<Result<Vec<_>, _>>();
        let mut reports = Vec::new();
        for target in targets.map_err(Failure::usage)? {
            let bar = Bar::new(&target.to_string(), output.bars());
            let report = check::check(&target, &options, &bar);
            bar.end();
            if let Some(exit) = signals.as_ref().and_then(Signals::exit) {
                return Ok(exit);
            }
            refuse_unproven(&options, &report)?;
            if output.is_json() {
                output.json(&Checked { event: "checked", passed: self.passes(&report), report: &report })?;
            } else {
                output.text(&text::report(&report, std::io::stdout().is_terminal()))?;
            }
            reports.push(report);
        }
        if let Some(path) = &self.junit {
            let xml = junit::document(&reports, self.strict)?;
            std::fs::write(path, xml).with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(if reports.iter().all(|r| self.passes(r)) { Exit::Done } else { Exit::Failed })
    }

    fn options(&self, global: &Global, cancel: Option<&Cancel>) -> Result<Options, Failure> {
        let mut options = Options {
            only: self.only.clone(),
            skip: self.skip.clone(),
            watch: self.watch,
            timeout: self.timeout,
            ..Options::default()
        };
        if cancel.is_none() && self.source.is_none() {
            return Ok(options);
        }
        let settings = settings::resolve(global, &Listen::default())?.settings;
        if let Some(cancel) = cancel.filter(|_| self.decode) {
            let ffmpeg = tools::ffmpeg(&settings, cancel)?.path;
            let sandbox = Sandbox::new(&settings, &[&ffmpeg]);
            options.decode = Some(Decode::new(ffmpeg, sandbox, cancel.clone()));
        }
        if let Some(path) = &self.source {
            let cancel = cancel.cloned().unwrap_or_default();
            let (ffmpeg, ffprobe) = (tools::ffmpeg(&settings, &cancel)?, tools::ffprobe(&settings, &cancel)?);
            let sandbox = Sandbox::new(&settings, &[&ffmpeg.path, &ffprobe.path]);
            let bounds = Bounds::new(cancel, tools::stall(&settings), sandbox).reading(path);
            let beside = Sidecars::of(path).audio;
            let bounds = beside.iter().fold(bounds, |bounds, audio| bounds.reading(&audio.path));
            let encode = pipeline::settings_of(path, &settings).map_err(Failure::usage)?;
            let program = Ffprobe { program: &ffprobe.path, bounds: &bounds };
            let info = probe::probe(program, path, encode.program).map_err(Failure::usage)?;
            options.source = Some(source(path, &info));
            options.proof = Some(Proof {
                source: path.clone(),
                ffmpeg: ffmpeg.path,
                ffprobe: ffprobe.path,
                bounds,
                jobs: std::thread::available_parallelism().map_or(2, NonZero::get),
                asked: pipeline::asked(path, &encode),
            });
        }
        Ok(options)
    }

    fn passes(&self, report: &Report) -> bool {
        let broken = |severity| report.count(severity) > 0;
        !broken(Severity::Must) && (!self.strict || !broken(Severity::Should))
    }
}

/// Refuses a check of which a process was ended by the machine, or hung over the source: it shows nothing.
fn refuse_unproven(options: &Options, report: &Report) -> Result<(), Failure> {
    if let Some(why) = &report.unfinished {
        return Err(anyhow!("not all of it could be decoded, through no fault of the media; run again: {why}").into());
    }
    let ended = options.proof.as_ref().and_then(|proof| proof.bounds.trouble());
    match ended.filter(|ended| ended.manner() != Manner::Crashed) {
        Some(ended) => {
            Err(anyhow!("an ffmpeg or ffprobe was ended ({}) before it had compared all; run again", ended.status)
                .into())
        }
        None => Ok(()),
    }
}

/// A source as checks want it.
fn source(path: &Path, info: &SourceInfo) -> Source {
    // What a package can show one for one: frames of standard dynamic range that come at a constant rate.
    let one_for_one = info.video.as_ref().and_then(|video| {
        let bright = video.color.transfer.and_then(HighRange::of).is_some();
        let thousandths = 1000 * u64::from(video.rate.num()) / u64::from(video.rate.den());
        let as_it_is = !video.variable_rate && video.scan == packager::source::Scan::Progressive && !bright;
        as_it_is.then_some(thousandths)
    });
    Source {
        path: path.to_owned(),
        tracks: info.tracks(),
        video: info.video.as_ref().map(|video| video.index),
        audio: info.audio.iter().map(|track| track.index).collect(),
        one_for_one,
    }
}

fn rule(id: &str) -> Result<&'static Rule, Failure> {
    rules::find(id).ok_or_else(|| Failure::usage(anyhow!("there is no rule '{id}': `pack check --list` prints all")))
}

fn list(output: &Output) -> Result<Exit, Failure> {
    if output.is_json() {
        for rule in rules::all() {
            output.json(&Listed { event: "rule", rule })?;
        }
    } else {
        output.text(&text::list())?;
    }
    Ok(Exit::Done)
}
