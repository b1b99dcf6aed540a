//! Files with keys. What a key is for follows from its file alone, never from a token: with a public key in the place of
//! a secret anyone could sign (RFC 8725 §2.1).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ring::{hmac, signature};
use serde::Deserialize;
use spki::SubjectPublicKeyInfoRef;
use spki::der::{Decode as _, pem};

/// RFC 7518 §3.2: a secret at least as long as the digest.
const SHORTEST_HS256_SECRET: usize = 32;
/// RFC 7518 §3.3: RSA from 2048 bits on.
const SHORTEST_MODULUS: usize = 256;
const RSA: spki::ObjectIdentifier = spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: spki::ObjectIdentifier = spki::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: spki::ObjectIdentifier = spki::ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// A key that tokens may be signed with: its name (`kid`), and what it can do.
#[derive(Debug)]
pub(super) struct JwtKey {
    pub(super) id: Option<String>,
    pub(super) material: Material,
}

/// Key material, which decides the algorithm.
#[derive(Debug)]
pub(super) enum Material {
    /// HS256.
    Secret(hmac::Key),
    /// RS256; signs too where the file has the private key.
    Rsa(UnparsedPublicKey<Vec<u8>>, Option<Box<RsaKeyPair>>),
    /// RS256, from a JWK.
    RsaParts(RsaPublicKeyComponents<Vec<u8>>),
    /// ES256; signs too where the file has the private key.
    P256(UnparsedPublicKey<Vec<u8>>, Option<Box<EcdsaKeyPair>>),
}

impl Material {
    /// Its one algorithm, by its name in tokens (RFC 7518 §3.1).
    pub(super) const fn algorithm(&self) -> &'static str {
        match self {
            Self::Secret(_) => "HS256",
            Self::Rsa(..) | Self::RsaParts(_) => "RS256",
            Self::P256(..) => "ES256",
        }
    }

    /// True if `signature` is this key's of `message`. Secrets are compared in constant time.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Secret(key) => hmac::verify(key, message, signature),
            Self::Rsa(key, _) | Self::P256(key, _) => key.verify(message, signature),
            Self::RsaParts(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        }
        .is_ok()
    }

    /// Signs `message`; `None` where this is a public key.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Secret(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
            Self::Rsa(_, Some(pair)) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::P256(_, Some(pair)) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Self::Rsa(_, None) | Self::RsaParts(_) | Self::P256(_, None) => None,
        }
    }
}

/// The keys in `file`: a PEM file with a public or private key (RS256 or ES256 by its kind), a JSON Web Key or a set of
/// them (RFC 7517), or else a secret (HS256). All but those of a set are named by their file, without the extension. Where that fails, why.
pub(super) fn load(file: &Path) -> Result<Vec<JwtKey>, String> {
    let content = read(file)?;
    if content.starts_with(b"-----BEGIN") {
        return Ok(vec![JwtKey { id: Some(file_name(file)?), material: from_pem(&content)? }]);
    }
    if content.starts_with(b"{") {
        let keys = from_json(&content).map_err(|error| format!("it is no JSON Web Key or set: {error}"))?;
        return if keys.is_empty() { Err("it has no key for HS256, RS256 or ES256".into()) } else { Ok(keys) };
    }
    let secret = secret(file, SHORTEST_HS256_SECRET)?;
    // A public key in DER, or one of another tool's, is no secret.
    if !secret.iter().all(u8::is_ascii_graphic) {
        return Err("it is neither PEM, nor JSON, nor a secret of printable ASCII without spaces".into());
    }
    let material = Material::Secret(hmac::Key::new(hmac::HMAC_SHA256, &secret));
    Ok(vec![JwtKey { id: Some(file_name(file)?), material }])
}

/// The name of the key in `file`.
pub(super) fn file_name(file: &Path) -> Result<String, String> {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err("its name must be of letters, digits, - and _, as it stands in tokens".into());
    }
    Ok(name.to_owned())
}

/// The secret in `file`, of at least `shortest` bytes.
pub(super) fn secret(file: &Path, shortest: usize) -> Result<Vec<u8>, String> {
    let content = read(file)?;
    if content.len() < shortest {
        return Err(format!("a secret has at least {shortest} bytes; `openssl rand -hex 32` makes one"));
    }
    Ok(content)
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    match std::fs::read(file) {
        Ok(content) => Ok(content.trim_ascii_end().to_vec()),
        Err(error) => Err(format!("{error}; name a file that this user can read")),
    }
}

fn from_pem(text: &[u8]) -> Result<Material, String> {
    let (label, der) = pem::decode_vec(text).map_err(|error| format!("it is no PEM: {error}"))?;
    match label {
        "PUBLIC KEY" => {
            from_public(&der).ok_or_else(|| "it is no RSA key of 2048 to 8192 bits and no P-256 key".into())
        }
        "PRIVATE KEY" => from_private(&der),
        other => Err(format!(
            "it holds a {other}; a PUBLIC KEY or a PRIVATE KEY is wanted: `openssl pkey -pubout` and `openssl pkcs8 \
             -topk8 -nocrypt` make them"
        )),
    }
}

fn from_public(der: &[u8]) -> Option<Material> {
    let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
    let key = info.subject_public_key.as_bytes()?;
    match info.algorithm.oid {
        RSA if key.len() > SHORTEST_MODULUS => Some(Material::Rsa(rsa(key), None)),
        EC if info.algorithm.parameters_oid() == Ok(P256) => Some(Material::P256(p256(key)?, None)),
        _ => None,
    }
}

fn from_private(der: &[u8]) -> Result<Material, String> {
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new()) {
        let public = p256(pair.public_key().as_ref()).ok_or("its public key is none")?;
        return Ok(Material::P256(public, Some(Box::new(pair))));
    }
    let refuse = |why| format!("it is no private key for ES256 (P-256), and none for RS256: {why}");
    let pair = RsaKeyPair::from_pkcs8(der).map_err(refuse)?;
    Ok(Material::Rsa(rsa(pair.public_key().as_ref()), Some(Box::new(pair))))
}

fn rsa(key: &[u8]) -> UnparsedPublicKey<Vec<u8>> {
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.to_vec())
}

/// A point that is not compressed (SEC 1 §2.3.3).
fn p256(point: &[u8]) -> Option<UnparsedPublicKey<Vec<u8>>> {
    let algorithm: &'static dyn signature::VerificationAlgorithm = &ECDSA_P256_SHA256_FIXED;
    (point.len() == 65 && point.starts_with(&[4])).then(|| UnparsedPublicKey::new(algorithm, point.to_vec()))
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<serde_json::Value>,
}

/// A key of RFC 7517 and 7518 §6, with the members that ours have.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    k: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// RFC 7517 §5: keys of a set that can't be used are passed over.
fn from_json(text: &[u8]) -> serde_json::Result<Vec<JwtKey>> {
    let value: serde_json::Value = serde_json::from_slice(text)?;
    let keys = if value.get("keys").is_some() { serde_json::from_value::<JwkSet>(value)?.keys } else { vec![value] };
    let key = |value| from_jwk(serde_json::from_value(value).ok()?);
    Ok(keys.into_iter().filter_map(key).collect())
}

fn from_jwk(jwk: Jwk) -> Option<JwtKey> {
    let bytes = |member: &Option<String>| URL_SAFE_NO_PAD.decode(member.as_deref()?).ok();
    let material = match jwk.kty.as_str() {
        "oct" => {
            let secret = bytes(&jwk.k).filter(|secret| secret.len() >= SHORTEST_HS256_SECRET)?;
            Material::Secret(hmac::Key::new(hmac::HMAC_SHA256, &secret))
        }
        "RSA" => {
            let n = bytes(&jwk.n).filter(|n| n.len() >= SHORTEST_MODULUS)?;
            Material::RsaParts(RsaPublicKeyComponents { n, e: bytes(&jwk.e)? })
        }
        "EC" if jwk.crv.as_deref() == Some("P-256") => {
            Material::P256(p256(&[vec![4], bytes(&jwk.x)?, bytes(&jwk.y)?].concat())?, None)
        }
        _ => return None,
    };
    let meant =
        jwk.alg.is_none_or(|alg| alg == material.algorithm()) && jwk.purpose.is_none_or(|purpose| purpose == "sig");
    meant.then_some(JwtKey { id: jwk.kid, material })
}
