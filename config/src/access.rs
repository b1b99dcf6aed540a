//! Access to titles: each title's record, and the library's own signing key.
//!
//! ```text
//! LIBRARY/.pack/access/<id>.json   a record; <id> is a [`RecordId`]
//! LIBRARY/.pack/access/key         the secret that signs tokens where no setting names keys
//! LIBRARY/.pack/access/lock        locked while one of the others is replaced
//! ```
//!
//! A record outlives its title, so that an epoch never comes back: a token that was revoked stays dead when the title is
//! removed and published again. Every change replaces a file by renaming a new one over it, which moves the folder's
//! change time; a running origin needs no more than that time to notice.

mod files;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::tree::{PRIVATE, TitleName};
pub use files::At;
use files::Held;

/// Folder of the private folder that holds all of this.
const FOLDER: &str = "access";
/// File name of the library's own signing key.
pub const KEY: &str = "key";
/// Digits of a key: 32 bytes, as many as SHA-256 gives (RFC 2104 §3).
const KEY_DIGITS: usize = 64;

/// The audience of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone; it is listed.
    Public,
    /// Whoever has its address; it is in no list.
    Unlisted,
    /// Whoever has a token that names it and its present epoch.
    Restricted,
}

impl Visibility {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::Unlisted, Self::Restricted];

    /// Its name in settings, records and on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Restricted => "restricted",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Visibility {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|each| each.name() == text).ok_or("expected public, unlisted or restricted")
    }
}

/// A decision on one title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The title's name.
    pub title: String,
    /// Its audience.
    pub visibility: Visibility,
    /// Tokens of another epoch than this are dead.
    pub epoch: u64,
}

/// Name of a title's record: the first 128 bits of BLAKE3 of the title's name, since names are longer than file names
/// may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordId([u8; 16]);

impl RecordId {
    /// The id of the title's record.
    #[must_use]
    pub fn of(title: &str) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::hash(title.as_bytes()).as_bytes()[..16]);
        Self(id)
    }

    /// Reads a file's name; `None` when it is not a record's.
    #[must_use]
    pub fn parse(file_name: &str) -> Option<Self> {
        let digits = file_name.strip_suffix(".json")?;
        let id = u128::from_str_radix(digits, 16).ok().map(|id| Self(id.to_be_bytes()))?;
        (id.file_name() == file_name).then_some(id)
    }

    /// The record's file name.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("{:032x}.json", u128::from_be_bytes(self.0))
    }
}

impl Record {
    /// Reads the content of the file `id`.
    ///
    /// # Errors
    /// Says why it is not that title's record.
    pub fn parse(id: RecordId, json: &[u8]) -> Result<Self, String> {
        let record: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if RecordId::of(&record.title) != id {
            return Err(format!("it is the record of '{}', whose file has another name", record.title));
        }
        Ok(record)
    }
}

/// A failure to read or change access.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file system refused.
    #[error("can't {what} {}: {}", .path.display(), files::advice(.source))]
    Disk {
        /// The verb of the operation.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A record is damaged, so its title is closed to everyone.
    #[error(
        "the record {} is damaged, so nobody may see '{title}': {why}; `pack access {title} VISIBILITY --revoke` writes a \
         new one, which no earlier token opens", .path.display()
    )]
    Damaged {
        /// The title.
        title: TitleName,
        /// The record's file.
        path: PathBuf,
        /// The fault in it.
        why: String,
    },
    /// The library's key is damaged.
    #[error(
        "the key {} is damaged: {KEY_DIGITS} hexadecimal digits were expected; remove it, and `pack sign` makes another, \
         with which no earlier token is valid", .0.display()
    )]
    DamagedKey(PathBuf),
    /// There is no higher epoch.
    #[error("the epoch of '{0}' can't be raised any more")]
    LastEpoch(TitleName),
}

/// Folder of a library that holds its records and its key.
#[must_use]
pub fn folder(library: &Path) -> PathBuf {
    library.join(PRIVATE).join(FOLDER)
}

/// The title's record; `None` when nobody has decided on it.
///
/// # Errors
/// When it can't be read, or is damaged.
pub fn record(library: &Path, title: &TitleName) -> Result<Option<Record>, AccessError> {
    let id = RecordId::of(title.as_str());
    let path = folder(library).join(id.file_name());
    let damaged = |why| AccessError::Damaged { title: title.clone(), path: path.clone(), why };
    files::read(library, &id.file_name())?.map(|json| Record::parse(id, &json).map_err(damaged)).transpose()
}

/// A change of a title's record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Its audience from now on; `None`: as before.
    pub visibility: Option<Visibility>,
    /// True if every token from before dies.
    pub revoke: bool,
}

/// The time after which a record that was written is in force at the origin of the same library: it looks at them that often,
/// and a look takes its time.
pub const IN_FORCE: Duration = Duration::from_millis(300);

/// Changes the record of `title`, whose visibility is `default` as long as nobody has decided on it; returns the record
/// as it is then. A damaged record is written anew by a change that revokes, with `now` (seconds since the Unix epoch)
/// for its epoch: more than anyone ever counted up to.
///
/// # Errors
/// When the file system refuses, the record is damaged and the change doesn't revoke, or the epoch is the last.
pub fn change(
    library: &Path,
    title: &TitleName,
    default: Visibility,
    change: Change,
    now: u64,
) -> Result<Record, AccessError> {
    let held = Held::open(library)?;
    let before = match record(library, title) {
        Err(AccessError::Damaged { .. }) if change.revoke => {
            Some(Record { title: title.to_string(), visibility: Visibility::Restricted, epoch: now })
        }
        other => other?,
    };
    let (visibility, epoch) = before.as_ref().map_or((default, 0), |record| (record.visibility, record.epoch));
    let raised = epoch.checked_add(u64::from(change.revoke)).ok_or_else(|| AccessError::LastEpoch(title.clone()))?;
    let visibility = change.visibility.unwrap_or(visibility);
    let after = Record { title: title.to_string(), visibility, epoch: raised };
    if before.as_ref() != Some(&after) {
        // Writing this type to memory can't fail.
        let json = serde_json::to_vec(&after).unwrap_or_default();
        held.replace(&RecordId::of(title.as_str()).file_name(), &json)?;
    }
    Ok(after)
}

/// The library's own signing key, in hexadecimal; `None` when it has none yet.
///
/// # Errors
/// When it can't be read, or is damaged.
pub fn key(library: &Path) -> Result<Option<String>, AccessError> {
    let Some(content) = files::read(library, KEY)? else { return Ok(None) };
    let text = String::from_utf8(content).unwrap_or_default();
    let key = text.trim_ascii_end();
    let whole = key.len() == KEY_DIGITS && key.bytes().all(|b| b.is_ascii_hexdigit());
    if whole { Ok(Some(key.to_owned())) } else { Err(AccessError::DamagedKey(folder(library).join(KEY))) }
}

/// The library's own signing key, in hexadecimal: the one that it has, or else `fresh`, which becomes it. Processes that
/// do this at the same time get the same key.
///
/// # Errors
/// As for [`key`].
pub fn key_or(library: &Path, fresh: [u8; 32]) -> Result<String, AccessError> {
    if let Some(key) = key(library)? {
        return Ok(key);
    }
    let held = Held::open(library)?;
    if let Some(key) = key(library)? {
        return Ok(key);
    }
    let key: String = fresh.iter().map(|byte| format!("{byte:02x}")).collect();
    held.replace(KEY, format!("{key}\n").as_bytes())?;
    Ok(key)
}

#[cfg(test)]
mod tests;
