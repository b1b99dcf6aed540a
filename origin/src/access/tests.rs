//! What is granted, and to whom.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod jwt;
mod keys;

const FILE: &str = "shows/ep-1/index.m3u8";

/// Access with signing keys of these names, and nothing else.
fn signing(names: &[&str]) -> Access {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &&str| {
        let file = folder.path().join(name).with_extension("key");
        std::fs::write(&file, format!("{name}, a secret of many bytes\n")).unwrap();
        file
    };
    let settings = Origin { signing_keys: names.iter().map(file).collect(), ..Origin::default() };
    Access::load(&settings).unwrap().unwrap()
}

fn denied(why: Denied, carrier: Carrier) -> Result<Granted<'static>, Refusal> {
    Err(Refusal::Denied { why, carrier })
}

#[test]
fn what_is_signed_may_be_read_until_it_ends() {
    let access = signing(&["k1"]);
    for prefix in ["", "shows", "shows/ep-1", FILE] {
        let token = access.sign(prefix, 1000).unwrap();
        let granted = |carrier| Ok(Granted { below: FILE, expires: 1000, carrier });
        let path = format!("~{token}/{FILE}");
        let query = format!("a=b&token={token}");
        assert_eq!(access.check(&path, None, None, 999), granted(Carrier::Path), "{prefix}");
        assert_eq!(access.check(FILE, Some(&query), None, 999), granted(Carrier::Query), "{prefix}");
        assert_eq!(access.check(&path, None, None, 1000), denied(Denied::Expired, Carrier::Path));
        assert_eq!(access.check(&path, None, None, u64::MAX), denied(Denied::Expired, Carrier::Path));
    }
}

#[test]
fn nothing_else_may() {
    let access = signing(&["k1"]);
    let token = access.sign("shows/ep-1", 1000).unwrap();
    let mac = token.rsplit('.').next().unwrap();
    for token in [
        "",
        "k1",
        "k1.1000.2",
        "k1.1000.2.",
        "k1.1000.2.00",
        &format!("k1.1001.2.{mac}"),
        &format!("k1.1000.1.{mac}"),
        &format!("k1.1000.3.{mac}"),
        &format!("k1.1000.0.{mac}"),
        &format!("k1.1000.99.{mac}"),
        &format!("k1.+1000.2.{mac}"),
        &format!("k1.01000.2.{mac}"),
        &format!("k2.1000.2.{mac}"),
        &format!(".1000.2.{mac}"),
        &format!("k1.1000.2.{mac}00"),
        &format!("k1.1000.2.{mac}0"),
        &format!("k1.1000.2.{mac}.x"),
        &format!("k1.1000.2.{}", &mac[2..]),
        &format!("k1.1000.2.x{}", &mac[1..]),
    ] {
        let (path, query) = (format!("~{token}/{FILE}"), format!("token={token}"));
        assert_eq!(access.check(&path, None, None, 1), denied(Denied::Invalid, Carrier::Path), "{token}");
        assert_eq!(access.check(FILE, Some(&query), None, 1), denied(Denied::Invalid, Carrier::Query), "{token}");
    }
    for below in ["shows/ep-2/index.m3u8", "shows/ep-10/index.m3u8", "shows", "other/shows/ep-1/x", ""] {
        let path = format!("~{token}/{below}");
        assert_eq!(access.check(&path, None, None, 1), denied(Denied::Invalid, Carrier::Path), "{below}");
    }
    assert_eq!(access.check(&format!("~{token}"), None, None, 1), denied(Denied::Invalid, Carrier::Path));
    // Only a token for all of it opens the library as a whole.
    assert_eq!(access.check("", Some(&format!("token={token}")), None, 1), denied(Denied::Invalid, Carrier::Query));
    let missing = Err(Refusal::Missing { bearer: false });
    assert_eq!(access.check(FILE, None, None, 1), missing);
    assert_eq!(access.check(FILE, None, Some(&format!("Bearer {token}")), 1), missing, "no JSON Web Tokens are taken");
}

#[test]
fn keys_can_be_changed_without_a_gap() {
    let (old, both) = (signing(&["old"]), signing(&["new", "old"]));
    let path = |token: String| format!("~{token}/{FILE}");
    let before = path(old.sign("shows", 9).unwrap());
    let after = path(both.sign("shows", 9).unwrap());
    assert!(both.check(&before, None, None, 1).is_ok() && both.check(&after, None, None, 1).is_ok());
    assert!(after.starts_with("~new.") && old.check(&after, None, None, 1).is_err());
}

#[test]
fn a_refusal_says_how_to_ask() {
    use Carrier::{Header, Path, Query};
    let refused = |why, carrier| Refusal::Denied { why, carrier };
    let invalid = Some("Bearer error=\"invalid_token\"");
    for (refusal, status, challenge) in [
        (Refusal::Missing { bearer: true }, 401, Some("Bearer")),
        (Refusal::Missing { bearer: false }, 403, None),
        (refused(Denied::Invalid, Header), 401, invalid),
        (refused(Denied::Expired, Header), 401, invalid),
        (refused(Denied::Early, Header), 401, invalid),
        (refused(Denied::Audience, Header), 401, invalid),
        (refused(Denied::Elsewhere, Header), 403, Some("Bearer error=\"insufficient_scope\"")),
        (refused(Denied::Invalid, Path), 403, None),
        (refused(Denied::Expired, Query), 403, None),
        (refused(Denied::Elsewhere, Path), 403, None),
    ] {
        assert_eq!(refusal.challenge(), (StatusCode::from_u16(status).unwrap(), challenge), "{refusal:?}");
    }
}

#[test]
fn logs_have_no_tokens() {
    for (url, logged) in [
        ("/", "/"),
        ("/vod/a/index.m3u8", "/vod/a/index.m3u8"),
        ("/vod/a/index.m3u8?a=b&c", "/vod/a/index.m3u8?a=b&c"),
        ("/vod/~k.1.1.00/a/index.m3u8", "/vod/~/a/index.m3u8"),
        ("/vod/~k.1.1.00/a/index.m3u8?CMCD=bs", "/vod/~/a/index.m3u8?CMCD=bs"),
        ("/vod/~k.1.1.00", "/vod/~/"),
        ("/vod/~k.1.1.00?a", "/vod/~/?a"),
        ("/vod/~?token=x", "/vod/~/?token="),
        ("/vod/a/~b", "/vod/a/~b"),
        ("/vod/a/index.m3u8?token=k.1.1.00", "/vod/a/index.m3u8?token="),
        ("/watch/a?player=hlsjs&token=a.b.c&x=1", "/watch/a?player=hlsjs&token=&x=1"),
        ("/watch/a?token=a.b.c&token=d.e.f", "/watch/a?token=&token="),
        ("https://a.example/watch/a?token=a.b.c", "https://a.example/watch/a?token="),
        ("https://a.example/vod/~a.b.c/a/index.m3u8", "https://a.example/vod/~/a/index.m3u8"),
    ] {
        assert_eq!(without_tokens(url), logged);
    }
}

proptest! {
    #[test]
    fn no_text_is_granted_by_chance(token in "[k1.0-9a-f]{0,90}|\\PC{0,40}", below in "[a-z/~.]{0,20}") {
        let access = signing(&["k1"]);
        let path = format!("~{token}/{below}");
        prop_assert!(access.check(&path, Some(&token), Some(&token), 1).is_err());
    }
}
