//! A provider that says what it is told to say.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use ring::{digest, hmac};
use serde_json::{Value, json};

/// How it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    None,
    Issuer,
    Audience,
    OtherAudience,
    Nonce,
    NoNonce,
    AlgNone,
    HmacWithPublicKey,
    HmacWithSecret,
    OtherKey,
    Expired,
    IssuerOfDocument,
    Redirect,
    /// No lie: it has another key by now.
    Rotated,
}

#[derive(Debug)]
pub(super) struct Told {
    pub(super) lie: Lie,
    pub(super) nonce: String,
    pub(super) challenge: String,
    pub(super) email: String,
    /// How often its document was asked for.
    pub(super) asked: usize,
}

/// It, which serves until the test ends.
pub(super) struct Liar {
    pub(super) issuer: String,
    pub(super) told: Arc<Mutex<Told>>,
}

struct Keys {
    own: EcdsaKeyPair,
    other: EcdsaKeyPair,
}

impl Liar {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let told =
            Told { lie: Lie::None, nonce: String::new(), challenge: String::new(), email: String::new(), asked: 0 };
        let told = Arc::new(Mutex::new(told));
        let (name, shared) = (issuer.clone(), Arc::clone(&told));
        thread::spawn(move || {
            let keys = Keys { own: key(), other: key() };
            for stream in listener.incoming() {
                serve(stream.unwrap(), &name, &shared, &keys);
            }
        });
        Self { issuer, told }
    }
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

fn serve(mut stream: TcpStream, issuer: &str, told: &Mutex<Told>, keys: &Keys) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut told = told.lock().unwrap();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, answer) = match path.as_str() {
        "/.well-known/openid-configuration" => {
            told.asked += 1;
            document(issuer, told.lie)
        }
        "/jwks" => ("200 OK", jwks(keys, told.lie)),
        "/token" => token(issuer, &told, keys, &String::from_utf8_lossy(&body)),
        _ => ("404 Not Found", json!({})),
    };
    let text = answer.to_string();
    let location = if status.starts_with("302") { format!("Location: {issuer}/moved\r\n") } else { String::new() };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    let _ = stream.write_all(format!("{head}{text}").as_bytes());
}

fn document(issuer: &str, lie: Lie) -> (&'static str, Value) {
    let named = if lie == Lie::IssuerOfDocument { "http://127.0.0.1:1" } else { issuer };
    let status = if lie == Lie::Redirect { "302 Found" } else { "200 OK" };
    let document = json!({
        "issuer": named,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    });
    (status, document)
}

fn jwks(keys: &Keys, lie: Lie) -> Value {
    let (key, id) = if lie == Lie::Rotated { (&keys.other, "k2") } else { (&keys.own, "k") };
    let point = key.public_key().as_ref();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
        "x": part(&point[1..33]), "y": part(&point[33..]),
    }] })
}

fn token(issuer: &str, told: &Told, keys: &Keys, form: &str) -> (&'static str, Value) {
    let verifier = form.split('&').find_map(|pair| pair.strip_prefix("code_verifier=")).unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    if challenge != told.challenge {
        return ("400 Bad Request", json!({ "error": "invalid_grant" }));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({
        "iss": issuer, "aud": "studio", "sub": "u-1", "iat": now, "exp": now + 300, "nonce": told.nonce,
        "preferred_username": "Anna", "email": told.email, "email_verified": true,
    });
    match told.lie {
        Lie::Issuer => claims["iss"] = json!(format!("{issuer}/")),
        Lie::Audience => claims["aud"] = json!("another"),
        Lie::OtherAudience => claims["aud"] = json!(["studio", "another"]),
        Lie::Nonce => claims["nonce"] = json!("another"),
        Lie::NoNonce => drop(claims.as_object_mut().unwrap().remove("nonce")),
        Lie::Expired => (claims["iat"], claims["exp"]) = (json!(now - 7200), json!(now - 3600)),
        _ => {}
    }
    let id_token = signed(&claims, told.lie, keys);
    ("200 OK", json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": id_token }))
}

fn signed(claims: &Value, lie: Lie, keys: &Keys) -> String {
    let alg = match lie {
        Lie::AlgNone => "none",
        Lie::HmacWithPublicKey | Lie::HmacWithSecret => "HS256",
        _ => "ES256",
    };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!(
        "{}.{}",
        part(&json!({ "alg": alg, "kid": if lie == Lie::Rotated { "k2" } else { "k" } })),
        part(claims)
    );
    let mac = |key: &[u8]| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
        tag.as_ref().to_vec()
    };
    let by = |key: &EcdsaKeyPair| key.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec();
    let signature = match lie {
        Lie::AlgNone => Vec::new(),
        Lie::HmacWithPublicKey => mac(keys.own.public_key().as_ref()),
        Lie::HmacWithSecret => mac(b"a secret of the studio's own"),
        Lie::OtherKey | Lie::Rotated => by(&keys.other),
        _ => by(&keys.own),
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
