//! What is known of one title.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

use crate::event::Cause;

/// A fingerprint of a file that is cheap to read and changes when the content does. Where it alone has changed, as after a
/// restore or a remount, the content is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970, whatever the clock of the file system.
    pub modified_ns: i128,
    /// Inode: a file moved over another can keep both of the others.
    pub inode: u64,
}

impl Stamp {
    /// Reads it off a file's metadata.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The source, below the ingest folder or as it was named.
    pub source: String,
    /// The last attempt that came to an end.
    pub last: Option<Last>,
    /// An operator's decision, which holds until the source's content changes.
    pub held: Option<Held>,
    /// What becomes of the title now.
    pub state: State,
    /// When it came to be so, seconds since 1970.
    pub since: u64,
    /// The priority that an operator gave it: those of a higher one go first.
    pub priority: Option<i32>,
    /// The one that settings give it, its own file's or its folder's; `None` before it was first noted.
    pub usual: Option<i32>,
    /// Where the source lies that was taken out of the ingest folder.
    pub moved_to: Option<String>,
    /// Attempts in a row that failed for a passing reason.
    pub tries: u32,
    /// An operator wants it tried, whatever became of it before.
    pub retry: bool,
    /// Goes up with each decision of an operator, so that work under way notices it.
    pub decisions: u64,
}

impl Entry {
    /// The priority that it waits with.
    #[must_use]
    pub fn priority_in_force(&self) -> i32 {
        self.priority.or(self.usual).unwrap_or(0)
    }
}

/// The end of an attempt to package a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// The source as it was when the attempt began.
    pub stamp: Stamp,
    /// BLAKE3 of its content, hexadecimal; `None` where it was not read to its end.
    pub content: Option<String>,
    /// Digest of the settings that decide the title's bytes.
    pub settings: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The published title as it looked when all its files were there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// A published title as it looked when all its files were there: what is cheap to ask of it, and changes when a file is
/// added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub(in crate::library) revision: String,
    /// Digest of the dates of its folders and small files.
    pub(in crate::library) dates: String,
}

/// The outcome of packaging a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was published as this revision.
    Published(String),
    /// It was given up for a reason that lies in the source or its settings.
    Failed,
    /// An operator had decided on it before it was made.
    Held,
}

/// An operator's decision on a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The decision.
    pub decision: Decision,
    /// BLAKE3 of the content that it holds for, hexadecimal; `None` where that was never read: then it is the source's as
    /// it is found next.
    pub content: Option<String>,
    /// When it was decided, seconds since 1970, until it is told to those who are to hear of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<u64>,
}

impl Held {
    /// That a title of this content was taken out, which nobody is to be told of.
    #[must_use]
    pub const fn removed(content: Option<String>) -> Self {
        Self { decision: Decision::Removed, content, untold: None }
    }
}

/// The kinds of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The title was taken out.
    Removed,
    /// It was taken back to an earlier revision.
    RolledBack,
}

impl Decision {
    /// What becomes of a title by it.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Removed => State::Removed,
            Self::RolledBack => State::Published,
        }
    }
}

/// What becomes of a title now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Something has to come first.
    Waiting {
        /// What.
        why: Waiting,
    },
    /// It is its turn as soon as there is room.
    #[default]
    Queued,
    /// The source is being read.
    Probing,
    /// Frames of the title are made.
    Encoding {
        /// Frames that are made in every rendition.
        done: u64,
        /// Frames of the title.
        total: u64,
    },
    /// The result is compared with the source.
    Proving,
    /// It is there for viewers.
    Published,
    /// It was given up.
    Failed {
        /// The kind of reason.
        cause: Cause,
        /// The error, then its cause, and so on down.
        errors: Vec<String>,
        /// When it is tried again by itself, seconds since 1970; `None` where the source or the settings have to change.
        again: Option<u64>,
    },
    /// An operator took it out.
    Removed,
    /// Its source went away before it was published.
    Gone,
}

/// What a title waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The source may still be being written.
    Growing,
    /// Room on the library's disk.
    Room(String),
}

impl State {
    /// Its name: few and fixed, because metrics are labelled with it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Queued => "queued",
            Self::Probing => "probing",
            Self::Encoding { .. } => "encoding",
            Self::Proving => "proving",
            Self::Published => "published",
            Self::Failed { .. } => "failed",
            Self::Removed => "removed",
            Self::Gone => "gone",
        }
    }

    /// True if it is being made now.
    #[must_use]
    pub const fn is_at_work(&self) -> bool {
        matches!(self, Self::Probing | Self::Encoding { .. } | Self::Proving)
    }
}
