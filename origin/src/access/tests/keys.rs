//! Files that hold keys, and files that do not.

use std::path::PathBuf;

use super::super::keys::load;
use super::*;

/// Public keys made with openssl, and the set that PyJWT made of them.
pub(super) const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys");

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    file
}

#[test]
fn a_file_says_which_algorithm_its_keys_are_for() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |name: &str| PathBuf::from(KEYS).join(name);
    let jwk = r#"{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}"#;
    for (file, want) in [
        (kept("ec-public.pem"), &[(Some("ec-public"), "ES256")][..]),
        (kept("rsa-public.pem"), &[(Some("rsa-public"), "RS256")]),
        (kept("set.json"), &[(Some("rsa"), "RS256"), (Some("ec"), "ES256"), (Some("secret"), "HS256")]),
        (file(&folder, "one.json", jwk), &[(None, "HS256")]),
        (file(&folder, "plain.key", "0123456789abcdef0123456789abcdef\n"), &[(Some("plain"), "HS256")]),
    ] {
        let keys = load(&file).unwrap();
        let found: Vec<_> = keys.iter().map(|key| (key.id.as_deref(), key.material.algorithm())).collect();
        assert_eq!(found, want, "{}", file.display());
    }
}

#[test]
fn what_is_no_key_is_refused_by_name_and_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |name: &str| PathBuf::from(KEYS).join(name);
    let secret = "0123456789abcdef0123456789abcdef";
    for (file, says) in [
        (folder.path().join("none.key"), "No such file"),
        (file(&folder, "short.key", &secret[1..]), "at least 32 bytes"),
        (file(&folder, "der.key", [b"0\x82".as_slice(), &[200; 300]].concat()), "neither PEM, nor JSON"),
        (file(&folder, "ssh.key", format!("ssh-rsa {secret} me@here")), "neither PEM, nor JSON"),
        (file(&folder, "a b.key", secret), "letters, digits"),
        (file(&folder, "odd.json", "{"), "no JSON Web Key or set"),
        (file(&folder, "empty.json", r#"{"keys":[]}"#), "no key for HS256, RS256 or ES256"),
        (file(&folder, "list.json", r#"{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"EC","crv":"P-384"}]}"#), "no key for"),
        (file(&folder, "hs512.json", format!(r#"{{"kty":"oct","alg":"HS512","k":"{secret}{secret}"}}"#)), "no key for"),
        (file(&folder, "sec1.pem", pem("EC PRIVATE KEY")), "openssl pkcs8"),
        (file(&folder, "certificate.pem", pem("CERTIFICATE")), "a PUBLIC KEY or a PRIVATE KEY is wanted"),
        (file(&folder, "private.pem", pem("PRIVATE KEY")), "no private key"),
        (file(&folder, "broken.pem", "-----BEGIN PUBLIC KEY-----\n"), "no PEM"),
        (kept("p384-public.pem"), "no RSA key of 2048"),
        (kept("rsa-1024-public.pem"), "no RSA key of 2048"),
    ] {
        let mut settings = Origin::default();
        settings.jwt.keys = vec![file.clone()];
        let error = Access::open(&settings, folder.path()).unwrap_err().to_string();
        let begins = format!("setting origin.jwt.keys: {}: ", file.display());
        assert!(error.starts_with(&begins) && error.contains(says), "{error}");
    }
    for (file, says) in [
        (folder.path().join("none.key"), "name a file that this user can read"),
        (file(&folder, "brief.key", "0123456789abcde\n\n"), "at least 16 bytes"),
        (file(&folder, "c d.key", secret), "letters, digits"),
    ] {
        let begins = format!("setting origin.signing_keys: {}: ", file.display());
        let settings = Origin { signing_keys: vec![file], ..Origin::default() };
        let error = Access::open(&settings, folder.path()).unwrap_err().to_string();
        assert!(error.starts_with(&begins) && error.contains(says), "{error}");
    }
}

fn pem(label: &str) -> String {
    format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n")
}
