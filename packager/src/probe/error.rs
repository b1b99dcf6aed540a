//! Why a source cannot be packaged.

use std::io;
use std::path::{Path, PathBuf};

/// Why a source cannot be packaged: what is wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nothing is there.
    #[error("{}: there is no such file; check the path", .0.display())]
    NotFound(PathBuf),
    /// It may not be read.
    #[error("{}: permission denied; make the file, and the folders above it, readable for the user that runs pack", .0.display())]
    PermissionDenied(PathBuf),
    /// A folder stands where a file was expected.
    #[error("{}: this is a folder, not a recording; name a file in it, or set it as the ingest folder", .0.display())]
    Folder(PathBuf),
    /// A device, pipe or socket.
    #[error("{}: this is no regular file; copy the recording into a file first", .0.display())]
    NotAFile(PathBuf),
    /// No bytes.
    #[error("{}: the file is empty; copy it again once it is complete", .0.display())]
    Empty(PathBuf),
    /// Reading it fails.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The source.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// No demuxer makes sense of it.
    #[error("{}: this is no media file that ffmpeg understands ({said}); export it as MP4, MOV or MKV", path.display())]
    NotMedia {
        /// The source.
        path: PathBuf,
        /// ffprobe's words.
        said: String,
    },
    /// Its format or codec is none that recordings have.
    #[error("{}: it has {what}, which is not read from recordings, since hardly anybody attends to its decoder; convert it to MP4 or MKV first", path.display())]
    NotTaken {
        /// The source.
        path: PathBuf,
        /// The format or codec, by ffmpeg's name.
        what: String,
    },
    /// It is a list of other files.
    #[error("{}: this is a playlist or script ({format}) that refers to other files; name the recording itself", path.display())]
    Playlist {
        /// The source.
        path: PathBuf,
        /// Demuxer's name.
        format: String,
    },
    /// Its end is missing.
    #[error("{}: the file is cut short: {detail}; copy or export it again", path.display())]
    CutShort {
        /// The source.
        path: PathBuf,
        /// The evidence.
        detail: String,
    },
    /// There is neither video nor audio.
    #[error("{}: there is neither video nor audio in it that can be packaged; export it with a track of one of them", .0.display())]
    Nothing(PathBuf),
    /// A still image.
    #[error("{}: its only picture is a still image; a recording with moving pictures, or with audio, is needed", .0.display())]
    StillImage(PathBuf),
    /// A moving picture in a container that ffmpeg does not read.
    #[error("{}: this is an animated WebP, which this ffmpeg does not read; convert it to MP4 or WebM", .0.display())]
    AnimatedWebp(PathBuf),
    /// Dolby Vision whose base layer is nothing without its metadata.
    #[error("{}: track {track} is Dolby Vision of profile {profile}, whose colours no decoder here understands (IPTPQc2, no base layer that is HDR10, HLG or SDR); export it as HDR10, or as profile 8", path.display())]
    DolbyVision {
        /// The source.
        path: PathBuf,
        /// ffmpeg's stream index.
        track: u32,
        /// Dolby Vision's profile.
        profile: u64,
    },
    /// Its picture has a size that no picture has.
    #[error("{}: track {track} declares a picture of {width}x{height} pixels; from 16 to 16384 a side, and less than 20 times as long as wide, can be packaged", path.display())]
    Size {
        /// The source.
        path: PathBuf,
        /// ffmpeg's stream index.
        track: u32,
        /// Pixels, as displayed.
        width: u64,
        /// Pixels, as displayed.
        height: u64,
    },
    /// The program that the settings name is not there.
    #[error("{}: there is no program {wanted} in it, {}; mend encode.program", path.display(), there_are(there))]
    NoProgram {
        /// The source.
        path: PathBuf,
        /// The number that was asked for.
        wanted: u32,
        /// The numbers of those that are there.
        there: Vec<u32>,
    },
    /// The track is encrypted.
    #[error("{}: track {track} is encrypted (DRM); only unprotected recordings can be packaged", path.display())]
    Encrypted {
        /// The source.
        path: PathBuf,
        /// ffmpeg's stream index.
        track: u32,
    },
    /// No decoder for the picture.
    #[error("{}: track {track} ({codec}) cannot be decoded by this ffmpeg; install one with that decoder, or convert the recording", path.display())]
    Undecodable {
        /// The source.
        path: PathBuf,
        /// ffmpeg's stream index.
        track: u32,
        /// ffmpeg's codec name, or the container's code of it.
        codec: String,
    },
    /// The picture track has no packet that a decoder could start from.
    #[error("{}: track {track} holds no picture with a time that a decoder could start from; export it again", path.display())]
    NoFrames {
        /// The source.
        path: PathBuf,
        /// ffmpeg's stream index.
        track: u32,
    },
    /// Times that no recording has.
    #[error("{}: its times span {hours} hours, more than the 100 that are believed; mend them by remuxing with ffmpeg -i IN -c copy OUT.mkv", path.display())]
    Duration {
        /// The source.
        path: PathBuf,
        /// Hours.
        hours: u64,
    },
    /// A stream without a container: its packets have no times.
    #[error("{}: this is a raw {codec} stream without a container, so that its pictures have no times; put it into one first, with mkvmerge -o OUT.mkv IN or with MP4Box -add IN OUT.mp4", path.display())]
    Raw {
        /// The source.
        path: PathBuf,
        /// ffmpeg's codec name.
        codec: String,
    },
    /// Its clock jumps in a way that can't be followed.
    #[error("{}: its packets' times jump too often, or are missing, so that its length is not known; remux it with ffmpeg -fflags +genpts -i IN -c copy OUT.mkv, and look at the result", .0.display())]
    Clock(PathBuf),
    /// Its tracks lie apart.
    #[error("{}: its tracks' times span {span_s} s, but its packets last {packets_s} s; mend them by remuxing with ffmpeg -i IN -c copy OUT.mkv", path.display())]
    Unexplained {
        /// The source.
        path: PathBuf,
        /// Seconds.
        span_s: i64,
        /// Seconds.
        packets_s: i64,
    },
    /// ffprobe, or ffmpeg, could not be started.
    #[error("{}: cannot be started: {source}; install ffmpeg 5.1 or newer, or set {setting}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The setting that names it.
        setting: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// ffprobe, or ffmpeg, is a script that could not run the real one.
    #[error(
        "{program} could not be run ({status}): ffmpeg.{program} is a script whose program is missing or may not be run; mend it"
    )]
    Unusable {
        /// `ffprobe` or `ffmpeg`.
        program: &'static str,
        /// Its exit status.
        status: String,
    },
    /// The probe was stopped.
    #[error("{}: stopped while it was looked at; the next run looks again", .0.display())]
    Stopped(PathBuf),
    /// ffprobe, or ffmpeg, hung.
    #[error("{}: {program} made no progress for {seconds} s and was ended ({said}); check that the disk or server that the file is on answers, or raise ffmpeg.stall", path.display())]
    Stalled {
        /// The source.
        path: PathBuf,
        /// `ffprobe` or `ffmpeg`.
        program: &'static str,
        /// The setting `ffmpeg.stall`.
        seconds: u64,
        /// The end of its standard error.
        said: String,
    },
    /// The machine ended ffprobe, or ffmpeg.
    #[error("{}: {program} was killed ({status}), by the kernel for want of memory or by somebody; run again", path.display())]
    Killed {
        /// The source.
        path: PathBuf,
        /// `ffprobe` or `ffmpeg`.
        program: &'static str,
        /// Its exit status.
        status: String,
    },
    /// ffprobe fails in a way that is not known.
    #[error("{}: ffprobe failed ({status}): {said}", path.display())]
    Failed {
        /// The source.
        path: PathBuf,
        /// Its exit status.
        status: String,
        /// The end of its standard error.
        said: String,
    },
    /// ffprobe's answer cannot be read.
    #[error("{}: ffprobe's answer is not understood: {source}; is ffmpeg.ffprobe an ffprobe?", path.display())]
    Answer {
        /// The source.
        path: PathBuf,
        /// Where it is wrong.
        source: serde_json::Error,
    },
}

fn there_are(programs: &[u32]) -> String {
    let numbers: Vec<String> = programs.iter().map(u32::to_string).collect();
    if numbers.is_empty() { "nor any other".into() } else { format!("but {}", numbers.join(", ")) }
}

impl ProbeError {
    /// Sorts the system's errors.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path.into()),
            io::ErrorKind::PermissionDenied => Self::PermissionDenied(path.into()),
            io::ErrorKind::IsADirectory => Self::Folder(path.into()),
            _ => Self::Unreadable { path: path.into(), source },
        }
    }
}
