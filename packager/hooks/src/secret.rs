//! Secrets and signatures of the Standard Webhooks specification, version 1.0.0.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;

/// Secrets below this are guessed: half of SHA-256's output (RFC 2104 §3).
const SHORTEST: usize = 16;
/// Begins a secret that is written in base64.
const PREFIX: &str = "whsec_";
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why the secrets can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("setting hooks.secret_file: can't read {}: {source}; name a file that this user may read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A line is no secret.
    #[error(
        "setting hooks.secret_file: {}:{line}: {why}; `echo whsec_$(openssl rand -base64 32)` makes a good one",
        .path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The fault.
        why: &'static str,
    },
}

/// The secrets that requests are signed with.
pub(crate) struct Secrets(Vec<hmac::Key>);

impl Secrets {
    /// Reads them, one a line.
    pub(crate) fn read(path: &Path) -> Result<Self, SecretError> {
        let text = fs::read_to_string(path).map_err(|source| SecretError::Read { path: path.into(), source })?;
        Self::parse(&text).map_err(|(line, why)| SecretError::Line { path: path.into(), line, why })
    }

    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        let keys = lines.map(|(at, line)| key(line).map_err(|why| (at + 1, why))).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err((1, "there is no secret")) } else { Ok(Self(keys)) }
    }

    /// The header `webhook-signature` of a message: a signature by each secret, so that the receiver may change its own
    /// before or after.
    pub(crate) fn sign(&self, id: &str, seconds: u64, body: &str) -> String {
        let signed = format!("{id}.{seconds}.{body}");
        let by = |key| format!("v1,{}", STANDARD.encode(hmac::sign(key, signed.as_bytes())));
        self.0.iter().map(by).collect::<Vec<_>>().join(" ")
    }
}

fn key(line: &str) -> Result<hmac::Key, &'static str> {
    let bytes = match line.strip_prefix(PREFIX) {
        Some(encoded) => ANY_PADDING.decode(encoded).map_err(|_| "what stands after whsec_ is not base64")?,
        None => line.as_bytes().to_vec(),
    };
    if bytes.len() < SHORTEST {
        return Err("the secret has fewer than 16 bytes, so that it can be guessed");
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// True if others than its owner may read or write the file with the secrets.
///
/// # Errors
/// When it can't be read, or holds none.
pub fn is_exposed(path: &Path) -> Result<bool, SecretError> {
    Secrets::read(path)?;
    let metadata = fs::metadata(path).map_err(|source| SecretError::Read { path: path.into(), source })?;
    Ok(metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    const EXAMPLE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secrets = Secrets::parse(EXAMPLE).unwrap();
        let signature = secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs() {
        let both = Secrets::parse(&format!("{EXAMPLE}\n\n  a secret of enough bytes  \r\n")).unwrap();
        let alone = Secrets::parse("a secret of enough bytes").unwrap();
        let (signed, second) = (both.sign("a", 1, "{}"), alone.sign("a", 1, "{}"));
        assert_eq!(signed.split(' ').nth(1), Some(second.as_str()));
    }

    #[test]
    fn what_is_no_secret_is_said_with_its_line() {
        for (text, line) in [("", 1), ("\n \n", 1), ("short", 1), ("a secret of enough bytes\nwhsec_?", 2)] {
            assert_eq!(Secrets::parse(text).err().map(|(at, _)| at), Some(line), "{text:?}");
        }
        assert!(Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA==").is_ok());
        assert!(Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA").is_ok());
    }
}
