//! The paths that the studio answers; all others are the origin's.

/// Paths that the studio is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// Exactly this path.
    Path(&'static str),
    /// Every path that starts with this.
    Below(&'static str),
}

/// All of them. The origin's own pages at these paths give way to the studio's.
pub const CLAIMS: &[Claimed] = &[
    Claimed::Below("/api/v1/"),
    Claimed::Path("/"),
    Claimed::Below("/watch/"),
    Claimed::Below("/embed/"),
    Claimed::Path("/search"),
    Claimed::Path("/upload"),
    Claimed::Path("/titles"),
    Claimed::Below("/titles/"),
    Claimed::Path("/playlists"),
    Claimed::Below("/playlists/"),
    Claimed::Below("/@"),
    Claimed::Below("/tags/"),
    Claimed::Path("/sign-in"),
    Claimed::Below("/sign-in/"),
    Claimed::Path("/sign-up"),
    Claimed::Path("/sign-out"),
    Claimed::Below("/welcome"),
    Claimed::Below("/invitation"),
    Claimed::Below("/reset"),
    Claimed::Path("/confirm"),
    Claimed::Path("/settings"),
    Claimed::Below("/settings/"),
    Claimed::Path("/admin"),
    Claimed::Below("/admin/"),
    Claimed::Below("/moderation"),
    Claimed::Below("/link/"),
    Claimed::Below("/feeds/"),
    Claimed::Below("/studio/"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_claimed_twice() {
        for (place, claimed) in CLAIMS.iter().enumerate() {
            assert!(!CLAIMS[..place].contains(claimed), "{claimed:?}");
        }
    }
}
