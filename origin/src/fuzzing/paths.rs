//! Paths, and the tokens that stand in them.

use std::path::{Component, Path};
use std::sync::LazyLock;

use config::access::Visibility;
use config::origin::Origin;
use config::tree::{TitleName, TreePath};

use super::line;
use crate::access::{self, Access, Carrier, Credentials, Grant, Signer, split_token};
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
            // The parsed path means the same again, and is written one way.
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

/// True if a file system sees nothing but names in it: none hidden, and nothing that could be decoded once more.
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

/// All titles restricted, and what signs for them.
static RESTRICTED: LazyLock<(Access, Signer)> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("pack-fuzzing-{}", std::process::id()));
    let file = folder.join("a.key");
    let visibility = Visibility::Restricted;
    let mut settings = Origin { visibility, signing_keys: vec![file.clone()], ..Origin::default() };
    settings.jwt.keys = vec![file.clone()];
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, "a-secret-that-nobody-guesses-by-chance"));
    let opened = written.map_err(|error| error.to_string()).and_then(|()| {
        let open = || Ok((Access::open(&settings, &folder)?, Signer::open(&settings, &folder)?));
        open().map_err(|error: access::SetupError| error.to_string())
    });
    let _ = std::fs::remove_dir_all(&folder);
    opened.unwrap_or_else(|error| panic!("no key at {}: {error}", file.display()))
});

/// `data`: a line with a title to sign, one with a title that is asked for, and a text that is put into the token, at its
/// place modulo the token's length.
///
/// # Panics
/// When a property does not hold.
pub fn tokens(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (title, asked) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let forged = lines.next().unwrap_or_default();
    let (access, signer) = &*RESTRICTED;
    // No text that a stranger makes up opens anything.
    let (_, rest) = line(data);
    let made_up = String::from_utf8_lossy(rest);
    let (query, bearer) = (format!("token={made_up}"), format!("Bearer {made_up}"));
    let shown = Credentials { path: split_token(text).0, query: Some(&query), authorization: Some(&bearer) };
    assert_eq!(access.check(asked, &shown, 1), None, "{text}");
    let Ok(title) = TitleName::parse(title) else { return };
    let (Some(signed), Some(jwt)) = (signer.sign(&title, 0, 1000), signer.sign_jwt(&title, 0, 1000, None)) else {
        panic!("{title} can't be signed")
    };
    for token in [&signed, &jwt] {
        opens_alone(token, title.as_str(), asked);
        let at = forged.len() % token.len();
        let changed = format!("{}{forged}{}", &token[..at], token.get(at + forged.len()..).unwrap_or_default());
        if !changed.eq_ignore_ascii_case(token) {
            let shown = Credentials { path: Some(&changed), ..Credentials::default() };
            assert_eq!(access.check(title.as_str(), &shown, 1), None, "{changed} for {title}");
        }
    }
    for dead in [signer.sign(&title, 1, 1000), signer.sign_jwt(&title, 1, 1000, None)] {
        let shown = Credentials { path: dead.as_deref(), ..Credentials::default() };
        assert_eq!(access.check(title.as_str(), &shown, 1), None, "{title} at another epoch");
    }
}

/// `token` opens `title` until second 1000, and nothing else.
fn opens_alone(token: &str, title: &str, asked: &str) {
    let (access, _) = &*RESTRICTED;
    let query = format!("token={token}");
    for now in [0, 999, 1000, u64::MAX] {
        for each in [title, asked] {
            let good = each == title && now < 1000;
            let path = Credentials { path: Some(token), ..Credentials::default() };
            let granted = |carrier| good.then_some(Grant::Token { expires: 1000, carrier });
            assert_eq!(access.check(each, &path, now), granted(Carrier::Path), "{title} {each}");
            let query = Credentials { query: Some(&query), ..Credentials::default() };
            assert_eq!(access.check(each, &query, now), granted(Carrier::Query), "{title} {each}");
        }
    }
}
