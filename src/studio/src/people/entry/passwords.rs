//! Hashing passwords: argon2id, on threads that may block, few at once.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::Semaphore;

/// Hashes at once: each takes 19 MiB and a processor for some 30 ms.
const AT_ONCE: usize = 2;

/// Hashes passwords and holds them against hashes.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody has. Who is unknown is held against it, so that the answer takes as long.
    nobody: Arc<str>,
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

impl Passwords {
    /// Ready to hash.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new() -> Result<Self, HashError> {
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobody: hash("nobody has this one")?.into() })
    }

    /// The hash of `password`, as a PHC string.
    ///
    /// # Errors
    /// When the system gives no random bytes or no memory.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.in_turn(move || hash(&password)).await?
    }

    /// True if `password` is the one of the hash. Without a hash the answer is no, after the same time.
    ///
    /// # Errors
    /// When the hash is none.
    pub async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool, HashError> {
        let against = hash.clone().unwrap_or_else(|| self.nobody.to_string());
        let matches = self
            .in_turn(move || {
                let parsed = PasswordHash::new(&against).map_err(|error| HashError(error.to_string()))?;
                Ok::<_, HashError>(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await??;
        Ok(matches && hash.is_some())
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|error| HashError(error.to_string()))?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| HashError(error.to_string()))
    }
}

/// argon2id with 19 MiB, two passes and one lane (OWASP's recommendation, and the crate's default).
fn hash(password: &str) -> Result<String, HashError> {
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt).map_err(|_| HashError("the system gives no random bytes".into()))?;
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hashed.map_err(|error| HashError(error.to_string()))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_match_their_own_hashes_alone() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.is_right("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.is_right("correct horse batterx".into(), Some(hash)).await.unwrap());
        assert!(!passwords.is_right("nobody has this one".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn who_is_unknown_waits_for_the_same_work() {
        let passwords = Passwords::new().unwrap();
        let known = passwords.hash("correct horse battery".into()).await.unwrap();
        let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(&passwords.nobody), parameters(&known), "the same algorithm at the same cost");
        for hash in [Some(known), None] {
            let turns = Arc::clone(&passwords.turns).acquire_many_owned(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
            let judged = passwords.is_right("wrong".into(), hash);
            tokio::pin!(judged);
            let early = tokio::time::timeout(std::time::Duration::from_millis(20), &mut judged).await;
            assert!(early.is_err(), "it answers without a turn to hash");
            drop(turns);
            assert!(!judged.await.unwrap());
        }
    }
}
