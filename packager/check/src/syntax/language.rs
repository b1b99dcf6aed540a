//! Language tags (BCP 47).

/// True if `tag` is well-formed by RFC 5646 §2.1, as far as its subtags' lengths and kinds go.
pub(crate) fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let Some(language) = parts.next() else { return false };
    let alphabetic = |t: &str| t.bytes().all(|b| b.is_ascii_alphabetic());
    let private = language.eq_ignore_ascii_case("x") || language.eq_ignore_ascii_case("i");
    let language_fits = alphabetic(language) && (2..=8).contains(&language.len());
    let mut rest = parts.peekable();
    let enough = !private || rest.peek().is_some();
    (language_fits || private)
        && enough
        && rest.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::is_tag;

    #[test]
    fn tags() {
        for (tag, expected) in [
            ("en", true),
            ("pt-BR", true),
            ("zh-Hant-TW", true),
            ("und", true),
            ("x-klingon", true),
            ("", false),
            ("e", false),
            ("x", false),
            ("english language", false),
            ("en_US", false),
            ("en-", false),
        ] {
            assert_eq!(is_tag(tag), expected, "{tag}");
        }
    }
}
