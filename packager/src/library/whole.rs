//! Finding out if a published title is all there.

use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use blake3::Hasher;
use config::title::Title;
use config::tree::{AUDIO, IFRAME_PLAYLIST, INIT, PLAYLIST, Revision, TITLE_JSON, TitleName, VIDEO, segment_name};
use serde::{Deserialize, Serialize};

use super::manage::describe;
use super::prune::InForce;
use super::publish::SMALL_FILES;
use super::{Entry, Library};

/// A published title as it looked when all its files were there: what is cheap to ask of it, and changes when a file is
/// added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    revision: String,
    /// Digest of the dates of its folders and small files.
    dates: String,
}

impl Library {
    /// True if the title of this entry is published with all its files. A title that looks as it did when that was last
    /// found is believed; another is looked through, and the entry kept up to date.
    #[must_use]
    pub fn is_there(&self, title: &TitleName, entry: Entry) -> bool {
        let before = entry.seen.as_ref().and_then(|seen| Revision::parse(&seen.revision));
        if before.is_some_and(|revision| self.seen(title, &revision) == entry.seen) {
            return true;
        }
        let Some(revision) = self.published(title) else { return false };
        // Where it can't be kept, the next look is as long as this one.
        let _ = self.record(title, &Entry { seen: self.seen(title, &revision), ..entry });
        true
    }

    /// The revision that a title is published with: all small files refer to it, and none of its files is missing.
    #[must_use]
    pub fn published(&self, title: &TitleName) -> Option<Revision> {
        match self.in_force(title) {
            Ok(InForce::Shown(revisions)) => {
                let [revision] = revisions.as_slice() else { return None };
                let dir = self.title_dir(title);
                let shown = SMALL_FILES.iter().all(|name| dir.join(name).is_file());
                (shown && is_whole(&dir.join(revision.as_str()), &dir.join(TITLE_JSON))).then(|| revision.clone())
            }
            _ => None,
        }
    }

    /// The title as it looks now; `None` where it can't be looked at.
    #[must_use]
    pub fn seen(&self, title: &TitleName, revision: &Revision) -> Option<Seen> {
        let dir = self.title_dir(title);
        let mut hasher = Hasher::new();
        for name in SMALL_FILES {
            add_date(&mut hasher, &dir.join(name)).ok()?;
        }
        add_folders(&mut hasher, &dir.join(revision.as_str()), DEPTH).ok()?;
        Some(Seen { revision: revision.to_string(), dates: hasher.finalize().to_hex().to_string() })
    }
}

/// Folders below a revision's own: of kinds, and in those of tracks.
const DEPTH: u32 = 2;

/// Adds the dates of a folder and of those in it, in the order of their names.
fn add_folders(hasher: &mut Hasher, folder: &Path, depth: u32) -> io::Result<()> {
    add_date(hasher, folder)?;
    if depth == 0 {
        return Ok(());
    }
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut folders: Vec<_> =
        entries.iter().filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(fs::DirEntry::path).collect();
    folders.sort();
    folders.iter().try_for_each(|folder| add_folders(hasher, folder, depth - 1))
}

fn add_date(hasher: &mut Hasher, path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    hasher.update(path.as_os_str().as_encoded_bytes()).update(&[0]).update(&modified.as_nanos().to_le_bytes());
    if metadata.is_file() {
        hasher.update(&metadata.len().to_le_bytes());
    }
    Ok(())
}

/// True if the revision in `folder` has all the files of which the title's description `described` speaks.
pub(super) fn is_whole(folder: &Path, described: &Path) -> bool {
    let Ok(title) = describe(described) else { return false };
    let Title { video, audio, poster, .. } = title;
    let video = video.iter().map(|t| (VIDEO, &t.name, t.segments, t.bytes));
    let audio = audio.iter().map(|t| (AUDIO, &t.name, t.segments, t.bytes));
    let poster = poster.is_none_or(|poster| folder.parent().is_some_and(|title| title.join(poster).is_file()));
    poster
        && video.chain(audio).all(|(kind, name, segments, bytes)| {
            let track = folder.join(kind).join(name);
            let documents: &[&str] = if kind == VIDEO { &[INIT, PLAYLIST, IFRAME_PLAYLIST] } else { &[INIT, PLAYLIST] };
            documents.iter().all(|name| track.join(name).is_file()) && bytes_of(&track, segments) == Some(bytes)
        })
}

/// Bytes of a track's segments; `None` where one is missing.
fn bytes_of(track: &Path, segments: u32) -> Option<u64> {
    (1..=segments).map(|n| fs::metadata(track.join(segment_name(n))).ok().map(|m| m.len())).sum()
}
