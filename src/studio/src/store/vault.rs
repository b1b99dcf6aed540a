//! Sealing of what the database must hold, but nobody should read there: its key lies in the folder of the state, so
//! who reads the database alone, or a copy of it, learns nothing.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use tempfile::NamedTempFile;

use super::error::StoreError;

/// The key's file in the folder of the state. A backup holds it, too.
pub const KEY_FILE: &str = "studio.key";
/// Its length, bytes.
const LENGTH: usize = 32;

/// A key that seals and opens. Clones share it.
#[derive(Clone)]
pub struct Vault(Arc<LessSafeKey>);

/// Something can't be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// It was sealed by another key, or for another place.
    #[error("{KEY_FILE} in the folder of the state is not the key that the database was sealed with: restore it")]
    Foreign,
}

/// A key that is written, and not in its place yet.
#[derive(Debug)]
pub(super) struct Staged {
    file: NamedTempFile,
    path: PathBuf,
}

impl Staged {
    /// Puts it into its place.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn put(self) -> Result<(), StoreError> {
        let Self { file, path } = self;
        let put = file.persist(&path).map(drop).map_err(|error| error.error);
        let folder = path.parent().unwrap_or(Path::new("."));
        put.and_then(|()| fs::File::open(folder)?.sync_all()).map_err(|source| StoreError::Folder { path, source })
    }
}

impl Vault {
    /// The key in the folder `state`, which is made where there is none.
    ///
    /// # Errors
    /// When it can't be read or made.
    pub fn open(state: &Path) -> Result<Self, StoreError> {
        let path = state.join(KEY_FILE);
        let failed = |source| StoreError::Folder { path: path.clone(), source };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make(state, &path).map_err(failed)?;
                // Another program may have been first.
                fs::read(&path).map_err(failed)?
            }
            Err(error) => return Err(failed(error)),
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
        let key = key.map_err(|_| failed(std::io::Error::other("it does not hold a key of 32 bytes")))?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// The key in the folder `state`, base 64, for a backup.
    ///
    /// # Errors
    /// When it can't be read or made.
    pub(super) fn key(state: &Path) -> Result<String, StoreError> {
        Self::open(state)?;
        let path = state.join(KEY_FILE);
        let bytes = fs::read(&path).map_err(|source| StoreError::Folder { path, source })?;
        Ok(STANDARD_NO_PAD.encode(bytes))
    }

    /// Writes the `key` of a backup into the folder `state`, to be put in the place of the one that is there.
    ///
    /// # Errors
    /// When it is none, or can't be written.
    pub(super) fn stage(state: &Path, key: &str) -> Result<Staged, StoreError> {
        let path = state.join(KEY_FILE);
        let bytes = STANDARD_NO_PAD.decode(key).ok().filter(|bytes| bytes.len() == LENGTH);
        let bytes = bytes.ok_or_else(|| StoreError::Damaged { column: "studio.key", value: "another text".into() })?;
        let written = folder(state).and_then(|()| {
            let mut file = NamedTempFile::new_in(state)?;
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        match written {
            Ok(file) => Ok(Staged { file, path }),
            Err(source) => Err(StoreError::Folder { path, source }),
        }
    }

    /// Seals `content` for `place`, which has to be named to open it.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal(&self, place: &str, content: &[u8]) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let mut sealed = content.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed)
            .map_err(|_| VaultError::Random)?;
        Ok(STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// When it was not, or by another key.
    pub fn open_sealed(&self, place: &str, sealed: &str) -> Result<Vec<u8>, VaultError> {
        let mut bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| VaultError::Foreign)?;
        let (nonce, content) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Foreign)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Foreign)?;
        let opened = self.0.open_in_place(nonce, Aad::from(place), content).map_err(|_| VaultError::Foreign)?;
        Ok(opened.to_vec())
    }
}

/// Makes a key, unless one appeared meanwhile. It is whole whenever it is there.
fn make(state: &Path, path: &Path) -> std::io::Result<()> {
    folder(state)?;
    let mut key = [0; LENGTH];
    SystemRandom::new().fill(&mut key).map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
    let mut file = NamedTempFile::new_in(state)?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => fs::File::open(state)?.sync_all(),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

/// Makes the folder, for its owner alone.
fn folder(state: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(state)
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_alone() {
        let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let vault = Vault::open(folder.path()).unwrap();
        let sealed = vault.seal("here", b"content").unwrap();
        let again = Vault::open(folder.path()).unwrap();
        assert_eq!(again.open_sealed("here", &sealed).unwrap(), b"content");
        assert!(again.open_sealed("there", &sealed).is_err());
        assert!(Vault::open(other.path()).unwrap().open_sealed("here", &sealed).is_err());
        for damaged in ["", "AAAA", &sealed[1..], "é"] {
            assert!(vault.open_sealed("here", damaged).is_err(), "{damaged}");
        }
        let mode = fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
