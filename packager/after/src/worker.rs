//! The thread that takes sources out, one group of files after the other.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use config::settings::{After, Ingest, Settings};

use crate::disk::look;
use crate::journal::{Group, Item, Journal, Mark};
use crate::names::places;
use crate::pending::Pending;
use crate::step::{Ended, carry_out};

/// How long a source is left alone that could not be taken out.
const RETRY: Duration = Duration::from_secs(600);

/// A source to be taken out.
pub(crate) struct Task {
    /// Its path below the ingest folder.
    pub(crate) below: PathBuf,
    pub(crate) mark: Mark,
    /// Names of what lies beside it and goes with it.
    pub(crate) sidecars: Vec<(OsString, Mark)>,
    pub(crate) fate: Fate,
}

/// Why it goes.
pub(crate) enum Fate {
    Published,
    /// With the report on the failure.
    Failed(String),
}

/// Hears of each source that was moved: its path below the ingest folder, and where it is now.
pub(crate) type Moved = Box<dyn Fn(&Path, &Path) + Send>;

pub(crate) struct Worker {
    ingest: Ingest,
    journal: Journal,
    stopped: Box<dyn Fn() -> bool + Send>,
    moved: Moved,
    put_off: BTreeMap<PathBuf, Instant>,
    pending: Pending,
}

impl Worker {
    pub(crate) fn new(
        settings: &Settings,
        stopped: Box<dyn Fn() -> bool + Send>,
        moved: Moved,
        pending: Pending,
    ) -> Self {
        // The next start may have another working directory.
        let whole = |path: &Path| absolute(path).unwrap_or_else(|_| path.into());
        let ingest = Ingest {
            path: whole(&settings.ingest.path),
            done: whole(&settings.ingest.done),
            quarantine: whole(&settings.ingest.quarantine),
            ..settings.ingest.clone()
        };
        let journal = Journal::of(&settings.library.path);
        Self { ingest, journal, stopped, moved, put_off: BTreeMap::new(), pending }
    }

    /// Goes on with what was cut short, then does what is handed over.
    pub(crate) fn work(mut self, handed: Receiver<Task>) {
        match self.journal.unfinished() {
            Ok(groups) => groups.into_iter().for_each(|group| self.finish(group)),
            Err(error) => tracing::warn!("can't go on with taking sources out of the ingest folder: {error}"),
        }
        for task in handed {
            if !(self.stopped)() {
                self.take_up(&task);
            }
            self.pending.remove(&task.below, task.mark);
        }
    }

    fn take_up(&mut self, task: &Task) {
        if self.put_off.get(&task.below).is_some_and(|at| at.elapsed() < RETRY) {
            return;
        }
        let from = self.ingest.path.join(&task.below);
        match self.is_there(task, &from) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return self.leave(task.below.clone(), &error),
        }
        let Some(group) = self.group(task, &from) else { return };
        match self.journal.note(&group) {
            Ok(()) => self.finish(group),
            Err(error) => self.leave(task.below.clone(), &error),
        }
    }

    /// True if the source is there as it was, in the ingest folder itself: what links lead to is not ours.
    fn is_there(&self, task: &Task, from: &Path) -> io::Result<bool> {
        if !look(from)?.is_some_and(|found| found.is_file() && Mark::of(&found) == task.mark) {
            return Ok(false);
        }
        let below = task.below.parent().unwrap_or(Path::new(""));
        let folder = from.parent().unwrap_or(Path::new("."));
        Ok(fs::canonicalize(folder)? == fs::canonicalize(&self.ingest.path)?.join(below))
    }

    /// The files that go; `None` where they stay.
    fn group(&self, task: &Task, from: &Path) -> Option<Group> {
        let (folder, report) = match (&task.fate, self.ingest.after) {
            (Fate::Failed(report), _) => (Some(&self.ingest.quarantine), Some(report.clone())),
            (Fate::Published, After::Move) => (Some(&self.ingest.done), None),
            (Fate::Published, After::Delete) => (None, None),
            (Fate::Published, After::Keep) => return None,
        };
        let source = (from.file_name()?.to_owned(), task.mark);
        let files = std::iter::once(&source).chain(&task.sidecars);
        let item = |(name, mark): &(OsString, Mark)| Item { from: from.with_file_name(name), to: None, mark: *mark };
        let files: Vec<Item> = files.map(item).collect();
        let digest = blake3::hash(format!("{} {:?}", from.display(), task.mark).as_bytes()).to_hex();
        let report = report.map(|report| (PathBuf::new(), report));
        let mut group = Group { id: digest.as_str().get(..16)?.into(), below: task.below.clone(), files, report };
        if let Some(folder) = folder {
            give_places(&mut group, folder)?;
        }
        Some(group)
    }

    /// Takes out a group that the journal has.
    fn finish(&mut self, mut group: Group) {
        loop {
            let ended = carry_out(&group, &self.stopped);
            let Some(source) = group.files.first() else { return self.forget(&group) };
            match ended {
                Ok(Ended::Stopped) => return,
                Ok(Ended::Taken) => {
                    let folder = if group.report.is_some() { &self.ingest.quarantine } else { &self.ingest.done };
                    if give_places(&mut group, folder).is_none() || self.journal.note(&group).is_err() {
                        return;
                    }
                    continue;
                }
                Ok(Ended::Gone) => match &source.to {
                    Some(to) => {
                        tracing::info!("{} is moved to {}", source.from.display(), to.display());
                        (self.moved)(&group.below, to);
                    }
                    None => tracing::info!("{} is deleted, since it is published", source.from.display()),
                },
                Ok(Ended::Left(files)) => {
                    let files = files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
                    tracing::info!("left in the ingest folder, changed since: {}", files.join(", "));
                }
                Err(error) => {
                    let (below, from) = (group.below.clone(), source.from.clone());
                    self.leave(below, &error);
                    // What is not back where it was is for the next start.
                    if !matches!(look(&from), Ok(Some(_))) {
                        return;
                    }
                }
            }
            return self.forget(&group);
        }
    }

    fn forget(&self, group: &Group) {
        if let Err(error) = self.journal.forget(group) {
            tracing::warn!("can't forget a source that was taken out: {error}");
        }
    }

    fn leave(&mut self, below: PathBuf, error: &io::Error) {
        tracing::warn!("can't take {} out of the ingest folder: {error}; tried again later", below.display());
        self.put_off.insert(below, Instant::now());
    }
}

/// Gives each file its place below `folder`, where nothing is yet, and the report its own beside the source's.
fn give_places(group: &mut Group, folder: &Path) -> Option<()> {
    let names: Vec<OsString> = group.files.iter().filter_map(|item| Some(item.from.file_name()?.to_owned())).collect();
    let is_there = |path: &Path| matches!(look(path), Ok(Some(_)));
    let has_report = group.report.is_some();
    let is_taken = |path: &Path| is_there(path) || (has_report && is_there(&report_of(path)));
    let places = places(folder, &group.below, &names, is_taken)?;
    if let Some((report, _)) = &mut group.report {
        *report = report_of(places.first()?);
    }
    group.files.iter_mut().zip(places).for_each(|(item, place)| item.to = Some(place));
    Some(())
}

fn report_of(place: &Path) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".json");
    place.with_file_name(name)
}
