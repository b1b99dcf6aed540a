//! Finding out if a published title is all there.

pub(super) mod seal;
pub(super) mod verify;

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use blake3::Hasher;
use config::title::Title;
use config::tree::{
    AUDIO, IFRAME_PLAYLIST, INIT, PLAYLIST, Revision, TEXT, TitleName, VIDEO, WHOLE_TEXT, segment_name,
    text_segment_name,
};

use crate::library::publish::SMALL_FILES;
use crate::library::space::prune::InForce;
use crate::library::store::Listed;
use crate::library::{DiskError, Library, Seen, revision_path};

impl Library {
    /// How a title that is published with all its files looks now; `None` where something is missing. One that looks as it
    /// did when all was last `seen` is believed; another is looked through.
    #[must_use]
    pub fn look(&self, title: &TitleName, seen: Option<&Seen>) -> Option<Seen> {
        let before = seen.and_then(|seen| Revision::parse(&seen.revision));
        if let Some(now) = before.and_then(|revision| self.seen(title, &revision)).filter(|now| Some(now) == seen) {
            return Some(now);
        }
        self.published(title).and_then(|revision| self.seen(title, &revision))
    }

    /// True if nothing at all is left of a published title, in a library that is there.
    #[must_use]
    pub fn is_gone(&self, title: &TitleName) -> bool {
        self.store.list(title.as_str()).is_ok_and(|listed| listed.is_empty()) && self.own.is_dir()
    }

    /// The revision that a title is published with: all small files refer to it, and none of its files is missing.
    #[must_use]
    pub fn published(&self, title: &TitleName) -> Option<Revision> {
        let Ok(InForce::Shown(revisions)) = self.in_force(title) else { return None };
        let [revision] = revisions.as_slice() else { return None };
        let small_files = SMALL_FILES.map(|name| self.store.read(&format!("{title}/{name}")).ok().flatten());
        let [Some(_), Some(_), Some(described)] = small_files else { return None };
        self.is_whole(title, revision, &described).then(|| revision.clone())
    }

    /// The title as it looks now; `None` where it can't be looked at.
    #[must_use]
    pub fn seen(&self, title: &TitleName, revision: &Revision) -> Option<Seen> {
        let mut hasher = Hasher::new();
        let listed = self.store.list(title.as_str()).ok()?;
        for name in SMALL_FILES.into_iter().chain([revision.as_str()]) {
            add(&mut hasher, title.as_str(), listed.iter().find(|listed| listed.name == name)?)?;
        }
        self.add_folders(&mut hasher, &revision_path(title, revision), DEPTH)?;
        Some(Seen { revision: revision.to_string(), dates: hasher.finalize().to_hex().to_string() })
    }

    /// Adds the dates of the folders in one, in the order of their names.
    fn add_folders(&self, hasher: &mut Hasher, folder: &str, depth: u32) -> Option<()> {
        if depth == 0 {
            return Some(());
        }
        let listed = self.store.list(folder).ok()?;
        listed.iter().filter(|listed| listed.bytes.is_none()).try_for_each(|listed| {
            add(hasher, folder, listed)?;
            self.add_folders(hasher, &format!("{folder}/{}", listed.name), depth - 1)
        })
    }

    /// True if a revision has all the files of which its title's description, `described`, speaks.
    pub(in crate::library) fn is_whole(&self, title: &TitleName, revision: &Revision, described: &[u8]) -> bool {
        serde_json::from_slice(described).is_ok_and(|described: Title| {
            let all_there = self.has_all(&revision_path(title, revision), &described);
            all_there.unwrap_or(false)
        })
    }

    fn has_all(&self, revision: &str, described: &Title) -> Result<bool, DiskError> {
        if let Some(poster) = described.poster.as_deref().and_then(|poster| poster.rsplit('/').next())
            && !self.files(revision)?.contains_key(poster)
        {
            return Ok(false);
        }
        let video = described.video.iter().map(|t| (VIDEO, &t.name, t.segments, t.bytes));
        let audio = described.audio.iter().map(|t| (AUDIO, &t.name, t.segments, t.bytes));
        let text = described.text.iter().map(|t| (TEXT, &t.name, t.segments, t.bytes));
        for (kind, name, segments, bytes) in video.chain(audio).chain(text) {
            let files = self.files(&format!("{revision}/{kind}/{name}"))?;
            let (documents, segment): (&[&str], fn(u32) -> String) = match kind {
                VIDEO => (&[INIT, PLAYLIST, IFRAME_PLAYLIST], segment_name),
                TEXT => (&[PLAYLIST, WHOLE_TEXT], text_segment_name),
                _ => (&[INIT, PLAYLIST], segment_name),
            };
            let segments: Option<u64> = (1..=segments).map(|n| files.get(&segment(n)).copied()).sum();
            if segments != Some(bytes) || !documents.iter().all(|name| files.contains_key(*name)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Names and bytes of the files in a folder.
    fn files(&self, folder: &str) -> Result<BTreeMap<String, u64>, DiskError> {
        let listed = self.store.list(folder)?;
        Ok(listed.into_iter().filter_map(|file| Some((file.name, file.bytes?))).collect())
    }
}

/// Folders below a revision's own: of kinds, and in those of tracks.
const DEPTH: u32 = 2;

/// Adds what tells of a change: where something lies, when it was changed, and a file's bytes.
fn add(hasher: &mut Hasher, folder: &str, listed: &Listed) -> Option<()> {
    let modified = listed.modified.duration_since(UNIX_EPOCH).ok()?;
    for part in [folder, &listed.name] {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    hasher.update(&modified.as_nanos().to_le_bytes());
    listed.bytes.map(|bytes| hasher.update(&bytes.to_le_bytes()));
    Some(())
}
