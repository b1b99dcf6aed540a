//! The studio as a mount of the origin, on a runtime of its own for what it does by itself.

use std::sync::Arc;

use anyhow::Context as _;
use config::origin::Address;
use config::settings::Settings;
use config::tree::TitleName;
use origin::{Addresses, Claim, Mount, Mounts};
use packager::event::Event;
use prometheus::Registry;
use serde_json::json;
use studio::model::TitleState;
use studio::people::entry::welcome;
use studio::{Claimed, Ports, Studio};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::ports::{Keys, OfLibrary, now};
use crate::exit::Failure;
use crate::output::Output;

/// Threads for what the studio does by itself; requests run on the mounts' runtime.
const THREADS: usize = 2;
/// Its name in the access log and the metrics.
const NAME: &str = "studio";

/// The studio of a process, until it is dropped.
pub(crate) struct House {
    studio: Studio,
    runtime: Runtime,
    /// What it does by itself.
    working: JoinHandle<()>,
    /// Path of the page that makes the first administrator.
    welcome: Option<String>,
}

impl House {
    /// Opens the studio of `settings`, with its metrics in `registry`, and lets it work.
    pub(crate) fn open(settings: &Settings, registry: &Registry) -> Result<Self, Failure> {
        let ports = ports(settings)?;
        let (runtime, studio) = blocking(Studio::open(&settings.studio, ports))?;
        studio.app().meters.register(registry).map_err(anyhow::Error::from)?;
        let welcome = runtime.block_on(welcome::link(studio.app())).map_err(anyhow::Error::from)?;
        let working = studio.clone();
        let working = runtime.spawn(async move { working.run().await });
        Ok(Self { studio, runtime, working, welcome })
    }

    /// Says where the first administrator is made, as long as there is none.
    pub(crate) fn tell(&self, output: &Output, at: &Addresses) {
        let Some(path) = &self.welcome else { return };
        let host = at.public.iter().chain(&at.tls).find_map(|address| match address {
            Address::Ip(address) => Some(address.to_string()),
            Address::Unix(_) => None,
        });
        let scheme = if at.public.is_empty() { "https" } else { "http" };
        let url = format!("{scheme}://{}{path}", host.unwrap_or_else(|| "localhost".into()));
        output.message(&format!("there is no administrator yet: make one at {url}"));
        if output.is_json() {
            // Whoever does not read it finds the line on standard error.
            let _ = output.json(&json!({ "event": "welcome", "url": url }));
        }
    }

    /// Tells the studio of what the packager in this process does.
    pub(crate) fn hear(&self, event: &Event) {
        let (title, state, progress) = match event {
            Event::Queued { title, .. } => (title, TitleState::Waiting, None),
            Event::Probing { title } => (title, TitleState::Probing, None),
            Event::Planned(planned) => (&planned.title, TitleState::Encoding, Some((0, planned.frames))),
            Event::Progress(progress) => {
                (&progress.title, TitleState::Encoding, Some((progress.frames_done, progress.frames_total)))
            }
            Event::Proving { title } => (title, TitleState::Proving, None),
            Event::Published(published) => (&published.title, TitleState::Published, None),
            Event::Failed(failed) => (&failed.title, TitleState::Failed, None),
            // It is as it was: its note counts anew.
            Event::Skipped { title, .. } => (title, TitleState::Published, None),
            Event::Removed(_) | Event::Ignored { .. } | Event::States { .. } | Event::Finished(_) => return,
        };
        if let Ok(title) = TitleName::parse(title) {
            self.studio.heard(&title, state, progress);
        }
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
        self.working.abort();
        self.runtime.block_on(async {
            // It ends at its next wait, before there is no database any more.
            let _ = (&mut self.working).await;
            self.studio.app().store.close().await;
        });
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
        visibility: settings.origin.visibility,
        in_force: config::access::IN_FORCE,
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
