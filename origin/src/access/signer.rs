//! Making tokens.

use std::path::Path;

use config::access::{self, AccessError};
use config::origin::Origin;
use config::tree::TitleName;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::error::SetupError;
use super::{jwt, signed};

/// Makes tokens, with the keys that settings name or with the library's own.
#[derive(Debug)]
pub struct Signer {
    signed: signed::SigningKeys,
    jwt: Option<jwt::JwtKeys>,
}

impl Signer {
    /// Reads the keys. Where `settings` name none for signed tokens, the library's own is used; a library that has none
    /// yet is given one.
    ///
    /// # Errors
    /// When a key can't be read, used or made.
    pub fn open(settings: &Origin, library: &Path) -> Result<Self, SetupError> {
        let signed = match signed::SigningKeys::load(&settings.signing_keys)? {
            Some(named) => named,
            None => signed::SigningKeys::of_library(&access::key_or(library, random(library)?)?),
        };
        Ok(Self { signed, jwt: jwt::JwtKeys::load(&settings.jwt.keys, &settings.jwt.audience)? })
    }

    /// Reads the keys for JSON Web Tokens alone: the library's own key is neither needed nor made.
    ///
    /// # Errors
    /// When a key can't be read or used.
    pub fn for_jwt(settings: &Origin) -> Result<Self, SetupError> {
        let jwt = jwt::JwtKeys::load(&settings.jwt.keys, &settings.jwt.audience)?;
        Ok(Self { signed: signed::SigningKeys::default(), jwt })
    }

    /// A signed token that opens `title` at `epoch` until `expires` (seconds since the Unix epoch). `None` without a key.
    #[must_use]
    pub fn sign(&self, title: &TitleName, epoch: u64, expires: u64) -> Option<String> {
        self.signed.sign(title.as_str(), epoch, expires)
    }

    /// The same as a JSON Web Token, for `audience` where it is not that of the settings. `None` without a secret or a
    /// private key to sign with.
    #[must_use]
    pub fn sign_jwt(&self, title: &TitleName, epoch: u64, expires: u64, audience: Option<&str>) -> Option<String> {
        self.jwt.as_ref()?.sign(title.as_str(), epoch, expires, audience)
    }
}

fn random(library: &Path) -> Result<[u8; 32], AccessError> {
    let mut bytes = [0; 32];
    let source = std::io::Error::other("the system gives no random bytes");
    let refused = |_| AccessError::Disk { what: "make", path: access::folder(library).join(access::KEY), source };
    SystemRandom::new().fill(&mut bytes).map_err(refused)?;
    Ok(bytes)
}
