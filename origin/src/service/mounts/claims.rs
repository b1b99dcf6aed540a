//! Finds the mount that a path belongs to.

use std::cmp::Reverse;
use std::fmt;

use http::uri::PathAndQuery;

/// Paths that a mount is asked for, as they stand in the request: nothing is decoded, and no dot segment removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// Exactly this path.
    Path(&'static str),
    /// Every path that starts with this. Ends in `/` to be of whole segments: `/api` is of `/apis`, too.
    Below(&'static str),
}

/// A conflict between mounts, or with the library.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MountError {
    /// Two mounts have the same name.
    #[error("two mounts are called {0}")]
    Name(&'static str),
    /// Two mounts claim the same.
    #[error("the mounts {first} and {second} both claim {claim}")]
    Taken {
        /// The one's name.
        first: &'static str,
        /// The other's.
        second: &'static str,
        /// Their claim.
        claim: Claim,
    },
    /// A claim is the library's.
    #[error("the mount {mount} claims {claim}, which the origin serves itself")]
    Reserved {
        /// Its name.
        mount: &'static str,
        /// Its claim.
        claim: Claim,
    },
    /// A claim can't be a request's path.
    #[error("the mount {mount} claims {claim}, which is no path")]
    NoPath {
        /// Its name.
        mount: &'static str,
        /// Its claim.
        claim: Claim,
    },
}

/// Claims in the order in which they are tried, each with the number of its mount.
#[derive(Debug, Default)]
pub(super) struct ClaimTable(Vec<(Claim, usize)>);

impl ClaimTable {
    /// The claims of mounts with these names, which are numbered from 0.
    ///
    /// # Errors
    /// When two claim the same, or one claims what it can't have.
    pub(super) fn new<'m>(mounts: impl Iterator<Item = (&'static str, &'m [Claim])>) -> Result<Self, MountError> {
        let mut all: Vec<(Claim, usize)> = Vec::new();
        let mut names = Vec::new();
        for (number, (mount, claims)) in mounts.enumerate() {
            names.push(mount);
            for claim in claims.iter().copied() {
                if is_reserved(claim.text()) {
                    return Err(MountError::Reserved { mount, claim });
                }
                if !is_path(claim.text()) {
                    return Err(MountError::NoPath { mount, claim });
                }
                if let Some((_, other)) = all.iter().find(|(taken, _)| *taken == claim) {
                    let first = names.get(*other).copied().unwrap_or(mount);
                    return Err(MountError::Taken { first, second: mount, claim });
                }
                all.push((claim, number));
            }
        }
        all.sort_by_key(|(claim, _)| (matches!(claim, Claim::Below(_)), Reverse(claim.text().len())));
        Ok(Self(all))
    }

    /// The number of the mount that `path` belongs to. An exact claim comes before a prefix, a longer prefix before a
    /// shorter one.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        let (_, mount) = self.0.iter().find(|(claim, _)| claim.covers(path)).filter(|_| !is_reserved(path))?;
        Some(*mount)
    }
}

impl Claim {
    fn text(self) -> &'static str {
        match self {
            Self::Path(text) | Self::Below(text) => text,
        }
    }

    fn covers(self, path: &str) -> bool {
        match self {
            Self::Path(text) => path == text,
            Self::Below(text) => path.starts_with(text),
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(text) => f.write_str(text),
            Self::Below(text) => write!(f, "{text}*"),
        }
    }
}

/// True for what the origin serves itself whatever is mounted, even below a claim as wide as `/`.
fn is_reserved(path: &str) -> bool {
    path.starts_with("/vod/") || ["/healthz", "/readyz", "/metrics"].contains(&path)
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.is_ascii() && PathAndQuery::try_from(text).is_ok_and(|parsed| parsed.path() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(mounts: &[(&'static str, &[Claim])]) -> Result<ClaimTable, MountError> {
        ClaimTable::new(mounts.iter().copied())
    }

    #[test]
    fn exact_claims_come_before_prefixes_and_long_prefixes_before_short_ones() {
        let all = claims(&[
            ("pages", &[Claim::Below("/"), Claim::Path("/live/")]),
            ("live", &[Claim::Below("/live/")]),
            ("api", &[Claim::Below("/api/v1/"), Claim::Path("/api/v1/titles/new"), Claim::Below("/@")]),
            ("titles", &[Claim::Below("/api/v1/titles/")]),
        ])
        .unwrap();
        for (path, mount) in [
            ("/", Some(0)),
            ("/search", Some(0)),
            ("/live/", Some(0)),
            ("/live/a/index.m3u8", Some(1)),
            ("/live", Some(0)),
            ("/api/v1/", Some(2)),
            ("/api/v1", Some(0)),
            ("/@who", Some(2)),
            ("/api/v1/titles/7", Some(3)),
            ("/api/v1/titles/new", Some(2)),
            ("/api/v1/%74itles/7", Some(2)),
            ("/vod/a/index.m3u8", None),
            ("/vod/", None),
            ("/vod", Some(0)),
            ("/healthz", None),
            ("/readyz", None),
            ("/metrics", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(all.find(path), mount, "{path}");
        }
        assert_eq!(ClaimTable::default().find("/"), None);
    }

    #[test]
    fn what_can_not_be_claimed_is_named() {
        let error = |mounts: &[(&'static str, &[Claim])]| claims(mounts).unwrap_err().to_string();
        let twice = error(&[("a", &[Claim::Below("/x/"), Claim::Path("/y")]), ("b", &[Claim::Path("/y")])]);
        assert_eq!(twice, "the mounts a and b both claim /y");
        assert!(claims(&[("a", &[Claim::Below("/y")]), ("b", &[Claim::Path("/y")])]).is_ok());
        for claim in [Claim::Below("/vod/"), Claim::Path("/vod/x"), Claim::Path("/metrics"), Claim::Below("/readyz")] {
            assert_eq!(
                error(&[("a", &[claim])]),
                format!("the mount a claims {claim}, which the origin serves itself")
            );
        }
        for claim in ["", "api/", "*", "/a?b", "/a#b", "/a b", "/\u{e9}"].map(Claim::Below) {
            assert_eq!(error(&[("a", &[claim])]), format!("the mount a claims {claim}, which is no path"));
        }
    }
}
