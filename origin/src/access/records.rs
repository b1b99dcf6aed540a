//! The records of a library, as they were last read.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::access::{self, AccessError, At as _, Record, RecordId, Visibility};

use super::signed;

/// All that another reading of the folder replaces.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) titles: Titles,
    /// True if no title needs a token.
    pub(super) open_to_all: bool,
    pub(super) signed: Arc<signed::SigningKeys>,
}

/// The standing of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Open to everyone, and listed.
    Public,
    /// Open to everyone who has its address; in no list.
    Unlisted,
    /// Open to tokens that name it and this epoch; for everyone else it does not exist.
    Restricted {
        /// The only epoch whose tokens are good.
        epoch: u64,
    },
    /// Closed to everyone, because its record is damaged or can't be read.
    Closed,
}

impl Standing {
    const fn new(visibility: Visibility, epoch: u64) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Unlisted => Self::Unlisted,
            Visibility::Restricted => Self::Restricted { epoch },
        }
    }

    /// True if lists may name the title.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Public)
    }

    /// True if no token is needed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }
}

/// The standing of each title.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Titles {
    /// Titles that nobody decided on.
    default: Standing,
    decided: HashMap<Arc<str>, Standing>,
    /// Records that name no title, since they can't be read.
    closed: HashSet<RecordId>,
}

impl Titles {
    pub(super) fn of(&self, title: &str) -> Standing {
        match self.decided.get(title) {
            Some(standing) => *standing,
            None if !self.closed.is_empty() && self.closed.contains(&RecordId::of(title)) => Standing::Closed,
            None => self.default,
        }
    }

    /// True if no title needs a token.
    fn are_open(&self) -> bool {
        self.default.is_open() && self.closed.is_empty() && self.decided.values().all(|standing| standing.is_open())
    }
}

/// A state of a file or folder: another one follows with any replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    /// Change time, nanoseconds since the Unix epoch.
    changed: i128,
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        let changed = i128::from(found.ctime()) * 1_000_000_000 + i128::from(found.ctime_nsec());
        Self { device: found.dev(), inode: found.ino(), changed }
    }

    /// This state, unless it is so young that another one could have the same time.
    fn settled(self, now: u128) -> Option<Self> {
        /// File systems take their time from a clock that advances every 10 ms or faster; NFS servers have their own.
        const YOUNG: i128 = 2_000_000_000;
        let now = i128::try_from(now).unwrap_or(i128::MAX);
        (now >= self.changed.saturating_add(YOUNG)).then_some(self)
    }
}

/// A record's file, as it was last read.
#[derive(Debug, Clone)]
struct Known {
    /// `None`: it must be read again.
    stamp: Option<Stamp>,
    /// `None`: it is damaged.
    record: Option<(Arc<str>, Standing)>,
}

/// The folder of records.
#[derive(Debug, Clone)]
pub(super) struct RecordsFolder {
    library: PathBuf,
    path: PathBuf,
    default: Visibility,
    /// Keys that settings name; `None`: the library's own signs.
    named: Option<Arc<signed::SigningKeys>>,
    /// `None`: it must be read again.
    stamp: Option<Stamp>,
    /// True once it was there.
    existed: bool,
    files: HashMap<RecordId, Known>,
    signed: Arc<signed::SigningKeys>,
    /// The failure that the log has told of already; `None` if the last reading had none.
    told: Option<String>,
}

impl RecordsFolder {
    pub(super) fn new(library: &Path, default: Visibility, named: Option<Arc<signed::SigningKeys>>) -> Self {
        let (library, path) = (library.to_owned(), access::folder(library));
        let signed = named.clone().unwrap_or_default();
        Self { library, path, default, named, stamp: None, existed: false, files: HashMap::new(), signed, told: None }
    }

    /// The same under other settings, with all that is known of it: the library's own key too, as long as it signs.
    pub(super) fn under(&self, default: Visibility, named: Option<Arc<signed::SigningKeys>>) -> Self {
        let own = || if self.named.is_none() { self.signed.clone() } else { Arc::default() };
        let signed = named.clone().unwrap_or_else(own);
        Self { default, named, signed, stamp: None, ..self.clone() }
    }

    /// Reads all that can be read.
    pub(super) fn reread(&mut self) -> Snapshot {
        self.refresh(0).unwrap_or_else(|| self.current())
    }

    /// Reads all of it. Strict: no file may fail, since nothing is known of its title from before.
    pub(super) fn open(&mut self) -> Result<Snapshot, AccessError> {
        let found = self.look()?;
        match self.read(found, 0)? {
            Some(failure) => Err(failure),
            None => Ok(self.current()),
        }
    }

    /// Reads what has changed; `None` where nothing has, or where that can't be told. Where that can't be told and nothing
    /// is known from before, all is closed. `now` is in nanoseconds since the Unix epoch.
    pub(super) fn refresh(&mut self, now: u128) -> Option<Snapshot> {
        let outcome = self.look().and_then(|found| match found {
            None if !self.existed && self.told.is_none() => Ok(None),
            Some(_) if found == self.stamp => Ok(None),
            _ => self.read(found, now).map(|failure| Some((self.current(), failure))),
        });
        let (current, failure) = match outcome {
            Ok(None) => return None,
            Ok(Some((current, failure))) => (Some(current), failure),
            Err(error) => ((!self.existed).then(|| self.closed()), Some(error)),
        };
        let failure = failure.map(|error| error.to_string());
        if let Some(text) = failure.as_ref().filter(|_| failure != self.told) {
            let what =
                if self.existed { "stays as it was last known where it" } else { "is closed as long as its records" };
            tracing::error!("access to titles {what} can't be read: {text}");
        }
        self.told = failure;
        current
    }

    /// The folder's state; `None` when there is none.
    fn look(&self) -> Result<Option<Stamp>, AccessError> {
        match fs::metadata(&self.path) {
            // Once there were records, their absence is a disk that is away, and opens nothing.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.existed => Ok(None),
            other => other.map(|found| Some(Stamp::of(&found))).at("look into", &self.path),
        }
    }

    /// Reads all files that differ from what is known; returns the first failure among them.
    fn read(&mut self, found: Option<Stamp>, now: u128) -> Result<Option<AccessError>, AccessError> {
        let Some(found) = found else { return Ok(None) };
        let mut files = HashMap::new();
        let mut failure = self.read_key().err();
        for entry in fs::read_dir(&self.path).at("read the folder", &self.path)? {
            let name = entry.at("read the folder", &self.path)?.file_name();
            let Some(id) = name.to_str().and_then(RecordId::parse) else { continue };
            let known = self.read_file(id, now).unwrap_or_else(|error| {
                failure.get_or_insert(error);
                let before = self.files.get(&id).and_then(|known| known.record.clone());
                Known { stamp: None, record: before }
            });
            files.insert(id, known);
        }
        (self.files, self.existed) = (files, true);
        // A failed file may be mended without the folder changing.
        self.stamp = found.settled(now).filter(|_| failure.is_none());
        Ok(failure)
    }

    fn read_key(&mut self) -> Result<(), AccessError> {
        if self.named.is_none() {
            let key = access::key(&self.library)?;
            self.signed =
                Arc::new(key.map_or_else(signed::SigningKeys::default, |key| signed::SigningKeys::of_library(&key)));
        }
        Ok(())
    }

    fn read_file(&self, id: RecordId, now: u128) -> Result<Known, AccessError> {
        let path = self.path.join(id.file_name());
        let stamp = Stamp::of(&fs::metadata(&path).at("look at", &path)?);
        let before = self.files.get(&id);
        if let Some(same) = before.filter(|known| known.stamp == Some(stamp)) {
            return Ok(same.clone());
        }
        let json = fs::read(&path).at("read", &path)?;
        let record = Record::parse(id, &json).map_err(|why| {
            if before.is_none_or(|known| known.record.is_some()) {
                tracing::error!("the record {} is damaged, so its title is closed to everyone: {why}", path.display());
            }
        });
        let record = record.ok().map(|record| (record.title.into(), Standing::new(record.visibility, record.epoch)));
        Ok(Known { stamp: stamp.settled(now), record })
    }

    /// All titles closed: any of them may be restricted.
    fn closed(&self) -> Snapshot {
        let titles = Titles { default: Standing::Closed, decided: HashMap::new(), closed: HashSet::new() };
        Snapshot { titles, open_to_all: false, signed: self.signed.clone() }
    }

    fn current(&self) -> Snapshot {
        let closed = self.files.iter().filter(|(_, known)| known.record.is_none()).map(|(id, _)| *id).collect();
        let decided = self.files.values().filter_map(|known| known.record.clone()).collect();
        let titles = Titles { default: Standing::new(self.default, 0), decided, closed };
        Snapshot { open_to_all: titles.are_open(), titles, signed: self.signed.clone() }
    }
}
