//! The answer to `ffmpeg -version`.

use std::fmt;

use serde::Serialize;

/// The oldest release that works.
const OLDEST: (u32, u32) = (5, 1);

/// libavcodec of that release, by which snapshots of the source, which have no number, are told.
const OLDEST_LIBAVCODEC: (u32, u32) = (59, 37);

/// A program's version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// As the program gives it: `5.1.9-0+deb12u1`, `n7.1`, `N-12345-gabc`.
    pub text: String,
    /// Release, where it is one.
    #[serde(skip)]
    release: Option<(u32, u32, u32)>,
    /// Version of its libavcodec, where it says so.
    #[serde(skip)]
    libavcodec: Option<(u32, u32)>,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Version {
    /// Reads the answer of the program called `name`; `None` when it is another's.
    pub(super) fn read(name: &str, answer: &str) -> Option<Self> {
        let first = answer.lines().next()?.strip_prefix(name)?.trim_start();
        let text = first.strip_prefix("version ")?.split_whitespace().next()?;
        let codec = answer.lines().find_map(|line| line.strip_prefix("libavcodec"));
        Some(Self {
            text: text.into(),
            release: release(text),
            // `libavcodec     59. 37.100 / 59. 37.100`
            libavcodec: codec.and_then(|line| pair(line.split('/').next()?)),
        })
    }

    /// Its release, where it is one.
    pub(crate) const fn release(&self) -> Option<(u32, u32, u32)> {
        self.release
    }

    /// The day that a snapshot tells of itself, as `20260617`: `2026-06-17-git-…` and `N-12345-gabc-20260617`.
    pub(crate) fn day(&self) -> Option<u32> {
        let is_day = |digits: &String| digits.len() == 8 && digits.starts_with("20");
        let whole = self.text.split('-').map(ToOwned::to_owned);
        let begin = self.text.split('-').take(3).collect::<String>();
        let digits = whole.chain([begin]).filter(is_day);
        digits.filter_map(|digits| digits.parse().ok()).next()
    }

    /// True if it is release 5.1 or newer. Of a snapshot its libavcodec is asked; one that doesn't say is believed.
    #[must_use]
    pub fn new_enough(&self) -> bool {
        match (self.release, self.libavcodec) {
            (Some((major, minor, _)), _) => (major, minor) >= OLDEST,
            (None, Some(codec)) => codec >= OLDEST_LIBAVCODEC,
            (None, None) => true,
        }
    }
}

/// `n7.1` and `5.1.9-0+deb12u1` are releases; `N-12345-gabc`, `git-2023-…` and `2023-01-01-git-…` are snapshots.
fn release(text: &str) -> Option<(u32, u32, u32)> {
    let number = text.strip_prefix('n').unwrap_or(text);
    let number = number.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?;
    let (major, minor) = pair(number)?;
    let patch = number.split('.').nth(2).and_then(|patch| patch.parse().ok()).unwrap_or(0);
    (major < 1000).then_some((major, minor, patch))
}

/// The first two numbers of a dotted version; the second is 0 where there is none.
fn pair(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(|part| part.trim().parse().ok());
    Some((parts.next()??, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_numbering_builds() {
        let table = [
            ("5.1.9-0+deb12u1", true),
            ("5.1", true),
            ("9.0", true),
            ("9", true),
            ("n7.1", true),
            ("n5.0.3", false),
            ("7.0.2-static", true),
            ("10.2", true),
            ("5.0.1", false),
            ("4.4.2-0ubuntu0.22.04.1", false),
            ("N-12345-gabc", true),
            ("git-2020-01-01-abc", true),
            ("2023-01-01-git-62da0b4a74-full_build-www.gyan.dev", true),
        ];
        for (text, enough) in table {
            let answer =
                format!("ffprobe version {text} Copyright (c) 2007-2026 the FFmpeg developers\nbuilt with gcc\n");
            let version = Version::read("ffprobe", &answer).unwrap();
            assert_eq!((version.to_string().as_str(), version.new_enough()), (text, enough));
        }
    }

    #[test]
    fn snapshots_are_told_by_their_libavcodec() {
        let answer = |codec| format!("ffmpeg version N-1-gabc Copyright\nlibavcodec     {codec} / 1. 1.100\n");
        let enough = |codec| Version::read("ffmpeg", &answer(codec)).unwrap().new_enough();
        assert!(enough("59. 37.100"));
        assert!(enough("61. 19.101"));
        assert!(!enough("58.134.100"));
    }

    #[test]
    fn other_programs_are_not_believed() {
        for answer in ["", "hello", "ffprobe version 7", "ffmpegversion", "ffmpeg version"] {
            assert_eq!(Version::read("ffmpeg", answer), None, "{answer:?}");
        }
    }
}
