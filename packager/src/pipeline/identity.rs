//! What a revision's name and the ledger's "unchanged" are derived from.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use blake3::{Hash, Hasher};
use config::settings::Encode;
use config::tree::Revision;
use serde::Serialize;

use crate::ingest::Sidecars;

/// Goes up whenever this program makes other files of the same encoded bytes.
const PACKAGING: &str = "pack packaging 1";

/// Digest of all that an operator can set for a title: the settings of encoding and the title's sidecars.
pub(super) fn settings_digest(encode: &Encode, source: &Path) -> String {
    let sidecars = Sidecars::of(source);
    let mut hasher = Hasher::new();
    // How many chunks are made at a time does not change a byte.
    add(&mut hasher, &Encode { jobs: 0, ..encode.clone() });
    for sidecar in [sidecars.settings, sidecars.poster] {
        add(&mut hasher, &sidecar.and_then(|path| fs::read(path).ok()));
    }
    hasher.finalize().to_hex().to_string()
}

/// Digest of a file's content.
pub(super) fn content_digest(path: &Path) -> io::Result<Hash> {
    let mut hasher = Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize())
}

/// Names the revision by the source's content, what ffmpeg is asked for, which ffmpeg it is, and how we package.
pub(super) fn revision(content: &Hash, plan: &crate::plan::Plan, asked: &[Vec<OsString>], ffmpeg: &str) -> Revision {
    let mut hasher = Hasher::new();
    hasher.update(content.as_bytes());
    add(&mut hasher, plan);
    for args in asked {
        add(&mut hasher, &args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>());
    }
    add(&mut hasher, &(ffmpeg, PACKAGING, env!("CARGO_PKG_VERSION")));
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    Revision::from_digest(u64::from_be_bytes(first))
}

/// Adds a value in a form that no two different ones share.
fn add(hasher: &mut Hasher, value: &impl Serialize) {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    hasher.update(&bytes.len().to_le_bytes());
    hasher.update(&bytes);
}
