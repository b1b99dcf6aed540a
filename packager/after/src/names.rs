//! The names that files get where they go.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Files of one name at most.
const MOST: u32 = 100_000;

/// Places below `folder` for a source and its sidecars, at the path that each has below the ingest folder. Where one is
/// taken, all have a number after the source's stem, so that they belong together as before.
pub(crate) fn places(
    folder: &Path,
    below: &Path,
    names: &[OsString],
    is_taken: impl Fn(&Path) -> bool,
) -> Option<Vec<PathBuf>> {
    let folder = folder.join(below.parent().unwrap_or(Path::new("")));
    let stem = below.file_stem().unwrap_or_default();
    let numbered = |number: u32| -> Vec<PathBuf> {
        names.iter().map(|name| folder.join(with_number(name, stem, number))).collect()
    };
    (1..=MOST).map(numbered).find(|places| !places.iter().any(|place| is_taken(place)))
}

/// `clip.en.vtt` as `clip-2.en.vtt`, where the source's stem is `clip`.
fn with_number(name: &OsStr, stem: &OsStr, number: u32) -> OsString {
    let rest = name.as_encoded_bytes().strip_prefix(stem.as_encoded_bytes());
    let rest = rest.and_then(|rest| str::from_utf8(rest).ok());
    match (number, rest) {
        (1, _) => name.to_owned(),
        (_, Some(rest)) => {
            let mut numbered = stem.to_owned();
            numbered.push(format!("-{number}{rest}"));
            numbered
        }
        (_, None) => {
            let mut numbered = OsString::from(format!("{number}-"));
            numbered.push(name);
            numbered
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_kept_and_a_second_group_of_that_name_has_a_number() {
        let names = ["Ep 1.mov", "Ep 1.jpg", "Ep 1.de.forced.srt"].map(OsString::from);
        let below = Path::new("Shows/Ep 1.mov");
        let with = |taken: &[&str]| {
            let places = places(Path::new("/done"), below, &names, |path| taken.iter().any(|t| path == Path::new(t)));
            places.unwrap().iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        let first = ["/done/Shows/Ep 1.mov", "/done/Shows/Ep 1.jpg", "/done/Shows/Ep 1.de.forced.srt"];
        let third = ["/done/Shows/Ep 1-3.mov", "/done/Shows/Ep 1-3.jpg", "/done/Shows/Ep 1-3.de.forced.srt"];
        assert_eq!(with(&[]), first);
        assert_eq!(with(&["/done/Shows/Ep 1.jpg", "/done/Shows/Ep 1-2.mov"]), third);
    }

    #[test]
    fn a_name_that_is_not_the_sources_is_told_apart_too() {
        assert_eq!(with_number(OsStr::new("x.jpg"), OsStr::new("clip"), 2), "2-x.jpg");
    }
}
