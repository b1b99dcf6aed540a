//! Access to titles: which are listed, which need a token, and which tokens are good.
//!
//! A token names one title and its epoch. There are two kinds: signed ones ([`Signer::sign`]) and JSON Web Tokens
//! (RFC 7519). A request carries one before its path, `/vod/~<token>/<title>/…`, so that the relative URLs of playlists
//! and MPDs inherit it (RFC 3986 §5.2); in its query, `?token=<token>`, for one URL; or in `Authorization: Bearer`
//! (RFC 6750).
//!
//! A restricted title without a good token is answered as one that does not exist. So [`Access::check`] says no more than
//! that; what was wrong with a token is for the debug log alone.

mod error;
mod jwt;
mod keys;
mod records;
mod signed;
mod signer;
mod token;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use config::origin::Origin;

use error::Denied;
pub use error::SetupError;
pub use records::Standing;
use records::{RecordsFolder, Snapshot};
pub use signer::Signer;
pub use token::{Carrier, Credentials, split_token, without_tokens};

/// Access to the titles of one library.
#[derive(Debug)]
pub struct Access {
    jwt: Option<jwt::JwtKeys>,
    /// The library's folder of records, as it was last read.
    folder: Mutex<RecordsFolder>,
    current: ArcSwap<Snapshot>,
    /// True once [`Access::refresh`] was called.
    refreshed: AtomicBool,
}

/// Permission to see a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// The title is open to everyone; tokens are not looked at.
    Open,
    /// It carries a good token.
    Token {
        /// The end of its validity, seconds since the Unix epoch.
        expires: u64,
        /// Its place in the request.
        carrier: Carrier,
    },
}

impl Access {
    /// Reads the records of `library` and the keys that `settings` name. The library is never written to.
    ///
    /// # Errors
    /// When a file of either can't be read or used, or a key's name can't stand in a token.
    pub fn open(settings: &Origin, library: &Path) -> Result<Self, SetupError> {
        let named = signed::SigningKeys::load(&settings.signing_keys)?.map(Arc::new);
        let jwt = jwt::JwtKeys::load(&settings.jwt.keys, &settings.jwt.audience)?;
        let mut folder = RecordsFolder::new(library, settings.visibility, named);
        let current = folder.open()?;
        Ok(Self::new(jwt, folder, current))
    }

    /// The same library under other settings. Records that can't be read now stay in force as they were last known.
    ///
    /// # Errors
    /// When a key that `settings` name can't be read or used.
    pub fn reopen(&self, settings: &Origin) -> Result<Self, SetupError> {
        let named = signed::SigningKeys::load(&settings.signing_keys)?.map(Arc::new);
        let jwt = jwt::JwtKeys::load(&settings.jwt.keys, &settings.jwt.audience)?;
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner).under(settings.visibility, named);
        let current = folder.reread();
        Ok(Self::new(jwt, folder, current))
    }

    fn new(jwt: Option<jwt::JwtKeys>, folder: RecordsFolder, current: Snapshot) -> Self {
        let current = ArcSwap::from_pointee(current);
        Self { jwt, folder: Mutex::new(folder), current, refreshed: AtomicBool::new(false) }
    }

    /// Reads what has changed in the library's folder of records; where nothing has, that is one system call. `now` is in
    /// nanoseconds since the Unix epoch. True if any title stands otherwise than before, and the first time: then lists
    /// of titles have to be made anew.
    ///
    /// Records that can't be read, or are gone, stay in force as they were last known, and the log says so once: a title
    /// that was restricted stays restricted. Where none were ever read, those that can't be close every title.
    pub fn refresh(&self, now: u128) -> bool {
        // Every field of it is whole whoever panicked while holding it.
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !self.refreshed.swap(true, Ordering::Relaxed);
        let Some(read) = folder.refresh(now) else { return first };
        let differs = self.current.load().titles != read.titles;
        self.current.store(Arc::new(read));
        first || differs
    }

    /// The standing of `title`: one look-up by its name.
    #[must_use]
    pub fn of(&self, title: &str) -> Standing {
        self.current.load().titles.of(title)
    }

    /// True if no title needs a token: then nothing has to be looked up for a request.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        self.current.load().open_to_all
    }

    /// Decides on a request for anything of `title` at `now` (seconds since the Unix epoch). `None`: for this client the
    /// title does not exist, and it must be answered so.
    #[must_use]
    pub fn check(&self, title: &str, shown: &Credentials<'_>, now: u64) -> Option<Grant> {
        self.judge(title, shown, now).inspect_err(|why| tracing::debug!("{title}: {why}")).ok()
    }

    fn judge(&self, title: &str, shown: &Credentials<'_>, now: u64) -> Result<Grant, Denied> {
        let current = self.current.load();
        let epoch = match current.titles.of(title) {
            Standing::Public | Standing::Unlisted => return Ok(Grant::Open),
            Standing::Restricted { epoch } => epoch,
            Standing::Closed => return Err(Denied::Closed),
        };
        let mut denied = Denied::Missing;
        for (carrier, token) in shown.tokens() {
            match self.expiry(&current.signed, token, title, epoch, now) {
                Ok(expires) => return Ok(Grant::Token { expires, carrier }),
                Err(why) => denied = why,
            }
        }
        Err(denied)
    }

    /// When `token` ends, if it is good for `title` at `epoch` and `now`. The two kinds are told apart by their dots.
    fn expiry(
        &self,
        signed: &signed::SigningKeys,
        token: &str,
        title: &str,
        epoch: u64,
        now: u64,
    ) -> Result<u64, Denied> {
        match token.bytes().filter(|b| *b == b'.').count() {
            2 => self.jwt.as_ref().ok_or(Denied::Invalid)?.check(token, title, epoch, now),
            _ => signed.check(token, title, epoch, now),
        }
    }
}

#[cfg(test)]
mod tests;
