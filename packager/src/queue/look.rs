//! A look at the sources: what is there, and what is to be done with each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use config::settings::{Settings, own_priority};
use config::tree::TitleName;

use super::decide::due::{Again, Looks, Verdict, verdict};
use super::shop::Shop;
use crate::event::Skip;
use crate::ingest::{self, Found, Ignored, Refused, Settling, Sidecars, Source};
use crate::library::{Entry, Held, Last, LibraryError, Seen, State};
use crate::pipeline::{Error, settings_digest};
use media::steering::Steering;

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Sources to be made.
    pub due: Vec<Due>,
    /// Sources that may still be being written.
    pub growing: Vec<Source>,
    /// Sources that nothing is to be done with.
    pub skipped: Vec<(Source, Skip)>,
    /// Sources whose titles are published and unchanged, though that is not noted: unless they are at work, the program
    /// ended before anybody was told.
    pub untold: Vec<Source>,
    /// Titles that are noted as waiting, whose sources are not there any more.
    pub gone: Vec<TitleName>,
    /// Files that can't be packaged, and why.
    pub refused: Vec<Refused>,
    /// Files that look like a recording or a sidecar, but are not taken, and why.
    pub ignored: Vec<Ignored>,
}

impl Look {
    /// All sources that were found.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        let due = self.due.iter().map(|due| &due.source);
        let skipped = self.skipped.iter().map(|(source, _)| source);
        due.chain(&self.growing).chain(skipped).chain(&self.untold)
    }
}

/// A source to be made a title of.
#[derive(Debug)]
pub(super) struct Due {
    pub source: Source,
    /// Bytes.
    pub size: u64,
    /// Those of a higher one go first.
    pub priority: i32,
    /// The priority that it would have without an operator's.
    pub usual: i32,
    /// An operator's decisions on it.
    pub decisions: u64,
}

/// Looks for the ingest folder, before a library is made beside where it should be.
///
/// # Errors
/// When it is not there.
pub fn find_ingest(settings: &Settings) -> Result<(), Error> {
    let path = &settings.ingest.path;
    std::fs::read_dir(path).map(drop).map_err(|source| Error::NoIngest { path: path.clone(), source })
}

/// True if it is not noted that a title, which is published, is so: that comes last.
fn is_untold(entry: &Entry) -> bool {
    entry.held.is_none() && entry.state != State::Published
}

/// The titles among `entries` that wait, whose sources are neither `found` nor there: that of an upload that was given up,
/// or one that went while no packager ran.
fn gone(ingest: &Path, entries: &BTreeMap<TitleName, Entry>, found: &Found) -> Vec<TitleName> {
    let titles: BTreeSet<&TitleName> = found.sources.iter().map(|source| &source.title).collect();
    let all_seen = !found.refused.iter().any(|refused| matches!(refused, Refused::Unreadable { .. }));
    let waits = |entry: &Entry| matches!(entry.state, State::Waiting { .. } | State::Queued);
    // It may not be noted which the source is.
    let is_gone = |entry: &Entry| match entry.source.as_str() {
        "" => all_seen,
        source => matches!(ingest.join(source).try_exists(), Ok(false)),
    };
    let gone = entries.iter().filter(|(title, entry)| waits(entry) && !titles.contains(title) && is_gone(entry));
    gone.map(|(title, _)| title.clone()).collect()
}

impl Shop<'_> {
    /// Looks at the ingest folder, or at `inputs` alone. `retries` are the titles that are put off for a while; `waited` are
    /// those that were due at a look before, and had to settle first: they are due still.
    pub(super) fn look(
        &self,
        inputs: &[PathBuf],
        again: Again,
        settling: &mut Settling,
        retries: impl Fn(&Source) -> bool,
        waited: impl Fn(&TitleName) -> bool,
    ) -> Result<Look, Error> {
        let entries = self.library.entries().map_err(LibraryError::from)?;
        let entries: BTreeMap<TitleName, Entry> = entries.into_iter().collect();
        let owner = |title: &TitleName| entries.get(title).map(|entry| entry.source.clone());
        let settings = self.settings();
        let found = if inputs.is_empty() {
            find_ingest(&settings)?;
            ingest::scan(&settings, owner)
        } else {
            ingest::named(&settings.ingest.path, inputs, owner)
        };
        let mut looks = ingest::Looks::new(settings.ingest.settle, settling, Instant::now());
        let gone = if inputs.is_empty() { gone(&settings.ingest.path, &entries, &found) } else { Vec::new() };
        let mut look = Look { gone, refused: found.refused, ignored: found.ignored, ..Look::default() };
        let mut seen = Vec::new();
        for source in found.sources {
            let entry = entries.get(&source.title);
            let again = match again {
                Again::Later if waited(&source.title) => Again::Failed,
                again => again,
            };
            let verdict = match self.verdict(&settings, &source, entry, again, retries(&source)) {
                Verdict::IfWhole => self.if_whole(&source, entry, &mut seen),
                verdict => verdict,
            };
            match verdict {
                Verdict::Skip(Skip::Unchanged) if entry.is_some_and(is_untold) => look.untold.push(source),
                Verdict::Skip(skip) => look.skipped.push((source, skip)),
                _ if !source.named && !looks.is_settled(&source.path, &source.beside) => look.growing.push(source),
                Verdict::Due | Verdict::IfWhole => {
                    let size = ingest::stamp(&source.path).map_or(0, |stamp| stamp.size);
                    let usual = usual_priority(&settings, &source);
                    let priority = entry.and_then(|entry| entry.priority).unwrap_or(usual);
                    let decisions = entry.map_or(0, |entry| entry.decisions);
                    look.due.push(Due { source, size, priority, usual, decisions });
                }
            }
        }
        // Many at once, as after a library was restored: each by itself would cost the disk a write.
        let seen = seen.iter().map(|(title, now)| (title, now));
        let noted = self.library.update_all(seen, |entry, now| {
            entry.last.iter_mut().for_each(|last| last.seen = Some(now.clone()));
        });
        // Where it can't be noted, the next look is as long as this one.
        if let Err(error) = noted {
            tracing::debug!("{error}");
        }
        Ok(look)
    }

    /// Decides on a source.
    pub(super) fn verdict(
        &self,
        settings: &Settings,
        source: &Source,
        entry: Option<&Entry>,
        again: Again,
        retries: bool,
    ) -> Verdict {
        let steering = Steering::of(&settings.origin.steering, &source.title);
        let settings = settings_digest(&settings.encode, steering.as_ref(), source).ok();
        let looks = Looks {
            recorded: &source.recorded,
            stamp: ingest::stamp(&source.path).ok(),
            settings: settings.as_deref(),
            named: source.named,
        };
        verdict(entry, looks, again, retries)
    }

    /// A published title of which something is missing is made again; one that is gone as a whole was taken out by hand.
    /// How it looks now goes to `seen`, where that is new.
    pub(super) fn if_whole(
        &self,
        source: &Source,
        entry: Option<&Entry>,
        seen: &mut Vec<(TitleName, Seen)>,
    ) -> Verdict {
        let last = entry.and_then(|entry| entry.last.as_ref());
        let before = last.and_then(|last| last.seen.as_ref());
        if let Some(now) = self.library.look(&source.title, before) {
            if before != Some(&now) {
                seen.push((source.title.clone(), now));
            }
            return Verdict::Skip(Skip::Unchanged);
        }
        if source.named || !self.library.is_gone(&source.title) {
            return Verdict::Due;
        }
        tracing::warn!(
            "{title}: its folder was deleted from the library, so it is taken for removed: it stays out until its source \
             changes, or for `pack retry {title}`",
            title = source.title
        );
        self.hold_removed(source, last);
        Verdict::Skip(Skip::Removed)
    }

    fn hold_removed(&self, source: &Source, last: Option<&Last>) {
        let content = last.and_then(|last| last.content.clone());
        let noted = self.library.update(&source.title, |entry| {
            // An operator may have asked for something meanwhile.
            if entry.held.is_none() && !entry.retry {
                entry.held = Some(Held::removed(content));
                entry.become_now(State::Removed);
            }
        });
        if let Err(error) = noted {
            tracing::warn!("{error}");
        }
    }
}

/// The priority that settings give a source: what its own file says, else that of its folder.
pub(super) fn usual_priority(settings: &Settings, source: &Source) -> i32 {
    let own = || {
        let path = Sidecars::named(&source.path).settings.filter(|_| settings.ingest.own_settings)?;
        own_priority(&path, &std::fs::read_to_string(&path).ok()?)
    };
    own().unwrap_or_else(|| settings.ingest.priority_of(&source.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Waiting;

    #[test]
    fn what_waits_for_a_source_that_is_not_there_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("there.mp4"), "x").unwrap();
        let growing = || State::Waiting { why: Waiting::Growing };
        let entry = |source: &str, state| Entry { source: source.into(), state, ..Entry::default() };
        let name = |text: &str| TitleName::parse(text).unwrap();
        let entries = BTreeMap::from([
            (name("new"), entry("", growing())),
            (name("away"), entry("away.mp4", State::Queued)),
            (name("there"), entry("there.mp4", State::Queued)),
            (name("published"), entry("published.mp4", State::Published)),
        ]);
        let mut found = Found::default();
        assert_eq!(gone(dir.path(), &entries, &found), [name("away"), name("new")]);
        found.refused.push(Refused::Unreadable {
            path: dir.path().join("closed"),
            source: std::io::ErrorKind::PermissionDenied.into(),
        });
        assert_eq!(gone(dir.path(), &entries, &found), [name("away")], "the other may be where nobody can look");
    }
}
