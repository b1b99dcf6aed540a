//! The studio as a mount of the origin, on a runtime of its own for what it does by itself.

use std::sync::Arc;

use anyhow::Context as _;
use config::settings::Settings;
use origin::{Claim, Mount, Mounts};
use studio::{Claimed, Ports, Studio};
use tokio::runtime::{Builder, Runtime};

use super::ports::{Keys, OfLibrary, now};
use crate::exit::Failure;

/// Threads for what the studio does by itself; requests run on the mounts' runtime.
const THREADS: usize = 2;
/// Its name in the access log and the metrics.
const NAME: &str = "studio";

/// The studio of a process, until it is dropped.
pub(crate) struct House {
    studio: Studio,
    runtime: Runtime,
}

impl House {
    /// Opens the studio of `settings`, and lets it work.
    pub(crate) fn open(settings: &Settings) -> Result<Self, Failure> {
        let ports = ports(settings)?;
        let (runtime, studio) = blocking(Studio::open(&settings.studio, ports))?;
        let working = studio.clone();
        runtime.spawn(async move { working.run().await });
        Ok(Self { studio, runtime })
    }

    /// The mounts of an origin that has it.
    pub(crate) fn mounts(&self) -> Result<Mounts, Failure> {
        let claims = studio::CLAIMS.iter().map(|claimed| match *claimed {
            Claimed::Path(path) => Claim::Path(path),
            Claimed::Below(path) => Claim::Below(path),
        });
        let mount = Mount::new(NAME, claims, self.studio.router());
        Ok(Mounts::new(vec![mount]).map_err(anyhow::Error::from)?)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.runtime.block_on(self.studio.app().store.close());
    }
}

/// What the studio needs of the rest of the program.
pub(crate) fn ports(settings: &Settings) -> Result<Ports, Failure> {
    Ok(Ports {
        clock: Arc::new(now),
        packager: Arc::new(OfLibrary::open(settings)?),
        signer: Arc::new(Keys::open(settings)?),
        ingest: settings.ingest.path.clone(),
        library: settings.library.path.clone(),
    })
}

/// Waits for `work` on a runtime of its own, which is handed out with the result.
pub(crate) fn blocking<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<(Runtime, T), Failure>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("studio").enable_all().build();
    let runtime = runtime.context("can't start the studio's threads")?;
    let done = runtime.block_on(work).map_err(anyhow::Error::from)?;
    Ok((runtime, done))
}
