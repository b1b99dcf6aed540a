//! The digests that a revision's name and the ledger's "unchanged" are derived from.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use config::settings::Encode;
use config::tree::Revision;
use serde::Serialize;

use super::error::TitleError;
use crate::ingest::{self, Sidecars, Source};
use crate::plan::Plan;
use media::steering::Steering;
use tools::Tools;
use tools::cancel::Cancel;

/// Goes up whenever this program makes other files of the same encoded bytes.
const PACKAGING: &str = "pack packaging 1";

/// Digest of all that an operator can set for a title: the settings of encoding and the title's sidecars. Posters, texts and
/// audio are told by their stamps: this is asked at each look, and they are large.
pub(crate) fn settings_digest(
    encode: &Encode,
    steering: Option<&Steering>,
    source: &Source,
) -> Result<String, TitleError> {
    let sidecars = Sidecars::named(&source.path);
    let mut hasher = Hasher::new();
    // Neither the number of jobs at a time nor their memory changes a byte.
    add(&mut hasher, &Encode { jobs: 0, memory: 0, ..encode.clone() })?;
    let read = |path: PathBuf| fs::read_to_string(&path).map_err(|source| TitleError::Read { path, source });
    add(&mut hasher, &sidecars.settings.map(read).transpose()?)?;
    let stamp = |path: PathBuf| ingest::stamp(&path).map_err(|source| TitleError::Read { path, source });
    add(&mut hasher, &sidecars.poster.map(stamp).transpose()?)?;
    for path in &source.beside {
        add(&mut hasher, &(path.file_name().map(|name| name.to_string_lossy()), ingest::stamp(path).ok()))?;
    }
    add_steering(&mut hasher, steering)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Digest of a file's content; `None` where `cancel` came in between.
pub(super) fn content_digest(path: &Path, cancel: &Cancel) -> io::Result<Option<Hash>> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new();
    let mut block = vec![0; 1 << 20];
    while !cancel.is_cancelled() {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(Some(hasher.finalize()));
        }
        hasher.update(block.get(..read).unwrap_or_default());
    }
    Ok(None)
}

/// Names the revision by the contents of the source and of the operator's own poster, what ffmpeg is asked for, which
/// ffmpeg and x264 these are, how we package, and what of steering the playlists and the MPD say.
pub(super) fn revision(
    contents: [Option<Hash>; 2],
    plan: &Plan,
    asked: &[Vec<OsString>],
    tools: &Tools,
    steering: Option<&Steering>,
) -> Result<Revision, TitleError> {
    let mut hasher = Hasher::new();
    add(&mut hasher, &contents.map(|hash| hash.map(|hash| hash.to_hex().to_string())))?;
    add(&mut hasher, plan)?;
    for args in asked {
        add(&mut hasher, &args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>())?;
    }
    add(&mut hasher, &(&tools.ffmpeg.version.text, &tools.x264, PACKAGING, env!("CARGO_PKG_VERSION")))?;
    add_steering(&mut hasher, steering)?;
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    Ok(Revision::from_digest(u64::from_be_bytes(first)))
}

/// Adds what manifests say of steering; nothing where they say nothing.
fn add_steering(hasher: &mut Hasher, steering: Option<&Steering>) -> Result<(), TitleError> {
    steering.map_or(Ok(()), |steering| add(hasher, steering))
}

/// Adds a value in a form that no two different ones share.
pub(super) fn add(hasher: &mut Hasher, value: &impl Serialize) -> Result<(), TitleError> {
    let bytes = serde_json::to_vec(value).map_err(TitleError::Describe)?;
    hasher.update(&bytes.len().to_le_bytes());
    hasher.update(&bytes);
    Ok(())
}
