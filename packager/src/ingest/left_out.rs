//! Files and folders that hold no recordings, or none that are finished, told by their names.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Names that are left out wherever they lie, as globs. Hidden ones are left out too, among them `.Trash-1000`, `._clip.mp4`
/// (AppleDouble), `.clip.mp4.Xa3f` (rsync), `.syncthing.clip.mp4.tmp`, `.in.clip.mp4.` (ProFTPD) and `.snapshot`.
const NAMES: [&str; 26] = [
    // Recycle bins
    "#recycle",
    "@recycle",
    "$recycle.bin",
    "recycler",
    "recycled",
    "network trash folder",
    // Snapshots and versions
    "#snapshot",
    "~snapshot",
    "@recently-snapshot",
    "previous versions",
    // What file systems and servers keep for themselves
    "@eadir",
    "@tmp",
    "@transcode",
    "@__thumb",
    "@sharebin",
    "system volume information",
    "lost+found",
    "__macosx",
    "temporary items",
    "thevolumesettingsfolder",
    // Downloads that are being unpacked, or could not be (SABnzbd)
    "_unpack_*",
    "_failed_*",
    "__admin__",
    // Temporaries
    "~$*",
    "~syncthing~*",
    "*.part-frag*",
];

/// Endings of downloads and copies under way, which stand behind or before the file's own: those of browsers, yt-dlp, aria2,
/// torrents, FTP and SFTP clients, clouds.
const UNFINISHED: [&str; 15] = [
    "part",
    "partial",
    "crdownload",
    "download",
    "opdownload",
    "ytdl",
    "temp",
    "tmp",
    "aria2",
    "!ut",
    "!qb",
    "!sync",
    "bc!",
    "filepart",
    "gdownload",
];

/// What is left out of an ingest folder.
#[derive(Debug)]
pub(super) struct LeftOut(GlobSet);

impl LeftOut {
    /// The names above, and what `exclude` adds to them. A glob without a slash counts in every folder, another from the
    /// ingest folder on; case counts in none, since it does not on many of the disks that folders come from.
    pub(super) fn new(exclude: &[String]) -> Self {
        let anchored = |glob: &str| match glob.trim_end_matches('/') {
            glob if glob.contains('/') => glob.trim_start_matches('/').to_owned(),
            glob => format!("**/{glob}"),
        };
        let globs = NAMES.into_iter().chain(exclude.iter().map(String::as_str));
        let globs =
            globs.map(|glob| GlobBuilder::new(&anchored(glob)).literal_separator(true).case_insensitive(true).build());
        let mut set = GlobSetBuilder::new();
        // Settings were read before: each is a glob.
        for glob in globs.filter_map(Result::ok) {
            set.add(glob);
        }
        Self(set.build().unwrap_or_default())
    }

    /// True if what lies at `path`, relative to the ingest folder, is left out, with all that is below.
    pub(super) fn has(&self, path: &Path) -> bool {
        let hidden = path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
        hidden || is_unfinished(path) || self.0.is_match(path)
    }
}

/// True for `clip.mp4.part` and `clip.part.mp4`, but not for `A.Part.2.mp4`.
fn is_unfinished(path: &Path) -> bool {
    let last = path.file_stem().map(Path::new);
    [Some(path), last]
        .into_iter()
        .flatten()
        .filter_map(Path::extension)
        .any(|ending| UNFINISHED.iter().any(|unfinished| ending.eq_ignore_ascii_case(unfinished)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_snapshots_and_unfinished_downloads_are_left_out() {
        let left_out = LeftOut::new(&[]);
        for path in [
            "#recycle",
            "a/@eaDir",
            "$RECYCLE.BIN",
            "System Volume Information",
            "lost+found",
            "_UNPACK_Film.2020",
            "_FAILED_Film",
            ".Trash-1000",
            ".Trashes",
            "@Recycle",
            "#snapshot",
            ".AppleDouble",
            "a/._clip.mp4",
            "clip.part.mp4",
            "clip.mp4.part",
            "Unconfirmed 12345.crdownload",
            "clip.mp4.!ut",
            "clip.tmp",
            "clip.tmp.mp4",
            "clip.mp4.partial",
            "~$clip.mp4",
            ".sb-1234",
            ".clip.mp4.Xa3f1B",
            ".syncthing.clip.mp4.tmp",
            "~syncthing~clip.mp4.tmp",
            "clip.f137.mp4.part-Frag12",
            "clip.temp.mp4",
            "clip.mp4.download",
        ] {
            assert!(left_out.has(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn names_that_only_sound_like_it_are_taken() {
        let left_out = LeftOut::new(&[]);
        for path in [
            "Part 1.mp4",
            "clip.part1.mp4",
            "A.Part.2.mp4",
            "apart.mp4",
            "temp.mp4",
            "tmp.mp4",
            "The Partial.mp4",
            "recycle.mp4",
            "$clip.mp4",
            "~clip.mp4",
            "#clip.mp4",
            "@clip.mp4",
            "_clip.mp4",
            "part/clip.mp4",
            "Snapshot/clip.mp4",
            "download/clip.mp4",
        ] {
            assert!(!left_out.has(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn settings_leave_out_more() {
        let exclude = ["*.draft.mp4", "old/**", "/Raw/", "cam?/{a,b}.ts"].map(ToOwned::to_owned);
        let left_out = LeftOut::new(&exclude);
        for (path, expected) in [
            ("x/y.draft.mp4", true),
            ("x/Y.DRAFT.mp4", true),
            ("old/x.mp4", true),
            ("older/x.mp4", false),
            ("x/old/y.mp4", false),
            ("raw", true),
            ("cam1/a.ts", true),
            ("cam1/c.ts", false),
            ("x/cam1/a.ts", false),
        ] {
            assert_eq!(left_out.has(Path::new(path)), expected, "{path}");
        }
    }
}
