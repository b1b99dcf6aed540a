//! Events emitted while packaging. The program renders them as bars, lines or JSON; the packager prints nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

/// Something happened to a title, or the run is over.
///
/// As JSON each is an object whose `event` names the variant in lower case.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// A new or changed source waits for its turn.
    Queued {
        /// The title's name.
        title: String,
        /// The source's path.
        #[serde(serialize_with = "readable")]
        source: PathBuf,
    },
    /// A file looks like a recording or a sidecar, but is not taken.
    Ignored {
        /// Its path.
        #[serde(serialize_with = "readable")]
        source: PathBuf,
        /// The reason.
        why: String,
    },
    /// Its source is being read.
    Probing {
        /// The title's name.
        title: String,
    },
    /// It was decided how the title is made; encoding starts.
    Planned(Planned),
    /// Some more of the title is done.
    Progress(Progress),
    /// All is made, and is compared with the source.
    Proving {
        /// The title's name.
        title: String,
    },
    /// The title's new revision is visible.
    Published(Published),
    /// Nothing was done for the title.
    Skipped {
        /// The title's name.
        title: String,
        /// Why.
        why: Skip,
    },
    /// The title was taken out.
    Removed(Removed),
    /// The title was given up; what was published of it before is untouched.
    Failed(Failed),
    /// The number of titles in each state has changed.
    States {
        /// Titles by the state's name.
        titles: BTreeMap<&'static str, u64>,
    },
    /// The run is over.
    Finished(Summary),
}

/// A plan's outline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// The title's name.
    pub title: String,
    /// Length of the title, milliseconds, for people.
    pub duration_ms: u64,
    /// Frames a second, as a fraction `p/q`; `None` for a title of audio alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<String>,
    /// Names of the video renditions, lowest rate first.
    pub video: Vec<String>,
    /// Names of the audio renditions.
    pub audio: Vec<String>,
    /// Text renditions, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<String>,
    /// Frames of the whole title; 0 for one of audio alone.
    pub frames: u64,
    /// Chunks of the whole title.
    pub chunks: u32,
    /// Those of them that an interrupted run left finished.
    pub chunks_kept: u32,
    /// Warnings about the source.
    pub warnings: Vec<String>,
}

/// A title's progress.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The title's name.
    pub title: String,
    /// Frames of the grid that are encoded in every rendition.
    pub frames_done: u64,
    /// Frames of the whole title.
    pub frames_total: u64,
    /// Encoding speed as a multiple of real time; `None` until it is known.
    pub speed: Option<f64>,
}

/// A title that has become visible.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// The title's name.
    pub title: String,
    /// The revision's name.
    pub revision: String,
    /// Length of the title, milliseconds, for people.
    pub duration_ms: u64,
    /// Media segments of all its renditions.
    pub segments: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Warnings found only while the source was decoded: where it is damaged.
    pub warnings: Vec<String>,
    /// Milliseconds from its start to its publication; 0 where it is told by a later start than the one that made it.
    pub took_ms: u64,
    /// Tells this publication of the title from any other, whoever tells of it and whenever. Not told of itself.
    #[serde(skip)]
    pub once: String,
}

/// A title that was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The title's name.
    pub title: String,
    /// Tells this removal of the title from any other, whoever tells of it and whenever. Not told of itself.
    #[serde(skip)]
    pub once: String,
}

/// Why nothing was done for a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The same source with the same settings is published.
    Unchanged,
    /// The same source with the same settings failed before.
    FailedBefore,
    /// The source is still being written.
    Growing,
    /// An operator took the title out, and the source is the same.
    Removed,
    /// The source was changed while it was read: it is made when it is left alone.
    Changed,
    /// The source went away.
    Gone,
    /// The library's disk has no room for it: it waits until there is some.
    NoRoom,
}

/// A title that was given up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failed {
    /// The title's name.
    pub title: String,
    /// The source's path.
    #[serde(serialize_with = "readable")]
    pub source: PathBuf,
    /// The kind of thing that went wrong.
    pub cause: Cause,
    /// The error, then its cause, and so on down.
    pub errors: Vec<String>,
}

/// The kinds of failures: few and fixed, because metrics are labelled with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The source can't be used: damaged, empty, no picture or sound.
    Source,
    /// The source can't be read.
    Read,
    /// The source makes no title's name, or one that another source has.
    Name,
    /// The title's own settings file is wrong.
    Settings,
    /// ffmpeg is missing or too old.
    Tools,
    /// ffmpeg failed, or gave something other than it was asked for.
    Encode,
    /// The library can't be written: full, read-only, forbidden.
    Library,
    /// The result did not pass its check.
    Check,
    /// A signal ended the work.
    Cancelled,
}

/// The totals of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Titles that became visible.
    pub published: u32,
    /// Titles for which nothing was to do.
    pub skipped: u32,
    /// Titles that were given up.
    pub failed: u32,
}

/// Writes a path that need not be UTF-8: what is not stands as U+FFFD.
fn readable<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// A message and the messages of what caused it, outermost first.
#[must_use]
pub fn error_chain(error: &dyn std::error::Error) -> Vec<String> {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes.map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_a_flat_object_that_names_itself() {
        let cases = [
            (
                Event::Queued { title: "a".into(), source: "in/a.mp4".into() },
                r#"{"event":"queued","title":"a","source":"in/a.mp4"}"#,
            ),
            (
                Event::Progress(Progress { title: "a".into(), frames_done: 1, frames_total: 4, speed: Some(1.5) }),
                r#"{"event":"progress","title":"a","frames_done":1,"frames_total":4,"speed":1.5}"#,
            ),
            (
                Event::Skipped { title: "a".into(), why: Skip::FailedBefore },
                r#"{"event":"skipped","title":"a","why":"failed_before"}"#,
            ),
            (
                Event::Finished(Summary { published: 1, skipped: 0, failed: 2 }),
                r#"{"event":"finished","published":1,"skipped":0,"failed":2}"#,
            ),
        ];
        for (event, expected) in cases {
            assert_eq!(serde_json::to_string(&event).unwrap(), expected);
        }
    }

    #[test]
    fn a_chain_goes_from_the_outermost_to_the_root() {
        let root = std::io::Error::other("disk full");
        let outer = std::io::Error::other(Wrapped(root));
        assert_eq!(error_chain(&outer), ["writing a.m4s", "disk full"]);
    }

    #[derive(Debug, thiserror::Error)]
    #[error("writing a.m4s")]
    struct Wrapped(#[source] std::io::Error);
}
