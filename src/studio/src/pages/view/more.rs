//! The way to the next page of a list.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The path of the next page: the present one with `cursor` in place of its own.
pub(crate) fn more(path: &str, cursor: Option<&str>) -> Option<String> {
    let cursor = utf8_percent_encode(cursor?, NON_ALPHANUMERIC);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=") && !pair.starts_with("did="));
    let kept: String = kept.map(|pair| format!("{pair}&")).collect();
    Some(format!("{path}?{kept}cursor={cursor}"))
}

#[cfg(test)]
mod tests {
    use super::more;

    #[test]
    fn the_next_page_keeps_what_was_asked_for() {
        assert_eq!(more("/", None), None);
        assert_eq!(more("/", Some("a=")), Some("/?cursor=a%3D".into()));
        assert_eq!(
            more("/search?q=x&cursor=old&did=y&sort=name", Some("n")),
            Some("/search?q=x&sort=name&cursor=n".into())
        );
    }
}
