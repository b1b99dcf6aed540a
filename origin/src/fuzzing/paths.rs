//! Paths, and the tokens that stand in them.

use std::path::{Component, Path};
use std::sync::LazyLock;

use config::origin::Origin;
use config::tree::{TitleName, TreePath};

use super::line;
use crate::access::Access;
use crate::http::route::{Route, route};

/// `data`: the path of a request's target; also that of a source below the ingest folder.
///
/// # Panics
/// When a property does not hold.
pub fn paths(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match route(text) {
        Route::Tree(below, tree) => {
            assert!(stays_below(&below), "{below}");
            // What was made of it means the same again, and is written one way.
            assert_eq!(TreePath::parse(&below).as_ref(), Some(&tree), "{below}");
            let plain = format!("/vod/{below}");
            assert_eq!(route(&plain), Route::Tree(below.as_ref().into(), tree.clone()), "{below}");
            let encoded: String = below.bytes().map(encode).collect();
            let encoded = format!("/vod/{encoded}");
            let means = if encoded.len() > 1200 { Route::Nowhere } else { Route::Tree(below, tree) };
            assert_eq!(route(&encoded), means);
        }
        Route::Page(path) => assert!(path == "/" || stays_below(path.trim_start_matches('/')), "{path}"),
        Route::Watch(name, path) => assert!(path.ends_with(name.as_str()) && stays_below(name.as_str()), "{path}"),
        Route::Title(name) => assert!(stays_below(name.as_str()), "{name}"),
        Route::Titles | Route::Steering | Route::Health | Route::Ready | Route::Nowhere => {}
    }
    if let Ok(name) = TitleName::from_source_path(text) {
        assert!(stays_below(name.as_str()), "{name}");
        assert_eq!(TitleName::parse(name.as_str()).as_ref(), Ok(&name));
    }
}

/// As a file system sees it: plain names alone, none hidden, and nothing that could be decoded once more.
fn stays_below(path: &str) -> bool {
    let plain = |component: Component<'_>| match component {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    Path::new(path).components().all(plain)
        && path.split('/').all(|part| !part.is_empty())
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b))
}

fn encode(byte: u8) -> String {
    if byte == b'/' { "/".into() } else { format!("%{byte:02x}") }
}

static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    let file = std::env::temp_dir().join(format!("pack-fuzzing-{}.key", std::process::id()));
    let mut settings = Origin { signing_keys: vec![file.clone()], ..Origin::default() };
    settings.jwt.keys = vec![file.clone()];
    let access = std::fs::write(&file, "a-secret-that-nobody-guesses-by-chance").map(|()| Access::load(&settings));
    let _ = std::fs::remove_file(&file);
    access.ok().and_then(Result::ok).flatten().unwrap_or_else(|| panic!("no key at {}", file.display()))
});

/// `data`: a line with a prefix to sign, one with what is asked for below the library, and a text that is put into the
/// token, at its place modulo the token's length.
///
/// # Panics
/// When a property does not hold.
pub fn tokens(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (prefix, below) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let forged = lines.next().unwrap_or_default();
    // No text that a stranger makes up opens anything.
    let (_, rest) = line(data);
    let made_up = String::from_utf8_lossy(rest);
    let bearer = format!("Bearer {made_up}");
    assert!(ACCESS.check(text, Some(&made_up), Some(&bearer), 1).is_err(), "{text}");
    assert!(ACCESS.check(&made_up, Some(text), Some(text), 1).is_err(), "{text}");
    let (Some(signed), Some(jwt)) = (ACCESS.sign(prefix, 1000), ACCESS.sign_jwt(prefix, 1000, None)) else {
        panic!("{prefix} can't be signed")
    };
    grants(&signed, prefix, below);
    // In a claim, a slash more or less at an end says the same.
    if prefix.trim_matches('/') == prefix {
        grants(&jwt, prefix, below);
    }
    for token in [signed, jwt] {
        let at = forged.len() % token.len();
        let changed = format!("{}{forged}{}", &token[..at], token.get(at + forged.len()..).unwrap_or_default());
        if !changed.eq_ignore_ascii_case(&token) {
            let path = format!("~{changed}/{below}");
            assert!(ACCESS.check(&path, None, None, 1).is_err(), "{changed} for {below}");
        }
    }
}

/// `token` opens what lies at and below `prefix` until second 1000, and nothing else.
fn grants(token: &str, prefix: &str, below: &str) {
    let lies_below =
        prefix.is_empty() || below.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    for now in [0, 999, 1000, u64::MAX] {
        let path = format!("~{token}/{below}");
        let by_path = ACCESS.check(&path, None, None, now);
        match by_path {
            Ok(granted) => assert!(lies_below && now < 1000 && granted.below == below && granted.expires == 1000),
            Err(_) => assert!(!lies_below || now >= 1000, "{prefix} {below}"),
        }
        if !below.starts_with('~') {
            let by_query = ACCESS.check(below, Some(&format!("token={token}")), None, now);
            assert_eq!(by_query.is_ok(), by_path.is_ok(), "{below}");
        }
    }
}
