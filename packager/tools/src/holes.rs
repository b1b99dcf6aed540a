//! Known holes of ffmpeg: which releases have them, as far as a version tells.

use crate::version::Version;

/// A hole that a recording can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// Its number.
    pub cve: &'static str,
    /// The part of ffmpeg, and what happens in it.
    pub what: &'static str,
    /// The first release without it of each branch, the newest last. Branches after the last never had it; others before
    /// it that are not named have no release without it.
    fixed: &'static [(u32, u32, u32)],
    /// The day from which on snapshots are without it, as `20260617`, where that is known.
    day: Option<u32>,
}

/// Those that a decoder or demuxer of the lists (see `sandbox::inputs`) has had since 5.1, the oldest that is taken.
const HOLES: [Hole; 3] = [
    Hole {
        cve: "CVE-2026-8461",
        what: "PixelSmash: the MagicYUV decoder writes beyond its memory",
        fixed: &[(7, 1, 5), (8, 0, 3), (8, 1, 2)],
        day: Some(20_260_617),
    },
    Hole {
        cve: "CVE-2026-40962",
        what: "the MP4 demuxer writes beyond its memory where samples are encrypted",
        fixed: &[(8, 1, 0)],
        day: None,
    },
    Hole {
        cve: "CVE-2024-7272",
        what: "the resampler of audio writes beyond its memory",
        fixed: &[(5, 1, 6), (6, 0, 0)],
        day: None,
    },
];

/// The known holes of this version. Distributions mend holes and keep the version, so each is only as likely as not; of a
/// snapshot that does not tell its day nothing is known.
pub fn holes(version: &Version) -> impl Iterator<Item = &'static Hole> {
    HOLES.iter().filter(|hole| hole.is_in(version))
}

impl Hole {
    fn is_in(&self, version: &Version) -> bool {
        match (version.release(), version.day()) {
            (Some(release), _) => self.is_in_release(release),
            (None, day) => day.zip(self.day).is_some_and(|(day, mended)| day < mended),
        }
    }

    fn is_in_release(&self, release: (u32, u32, u32)) -> bool {
        let branch = |(major, minor, _): (u32, u32, u32)| (major, minor);
        match self.fixed.iter().find(|fixed| branch(**fixed) == branch(release)) {
            Some(fixed) => release < *fixed,
            None => self.fixed.last().is_some_and(|last| release < *last),
        }
    }

    /// The releases without it, for people: `7.1.5, 8.0.3 or 8.1.2`.
    #[must_use]
    pub fn mended(&self) -> String {
        let text = |(major, minor, patch): &(u32, u32, u32)| match patch {
            0 => format!("{major}.{minor}"),
            patch => format!("{major}.{minor}.{patch}"),
        };
        match self.fixed {
            [] => String::new(),
            [one] => text(one),
            [first @ .., last] => {
                format!("{} or {}", first.iter().map(text).collect::<Vec<_>>().join(", "), text(last))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_the_holes_that_were_mended_later() {
        let of = |text: &str| {
            let version = Version::read("ffmpeg", &format!("ffmpeg version {text} Copyright\n")).unwrap();
            holes(&version).map(|hole| hole.cve).collect::<Vec<_>>()
        };
        let (smash, encrypted, resampler) = ("CVE-2026-8461", "CVE-2026-40962", "CVE-2024-7272");
        assert_eq!(of("5.1.5"), [smash, encrypted, resampler]);
        assert_eq!(of("5.1.9-0+deb12u1"), [smash, encrypted]);
        assert_eq!(of("6.1.2"), [smash, encrypted]);
        assert_eq!(of("n7.1.4"), [smash, encrypted]);
        assert_eq!(of("7.1.5-1"), [encrypted]);
        assert_eq!(of("8.0.2"), [smash, encrypted]);
        assert_eq!(of("8.1"), [smash]);
        assert_eq!(of("8.1.2"), [""; 0]);
        assert_eq!(of("9.0"), [""; 0]);
        assert_eq!(of("N-118000-gabcdef0123-20260501"), [smash]);
        assert_eq!(of("2026-06-18-git-62da0b4a74-full_build-www.gyan.dev"), [""; 0]);
        assert_eq!(of("N-12345-gabc"), [""; 0], "it tells no day");
    }

    #[test]
    fn mended_releases_are_named() {
        assert_eq!(HOLES.map(|hole| hole.mended()), ["7.1.5, 8.0.3 or 8.1.2", "8.1", "5.1.6 or 6.0"]);
    }
}
