//! What all pages and API calls share: who asks, what is refused before a handler sees it, and how errors look.

pub mod body;
pub mod caller;
pub mod cursor;
pub mod etag;
pub mod headers;
pub mod idempotency;
pub mod limits;
pub mod panics;
pub mod path;
pub mod problem;
pub mod site;

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use config::settings::Studio as Settings;
use tokio::sync::Semaphore;

use crate::meters::Meters;
use crate::model::Micros;
use crate::people::Passwords;
use crate::people::mail::Post;
use crate::people::oidc::Directory;
use crate::ports::Ports;
use crate::store::Store;
use crate::store::vault::Vault;
use crate::titles::progress::live::Live;
use crate::titles::progress::streams::Streams;
use crate::uploads::turns::Turns;
use limits::Limits;

/// All that handlers work with. Clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// The parts of it.
#[derive(Debug)]
pub struct Parts {
    /// The settings.
    pub settings: Settings,
    /// The database.
    pub store: Store,
    /// The rest of the program.
    pub ports: Ports,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Seals what the database holds.
    pub vault: Vault,
    /// The way to the mail server.
    pub post: Post,
    /// What providers to sign in at say of themselves.
    pub providers: Directory,
    /// Rates.
    pub limits: Limits,
    /// Metrics.
    pub meters: Meters,
    /// The folder of the studio's data.
    pub state: PathBuf,
    /// Who writes to which upload.
    pub uploads: Turns,
    /// Titles that are being made.
    pub live: Live,
    /// Streams of events that are open.
    pub streams: Streams,
    /// Turns of those who make pictures anew: each takes much memory.
    pub pictures: Arc<Semaphore>,
}

impl App {
    /// Shares `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Micros {
        (self.ports.clock)()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
