//! Titles that may have been meant by a name that none has.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use config::tree::TitleName;

/// Most names that are suggested.
const MOST: usize = 3;
/// The least likeness of a name that is suggested; 1 is the same.
const ALIKE: f64 = 0.8;

/// The names among `known` that are most like `wanted`, the nearest first; none where all are something else.
pub(super) fn near(wanted: &TitleName, known: impl Iterator<Item = TitleName>) -> Vec<TitleName> {
    let alike = known.map(|name| (likeness(wanted.as_str(), name.as_str()), name));
    let mut alike: Vec<_> = alike.filter(|(likeness, _)| *likeness >= ALIKE).collect();
    alike.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    alike.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// The likeness of two names. Whoever leaves the folder out means any that ends so.
fn likeness(wanted: &str, name: &str) -> f64 {
    let last = name.rsplit('/').next().unwrap_or(name);
    strsim::jaro_winkler(wanted, name).max(strsim::jaro_winkler(wanted, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_meant_are_found() {
        let known = ["clip", "clip-2", "shows/ep-1", "shows/ep-2", "films/the-long-goodbye"];
        let near = |wanted: &str| {
            let known = known.iter().map(|name| TitleName::parse(name).unwrap());
            near(&TitleName::parse(wanted).unwrap(), known).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for (wanted, first) in [
            ("clpi", "clip"),
            ("clip.mp4", "clip"),
            ("ep-1", "shows/ep-1"),
            ("show/ep-2", "shows/ep-2"),
            ("the-long-godbye", "films/the-long-goodbye"),
        ] {
            assert_eq!(near(wanted).first().map(String::as_str), Some(first), "{wanted}");
        }
        assert_eq!(near("something-else"), [""; 0]);
    }
}
