//! Which Linux this is, for what one does well and an older one does not.

use std::sync::LazyLock;

use rustix::system::uname;

/// Major and minor number of its release.
pub(crate) static RELEASE: LazyLock<(u32, u32)> = LazyLock::new(|| parse(&uname().release().to_string_lossy()));

/// `(6, 18)` of `6.18.4-amd64`; what is no number is 0.
fn parse(release: &str) -> (u32, u32) {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_begins_with_two_numbers() {
        for (release, expected) in [
            ("6.18.4-amd64", (6, 18)),
            ("6.16", (6, 16)),
            ("6.1.0-37-amd64", (6, 1)),
            ("7.0-rc1", (7, 0)),
            ("", (0, 0)),
            ("rolling", (0, 0)),
            ("99999999999.1", (0, 1)),
        ] {
            assert_eq!(parse(release), expected, "{release}");
        }
    }
}
