//! Failures by what mends them: time, or another source.

use std::io;

use serde::Serialize;

use super::error::TitleError;
use crate::event::Cause;
use crate::probe::ProbeError;
use tools::command::RunError;
use tools::process::Manner;

/// A title's failure, by what mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The machine's trouble: the same source with the same settings may go well another time.
    Passing(Trouble),
    /// The source's own, or its settings': it fails again until one of them changes.
    Lasting(Cause),
    /// No failure: work was stopped.
    Stopped,
}

/// Trouble of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// This user may not read the source, or write the library.
    Permission,
    /// A file, a folder or a mount is not there.
    Missing,
    /// The source changed while it was being packaged.
    Changed,
    /// A disk is full, or a quota used up.
    Room,
    /// Reading or writing fails.
    Disk,
    /// The kernel, or somebody, ended ffmpeg or ffprobe.
    Killed,
    /// ffmpeg or ffprobe hung where it read a file.
    Hung,
    /// ffmpeg or ffprobe can't be run.
    Tools,
}

impl TitleError {
    /// What mends it.
    #[must_use]
    pub fn failure(&self) -> Failure {
        use Failure::{Lasting, Passing, Stopped};
        match self {
            Self::Cancelled | Self::Overruled => Stopped,
            Self::Probe(error) => of_probe(error),
            Self::Read { source, .. } => Passing(of_io(source)),
            Self::Disk(error) => Passing(of_io(&error.source)),
            Self::Library(error) => Passing(if error.is_full() { Trouble::Room } else { Trouble::Disk }),
            Self::NoRoom { .. } => Passing(Trouble::Room),
            Self::Gone(_) => Passing(Trouble::Missing),
            Self::Changed(_) => Passing(Trouble::Changed),
            Self::Encode { source, .. } => of_run(source),
            Self::Decode { source, .. } => of_run(source),
            Self::Poster(source) | Self::CopyEnded(source) => match of_run(source) {
                // It reads and writes files, and does little else.
                Lasting(_) => Passing(Trouble::Hung),
                failure => failure,
            },
            Self::Unproven(ended) => Passing(match ended.manner() {
                Manner::Unusable => Trouble::Tools,
                Manner::Stalled => Trouble::Hung,
                Manner::Killed | Manner::Itself | Manner::Crashed => Trouble::Killed,
            }),
            Self::Copy { .. } | Self::TooLarge { .. } | Self::TooLong { .. } => Lasting(Cause::Source),
            Self::Settings(_) => Lasting(Cause::Settings),
            Self::Join(_) | Self::Describe(_) | Self::Panicked(_) => Lasting(Cause::Encode),
            Self::Manifests(_) | Self::Check(_) => Lasting(Cause::Check),
        }
    }
}

fn of_probe(error: &ProbeError) -> Failure {
    let trouble = match error {
        ProbeError::Stopped(_) => return Failure::Stopped,
        ProbeError::NotFound(_) => Trouble::Missing,
        ProbeError::PermissionDenied(_) => Trouble::Permission,
        ProbeError::Unreadable { source, .. } => of_io(source),
        ProbeError::Spawn { .. } | ProbeError::Unusable { .. } => Trouble::Tools,
        ProbeError::Stalled { .. } => Trouble::Hung,
        ProbeError::Killed { .. } => Trouble::Killed,
        _ => return Failure::Lasting(Cause::Source),
    };
    Failure::Passing(trouble)
}

/// Of an ffmpeg. One that hangs twice over the same pictures may hang for ever.
fn of_run<E: std::error::Error>(error: &RunError<E>) -> Failure {
    match error {
        RunError::Cancelled => Failure::Stopped,
        RunError::Start { .. } | RunError::Unusable { .. } => Failure::Passing(Trouble::Tools),
        RunError::Killed { .. } => Failure::Passing(Trouble::Killed),
        RunError::Failed { summary, .. } => of_words(summary).map_or(Failure::Lasting(Cause::Encode), Failure::Passing),
        RunError::Stalled { .. } | RunError::Output(_) => Failure::Lasting(Cause::Encode),
    }
}

/// The system's errors that ffmpeg hands on in its own words (`strerror(3)`), and that no recording can cause. A read that
/// fails is none of them: demuxers say the same of what is damaged.
pub(super) fn of_words(said: &str) -> Option<Trouble> {
    let words = [
        ("Permission denied", Trouble::Permission),
        ("No such file or directory", Trouble::Missing),
        ("Stale file handle", Trouble::Missing),
        ("No space left on device", Trouble::Room),
        ("Disk quota exceeded", Trouble::Room),
    ];
    words.into_iter().find(|(words, _)| said.contains(words)).map(|(_, trouble)| trouble)
}

fn of_io(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Trouble::Permission,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::StaleNetworkFileHandle => {
            Trouble::Missing
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::Room,
        _ => Trouble::Disk,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;
    use tools::process::Ended;

    fn failed(summary: &str) -> RunError<io::Error> {
        let (status, stderr) = (ExitStatus::from_raw(1 << 8), String::new());
        RunError::Failed { status, summary: summary.into(), stderr }
    }

    fn decode(source: RunError<io::Error>) -> Failure {
        TitleError::Decode { what: "the audio".into(), source: Box::new(source) }.failure()
    }

    #[test]
    fn ffmpeg_s_end_tells_whose_it_was() {
        use Failure::{Lasting, Passing, Stopped};
        let (summary, stderr) = (String::new, String::new);
        let status = ExitStatus::default();
        let start = || RunError::Start { program: "ffmpeg".into(), source: io::ErrorKind::OutOfMemory.into() };
        let killed = RunError::Killed { status, summary: summary(), stderr: stderr() };
        let unusable = RunError::Unusable { status, summary: summary(), stderr: stderr() };
        let stalled = || RunError::Stalled { seconds: 60, summary: summary(), stderr: stderr() };
        assert_eq!(decode(RunError::Cancelled), Stopped);
        assert_eq!(decode(start()), Passing(Trouble::Tools));
        assert_eq!(decode(unusable), Passing(Trouble::Tools));
        assert_eq!(decode(killed), Passing(Trouble::Killed));
        assert_eq!(decode(stalled()), Lasting(Cause::Encode));
        assert_eq!(decode(failed("h264: Invalid data found")), Lasting(Cause::Encode));
        assert_eq!(decode(failed("mov: Input/output error")), Lasting(Cause::Encode), "demuxers say so of damage");
        assert_eq!(decode(failed("file:a.mp4: Permission denied")), Passing(Trouble::Permission));
        assert_eq!(decode(failed("file:a.mp4: No such file or directory")), Passing(Trouble::Missing));
        assert_eq!(TitleError::Poster(Box::new(start())).failure(), Passing(Trouble::Tools));
        assert_eq!(TitleError::CopyEnded(Box::new(stalled())).failure(), Passing(Trouble::Hung));
    }

    #[test]
    fn a_proof_without_an_end_shows_nothing_of_the_package() {
        for (raw, stalled, trouble) in
            [(9, false, Trouble::Killed), (9, true, Trouble::Hung), (127 << 8, false, Trouble::Tools)]
        {
            let ended = Ended { status: ExitStatus::from_raw(raw), stalled };
            assert_eq!(TitleError::Unproven(ended).failure(), Failure::Passing(trouble));
        }
    }

    #[test]
    fn the_system_s_errors_pass_and_the_source_s_last() {
        use Failure::{Lasting, Passing};
        let read = |kind: io::ErrorKind| TitleError::Read { path: "a".into(), source: kind.into() }.failure();
        assert_eq!(read(io::ErrorKind::PermissionDenied), Passing(Trouble::Permission));
        assert_eq!(read(io::ErrorKind::NotFound), Passing(Trouble::Missing));
        assert_eq!(read(io::ErrorKind::StorageFull), Passing(Trouble::Room));
        assert_eq!(read(io::ErrorKind::Other), Passing(Trouble::Disk));
        let probe = |error: ProbeError| TitleError::Probe(error).failure();
        assert_eq!(probe(ProbeError::PermissionDenied("a".into())), Passing(Trouble::Permission));
        assert_eq!(probe(ProbeError::Empty("a".into())), Lasting(Cause::Source));
        assert_eq!(probe(ProbeError::Stopped("a".into())), Failure::Stopped);
        let status = "exit status: 127".into();
        assert_eq!(probe(ProbeError::Unusable { program: "ffprobe", status }), Passing(Trouble::Tools));
        assert_eq!(TitleError::Check("proof-still".into()).failure(), Lasting(Cause::Check));
        assert_eq!(TitleError::Changed("a".into()).failure(), Passing(Trouble::Changed));
    }
}
