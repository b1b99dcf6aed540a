//! The studio's needs of the rest of the program, which connects them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::access::{AccessError, Visibility};
use config::tree::TitleName;
use serde::{Deserialize, Serialize};

use crate::model::{Micros, TitleState};

/// The current time.
pub type Clock = Arc<dyn Fn() -> Micros + Send + Sync>;

/// All that the studio needs of the rest of the program.
#[derive(Clone)]
pub struct Ports {
    /// The current time.
    pub clock: Clock,
    /// What makes titles of sources.
    pub packager: Arc<dyn Packager>,
    /// What makes tokens for restricted titles.
    pub signer: Arc<dyn Signer>,
    /// Folder that sources are put into.
    pub ingest: PathBuf,
    /// Folder that titles are published in.
    pub library: PathBuf,
    /// Audience of titles that nobody has decided on.
    pub visibility: Visibility,
    /// Time after which a record of access that was written is in force at the origin.
    pub in_force: Duration,
}

/// Makes titles of sources. Calls may block.
pub trait Packager: Send + Sync + 'static {
    /// Counts up whenever the state of a title has changed.
    ///
    /// # Errors
    /// When the packager's notes can't be read.
    fn news(&self) -> Result<i64, PortError>;

    /// The states of all titles that it knows.
    ///
    /// # Errors
    /// When the packager's notes can't be read.
    fn titles(&self) -> Result<Vec<Packaging>, PortError>;

    /// True if a file with this ending, in lower case, is taken for a recording.
    fn takes(&self, ending: &str) -> bool;

    /// The tag of the language that is called `tag` in the name of a file beside a source; `None` for what is none.
    fn language(&self, tag: &str) -> Option<String>;

    /// The files beside a source that belong to it, and to no other: its poster, its settings, its subtitles.
    fn sidecars(&self, source: &Path) -> Vec<PathBuf>;

    /// Tries a title again that failed.
    ///
    /// # Errors
    /// When it is not known, or the wish can't be noted.
    fn retry(&self, title: &TitleName) -> Result<(), PortError>;

    /// The frame that is shown at a time of what is published of a title, milliseconds from its beginning, as a JPEG. `None`
    /// where there is none: there is no video, or nothing is published.
    ///
    /// # Errors
    /// When the picture can't be made.
    fn still(&self, title: &TitleName, at: i64) -> Result<Option<Vec<u8>>, PortError>;

    /// The report of the proof of what is published of a title; `None` where none is kept.
    ///
    /// # Errors
    /// When it can't be read.
    fn report(&self, title: &TitleName) -> Result<Option<Report>, PortError>;

    /// Takes a title out of the library, with all its revisions. One that is not there is no error.
    ///
    /// # Errors
    /// When the library refuses.
    fn remove(&self, title: &TitleName) -> Result<(), PortError>;
}

/// Makes tokens for restricted titles.
pub trait Signer: Send + Sync + 'static {
    /// A token that opens `title`, as its record of access stands, until `expires` (seconds since the Unix epoch).
    ///
    /// # Errors
    /// When the title's record can't be read.
    fn sign(&self, title: &TitleName, expires: u64) -> Result<String, AccessError>;
}

/// The state of a title in the packager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaging {
    /// The title.
    pub title: TitleName,
    /// Its state.
    pub state: TitleState,
    /// Encoded and all parts of it, where it is encoded.
    pub progress: Option<(u64, u64)>,
    /// Of a failure: the reason, and what to do, for people. Of one that waits: what for.
    pub reason: String,
    /// When it was published; `None` where nothing of it is.
    pub published: Option<Micros>,
    /// Its source; `None` where that is gone.
    pub source: Option<PathBuf>,
    /// True if nothing is left of it: it was taken out, or its source went away before it was published.
    pub is_out: bool,
}

/// The report of a proof: the rules that a title was judged by before it was published, and what did not hold of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// Counts of what was looked at.
    pub looked: Looked,
    /// The rules, in their order.
    pub rules: Vec<Rule>,
    /// What did not hold: none of a rule that must.
    pub findings: Vec<Finding>,
}

/// Counts of what a check looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Looked {
    /// Playlists and MPDs.
    pub manifests: u64,
    /// Tracks.
    pub tracks: u64,
    /// Media segments.
    pub segments: u64,
    /// Bytes of all media segments.
    pub media_bytes: u64,
}

/// A rule, with what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// Where a standard says so.
    pub clause: String,
    /// MUST or SHOULD.
    pub severity: String,
    /// What must hold, in a line.
    pub meaning: String,
    /// How often it does not hold; 0 where it does.
    pub broken: u64,
}

/// A rule that does not hold somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// The measured value against the expected one.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FindingPlace)]
pub struct Place {
    /// The file, below the title's folder.
    pub file: String,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Media segment of its playlist, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<u64>,
    /// Byte, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
}

/// A failure beyond the studio, as a sentence for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").field("ingest", &self.ingest).field("library", &self.library).finish_non_exhaustive()
    }
}
