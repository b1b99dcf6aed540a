//! Kinds of files, told by the endings of their names.

use std::path::Path;

/// Recordings with video: formats that ffmpeg reads.
const VIDEO: [&str; 52] = [
    // MPEG-4 and QuickTime
    "mp4", "m4v", "mp4v", "mov", "qt", "f4v", "3gp", "3gpp", "3g2", "3gp2", "ismv", "insv", "360",
    // MPEG-2: transport streams, program streams, camcorders, disks, receivers
    "ts", "tp", "trp", "m2t", "m2ts", "mts", "tod", "mpg", "mpeg", "mpe", "mpv", "m1v", "m2v", "m2p", "mp2v", "vob",
    "vro", "evo", "mod", // Matroska and Ogg
    "mkv", "mk3d", "webm", "ogv", "ogm", "ogx", // Windows
    "avi", "divx", "wmv", "asf", "wtv", // RealMedia
    "rm", "rmvb", // editing and raw
    "mxf", "gxf", "dv", "dif", "y4m", "nut", "flv",
];

/// Recordings of audio alone: formats that ffmpeg reads.
pub(crate) const AUDIO: [&str; 25] = [
    "mp3", "mp2", "mpa", "m4a", "m4b", "m4r", "aac", "flac", "wav", "w64", "ogg", "oga", "opus", "spx", "aif", "aiff",
    "aifc", "au", "caf", "mka", "wma", "ac3", "eac3", "ape", "wv",
];

/// What looks like a recording but can't become a title, and why.
const OTHER: [(&[&str], &str); 7] = [
    (&["gif", "apng"], "an animated picture is no recording; make a video of it (ffmpeg -i IN OUT.mp4)"),
    (&["swf"], "a Flash film is a program; record it to a video"),
    (&["lrv", "lrf"], "it is a camera's small copy of a recording; put the recording itself here"),
    (
        &["braw", "r3d", "ari", "arx", "crm"],
        "ffmpeg can't read a camera's raw format; export it, such as to ProRes in .mov",
    ),
    (&["iso", "img", "nrg"], "an image of a disk is no recording; take the recordings out of it"),
    (&["aax", "aaxc", "m4p"], "it is encrypted for one player"),
    (&["m3u8", "mpd", "ism"], "it only lists segments; make one file of them (ffmpeg -i IN -c copy OUT.mp4)"),
];

/// Subtitles in formats that are not taken.
const OTHER_TEXT: [&str; 12] = ["ass", "ssa", "sub", "idx", "sup", "ttml", "dfxp", "smi", "sbv", "scc", "stl", "lrc"];

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A recording with video, with its title to be.
    Recording,
    /// Audio: a title's, or a sidecar's.
    Audio,
    /// Subtitles.
    Text,
    /// Subtitles in another format.
    OtherText,
    /// A picture.
    Picture,
    /// Settings for one title.
    Settings,
    /// No recording, and why.
    Other(&'static str),
}

/// True if a file with this `ending` is taken for a recording by itself.
#[must_use]
pub fn is_recording(ending: &str) -> bool {
    matches!(kind(&Path::new("a").with_extension(ending)), Some(Kind::Recording | Kind::Audio))
}

/// The kind of the file at `path`; `None` where it is nothing of ours.
pub(super) fn kind(path: &Path) -> Option<Kind> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match ending.as_str() {
        "vtt" | "srt" => Kind::Text,
        "jpg" | "jpeg" | "png" | "webp" => Kind::Picture,
        "toml" => Kind::Settings,
        ending if VIDEO.contains(&ending) => Kind::Recording,
        ending if AUDIO.contains(&ending) => Kind::Audio,
        ending if OTHER_TEXT.contains(&ending) => Kind::OtherText,
        ending => Kind::Other(OTHER.iter().find(|(endings, _)| endings.contains(&ending)).map(|(_, why)| *why)?),
    })
}
