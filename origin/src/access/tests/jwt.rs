//! JSON Web Tokens: every case that the specifications warn of, and some that people write.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use spki::der::pem::{LineEnding, encode_string};

use super::super::keys::load;
use super::keys::KEYS;
use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Made with PyJWT 2.15 for the title shows and the audiences us and them, until 2100.
pub(super) const ELSEWHERE_MADE: [&str; 3] = [
    "eyJhbGciOiJIUzI1NiIsImtpZCI6InNlY3JldCIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDAsIm5iZiI6MCwiYXVkIjpbInVzIiwidGhlbSJdLCJwYXRoIjoiL3ZvZC9zaG93cyJ9.ReOFvj4BkWChRTjqDbDCMuof1g_4rKfOWLBlthjS_3I",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDAsIm5iZiI6MCwiYXVkIjpbInVzIiwidGhlbSJdLCJwYXRoIjoiL3ZvZC9zaG93cyJ9.pY6YD51SgbH1MW93DH9lbf0zZwe8BXGcutnisqw9oa7Jp-kfLipZyRUS_s3E5m0r1QFtCM6Ea_2YOcBCZmY7qUr4nEVotF88S1rhlMbIK2kc3Ux3zAHJ4CWRgI3gIVn_kG7ksSLyd_qexZ8x4SKpmhohvDXKZgSFJ-5XNNfQ8nnRlea8AXUHuzV0cLK1pZVliU1_jMIfJEpn7GZ83cgqyCn-jWOi2v_y7FzPVTZ-FmpLyNLaTV8vhQydq88tlrkymyCrWnjAdu0I-faYLhVOQQZmTN0RtC1hz8SAd93L80w3HU20A-3y4XuJ5i0VHV49Ln9rNde3gAu2J7q_pXrorg",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIiwidHlwIjoiSldUIn0.eyJleHAiOjQxMDI0NDQ4MDAsIm5iZiI6MCwiYXVkIjpbInVzIiwidGhlbSJdLCJwYXRoIjoiL3ZvZC9zaG93cyJ9.HcpPSD5LgbCv137XcHIUPDjTYMjr0QEccaFA29PY61jsTVCo2VCGnG4OGyGwuBAZBkCgxvS2UXgf0c29k3M6Vg",
];

/// A secret named `hs`, private keys named `es` and `stranger` of which only the first is among the keys of `access`,
/// and the public keys of the folder.
struct Keyring {
    folder: TempDir,
    access: Access,
    signer: Signer,
}

fn restricted() -> Origin {
    Origin { visibility: Visibility::Restricted, ..Origin::default() }
}

impl Keyring {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("hs.key"), SECRET).unwrap();
        for name in ["es.pem", "stranger.pem"] {
            let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
            let pem = encode_string("PRIVATE KEY", LineEnding::LF, pair.as_ref()).unwrap();
            std::fs::write(path(name), pem).unwrap();
        }
        let mut settings = restricted();
        settings.jwt.audience = "us".into();
        settings.jwt.keys = vec![path("hs.key"), path("es.pem"), Path::new(KEYS).join("ec-public.pem")];
        let access = Access::open(&settings, folder.path()).unwrap();
        Self { folder, access, signer: Signer::for_jwt(&settings).unwrap() }
    }

    /// A token with this header and payload, signed with the key in `file`.
    fn token(&self, file: &str, header: &Value, payload: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(header), part(payload));
        let key = load(&self.folder.path().join(file)).unwrap().remove(0);
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(key.material.sign(message.as_bytes()).unwrap()))
    }

    fn ask(&self, token: &str, now: u64) -> Result<u64, Denied> {
        ask(&self.access, TITLE, token, now)
    }
}

/// `base` with the members of `changes`, without those that are null there.
fn with(mut base: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(base.as_object_mut().unwrap().remove(name)),
            value => base[name] = value.clone(),
        }
    }
    base
}

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "JWT", "kid": "es" })
}

fn payload() -> Value {
    json!({ "exp": 1000, "aud": "us", "path": "/vod/shows/ep-1" })
}

#[test]
fn headers_choose_a_key_and_no_algorithm() {
    let keyring = Keyring::new();
    let hs = json!({ "alg": "HS256", "kid": "hs" });
    let jwk = json!({ "jwk": { "kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET) }, "kid": null });
    for (file, changes, want) in [
        ("es.pem", json!({}), Ok(1000)),
        ("es.pem", json!({ "typ": null }), Ok(1000)),
        ("es.pem", json!({ "typ": "at+jwt" }), Ok(1000)),
        ("es.pem", json!({ "kid": null }), Ok(1000)),
        ("es.pem", json!({ "jku": "https://a.example/keys" }), Ok(1000)),
        ("hs.key", hs.clone(), Ok(1000)),
        ("hs.key", with(hs, &json!({ "typ": "x" })), Ok(1000)),
        ("hs.key", json!({ "alg": "HS256", "kid": null }), Ok(1000)),
        ("es.pem", json!({ "kid": "hs" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "kid": "ec-public" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "kid": "nobody" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "kid": "" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "kid": 1 }), Err(Denied::Invalid)),
        ("es.pem", json!({ "kid": "../es" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "kid": ["es"] }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": null }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "none" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "None" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "es256" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "ES384" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "RS256" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "PS256" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": "HS256" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "alg": ["ES256"] }), Err(Denied::Invalid)),
        ("hs.key", json!({ "alg": "HS256" }), Err(Denied::Invalid)),
        ("hs.key", json!({ "alg": "HS512", "kid": "hs" }), Err(Denied::Invalid)),
        ("hs.key", json!({ "alg": "none", "kid": "hs" }), Err(Denied::Invalid)),
        ("es.pem", json!({ "crit": ["b64"], "b64": false }), Err(Denied::Invalid)),
        ("es.pem", json!({ "crit": [] }), Err(Denied::Invalid)),
        ("stranger.pem", json!({}), Err(Denied::Invalid)),
        ("stranger.pem", json!({ "kid": null }), Err(Denied::Invalid)),
        ("stranger.pem", json!({ "kid": "stranger" }), Err(Denied::Invalid)),
        ("stranger.pem", jwk, Err(Denied::Invalid)),
    ] {
        let token = keyring.token(file, &with(header(), &changes), &payload());
        assert_eq!(keyring.ask(&token, 1), want, "{file} {changes}");
        assert_eq!(keyring.ask(&token, 1), want, "{file} {changes}, once more");
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let keyring = Keyring::new();
    // Whoever knows the public key signs with its text, or its bytes, as a secret (RFC 8725 §2.1).
    let public = std::fs::read(Path::new(KEYS).join("ec-public.pem")).unwrap();
    for secret in [public.as_slice(), public.trim_ascii_end()] {
        for header in [json!({ "alg": "HS256" }), json!({ "alg": "HS256", "kid": "ec-public" })] {
            let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
            let message = format!("{}.{}", part(&header), part(&payload()));
            let mac = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac));
            assert_eq!(keyring.ask(&token, 1), Err(Denied::Invalid), "{header}");
        }
    }
}

#[test]
fn claims_say_what_until_when_and_for_whom() {
    let keyring = Keyring::new();
    for (changes, now, want) in [
        (json!({}), 0, Ok(1000)),
        (json!({}), 999, Ok(1000)),
        (json!({}), 1000, Err(Denied::Expired)),
        (json!({}), u64::MAX, Err(Denied::Expired)),
        (json!({ "exp": 1000.9 }), 999, Ok(1000)),
        (json!({ "exp": 1000.9 }), 1000, Err(Denied::Expired)),
        (json!({ "exp": 1e300 }), 1000, Ok(u64::MAX)),
        (json!({ "exp": 0 }), 0, Err(Denied::Expired)),
        (json!({ "exp": -1 }), 0, Err(Denied::Invalid)),
        (json!({ "exp": "1000" }), 0, Err(Denied::Invalid)),
        (json!({ "exp": null }), 0, Err(Denied::Invalid)),
        (json!({ "exp": [1000] }), 0, Err(Denied::Invalid)),
        (json!({ "nbf": 500 }), 500, Ok(1000)),
        (json!({ "nbf": 500 }), 440, Ok(1000)),
        (json!({ "nbf": 500 }), 439, Err(Denied::Early)),
        (json!({ "nbf": 1e300 }), 0, Err(Denied::Early)),
        (json!({ "nbf": "0" }), 0, Err(Denied::Invalid)),
        (json!({ "nbf": -1 }), 0, Err(Denied::Invalid)),
        (json!({ "iat": 900, "sub": "me", "iss": "you", "jti": "x" }), 0, Ok(1000)),
        (json!({ "aud": ["them", "us"] }), 0, Ok(1000)),
        (json!({ "aud": null }), 0, Err(Denied::Audience)),
        (json!({ "aud": "them" }), 0, Err(Denied::Audience)),
        (json!({ "aud": "US" }), 0, Err(Denied::Audience)),
        (json!({ "aud": "" }), 0, Err(Denied::Audience)),
        (json!({ "aud": [] }), 0, Err(Denied::Audience)),
        (json!({ "aud": ["them"] }), 0, Err(Denied::Audience)),
        (json!({ "aud": 1 }), 0, Err(Denied::Invalid)),
    ] {
        let token = keyring.token("es.pem", &header(), &with(payload(), &changes));
        assert_eq!(keyring.ask(&token, now), want, "{changes} at {now}");
    }
}

#[test]
fn a_token_names_titles_and_nothing_above_or_below_them() {
    let keyring = Keyring::new();
    for (path, want) in [
        (json!("/vod/shows/ep-1"), Ok(1000)),
        (json!("/vod/shows/ep-1/"), Ok(1000)),
        (json!("shows/ep-1"), Ok(1000)),
        (json!(["other", "/vod/shows/ep-1"]), Ok(1000)),
        (json!("/vod/shows/ep-1/index.m3u8"), Err(Denied::Elsewhere)),
        (json!("/vod/shows"), Err(Denied::Elsewhere)),
        (json!("/vod/"), Err(Denied::Elsewhere)),
        (json!("/vod"), Err(Denied::Elsewhere)),
        (json!("shows/"), Err(Denied::Elsewhere)),
        (json!([]), Err(Denied::Elsewhere)),
        (json!(["other", "/vod/shows/ep-2"]), Err(Denied::Elsewhere)),
        (json!(""), Err(Denied::Elsewhere)),
        (json!("/"), Err(Denied::Elsewhere)),
        (json!("/vodka"), Err(Denied::Elsewhere)),
        (json!("/shows/ep-1"), Err(Denied::Elsewhere)),
        (json!("/vod/shows/ep"), Err(Denied::Elsewhere)),
        (json!("/vod/shows/ep-10"), Err(Denied::Elsewhere)),
        (json!("/vod//shows/ep-1"), Err(Denied::Elsewhere)),
        (json!("/vod/SHOWS/EP-1"), Err(Denied::Elsewhere)),
        (json!("/vod/*"), Err(Denied::Elsewhere)),
        (json!("../shows/ep-1"), Err(Denied::Elsewhere)),
        (json!(null), Err(Denied::Invalid)),
        (json!(1), Err(Denied::Invalid)),
        (json!({ "shows/ep-1": true }), Err(Denied::Invalid)),
    ] {
        let mut payload = payload();
        payload["path"] = path.clone();
        let token = keyring.token("es.pem", &header(), &payload);
        assert_eq!(keyring.ask(&token, 1), want, "{path}");
    }
}

#[test]
fn a_token_is_of_the_titles_epoch_and_without_one_of_the_first() {
    let keyring = Keyring::new();
    let library = keyring.folder.path();
    for (epoch, want) in [
        (json!(null), [Ok(1000), Err(Denied::Revoked)]),
        (json!(0), [Ok(1000), Err(Denied::Revoked)]),
        (json!(1), [Err(Denied::Revoked), Ok(1000)]),
        (json!(2), [Err(Denied::Revoked), Err(Denied::Revoked)]),
        (json!(-1), [Err(Denied::Invalid), Err(Denied::Invalid)]),
        (json!("0"), [Err(Denied::Invalid), Err(Denied::Invalid)]),
        (json!(0.5), [Err(Denied::Invalid), Err(Denied::Invalid)]),
    ] {
        let token = keyring.token("es.pem", &header(), &with(payload(), &json!({ "epoch": epoch })));
        assert_eq!(keyring.ask(&token, 1), want[0], "{epoch}");
        change(library, &name(TITLE), Visibility::Restricted, Change { visibility: None, revoke: true }, 0).unwrap();
        keyring.access.refresh(0);
        assert_eq!(keyring.ask(&token, 1), want[1], "{epoch} after a revocation");
        std::fs::remove_dir_all(config::access::folder(library)).unwrap();
        std::fs::create_dir(config::access::folder(library)).unwrap();
        keyring.access.refresh(0);
    }
}

#[test]
fn a_changed_token_is_none() {
    let keyring = Keyring::new();
    let token = keyring.token("es.pem", &header(), &payload());
    let other = keyring.token("es.pem", &header(), &with(payload(), &json!({ "path": "/vod" })));
    let parts: Vec<&str> = token.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let swapped = other.split('.').nth(1).unwrap();
    assert_eq!(keyring.ask(&token, 1), Ok(1000));
    for changed in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        format!("{head}.{body}"),
        format!("{head}.{body}."),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        format!("{head}.{swapped}.{signature}"),
        format!("{head}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{token}."),
        format!("{token}.x"),
        format!("{token}="),
        format!("{token}A"),
        format!("{head}=.{body}.{signature}"),
        format!("{head}.{body}.{}", &signature[..signature.len() - 2]),
        format!("{head}.{body}.{}", "A".repeat(86)),
        format!("{head}.{body}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]),
        format!("{head}.{body}.+{}", &signature[1..]),
        format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode("not JSON")),
        format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","alg":"none"}"#)),
        format!("{token}{}", "A".repeat(5000)),
    ] {
        assert_eq!(keyring.ask(&changed, 1), Err(Denied::Invalid), "{changed}");
    }
}

#[test]
fn tokens_that_others_made_are_understood() {
    let library = tempfile::tempdir().unwrap();
    let mut settings = restricted();
    settings.jwt.keys = vec![Path::new(KEYS).join("set.json")];
    for (audience, want) in [("us", true), ("them", true), ("nobody", false), ("", false)] {
        settings.jwt.audience = audience.into();
        let access = Access::open(&settings, library.path()).unwrap();
        for token in ELSEWHERE_MADE {
            assert_eq!(ask(&access, "shows", token, 1).is_ok(), want, "{audience} {token}");
            let (message, signature) = token.rsplit_once('.').unwrap();
            let forged = format!("{message}.{}", signature.replacen(['p', 'H', 'R'], "A", 1));
            assert_eq!(ask(&access, "shows", &forged, 1), Err(Denied::Invalid), "{forged}");
        }
    }
}

#[test]
fn what_is_signed_here_is_taken_here() {
    let keyring = Keyring::new();
    let title = name(TITLE);
    assert_eq!(keyring.ask(&keyring.signer.sign_jwt(&title, 0, 1000, None).unwrap(), 1), Ok(1000));
    assert_eq!(keyring.ask(&keyring.signer.sign_jwt(&title, 0, 1000, Some("us")).unwrap(), 1), Ok(1000));
    assert_eq!(keyring.ask(&keyring.signer.sign_jwt(&title, 1, 1000, None).unwrap(), 1), Err(Denied::Revoked));
    let for_others = keyring.signer.sign_jwt(&title, 0, 1000, Some("them")).unwrap();
    assert_eq!(keyring.ask(&for_others, 1), Err(Denied::Audience));
    assert_eq!(keyring.signer.sign(&title, 0, 1000), None, "for JSON Web Tokens alone");
    let mut public = restricted();
    public.jwt.keys = vec![Path::new(KEYS).join("rsa-public.pem")];
    assert_eq!(Signer::for_jwt(&public).unwrap().sign_jwt(&title, 0, 1000, None), None);
}

proptest! {
    #[test]
    fn any_text_is_borne(token in "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}|\\PC{0,60}") {
        let library = tempfile::tempdir().unwrap();
        let mut settings = restricted();
        settings.jwt.keys = vec![Path::new(KEYS).join("set.json")];
        let access = Access::open(&settings, library.path()).unwrap();
        prop_assert!(ask(&access, "shows", &token, 1).is_err());
    }
}
