//! Why a title was given up, or no title at all could be made.

use std::io;
use std::path::PathBuf;

use super::failure::Failure;
use super::room::size;
use crate::event::Cause;
use crate::library::{DiskError, LedgerError, LibraryError};
use crate::probe::ProbeError;
use media::cmaf::CmafError;
use tools::ToolError;
use tools::command::RunError;
use tools::process::{Ended, Manner};

/// Why no title at all could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ffmpeg or ffprobe is missing or too old.
    #[error(transparent)]
    Tools(#[from] ToolError),
    /// The library can't be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The ingest folder isn't there.
    #[error("the ingest folder {} is not there; make it, or name another with --ingest", .path.display())]
    NoIngest {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// Why a title was given up. What was published of it before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum TitleError {
    /// The source is nothing that can be packaged.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The source can't be read.
    #[error("can't read {}", .path.display())]
    Read {
        /// The source.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The source, or its poster, changed while it was being packaged.
    #[error("{} changed while it was being packaged; it is made when it is left alone", .0.display())]
    Changed(PathBuf),
    /// The source went away before it was published.
    #[error("{} is not there any more", .0.display())]
    Gone(PathBuf),
    /// An operator decided otherwise while the title was being made.
    #[error("an operator decided on the title while it was being made")]
    Overruled,
    /// The title's own settings file is wrong.
    #[error(transparent)]
    Settings(config::settings::SettingsError),
    /// ffmpeg failed, or what it made is not what was asked for.
    #[error("can't encode {what}")]
    Encode {
        /// Which part of the title.
        what: String,
        /// The underlying error.
        source: Box<RunError<CmafError>>,
    },
    /// The ffmpeg that makes the poster was ended by the machine, or could not be started.
    #[error("can't make the poster")]
    Poster(#[source] Box<RunError<io::Error>>),
    /// ffmpeg could not decode it to its end.
    #[error("can't decode {what}")]
    Decode {
        /// Which part of the title.
        what: String,
        /// The underlying error.
        source: Box<RunError<io::Error>>,
    },
    /// The source could not be copied into a file that can be entered in the middle.
    #[error("{}: can't be copied into a file that can be entered in the middle: {why}; remux it with ffmpeg -i IN -c copy OUT.mkv, and look at the result", path.display())]
    Copy {
        /// The source.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// The ffmpeg that copies the source was ended, or could not be started: the source may not be to blame.
    #[error("can't copy the source into a file that can be entered in the middle")]
    CopyEnded(#[source] Box<RunError<io::Error>>),
    /// The disk has no room for the title, or for the copy of its source.
    #[error("{}: about {} are needed, {} are free on its disk, and library.min_free leaves {} of them to others; it waits until there is room", path.display(), size(*needed), size(*free), size(*reserve))]
    NoRoom {
        /// The folder that it is to be written to.
        path: PathBuf,
        /// Bytes.
        needed: u64,
        /// Bytes.
        free: u64,
        /// Bytes that are left to others.
        reserve: u64,
    },
    /// The source is larger than sources may be.
    #[error("{}: has {}, and ingest.max_size allows {}; package a smaller one, or raise that", path.display(), size(*bytes), size(*most))]
    TooLarge {
        /// The source.
        path: PathBuf,
        /// Bytes.
        bytes: u64,
        /// Bytes.
        most: u64,
    },
    /// The source is longer than sources may be.
    #[error("{}: lasts {seconds} s, and ingest.max_duration allows {most} s; package a shorter one, or raise that", path.display())]
    TooLong {
        /// The source.
        path: PathBuf,
        /// Seconds.
        seconds: u64,
        /// Seconds.
        most: u64,
    },
    /// The chunks' results do not fit together.
    #[error(transparent)]
    Join(#[from] media::presentation::JoinError),
    /// The file system refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The library refused.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The manifests would break a rule that they must keep, as the plan shows already.
    #[error("the manifests would break rules that they must keep, so nothing was encoded: {0}")]
    Manifests(String),
    /// The finished package breaks a rule that it must keep; it was not published.
    #[error("the package breaks rules that it must keep, so it was not published: {0}")]
    Check(String),
    /// A decoder of the proof hung, or was ended by the machine: what it saw until then proves nothing either way.
    #[error("the package could not be compared with its source, so it was not published: {}", unproven(*.0))]
    Unproven(Ended),
    /// Its work came to an end that nobody foresaw: a fault of this program.
    #[error(
        "a fault of pack's own ended the work on it ({0}); please report it, with the log; `pack retry` tries again"
    )]
    Panicked(String),
    /// A value that decides its bytes has no written form.
    #[error("can't describe the title for its key: {0}")]
    Describe(serde_json::Error),
    /// It was stopped.
    #[error("stopped; what is finished of it is kept, and the next run goes on from there")]
    Cancelled,
}

impl From<LedgerError> for TitleError {
    fn from(error: LedgerError) -> Self {
        Self::Library(error.into())
    }
}

impl TitleError {
    /// The kind of failure.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Probe(ProbeError::Stopped(_)) => Cause::Cancelled,
            Self::Probe(
                ProbeError::Stalled { .. }
                | ProbeError::Killed { .. }
                | ProbeError::NotFound(_)
                | ProbeError::PermissionDenied(_)
                | ProbeError::Unreadable { .. },
            ) => Cause::Read,
            Self::Probe(ProbeError::Spawn { .. } | ProbeError::Unusable { .. }) => Cause::Tools,
            Self::Probe(_)
            | Self::Changed(_)
            | Self::Gone(_)
            | Self::Copy { .. }
            | Self::TooLarge { .. }
            | Self::TooLong { .. } => Cause::Source,
            Self::Read { .. } => Cause::Read,
            Self::Settings(_) => Cause::Settings,
            Self::Encode { .. }
            | Self::Decode { .. }
            | Self::Poster(_)
            | Self::CopyEnded(_)
            | Self::Join(_)
            | Self::Describe(_)
            | Self::Panicked(_) => Cause::Encode,
            Self::Disk(_) | Self::Library(_) | Self::NoRoom { .. } => Cause::Library,
            Self::Manifests(_) | Self::Check(_) | Self::Unproven(_) => Cause::Check,
            Self::Cancelled | Self::Overruled => Cause::Cancelled,
        }
    }

    /// True if trying again may help with the same source: work was stopped, or the machine was in trouble.
    pub(crate) fn is_passing(&self) -> bool {
        !matches!(self.failure(), Failure::Lasting(_))
    }

    /// True if what is finished can be gone on from. Results of a source that changed meanwhile are of neither content.
    pub(super) fn keeps_results(&self) -> bool {
        match self {
            Self::Changed(_) | Self::Overruled => false,
            // The disk may have hung: the next run, of its own accord or not, goes on from what was finished before.
            Self::Encode { source, .. } if matches!(**source, RunError::Stalled { .. }) => true,
            Self::Decode { source, .. } if matches!(**source, RunError::Stalled { .. }) => true,
            Self::Manifests(_) | Self::Check(_) | Self::Describe(_) | Self::Panicked(_) => true,
            error => error.is_passing(),
        }
    }

    /// The last of what ffmpeg said, where it failed.
    pub(super) fn stderr(&self) -> Option<&str> {
        match self {
            Self::Encode { source, .. } => source.stderr(),
            Self::Decode { source, .. } | Self::CopyEnded(source) => source.stderr(),
            _ => None,
        }
    }
}

/// How a process of the proof ended.
fn unproven(ended: Ended) -> String {
    let status = ended.status;
    match ended.manner() {
        Manner::Stalled => "an ffmpeg or ffprobe made no progress and was ended (see ffmpeg.stall)".into(),
        Manner::Unusable => format!("an ffmpeg or ffprobe could not be run ({status})"),
        _ => format!("the kernel for want of memory, or somebody, ended an ffmpeg or ffprobe ({status})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start<E: std::error::Error>() -> RunError<E> {
        RunError::Start { program: "ffmpeg".into(), source: io::ErrorKind::OutOfMemory.into() }
    }

    fn stalled<E: std::error::Error>() -> RunError<E> {
        RunError::Stalled { seconds: 1, summary: String::new(), stderr: String::new() }
    }

    fn failed<E: std::error::Error>() -> RunError<E> {
        RunError::Failed { status: Default::default(), summary: String::new(), stderr: String::new() }
    }

    #[test]
    fn only_a_failure_that_is_the_source_s_own_throws_away_what_is_finished() {
        let encode = |source| TitleError::Encode { what: "chunk 1".into(), source: Box::new(source) };
        let decode = |source| TitleError::Decode { what: "the audio".into(), source: Box::new(source) };
        for (error, passing, kept) in [
            (encode(start()), true, true),
            (decode(start()), true, true),
            (TitleError::Poster(Box::new(start())), true, true),
            (TitleError::CopyEnded(Box::new(stalled())), true, true),
            // Tried again only when told to: what hangs twice may hang for ever.
            (encode(stalled()), false, true),
            (decode(stalled()), false, true),
            (encode(failed()), false, false),
            (decode(failed()), false, false),
        ] {
            assert_eq!((error.is_passing(), error.keeps_results()), (passing, kept), "{error:?}");
        }
    }
}
