//! The words of tus 1.0: headers of requests, and what they may say. All of it is pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

use crate::http::problem::Problem;

/// The version that is spoken.
pub const VERSION: &str = "1.0.0";
/// The extensions that are spoken, too.
pub const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";
/// The algorithms of checksums.
pub const CHECKSUMS: &str = "sha1,sha256";
/// The type of a body that holds bytes of an upload.
pub const CONTENT: &str = "application/offset+octet-stream";

/// The digest that a client claims of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// Its algorithm.
    pub algorithm: &'static Algorithm,
    /// The digest.
    pub digest: Vec<u8>,
}

/// Refuses another version than ours (tus 1.0, "Tus-Resumable").
///
/// # Errors
/// 412.
pub fn version(headers: &HeaderMap) -> Result<(), Problem> {
    if text(headers, "tus-resumable") == Some(VERSION) {
        return Ok(());
    }
    let detail = format!("this speaks tus {VERSION}: send the header 'Tus-Resumable: {VERSION}'");
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, "tus-version", &detail))
}

/// The length of an upload that is made.
///
/// # Errors
/// 400 where there is none.
pub fn length(headers: &HeaderMap) -> Result<i64, Problem> {
    if headers.contains_key("upload-defer-length") {
        return Err(Problem::bad_request("the length must be known at creation: send 'Upload-Length'"));
    }
    number(headers, "upload-length")
}

/// The offset that a body begins at.
///
/// # Errors
/// 400 where there is none.
pub fn offset(headers: &HeaderMap) -> Result<i64, Problem> {
    number(headers, "upload-offset")
}

/// True if the request's body holds bytes of an upload.
#[must_use]
pub fn has_content(headers: &HeaderMap) -> bool {
    text(headers, "content-type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case(CONTENT))
}

/// The digest that the body must have, where one is claimed.
///
/// # Errors
/// 400 for one of another algorithm, or none at all.
pub fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Problem> {
    if !headers.contains_key("upload-checksum") {
        return Ok(None);
    }
    let wrong = || Problem::bad_request("expected 'Upload-Checksum: sha1 BASE64' or 'sha256 BASE64'");
    let (name, digest) = text(headers, "upload-checksum").and_then(|text| text.split_once(' ')).ok_or_else(wrong)?;
    let algorithm = match name.to_ascii_lowercase().as_str() {
        "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &SHA256,
        _ => return Err(wrong()),
    };
    let digest = STANDARD.decode(digest.trim()).map_err(|_| wrong())?;
    if digest.len() != algorithm.output_len() {
        return Err(wrong());
    }
    Ok(Some(Checksum { algorithm, digest }))
}

fn number(headers: &HeaderMap, name: &str) -> Result<i64, Problem> {
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text(headers, name).filter(is_number).and_then(|text| text.parse().ok());
    number.ok_or_else(|| Problem::bad_request(&format!("expected the header '{name}' with a number of bytes")))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn numbers_are_digits_alone() {
        for (text, expected) in [("0", Some(0)), ("12", Some(12)), ("9223372036854775807", Some(i64::MAX))] {
            assert_eq!(length(&headers("upload-length", text)).ok(), expected);
        }
        for text in ["", "-1", "+1", "1.0", " ", "0x1", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(length(&headers("upload-length", text)).unwrap_err().status, 400, "{text}");
        }
        assert_eq!(length(&headers("upload-defer-length", "1")).unwrap_err().status, 400);
    }

    #[test]
    fn checksums_are_of_a_known_algorithm_and_its_length() {
        let of = |text: &str| checksum(&headers("upload-checksum", text));
        assert_eq!(of("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=").unwrap().unwrap().digest.len(), 20);
        assert_eq!(of("SHA256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").unwrap().unwrap().digest.len(), 32);
        assert_eq!(checksum(&HeaderMap::new()).unwrap(), None);
        for text in [
            "",
            "sha1",
            "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            "sha1 Kq5s",
            "sha1 ?",
            "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
        ] {
            assert_eq!(of(text).unwrap_err().status, 400, "{text}");
        }
    }

    #[test]
    fn one_version_is_spoken() {
        assert!(version(&headers("tus-resumable", "1.0.0")).is_ok());
        assert_eq!(version(&headers("tus-resumable", "0.2.2")).unwrap_err().status, 412);
        assert_eq!(version(&HeaderMap::new()).unwrap_err().status, 412);
    }
}
