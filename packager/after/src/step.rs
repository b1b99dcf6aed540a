//! Taking a group of files out of the ingest folder, from wherever it was cut short.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::copy::{Copied, copy, is_alike};
use crate::disk::{self, is_same_file, look, make_folder_of, remove, rename_new};
use crate::journal::{Group, Item, Mark};
use crate::names::places;

/// What became of a group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All of it is gone from the ingest folder.
    Gone,
    /// These have changed since, or went away, and are left as they are.
    Left(Vec<PathBuf>),
    /// A file is where this one goes: another place is to be chosen.
    Taken,
    /// The program is to end.
    Stopped,
}

/// What became of a file.
enum Step {
    Gone,
    Left,
    Taken,
    Stopped,
}

/// Takes out a group. It can be cut short anywhere, and be done again.
///
/// # Errors
/// The file system's; what was taken is back where it was, if that can be.
pub(crate) fn carry_out(group: &Group, stopped: &dyn Fn() -> bool) -> io::Result<Ended> {
    if let Some((place, text)) = &group.report {
        disk::write(place, text.as_bytes())?;
    }
    let mut left = Vec::new();
    for (at, (item, aside)) in group.items().enumerate() {
        match take_out(item, &aside, stopped) {
            Ok(Step::Gone) => {}
            // Without its source, a sidecar is not what was packaged.
            Ok(Step::Left) if at == 0 => return Ok(Ended::Left(vec![item.from.clone()])),
            Ok(Step::Left) => left.push(item.from.clone()),
            Ok(Step::Taken) => return Ok(Ended::Taken),
            Ok(Step::Stopped) => return Ok(Ended::Stopped),
            Err(error) => {
                // The next look finds it, and all is tried again.
                let _ = rename_new(&aside, &item.from);
                return Err(error);
            }
        }
    }
    Ok(if left.is_empty() { Ended::Gone } else { Ended::Left(left) })
}

/// Gives the file its name aside, so that nobody replaces it any more; looks at it then; and lets it go only as it was.
fn take_out(item: &Item, aside: &Path, stopped: &dyn Fn() -> bool) -> io::Result<Step> {
    if look(aside)?.is_none() {
        let Some(found) = look(&item.from)? else { return Ok(Step::Gone) };
        if !is_as_it_was(&found, item) {
            return Ok(Step::Left);
        }
        rename_new(&item.from, aside)?;
    }
    match look(aside)? {
        None => return Ok(Step::Gone),
        Some(taken) if !is_as_it_was(&taken, item) => {
            // It was replaced, or written to, in between. Where there is one of that name again, both are kept.
            return match rename_new(aside, &item.from) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => keep_both(aside, &item.from),
                other => other.map(|()| Step::Left),
            };
        }
        Some(_) => {}
    }
    match &item.to {
        None => remove(aside).map(|()| Step::Gone),
        Some(to) => bring(aside, to, stopped),
    }
}

fn is_as_it_was(found: &Metadata, item: &Item) -> bool {
    found.is_file() && Mark::of(found) == item.mark
}

/// Gives what was taken, and is not what was packaged, a name that nothing has.
fn keep_both(aside: &Path, from: &Path) -> io::Result<Step> {
    let (folder, name) = (from.parent().unwrap_or(Path::new("")), from.file_name().unwrap_or_default());
    let is_taken = |path: &Path| matches!(look(path), Ok(Some(_)));
    let place =
        places(folder, Path::new(name), &[name.to_owned()], is_taken).and_then(|places| places.into_iter().next());
    rename_new(aside, &place.ok_or(ErrorKind::AlreadyExists)?).map(|()| Step::Left)
}

fn bring(aside: &Path, to: &Path, stopped: &dyn Fn() -> bool) -> io::Result<Step> {
    make_folder_of(to)?;
    let there = look(to)?;
    match rename_new(aside, to) {
        Ok(()) => Ok(Step::Gone),
        // A crash may have left the second name that stands for a rename.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let same = there.zip(look(aside)?).is_some_and(|(there, aside)| is_same_file(&there, &aside));
            if same { remove(aside).map(|()| Step::Gone) } else { Ok(Step::Taken) }
        }
        Err(error) if error.kind() == ErrorKind::CrossesDevices => bring_across(aside, to, there.is_some(), stopped),
        Err(error) => Err(error),
    }
}

/// To another file system: copied, synced, compared, and only then removed here.
fn bring_across(aside: &Path, to: &Path, is_there: bool, stopped: &dyn Fn() -> bool) -> io::Result<Step> {
    if is_there {
        // A crash may have come after the copy was whole.
        match is_alike(aside, to, stopped)? {
            Some(true) => return remove(aside).map(|()| Step::Gone),
            Some(false) => return Ok(Step::Taken),
            None => return Ok(Step::Stopped),
        }
    }
    let unfinished = to.with_file_name(aside.file_name().unwrap_or_default());
    match copy(aside, &unfinished, to, stopped) {
        Ok(Copied::Whole) => remove(aside).map(|()| Step::Gone),
        Ok(Copied::Stopped) => Ok(Step::Stopped),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Step::Taken),
        Err(error) => Err(error),
    }
}
