//! A title's folder: both manifests, one revision, nothing left over.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use config::title::Title;
use config::tree::{MPD, PLAYLIST, Revision, TITLE_JSON};
use url::Url;

use crate::fetch::{Disk, Resource, Store};
use crate::media::tracks::Tracks;
use crate::report::rules::agreement::compare as rules;
use crate::report::{Findings, Place};

/// Judges the folder `dir`, whose manifests name `tracks`.
pub(crate) fn judge(dir: &Path, tracks: &Tracks, findings: &mut Findings) {
    for name in [PLAYLIST, MPD] {
        let path = dir.join(name);
        if !path.is_file() {
            findings.add(&rules::MANIFESTS, Place::file(&path.display().to_string()), "is not there");
        }
    }
    let mut named: HashSet<PathBuf> = HashSet::new();
    for track in tracks.all() {
        let resources = track.inits.iter().chain(track.segments.iter().map(|s| &s.resource));
        named.extend(resources.filter_map(|r: &Resource| r.url.to_file_path().ok()));
    }
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let revisions: BTreeSet<String> = named.iter().filter_map(|path| revision(path, &dir)).collect();
    if revisions.len() > 1 {
        let text = format!("the manifests refer to {} revisions: {revisions:?}", revisions.len());
        findings.add(&rules::REVISION, Place::file(&dir.display().to_string()), text);
    }
    for revision in &revisions {
        orphans(&dir.join(revision), &named, findings);
    }
}

/// Reads `title.json`.
pub(crate) fn document(dir: &Path, findings: &mut Findings) -> Option<Title> {
    let path = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()).join(TITLE_JSON);
    let read = Url::from_file_path(&path).map_err(|()| "is no path of a file".to_owned());
    let read = read.and_then(|url| Disk.manifest(&url).map_err(|error| error.to_string()));
    match read.and_then(|data| serde_json::from_slice::<Title>(&data).map_err(|error| error.to_string())) {
        Ok(title) => Some(title),
        Err(error) => {
            findings.add(&rules::TITLE_JSON, Place::file(&path.display().to_string()), error);
            None
        }
    }
}

/// The poster that `title` names.
pub(crate) fn poster(dir: &Path, title: &Title) -> Option<Resource> {
    let path = std::path::absolute(dir).ok()?.join(title.poster.as_ref()?);
    Url::from_file_path(path).ok().map(Resource::whole)
}

fn revision(path: &Path, dir: &Path) -> Option<String> {
    let first = path.strip_prefix(dir).ok()?.components().next()?;
    let name = first.as_os_str().to_str()?;
    Revision::parse(name).map(|r| r.as_str().to_owned())
}

fn orphans(revision: &Path, named: &HashSet<PathBuf>, findings: &mut Findings) {
    let files = walkdir::WalkDir::new(revision).max_depth(4).sort_by_file_name().into_iter().flatten();
    for file in files.filter(|f| f.file_type().is_file()) {
        let media = file.path().extension().is_some_and(|e| ["m4s", "mp4", "vtt"].iter().any(|m| e == *m));
        if media && !named.contains(file.path()) {
            findings.add(&rules::ORPHAN, Place::file(&file.path().display().to_string()), "is named by no manifest");
        }
    }
}
