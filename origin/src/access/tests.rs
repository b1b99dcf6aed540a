//! Tokens that are good, and those that are not.

use std::fs;
use std::path::PathBuf;

use config::access::{Change, Visibility, change};
use config::tree::TitleName;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod jwt;
mod keys;
mod records;

pub(super) const TITLE: &str = "shows/ep-1";

pub(super) fn name(title: &str) -> TitleName {
    TitleName::parse(title).unwrap()
}

/// A library whose titles are restricted, and what is signed for it.
struct House {
    library: TempDir,
    settings: Origin,
}

impl House {
    /// With signing keys of these names; with none, the library's own signs.
    fn new(keys: &[&str]) -> Self {
        let library = tempfile::tempdir().unwrap();
        let settings = Origin { visibility: Visibility::Restricted, ..Origin::default() };
        let mut house = Self { library, settings };
        house.settings.signing_keys = keys.iter().map(|name| house.key(name)).collect();
        house
    }

    fn key(&self, name: &str) -> PathBuf {
        let file = self.library.path().join(name).with_extension("key");
        fs::write(&file, format!("{name}, a secret of many bytes\n")).unwrap();
        file
    }

    fn access(&self) -> Access {
        Access::open(&self.settings, self.library.path()).unwrap()
    }

    fn sign(&self, title: &str, epoch: u64, expires: u64) -> String {
        Signer::open(&self.settings, self.library.path()).unwrap().sign(&name(title), epoch, expires).unwrap()
    }

    fn decide(&self, title: &str, visibility: Visibility, revoke: bool) {
        let decided = Change { visibility: Some(visibility), revoke };
        change(self.library.path(), &name(title), Visibility::Public, decided, 0).unwrap();
    }
}

/// The judgement on a request with `token` before its path.
fn ask(access: &Access, title: &str, token: &str, now: u64) -> Result<u64, Denied> {
    match access.judge(title, &Credentials { path: Some(token), ..Credentials::default() }, now)? {
        Grant::Token { expires, carrier: Carrier::Path } => Ok(expires),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signed_token_opens_its_title_until_it_ends() {
    for keys in [&["k1"][..], &[]] {
        let house = House::new(keys);
        let token = house.sign(TITLE, 0, 1000);
        let access = house.access();
        assert_eq!(ask(&access, TITLE, &token, 0), Ok(1000));
        assert_eq!(ask(&access, TITLE, &token, 999), Ok(1000));
        assert_eq!(ask(&access, TITLE, &token, 1000), Err(Denied::Expired));
        assert_eq!(ask(&access, TITLE, &token, u64::MAX), Err(Denied::Expired));
        for title in ["shows", "shows/ep-10", "shows/ep-2", "shows/ep-1/x", "ep-1", "other", ""] {
            assert_eq!(ask(&access, title, &token, 1), Err(Denied::Invalid), "{title}");
        }
        assert_eq!(access.judge(TITLE, &Credentials::default(), 1), Err(Denied::Missing));
    }
}

#[test]
fn no_other_text_is_a_token() {
    let house = House::new(&["k1"]);
    let (token, access) = (house.sign(TITLE, 7, 1000), house.access());
    let mac = token.rsplit('.').next().unwrap();
    assert_eq!(ask(&access, TITLE, &token, 1), Err(Denied::Revoked));
    for token in [
        "",
        "k1",
        "k1.1000.7",
        "k1.1000.7.",
        "k1.1000.7.00",
        &format!("k1.1001.7.{mac}"),
        &format!("k1.1000.0.{mac}"),
        &format!("k1.1000.8.{mac}"),
        &format!("k1.+1000.7.{mac}"),
        &format!("k1.01000.7.{mac}"),
        &format!("k1.1000..{mac}"),
        &format!("k2.1000.7.{mac}"),
        &format!("key.1000.7.{mac}"),
        &format!(".1000.7.{mac}"),
        &format!("k1.1000.7.{mac}00"),
        &format!("k1.1000.7.{mac}0"),
        &format!("k1.1000.7.{mac}.x"),
        &format!("k1.1000.7.{}", &mac[2..]),
        &format!("k1.1000.7.x{}", &mac[1..]),
    ] {
        assert_eq!(ask(&access, TITLE, token, 1), Err(Denied::Invalid), "{token}");
    }
}

#[test]
fn a_token_of_another_epoch_is_dead() {
    let house = House::new(&[]);
    house.decide(TITLE, Visibility::Restricted, false);
    let access = house.access();
    let (before, other) = (house.sign(TITLE, 0, 1000), house.sign("other", 0, 1000));
    access.refresh(0);
    assert_eq!((ask(&access, TITLE, &before, 1), ask(&access, "other", &other, 1)), (Ok(1000), Ok(1000)));
    house.decide(TITLE, Visibility::Restricted, true);
    assert!(access.refresh(0));
    assert_eq!(ask(&access, TITLE, &before, 1), Err(Denied::Revoked));
    assert_eq!(ask(&access, "other", &other, 1), Ok(1000), "another title's epoch is its own");
    assert_eq!(ask(&access, TITLE, &house.sign(TITLE, 1, 1000), 1), Ok(1000));
    assert_eq!(ask(&access, TITLE, &house.sign(TITLE, 2, 1000), 1), Err(Denied::Revoked), "from a time to come");
}

#[test]
fn what_is_open_needs_no_token_and_takes_any() {
    let house = House::new(&["k1"]);
    house.decide("public", Visibility::Public, true);
    house.decide("unlisted", Visibility::Unlisted, false);
    let access = house.access();
    for title in ["public", "unlisted"] {
        for token in [None, Some("x"), Some(house.sign(TITLE, 0, 1000).as_str())] {
            let shown = Credentials { path: token, ..Credentials::default() };
            assert_eq!(access.check(title, &shown, 1), Some(Grant::Open), "{title} {token:?}");
        }
    }
}

#[test]
fn keys_can_be_changed_without_a_gap() {
    let mut house = House::new(&["old"]);
    let before = house.sign(TITLE, 0, 9);
    let old = house.access();
    house.settings.signing_keys.insert(0, house.key("new"));
    let (after, both) = (house.sign(TITLE, 0, 9), house.access());
    assert!(ask(&both, TITLE, &before, 1).is_ok() && ask(&both, TITLE, &after, 1).is_ok());
    assert!(after.starts_with("new.") && ask(&old, TITLE, &after, 1).is_err());
}

#[test]
fn the_librarys_own_key_is_made_once_and_can_move_into_the_settings() {
    let mut house = House::new(&[]);
    let access = house.access();
    let file = config::access::folder(house.library.path()).join(config::access::KEY);
    assert!(!file.exists(), "the origin makes none");
    let (first, second) = (house.sign(TITLE, 0, 9), house.sign(TITLE, 0, 9));
    assert_eq!(first, second);
    assert_eq!(ask(&access, TITLE, &first, 1), Err(Denied::Invalid), "not read yet");
    access.refresh(0);
    assert_eq!(ask(&access, TITLE, &first, 1), Ok(9));
    house.settings.signing_keys = vec![file];
    assert_eq!(ask(&house.access(), TITLE, &first, 1), Ok(9));
    house.settings.signing_keys = vec![house.key("other")];
    assert_eq!(ask(&house.access(), TITLE, &first, 1), Err(Denied::Invalid), "the settings' keys alone count");
}

#[test]
fn a_token_may_come_in_three_ways_and_any_good_one_will_do() {
    let house = House::new(&["k1"]);
    let (token, access) = (house.sign(TITLE, 0, 1000), house.access());
    let (query, bad_query) = (format!("CMCD=x&token={token}"), "token=a.b.c");
    let (bearer, bad_bearer) = (format!("Bearer {token}"), "Bearer a.b.c");
    let sloppy = bearer.replace("Bearer ", "bEARER  ");
    let granted = |carrier| Ok(Grant::Token { expires: 1000, carrier });
    for (path, query, authorization, want) in [
        (None, Some("a=b"), None, Err(Denied::Missing)),
        (None, Some("xtoken=1"), None, Err(Denied::Missing)),
        (None, None, Some("Basic dTpw"), Err(Denied::Missing)),
        (None, None, Some("Bearer"), Err(Denied::Missing)),
        (None, None, Some(""), Err(Denied::Missing)),
        (None, None, Some(token.as_str()), Err(Denied::Missing)),
        (None, Some("token="), None, Err(Denied::Invalid)),
        (Some(token.as_str()), None, None, granted(Carrier::Path)),
        (None, Some(query.as_str()), None, granted(Carrier::Query)),
        (None, None, Some(bearer.as_str()), granted(Carrier::Header)),
        (None, None, Some(&sloppy), granted(Carrier::Header)),
        (None, Some(&query), Some("Basic dTpw"), granted(Carrier::Query)),
        (Some(&token), Some(&query), Some(&bearer), granted(Carrier::Path)),
        (Some(&token), Some(bad_query), Some(bad_bearer), granted(Carrier::Path)),
        (Some("a.b.c"), Some(&query), None, granted(Carrier::Query)),
        (Some("a.b.c"), Some(bad_query), Some(&bearer), granted(Carrier::Header)),
        (Some("a.b.c"), Some(bad_query), Some(bad_bearer), Err(Denied::Invalid)),
    ] {
        let shown = Credentials { path, query, authorization };
        assert_eq!(access.judge(TITLE, &shown, 1), want, "{shown:?}");
    }
}

#[test]
fn a_token_is_taken_off_its_path() {
    for (path, token, below) in [
        ("shows/ep-1/index.m3u8", None, "shows/ep-1/index.m3u8"),
        ("~k.1.0.ab/shows/ep-1/index.m3u8", Some("k.1.0.ab"), "shows/ep-1/index.m3u8"),
        ("~k.1.0.ab", Some("k.1.0.ab"), ""),
        ("~/a/b", Some(""), "a/b"),
        ("~a/~b/c", Some("a"), "~b/c"),
        ("a/~b/c", None, "a/~b/c"),
        ("", None, ""),
    ] {
        assert_eq!(split_token(path), (token, below), "{path}");
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
        // Text that clients encode without need (RFC 3986 §6.2.2.2), and beside it some that no origin can read.
        ("/vod/%7Ea.b.c/a/index.m3u8", "/vod/~/a/index.m3u8"),
        ("/%76od/%7ea%2eb%2ec/a%20b/index.m3u8?%", "/vod/~/a%20b/index.m3u8?%"),
        ("/watch/a?x=%20&%74oken=a.b.c&y=%4", "/watch/a?x=%20&token=&y=%4"),
        ("https://a.example/vod/%7Ea.b.c/a/index.m3u8", "https://a.example/vod/~/a/index.m3u8"),
        ("/vod/a/%69ndex.m3u8?CMCD=%22", "/vod/a/%69ndex.m3u8?CMCD=%22"),
    ] {
        assert_eq!(without_tokens(url), logged);
    }
}

#[test]
fn logs_have_no_tokens_where_none_belongs() {
    let signed = House::new(&[]).sign(TITLE, 0, 1_900_000_000);
    for token in jwt::ELSEWHERE_MADE.into_iter().chain([&*signed]) {
        let dots = token.replace('.', "%2e");
        for (sent, logged) in [
            (format!("/vod/a/index.m3u8?Token={token}"), "/vod/a/index.m3u8?Token="),
            (format!("/vod/a/index.m3u8;token={token}&b"), "/vod/a/index.m3u8;token=&b"),
            (format!("/vod/a/index.m3u8?a=b?token={token}"), "/vod/a/index.m3u8?a=b?token="),
            (format!("/vod/a/index.m3u8?TOKEN={dots}"), "/vod/a/index.m3u8?TOKEN="),
            (format!("/watch/~{token}/a"), "/watch/~/a"),
            (format!("/vod/~x/~{token}/a?token=y"), "/vod/~/~/a?token="),
            (format!("/{token}/{token}"), "//"),
            (format!("player/1.{token} (\u{e4})"), "player/ (\u{e4})"),
        ] {
            assert_eq!(without_tokens(&sent), logged, "{sent}");
        }
    }
    let digest = "0123456789abcdef".repeat(4);
    for plain in [
        "/vod/lectures.2024.introduction-to-the-theory-of-computation-part-1/index.m3u8",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        &format!("/vod/a.{digest}/index.m3u8?CMCD=sid%3D%226e2fb550-c457-11e9-bb97-0800200c9a66%22"),
    ] {
        assert_eq!(without_tokens(plain), plain);
    }
}

proptest! {
    #[test]
    fn logs_have_no_token_whatever_stands_around_it(before in "[ -~]{0,60}", after in "[ -~]{0,60}", epoch: u64) {
        let token = signed::SigningKeys::of_library("a secret of many bytes").sign(TITLE, epoch, 1).unwrap();
        let mac = token.rsplit_once('.').unwrap().1;
        let sent = format!("{before}{token}{after}");
        prop_assert!(!without_tokens(&sent).contains(mac), "{sent}");
    }

    #[test]
    fn no_text_opens_a_title_by_chance(token in "[k1.0-9a-f]{0,90}|\\PC{0,40}", title in "[a-z/~.]{0,20}") {
        let access = House::new(&["k1"]).access();
        let query = format!("token={token}");
        let shown = Credentials { path: Some(&token), query: Some(&query), authorization: Some(&token) };
        prop_assert!(access.judge(&title, &shown, 1).is_err());
    }

    #[test]
    fn a_token_is_good_for_its_title_epoch_and_time_alone(
        title in "[a-z0-9]{1,4}(/[a-z0-9]{1,4})?", other in "[a-z0-9]{1,4}(/[a-z0-9]{1,4})?",
        epoch in 0..4_u64, present in 0..4_u64, expires: u64, now: u64,
    ) {
        let keys = signed::SigningKeys::of_library("a secret of many bytes");
        let token = keys.sign(&title, epoch, expires).unwrap();
        let good = title == other && epoch == present && now < expires;
        prop_assert_eq!(keys.check(&token, &other, present, now).ok(), good.then_some(expires));
        prop_assert!(keys.check(&token, &title, epoch, 0).is_ok() || expires == 0);
    }
}
